/**
 * The aggregation rule `mean`: the exact integer sum of the members' updates, normalised by public constants, through the
 * server's heavy-ball momentum (Polyak 1964) into the next state. Every peer that recomputes it gets the same bits: integer
 * sums below 2^53, then only IEEE 754 +, -, *, / in doubles and one rounding to float32 for each stored value.
 * Not robust: one lying member moves the mean at will up to the bound that `checkUpdate` enforces.
 */
import { MeshError } from '../errors.ts';
import { CONTRIBUTORS_MAX } from '../limits.ts';
import type { ManifestBody } from '../manifest.ts';
import type { ModelState } from '../model.ts';

/** Pinned by round records: peers whose rule computes other bits abstain. */
export const MEAN_KERNEL = 'mean/1';

/**
 * With s the sum of the k vectors: g = s * (clip / 2^gridBits) / (k * lot); m' = fround(momentum * m + g); p' = fround(p - step * m').
 * @param vectors k noised updates of d grid steps each, in any order
 * @throws MeshError wrong-length, out-of-bound for a k outside 1..CONTRIBUTORS_MAX, not-a-number when a value leaves float32
 */
export function applyMean(
  state: ModelState,
  vectors: readonly Int32Array[],
  rule: ManifestBody['rule'],
  privacy: Pick<ManifestBody['privacy'], 'clip' | 'gridBits' | 'lot'>,
): ModelState {
  const d = state.parameters.length;
  const k = vectors.length;
  if (k < 1 || k > CONTRIBUTORS_MAX) {
    throw new MeshError('out-of-bound', { field: 'contributions', expected: `1 to ${CONTRIBUTORS_MAX} updates`, got: String(k) });
  }
  const sum = exactSum(vectors, d);
  // A shift, since ** may differ in the last bit between engines.
  const gridStep = privacy.clip / (1 << privacy.gridBits);
  const divisor = k * privacy.lot;
  const parameters = new Float32Array(d);
  const momentum = new Float32Array(d);
  for (let i = 0; i < d; i++) {
    const g = (sum[i]! * gridStep) / divisor;
    const m = Math.fround(rule.momentum * state.momentum[i]! + g);
    const p = Math.fround(state.parameters[i]! - rule.step * m);
    if (!Number.isFinite(m) || !Number.isFinite(p)) {
      throw new MeshError('not-a-number', { field: `state[${i}]`, expected: 'a finite float32', got: `${p}, momentum ${m}` });
    }
    momentum[i] = m;
    parameters[i] = p;
  }
  return { parameters, momentum };
}

/** Doubles hold it exactly: at most CONTRIBUTORS_MAX * 2^31 < 2^53. */
function exactSum(vectors: readonly Int32Array[], d: number): Float64Array {
  const sum = new Float64Array(d);
  for (const vector of vectors) {
    if (vector.length !== d) throw new MeshError('wrong-length', { field: 'vector', expected: String(d), got: String(vector.length) });
    for (let i = 0; i < d; i++) sum[i]! += vector[i]!;
  }
  return sum;
}
