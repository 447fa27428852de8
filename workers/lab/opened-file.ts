/**
 * A model file that a person opens to try: its bytes, limited before they are read, and its metadata. Nothing proves the metadata, so it is
 * shown and never relied on. protocol/model/state.ts defines the tensors.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import { STATE_BYTES_MAX } from '#protocol/limits';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { decodeParameters } from '#protocol/model/state';
import { readSafetensorsMetadata } from '#protocol/model/safetensors';
import { classesOf } from '#protocol/manifest/task';
import type { FileClaims } from './api.ts';

const NAME_SHOWN = 80;
const CLASSES_SHOWN = 8;

/** @throws MeshError file-too-large naming the file, model-unfit if it cannot be read */
export async function modelBytes(file: File): Promise<Uint8Array<ArrayBuffer>> {
  const field = file.name.slice(0, NAME_SHOWN);
  if (file.size > STATE_BYTES_MAX)
    throw new MeshError('file-too-large', { field, expected: `at most ${STATE_BYTES_MAX} bytes`, got: String(file.size) });
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    // Moved, changed or deleted since it was chosen.
    throw new MeshError('model-unfit', { field, expected: 'a file that can be read' }, cause);
  }
}

/** @returns d values @throws MeshError model-unfit naming the tensor, or what is wrong with the file */
export function fittingParameters(manifest: Pick<ManifestBody, 'task' | 'model'>, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const network = networkOf(manifest);
  try {
    return decodeParameters(network, bytes);
  } catch (error) {
    throw new MeshError('model-unfit', asMeshError(error).detail, error);
  }
}

/** @throws MeshError frame-malformed */
export function claimsOf(federation: Hash, { task, model }: ManifestBody, bytes: Uint8Array): FileClaims {
  const about = readSafetensorsMetadata(bytes);
  const from = about.get('federation');
  const round = about.get('round') ?? '';
  const said = classesIn(about.get('classes'));
  const same = said === null || (said.length === classesOf(task).length && said.every((name, i) => name === classesOf(task)[i]));
  const [network, own] =
    model.kind === 'mlp' ? [about.get('activation'), model.activation] : [about.get('layers'), JSON.stringify(model.layers)];
  return {
    ours: from === undefined ? null : from === federation,
    name: about.get('name')?.slice(0, NAME_SHOWN) ?? null,
    round: /^\d{1,9}$/.test(round) ? Number(round) : null,
    classes: same ? null : said.slice(0, CLASSES_SHOWN).map((name) => name.slice(0, NAME_SHOWN)),
    otherNetwork: network !== undefined && network !== own,
  };
}

/** A list of strings, or null for anything else. */
function classesIn(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : null;
  } catch {
    return null; // metadata of another program
  }
}
