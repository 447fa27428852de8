/**
 * Numeric answers as the model sees them: its one output counts in units of the public range, from the typical value. Only constants define
 * this, so nothing is learned from private rows, and anybody with the manifest can read a model's output.
 */
import { typicalOf, type NumberAnswer } from './task.ts';

/**
 * One unit, as a share of the range's width, and so the error up to which Huber's loss is a square. Huber (1964) takes 1.345 standard
 * deviations of the errors, which nobody knows before looking at private rows. Public ranges span about six deviations of their values, and
 * a model's errors are smaller: a sixteenth of the range is about one deviation of the errors. A unit that is too small is the safe side:
 * the loss then approaches the absolute error, whose best constant is the median.
 */
const UNIT_SHARE = 1 / 16;

/** What one unit of the model's output is, in the answer's own unit. */
export function answerUnit({ min, max }: Pick<NumberAnswer, 'min' | 'max'>): number {
  return UNIT_SHARE * (max - min);
}

/** @param value clamped to the range @returns the output that stands for it */
export function outputOfAnswer(value: number, number: NumberAnswer): number {
  return (clipped(value, number) - typicalOf(number)) / answerUnit(number);
}

/** @returns the value that an output stands for, within the range */
export function answerOfOutput(output: number, number: NumberAnswer): number {
  return clipped(typicalOf(number) + output * answerUnit(number), number);
}

function clipped(value: number, { min, max }: NumberAnswer): number {
  return Math.min(max, Math.max(min, value));
}
