/** How wrong a model is on each row, and how good it is overall: the share correct for classes, the mean absolute error for numbers. */
import { classesOf, numberAnswerOf, type Task } from '#protocol/manifest/task';
import type { Goodness } from '../api.ts';
import { errorsOf } from './number-errors.ts';

/**
 * @param outputs rows x outputs, before or after a softmax @param truth classes, or numbers in units of the output
 * @returns for each row 0 if the class is right and 1 if not, or the size of the error in the answer's own unit
 */
export function rowErrors(outputs: Float32Array, truth: ArrayLike<number>, task: Pick<Task, 'label'>): Float64Array {
  const number = numberAnswerOf(task);
  if (number !== null) return errorsOf(outputs, truth, number).map(Math.abs);
  const classes = classesOf(task).length;
  return Float64Array.from(truth, (label, row) => (largest(outputs, row * classes, classes) === label ? 0 : 1));
}

/** @param errors of rows, from `rowErrors` @returns NaN without rows */
export function goodnessOf(errors: Float64Array, task: Pick<Task, 'label'>): Goodness {
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return numberAnswerOf(task) === null ? { accuracy: 1 - mean } : { error: mean };
}

/** Index of the largest of `count` values from `at` on; the first if several are equal. */
export function largest(values: Float32Array, at: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[at + c]! > values[at + best]!) best = c;
  return best;
}

/** Its single number. */
export const figureOf = (of: Goodness): number => ('error' in of ? of.error : of.accuracy);
