/**
 * Membership inference: how well somebody who has a model can tell rows it was trained on from other rows. By a threshold on the loss (Yeom
 * et al. 2018), and by the likelihood ratio of a row's confidence against models with it and without it (Carlini et al. 2022, LiRA), here
 * with one deviation for all rows. It also gives the most that differential privacy allows any such attack. Not an audit: an attack that
 * fails proves nothing; audit.ts has bounds that can refute a claim.
 */
import { MeshError } from '../errors.ts';

/** Models that were each trained on a random part of the same rows; every list is models x rows. */
export interface Shadows {
  /** Whether the row was trained on. */
  readonly included: readonly (readonly boolean[])[];
  /** Cross-entropy of the row in nats, at least 0. */
  readonly losses: readonly ArrayLike<number>[];
}

/** Decisions at all thresholds, from the strictest on: both shares rise from 0 to 1. */
export interface Roc {
  /** The share of rows not trained on that were mistaken for training rows. */
  readonly falsePositive: readonly number[];
  readonly truePositive: readonly number[];
}

/** log(p / (1 - p)) of the row's own class, from its loss -log p. Bell-shaped over models, which a loss is not. */
export function confidenceOf(loss: number): number {
  const kept = Math.min(Math.max(loss, 1e-12), 700);
  return -kept - Math.log(-Math.expm1(-kept));
}

/** The larger, the likelier trained on. @throws MeshError wrong-length */
export function lossScores(shadows: Shadows): number[][] {
  checkShadows(shadows);
  return shadows.losses.map((losses) => Array.from(losses, (loss) => -loss));
}

/**
 * Each model is attacked with all others as its shadows: log-likelihood of the row's confidence among models with the row, less that among
 * models without it. A row that no other model has, or every other, scores 0.
 * @throws MeshError wrong-length
 */
export function ratioScores(shadows: Shadows): number[][] {
  const { included, losses } = checkShadows(shadows);
  const confidence = losses.map((row) => Array.from(row, confidenceOf));
  const rows = confidence[0]?.length ?? 0;
  const sums = [0, 1].map(() => ({ n: new Float64Array(rows), sum: new Float64Array(rows), square: new Float64Array(rows) }));
  for (const [m, values] of confidence.entries()) {
    for (const [i, value] of values.entries()) {
      const of = sums[included[m]![i] ? 1 : 0]!;
      of.n[i]!++;
      of.sum[i]! += value;
      of.square[i]! += value * value;
    }
  }
  const variance = sums.map(({ n, sum, square }) => pooledVariance(n, sum, square));
  return confidence.map((values, m) =>
    values.map((value, i) => {
      const logs = sums.map(({ n, sum }, side) => {
        const own = included[m]![i] === (side === 1) ? 1 : 0;
        const count = n[i]! - own;
        if (count === 0) return null;
        const mean = (sum[i]! - own * value) / count;
        return -((value - mean) ** 2) / (2 * variance[side]!) - Math.log(variance[side]!) / 2;
      });
      return logs[0] === null || logs[1] === null ? 0 : logs[1]! - logs[0]!;
    }),
  );
}

/** Within rows, over all of them; never 0. */
function pooledVariance(n: Float64Array, sum: Float64Array, square: Float64Array): number {
  let [total, count] = [0, 0];
  for (let i = 0; i < n.length; i++) {
    if (n[i]! < 2) continue;
    total += Math.max(0, square[i]! - sum[i]! ** 2 / n[i]!);
    count += n[i]! - 1;
  }
  return Math.max(total / Math.max(1, count), 1e-12);
}

/** Of all models' decisions together; equal scores are one threshold. @throws MeshError wrong-length */
export function rocOf(scores: readonly (readonly number[])[], included: Shadows['included']): Roc {
  const flat = scores.flatMap((row, m) => row.map((score, i) => ({ score, is: included[m]![i]! })));
  const positives = flat.filter(({ is }) => is).length;
  const negatives = flat.length - positives;
  if (positives === 0 || negatives === 0) throw new MeshError('wrong-length', { field: 'included', expected: 'rows of both kinds' });
  flat.sort((a, b) => b.score - a.score);
  const [falsePositive, truePositive] = [[0], [0]];
  let [hits, misses] = [0, 0];
  for (const [at, { score, is }] of flat.entries()) {
    if (is) hits++;
    else misses++;
    if (flat[at + 1]?.score === score) continue;
    falsePositive.push(misses / negatives);
    truePositive.push(hits / positives);
  }
  return { falsePositive, truePositive };
}

/** The largest share of members found at this share of false alarms or fewer. */
export function truePositiveAt({ falsePositive, truePositive }: Roc, share: number): number {
  const at = falsePositive.findLastIndex((value) => value <= share);
  return truePositive[at]!;
}

/** Area under the curve: 1/2 is guessing. */
export function areaOf({ falsePositive, truePositive }: Roc): number {
  let area = 0;
  for (let i = 1; i < falsePositive.length; i++) {
    area += ((falsePositive[i]! - falsePositive[i - 1]!) * (truePositive[i]! + truePositive[i - 1]!)) / 2;
  }
  return area;
}

/** The share of right decisions at even odds and the best threshold. */
export function accuracyOf({ falsePositive, truePositive }: Roc): number {
  return falsePositive.reduce((best, share, i) => Math.max(best, (1 + truePositive[i]! - share) / 2), 0.5);
}

/**
 * The most that any attack on an (epsilon, delta)-private mechanism finds at this share of false alarms (Kairouz, Oh, Viswanath 2015).
 * @throws MeshError field-invalid
 */
export function truePositiveBound(epsilon: number, delta: number, falsePositive: number): number {
  if (!(epsilon >= 0)) throw new MeshError('field-invalid', { field: 'epsilon', expected: 'at least 0', got: String(epsilon) });
  const loud = Math.exp(epsilon) * falsePositive + delta;
  const quiet = 1 - Math.exp(-epsilon) * (1 - falsePositive - delta);
  return Math.min(1, loud, quiet);
}

function checkShadows(shadows: Shadows): Shadows {
  const { included, losses } = shadows;
  const rows = included[0]?.length ?? 0;
  const good = losses.length === included.length && losses.every((row, m) => row.length === rows && included[m]!.length === rows);
  if (!good) throw new MeshError('wrong-length', { field: 'losses', expected: 'one for each model and row', got: String(losses.length) });
  return shadows;
}
