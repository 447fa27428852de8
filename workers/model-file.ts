/** A certified model as a file that people take along: safetensors, with a metadata block that says where it comes from. */
import { layerSizes, type Manifest } from '#protocol/manifest';
import { decodeState, encodeState } from '#protocol/model';
import { readSafetensors, writeSafetensors } from '#protocol/safetensors';

export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Parameters only: the server's momentum is nobody's to use. @param at the certified record that the state belongs to */
export function modelFile(
  { body, id }: Manifest,
  stateBytes: Uint8Array,
  at: { readonly round: number; readonly state: string; readonly record: string },
): ModelFile {
  const sizes = layerSizes(body);
  const tensors = [...readSafetensors(encodeState(sizes, decodeState(sizes, stateBytes))).values()];
  const parameters = tensors.filter(({ name }) => !name.startsWith('momentum.'));
  const metadata = {
    federation: id,
    name: body.name,
    round: String(at.round),
    record: at.record,
    state: at.state,
    activation: body.model.activation,
    classes: JSON.stringify(body.task.label.classes),
    epsilon: String(body.privacy.epsilon),
    delta: String(body.privacy.delta),
    unit: body.privacy.unit,
  };
  return { name: `${fileStem(body.name)}-round-${at.round}.safetensors`, bytes: writeSafetensors(parameters, metadata) };
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
