/**
 * Threshold-free measures of how good probabilities are. Pure functions over a set of rows that may name a row several times, as the
 * bootstrap draws them. bootstrap.ts has the intervals.
 */
import type { Answers } from '../training-rows.ts';

/** A model's probabilities on some rows, and the truth. */
export interface Judged {
  /** rows x classes, each row sums to 1. */
  readonly probabilities: Float32Array;
  readonly truth: Answers;
  readonly classes: number;
}

export interface Measures {
  readonly accuracy: number;
  readonly auroc: number | null;
  readonly auprc: number | null;
  readonly brier: number;
}

/** Rows by falling probability of one class, sorted once: every measure of a bootstrap draw walks them with the draw's counts. */
export interface Ranking {
  readonly order: Int32Array;
  /** 1 where a row's probability equals that of the row before it. */
  readonly tied: Uint8Array;
}

export function rankings({ probabilities, truth, classes }: Judged): Ranking[] {
  return Array.from({ length: classes }, (_, c) => {
    const score = (row: number) => probabilities[row * classes + c]!;
    const order = Int32Array.from(truth.keys()).sort((a, b) => score(b) - score(a) || a - b);
    return { order, tied: Uint8Array.from(order, (row, i) => (i > 0 && score(row) === score(order[i - 1]!) ? 1 : 0)) };
  });
}

/**
 * @param counts how often each row counts
 * @returns measures over the rows that count at least once; NaN accuracy and Brier if none does
 */
export function measure(judged: Judged, ranked: readonly Ranking[], counts: Int32Array): Measures {
  // With two classes, one-against-rest asks the same question twice: the second class is the positive one.
  const asked = judged.classes === 2 ? [1] : [...ranked.keys()];
  const curves = asked.map((c) => curveOf(judged.truth, c, ranked[c]!, counts));
  const known = curves.filter((curve) => curve !== null);
  const complete = known.length > 0 && known.length === curves.length;
  const mean = (of: (curve: Curve) => number) => (complete ? known.reduce((sum, curve) => sum + of(curve), 0) / known.length : null);
  return { ...pointwise(judged, counts), auroc: mean((curve) => curve.auroc), auprc: mean((curve) => curve.auprc) };
}

interface Curve {
  readonly auroc: number;
  readonly auprc: number;
}

/**
 * AUROC as the Mann-Whitney statistic, ties counted half; AUPRC as average precision, rows of equal probability in one step (Davis and
 * Goadrich 2006 say why not to join the points by lines). Null without a row of the class, or if all rows are of it.
 */
function curveOf(truth: Answers, positive: number, { order, tied }: Ranking, counts: Int32Array): Curve | null {
  let [positives, negatives] = [0, 0];
  for (const [row, count] of counts.entries()) {
    if (truth[row] === positive) positives += count;
    else negatives += count;
  }
  if (positives === 0 || negatives === 0) return null;
  let [hits, misses, won, precision] = [0, 0, 0, 0];
  for (let i = 0; i < order.length;) {
    let [stepHits, stepMisses] = [0, 0];
    do {
      const row = order[i]!;
      if (truth[row] === positive) stepHits += counts[row]!;
      else stepMisses += counts[row]!;
      i++;
    } while (i < order.length && tied[i] === 1);
    won += stepMisses * (hits + stepHits / 2);
    hits += stepHits;
    misses += stepMisses;
    if (stepHits > 0) precision += (stepHits / positives) * (hits / (hits + misses));
  }
  return { auroc: won / (positives * negatives), auprc: precision };
}

/** Brier score (1950): mean squared distance of a row's probabilities from the truth, 0 to 2. */
function pointwise({ probabilities, truth, classes }: Judged, counts: Int32Array): { accuracy: number; brier: number } {
  let [rows, right, squares] = [0, 0, 0];
  for (const [row, count] of counts.entries()) {
    if (count === 0) continue;
    let best = 0;
    let distance = 0;
    for (let c = 0; c < classes; c++) {
      const p = probabilities[row * classes + c]!;
      if (p > probabilities[row * classes + best]!) best = c;
      distance += (p - (truth[row] === c ? 1 : 0)) ** 2;
    }
    rows += count;
    squares += count * distance;
    if (best === truth[row]) right += count;
  }
  return { accuracy: right / rows, brier: squares / rows };
}

const ERROR_BINS = 15;

/**
 * Expected calibration error (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017): 15 equal-width bins by the probability of the guessed
 * class; in each the distance between its mean and the share of right guesses, weighted by rows. NaN if a row has no probabilities: a row
 * outside every bin would count as free of error.
 */
export function calibrationError({ probabilities, truth, classes }: Judged): number {
  const surplus = new Float64Array(ERROR_BINS);
  for (const [row, label] of truth.entries()) {
    const of = probabilities.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...of);
    if (!Number.isFinite(top)) return NaN;
    surplus[Math.min(ERROR_BINS - 1, Math.floor(top * ERROR_BINS))]! += top - (of.indexOf(top) === label ? 1 : 0);
  }
  return surplus.reduce((sum, of) => sum + Math.abs(of), 0) / truth.length;
}

export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

const BINS = 10;

/**
 * Predicted against observed share in ten equal bins (DeGroot and Fienberg 1983), of the second class if there are two, otherwise of the
 * guessed class. Empty bins are left out.
 */
export function calibrationCurve({ probabilities, truth, classes }: Judged): CalibrationBin[] {
  const sums = Array.from({ length: BINS }, () => ({ predicted: 0, observed: 0, rows: 0 }));
  for (const [row, label] of truth.entries()) {
    const of = probabilities.subarray(row * classes, (row + 1) * classes);
    const asked = classes === 2 ? 1 : of.indexOf(Math.max(...of));
    const p = of[asked]!;
    const bin = sums[Math.min(BINS - 1, Math.floor(p * BINS))]!;
    bin.predicted += p;
    bin.observed += label === asked ? 1 : 0;
    bin.rows++;
  }
  return sums
    .filter(({ rows }) => rows > 0)
    .map(({ predicted, observed, rows }) => ({ predicted: predicted / rows, observed: observed / rows, rows }));
}
