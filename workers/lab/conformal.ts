/**
 * An interval beside a predicted number: as far on both sides as 90 % of answers were off that no model has seen (split conformal: Vovk,
 * Gammerman & Shafer 2005; Lei et al. 2018). It holds for rows drawn like those, whatever the model, and on average over them: not for each
 * kind of row alone. Pure functions.
 */
import { answerOfOutput } from '#protocol/number-answer';
import type { NumberAnswer } from '#protocol/task';
import { errorsOf } from '../number-errors.ts';

export const LEVEL = 0.9;
/** With fewer, which ones they are decides: coverage of 20 is within 0.75 and 0.98 nineteen times in twenty. */
export const CONFORMAL_ROWS_MIN = 20;

/** @param errors of rows that trained nothing @returns the k-th smallest size, k = ceil(0.9 * (n + 1)); Infinity for fewer than 9 */
export function halfWidth(errors: ArrayLike<number>): number {
  const sizes = Float64Array.from(errors, Math.abs).sort();
  return sizes[Math.ceil(LEVEL * (sizes.length + 1) - 1e-9) - 1] ?? Infinity;
}

/** @returns lowest and highest answer, limited to the public range */
export function intervalAround(output: number, width: number, number: NumberAnswer): { readonly low: number; readonly high: number } {
  const value = answerOfOutput(output, number);
  return { low: Math.max(number.min, value - width), high: Math.min(number.max, value + width) };
}

/** The share of answers that lie in the interval of the other half of the rows, every other one; NaN where a half is too small. */
export function crossCoverage(outputs: Float32Array, truth: ArrayLike<number>, number: NumberAnswer): number {
  if (truth.length < 2 * CONFORMAL_ROWS_MIN) return NaN;
  const sizes = errorsOf(outputs, truth, number).map(Math.abs);
  const widths = [1, 0].map((half) => halfWidth(sizes.filter((_, row) => row % 2 === half)));
  return sizes.filter((size, row) => size <= widths[row % 2]!).length / sizes.length;
}
