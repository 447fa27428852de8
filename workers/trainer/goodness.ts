/**
 * How wrong a model is on each row, and how good it is overall: for classes the share that is correct, for numbers the mean absolute error.
 */
import { classesOf, numberAnswerOf, type Task } from '#protocol/manifest/task';
import type { Goodness } from '../api.ts';
import { errorsOf } from './number-errors.ts';

/**
 * @param outputs rows x outputs, before or after a softmax @param truth classes, or numbers in units of the output
 * @returns of each row 0 for the right class and 1 for another, or the size of the error in the answer's own unit
 */
export function rowErrors(outputs: Float32Array, truth: ArrayLike<number>, task: Pick<Task, 'label'>): Float64Array {
  const number = numberAnswerOf(task);
  if (number !== null) return errorsOf(outputs, truth, number).map(Math.abs);
  const classes = classesOf(task).length;
  return Float64Array.from(truth, (label, row) => (largest(outputs, row * classes, classes) === label ? 0 : 1));
}

/** @param errors of rows, from `rowErrors`; NaN for none */
export function goodnessOf(errors: Float64Array, task: Pick<Task, 'label'>): Goodness {
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return numberAnswerOf(task) === null ? { accuracy: 1 - mean } : { error: mean };
}

/** Index of the largest of `count` values from `at` on; the first of equals. */
export function largest(values: Float32Array, at: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[at + c]! > values[at + best]!) best = c;
  return best;
}

/** The one number that it is. */
export const figureOf = (of: Goodness): number => ('error' in of ? of.error : of.accuracy);
