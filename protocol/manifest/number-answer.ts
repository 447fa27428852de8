/**
 * Numeric answers as the model sees them: its one output counts in units of the public range, from the typical value. Only constants define
 * this, so nothing is learned from private rows, and anybody with the manifest can read a model's output.
 */
import { typicalOf, type NumberAnswer } from './task.ts';

/**
 * One unit, as a share of the range's width, and so the error up to which Huber's loss is a square. Huber (1964) takes 1.345 standard
 * deviations of the errors, which nobody knows before private rows were looked at. Public ranges hold about six deviations of what they
 * are for, and errors of a model are smaller: a sixteenth of the range is about one of theirs. Too small a unit is the safe side: the loss
 * then comes near the absolute error, whose best constant is the median.
 */
export const UNIT_SHARE = 1 / 16;

/** What one unit of the model's output is, in the answer's own unit. */
export function answerUnit({ min, max }: Pick<NumberAnswer, 'min' | 'max'>): number {
  return UNIT_SHARE * (max - min);
}

/** @param value outside of the range it reads as the nearer end @returns the output that says it */
export function outputOfAnswer(value: number, number: NumberAnswer): number {
  return (clipped(value, number) - typicalOf(number)) / answerUnit(number);
}

/** @returns what an output says: a value of the range */
export function answerOfOutput(output: number, number: NumberAnswer): number {
  return clipped(typicalOf(number) + output * answerUnit(number), number);
}

function clipped(value: number, { min, max }: NumberAnswer): number {
  return Math.min(max, Math.max(min, value));
}
