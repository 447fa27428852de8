/** The rules that join several fields of a manifest, beyond the range of each (schema.ts): arithmetic that all engines share. */
import { encode } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { parsePeerId } from '../identity.ts';
import { MANIFEST_BYTES_MAX, STATE_BYTES_MAX, TENSORS_MAX } from '../limits.ts';
import { SAFETENSORS_HEADER_BYTES_MAX } from '../model/safetensors.ts';
import { unitSteps } from '../privacy/adaptive-clip.ts';
import { networkOf, seatsOf, type ManifestBody } from './manifest.ts';
import { checkTask, groupOf } from './task.ts';

/** Critical extensions that this build understands. An unknown one is refused (X.509's rule). */
const EXTENSIONS_KNOWN: readonly string[] = [];

/** Fewer would round the target quantile. */
const COUNT_STEPS_MIN = 32;

/** @throws MeshError field-invalid, extension-unknown */
export function checkRules(m: ManifestBody): void {
  const refuse = (field: string, expected: string, got: unknown) => {
    throw new MeshError('field-invalid', { field, expected, got: String(got) });
  };
  if (encode(m).length > MANIFEST_BYTES_MAX) refuse('manifest', `at most ${MANIFEST_BYTES_MAX} bytes`, encode(m).length);
  const unknown = m.critical.find((name) => !EXTENSIONS_KNOWN.includes(name));
  if (unknown !== undefined) throw new MeshError('extension-unknown', { field: 'critical', got: unknown });
  checkTask(m.task);
  const grouped = groupOf(m.task) !== null;
  if (grouped !== (m.privacy.unit === 'group')) refuse('privacy.unit', grouped ? 'group, as the task says' : 'example', m.privacy.unit);
  const network = networkOf(m);
  if (network.tensors.length > TENSORS_MAX) refuse('model.layers', `at most ${TENSORS_MAX} tensors`, network.tensors.length);
  // The clip norm must leave room for rounding each of d coordinates to the grid; so must each layer's part, if layers share it.
  const sizes = network.layerSizes;
  const coarsest = Math.sqrt(m.privacy.perLayer === true ? sizes.length * Math.max(...sizes) : network.parameterCount);
  if (2 ** m.privacy.gridBits <= coarsest) {
    refuse('privacy.gridBits', `a grid finer than ${coarsest.toFixed(0)} steps per clip norm`, m.privacy.gridBits);
  }
  checkRule(m, refuse);
  const { ids, f } = seatsOf(m);
  for (const id of [...ids, m.steward]) parsePeerId(id, 'seats');
  if (new Set(ids).size !== ids.length) refuse('seats', 'seats that differ', 'a repeated seat');
  if (m.seats.kind === 'home' && ids.length === 2) refuse('seats.relays', '1 or 3 relays', 2);
  if (ids.length < 3 * f + 1) refuse('seats.f', `n >= 3f + 1 seats`, `${ids.length} seats, f ${f}`);
  if (m.rounds.minContributors > m.rounds.maxContributors)
    refuse('rounds.minContributors', 'at most maxContributors', m.rounds.minContributors);
  // A sum of rowsMax clipped examples plus 12 standard deviations of noise must fit 32 bits: all rows, not a likely lot of them, since a
  // sum that wraps around would show more than the guarantee allows, and e^-18 is no small delta.
  if (unitSteps(m.privacy).sensitivity * (m.privacy.rowsMax + 12 * m.privacy.sigma) >= 2 ** 31) {
    refuse('privacy.gridBits', 'sums below 2^31 grid steps', m.privacy.gridBits);
  }
}

function checkRule(m: ManifestBody, refuse: (field: string, expected: string, got: unknown) => void): void {
  const { optimizer, schedule, momentum } = m.rule;
  const d = networkOf(m).parameterCount;
  if (optimizer !== undefined && momentum !== 0) refuse('rule.momentum', '0 beside an optimiser of its own', momentum);
  // Parameters and both moments, 4 bytes each, plus the header that names them.
  const most = Math.floor((STATE_BYTES_MAX - SAFETENSORS_HEADER_BYTES_MAX) / 12);
  if (optimizer !== undefined && d > most) refuse('rule.optimizer', `at most ${most} parameters with two moments`, d);
  if (schedule?.warmup !== undefined && schedule.warmup >= m.privacy.rounds) {
    refuse('rule.schedule.warmup', `fewer than ${m.privacy.rounds} rounds`, schedule.warmup);
  }
  if (schedule?.kind === 'constant' && schedule.floor !== undefined)
    refuse('rule.schedule.floor', 'none where nothing falls', schedule.floor);
  if (m.privacy.adaptive !== undefined) {
    const { within, beyond } = unitSteps(m.privacy);
    if (Math.min(within, beyond) < COUNT_STEPS_MIN) {
      refuse('privacy.adaptive.share', `a count of at least ${COUNT_STEPS_MIN} grid steps`, Math.min(within, beyond));
    }
  }
}
