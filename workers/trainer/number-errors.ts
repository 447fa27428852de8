/** Errors of a model's numbers, in the answer's own unit, and those of the constant that it must beat. Pure functions. */
import { answerOfOutput } from '#protocol/manifest/number-answer';
import type { NumberAnswer } from '#protocol/manifest/task';

/** @param outputs and truth of the same rows, in units of the output @returns predicted minus true, both limited to the public range */
export function errorsOf(outputs: ArrayLike<number>, truth: ArrayLike<number>, number: NumberAnswer): Float64Array<ArrayBuffer> {
  return Float64Array.from(outputs, (output, row) => answerOfOutput(output, number) - answerOfOutput(truth[row]!, number));
}

/** @returns NaN without errors */
export function meanAbsolute(errors: ArrayLike<number>): number {
  return Array.from(errors).reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
}

/** For an even count the mean of the middle two; NaN without values. */
export function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/** Mean absolute error of always predicting these rows' median: no other constant has a smaller one. */
export function medianError(truth: ArrayLike<number>, number: NumberAnswer): number {
  return meanAbsolute(errorsOf(new Float64Array(truth.length).fill(medianOf(truth)), truth, number));
}
