/**
 * Percentile intervals by the bootstrap (Efron 1979): units of privacy are drawn with replacement, all rows of a unit together, because
 * rows of one person are not independent.
 */
import type { RandomWords } from '#protocol/privacy/noise/random-words';
import type { CheckScores, Interval } from './api.ts';
import { measure, rankings, type Judged, type Measures } from '../trainer/metrics.ts';

const DRAWS_MAX = 500;
const DRAWS_MIN = 100;
/** Rows x classes that all draws process together, approximately: many classes get fewer draws rather than take minutes. */
const STEPS_GOAL = 3e8;
const LEVEL = 0.95;

/**
 * @param units unit of each row, numbered from 0; absent if each row is its own
 * @param words randomness of the draws
 */
export function withIntervals(judged: Judged, units: Int32Array | undefined, words: RandomWords): CheckScores {
  const rows = judged.truth.length;
  const ranked = rankings(judged);
  const value = measure(judged, ranked, new Int32Array(rows).fill(1));
  const draws = drawUnits(rows, units, words, rows * judged.classes, (counts) => measure(judged, ranked, counts));
  const interval = (of: (measures: Measures) => number | null) => intervalOf(of(value), draws.map(of));
  return {
    rows,
    accuracy: interval((m) => m.accuracy)!,
    auroc: interval((m) => m.auroc),
    auprc: interval((m) => m.auprc),
    brier: interval((m) => m.brier)!,
  };
}

/** @param steps that one measure takes @param measured measures the rows, each counted as often as given @returns one result per draw */
export function drawUnits<T>(
  rows: number,
  units: Int32Array | undefined,
  words: RandomWords,
  steps: number,
  measured: (counts: Int32Array) => T,
): T[] {
  const unitOf = units ?? Int32Array.from({ length: rows }, (_, row) => row);
  const unitCount = new Set(unitOf).size;
  const [times, counts] = [new Int32Array(unitCount), new Int32Array(rows)];
  return Array.from({ length: Math.max(DRAWS_MIN, Math.min(DRAWS_MAX, Math.floor(STEPS_GOAL / steps))) }, () => {
    times.fill(0);
    for (let i = 0; i < unitCount; i++) times[words.below(unitCount)]!++;
    for (let row = 0; row < rows; row++) counts[row] = times[unitOf[row]!]!;
    return measured(counts);
  });
}

/** @param draws null for one that says nothing about the spread, such as one without a row of some class */
export function intervalOf(value: number | null, draws: readonly (number | null)[]): Interval | null {
  const drawn = draws.filter((found) => found !== null && Number.isFinite(found)) as number[];
  if (value === null || drawn.length === 0) return null;
  drawn.sort((a, b) => a - b);
  const cut = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(share * drawn.length))]!;
  return { value, low: cut((1 - LEVEL) / 2), high: cut((1 + LEVEL) / 2) };
}
