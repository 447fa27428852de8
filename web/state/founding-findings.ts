/**
 * What a founder should know about the answer that was chosen, before anything is published: pure, from the form alone.
 * Not what makes a draft invalid: that is the worker's check.
 */
import type { FoundingForm } from './founding-form.ts';
import { linesOf } from './typed-text.ts';

/** Rows an answer, in the mean, below which a sample's answers are taken for amounts or names. */
const ROWS_AN_ANSWER = 4;
/** Answers that a manifest may list; a sample counts no further. */
export const ANSWERS_MAX = 256;

export type AnswerFinding =
  | { readonly says: 'same'; readonly value: string }
  | { readonly says: 'none' }
  /** Amounts, names, running numbers: too few rows of each to learn from. */
  | { readonly says: 'many'; readonly answers: number };

/** @returns null where there is nothing to say, and for a table without a sample */
export function answerFinding({ source, columns, label, answer, sampleRows }: FoundingForm): AnswerFinding | null {
  const column = columns[label];
  if (source !== 'file' || column === undefined || answer !== 'classes') return null;
  const listed = linesOf(column.values);
  // Of more than that the sample lists none.
  const answers = listed.length > 0 ? listed.length : column.guess?.values === null ? column.guess.distinct : 0;
  if (answers > ANSWERS_MAX || answers > Math.max(2, sampleRows / ROWS_AN_ANSWER)) return { says: 'many', answers };
  if (listed.length === 0) return { says: 'none' };
  return listed.length === 1 ? { says: 'same', value: listed[0]! } : null;
}
