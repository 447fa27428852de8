/**
 * The aggregation rule `mean`: the exact integer sum of the members' updates, normalised by public constants, through the
 * server's optimiser (optimizer.ts) into the next state. Every peer that recomputes it gets the same bits: integer sums below 2^53, then
 * only IEEE 754 +, -, *, / and square roots in doubles and one rounding to float32 for each stored value.
 * Not robust: one lying member moves the mean at will up to the bound that `checkUpdate` enforces.
 */
import { MeshError } from '../errors.ts';
import { CONTRIBUTORS_MAX } from '../limits.ts';
import type { ManifestBody } from '../manifest/manifest.ts';
import type { ModelState } from '../model/state.ts';
import { applyStep } from './optimizer.ts';
import { nextClip, noiseSteps } from '../privacy/adaptive-clip.ts';

type Privacy = Pick<ManifestBody['privacy'], 'clip' | 'gridBits' | 'lot' | 'sigma' | 'rounds' | 'adaptive'>;

/** The name of the rule's arithmetic, pinned by round records: peers whose rule computes different bits abstain. */
export function kernelOf({ rule, privacy }: Pick<ManifestBody, 'rule' | 'privacy'>): string {
  const { optimizer, schedule } = rule;
  const biased = optimizer?.dpBias === true ? 'adam-bc' : optimizer?.kind;
  return `${['mean', biased, schedule?.kind, privacy.adaptive && 'adaptive'].filter((part) => part !== undefined).join('-')}/1`;
}

/**
 * With s the sum of the k vectors: g = s * (clip / 2^gridBits) / (k * lot), and from there the rule's optimiser.
 * @param vectors k noised updates in any order: d grid steps each, and one more if the clip norm adapts
 * @throws MeshError wrong-length, out-of-bound for a k outside 1..CONTRIBUTORS_MAX, not-a-number when a value leaves float32
 */
export function applyMean(state: ModelState, vectors: readonly Int32Array[], rule: ManifestBody['rule'], privacy: Privacy): ModelState {
  const d = state.parameters.length;
  const k = vectors.length;
  if (k < 1 || k > CONTRIBUTORS_MAX) {
    throw new MeshError('out-of-bound', { field: 'contributions', expected: `1 to ${CONTRIBUTORS_MAX} updates`, got: String(k) });
  }
  const { adaptive } = privacy;
  const sum = exactSum(vectors, adaptive === undefined ? d : d + 1);
  const clip = adaptive === undefined ? privacy.clip : state.clip;
  if (clip === undefined) throw new MeshError('wrong-length', { field: 'state.clip', expected: 'one number', got: 'nothing' });
  // A shift, since ** may differ in the last bit between engines.
  const gridStep = clip / (1 << privacy.gridBits);
  const divisor = k * privacy.lot;
  const gradient = sum.subarray(0, d);
  for (let i = 0; i < d; i++) gradient[i] = (gradient[i]! * gridStep) / divisor;
  const next = applyStep(state, gradient, rule, noiseVariance(privacy, k, gridStep, divisor), privacy.rounds);
  return adaptive === undefined ? next : { ...next, clip: nextClip(clip, sum[d]!, divisor, privacy) };
}

/** Of one coordinate of the mean gradient: k independent noises, each of the deviation that all members add. */
function noiseVariance(privacy: Privacy, k: number, gridStep: number, divisor: number): number {
  const deviation = (noiseSteps(privacy) * gridStep) / divisor;
  return k * deviation * deviation;
}

/** Doubles hold it exactly: at most CONTRIBUTORS_MAX * 2^31 < 2^53. */
function exactSum(vectors: readonly Int32Array[], length: number): Float64Array {
  const sum = new Float64Array(length);
  for (const vector of vectors) {
    if (vector.length !== length) {
      throw new MeshError('wrong-length', { field: 'vector', expected: String(length), got: String(vector.length) });
    }
    for (let i = 0; i < length; i++) sum[i]! += vector[i]!;
  }
  return sum;
}
