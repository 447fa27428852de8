/**
 * The interval around a predicted number: wide enough on both sides to cover 90 % of the errors on answers that no model has seen (split
 * conformal: Vovk, Gammerman & Shafer 2005; Lei et al. 2018). It holds for any model, for rows from the same distribution, and on average:
 * not for each kind of row separately. Pure functions.
 */
import { answerOfOutput } from '#protocol/manifest/number-answer';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { NumberAnswer } from '#protocol/manifest/task';
import { errorsOf } from '../trainer/number-errors.ts';

export const LEVEL = 0.9;
/** With fewer, it depends on which ones they are: coverage by 20 is between 0.75 and 0.98 nineteen times in twenty. */
export const CONFORMAL_ROWS_MIN = 20;

/**
 * One row of each unit, drawn the same way each time: rows of one person are alike, so many of them say no more about the next person than
 * one does (subsampling once: Dunn, Wasserman & Ramdas 2023).
 * @param units of rows, numbered from 0; absent if each row is its own @returns row numbers, ascending
 */
export function oneOfEach(rows: number, units: Int32Array | undefined): Int32Array {
  const words = new RandomWords(seededBytes('one of each'));
  const found = new Map<number, { count: number; row: number }>();
  for (let row = 0; row < rows; row++) {
    const unit = units?.[row] ?? row;
    const known = found.get(unit);
    if (known === undefined) found.set(unit, { count: 1, row });
    else if (words.below(++known.count) === 0) known.row = row;
  }
  return Int32Array.from(found.values(), ({ row }) => row).sort();
}

/** @param errors of unseen rows @returns the k-th smallest size, k = ceil(0.9 * (n + 1)); Infinity for fewer than 9 */
export function halfWidth(errors: ArrayLike<number>): number {
  const sizes = Float64Array.from(errors, Math.abs).sort();
  return sizes[Math.ceil(LEVEL * (sizes.length + 1) - 1e-9) - 1] ?? Infinity;
}

/** @returns lowest and highest answer, limited to the public range */
export function intervalAround(output: number, width: number, number: NumberAnswer): { readonly low: number; readonly high: number } {
  const value = answerOfOutput(output, number);
  return { low: Math.max(number.min, value - width), high: Math.min(number.max, value + width) };
}

/** Share of answers within the interval of the other half of the rows (every other one); NaN if a half is too small. */
export function crossCoverage(outputs: Float32Array, truth: ArrayLike<number>, number: NumberAnswer): number {
  if (truth.length < 2 * CONFORMAL_ROWS_MIN) return NaN;
  const sizes = errorsOf(outputs, truth, number).map(Math.abs);
  const widths = [1, 0].map((half) => halfWidth(sizes.filter((_, row) => row % 2 === half)));
  return sizes.filter((size, row) => size <= widths[row % 2]!).length / sizes.length;
}
