/** A certified model as a downloadable file: safetensors, with a metadata block that says where it comes from. */
import { MeshError } from '#protocol/errors';
import { networkOf, type Manifest } from '#protocol/manifest/manifest';
import { decodeState, parameterTensors } from '#protocol/model/state';
import type { RoundState } from '#protocol/round/state';
import { writeSafetensors } from '#protocol/model/safetensors';
import { classesOf, numberAnswerOf } from '#protocol/manifest/task';

export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Parameters only: nobody needs what the server's rule keeps beside them. @throws MeshError not-found before a state is here */
export function modelFile(
  { body, id }: Manifest,
  { stateBytes, head: { record: at }, headId }: Pick<RoundState, 'stateBytes' | 'head' | 'headId'>,
): ModelFile {
  if (stateBytes === null) throw new MeshError('not-found', { field: 'model', expected: 'a state that has been fetched' });
  const network = networkOf(body);
  const number = numberAnswerOf(body.task);
  const tensors = parameterTensors(network, decodeState(network, stateBytes).parameters);
  const metadata = {
    federation: id,
    name: body.name,
    round: String(at.round),
    models: String(at.models),
    record: headId,
    state: at.state,
    ...(body.model.kind === 'mlp' ? { activation: body.model.activation } : { layers: JSON.stringify(body.model.layers) }),
    ...(number === null ? { classes: JSON.stringify(classesOf(body.task)) } : { answer: JSON.stringify(number) }),
    epsilon: String(body.privacy.epsilon),
    delta: String(body.privacy.delta),
    unit: body.privacy.unit,
  };
  return { name: `${fileStem(body.name)}-round-${at.round}.safetensors`, bytes: writeSafetensors(tensors, metadata) };
}

/** A federation's name as files are called: small letters of any script and digits, the rest as hyphens. */
export function fileStem(name: string): string {
  const stem = name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return stem || 'model';
}
