/**
 * What a founder should know about the answer that was chosen, before anything is published: pure, from the form alone. The worker's check
 * finds what makes a draft invalid.
 */
import { MEMBER_ROWS_MAX } from '#protocol/limits';
import type { ColumnForm, FoundingForm } from './founding-form.ts';
import { linesOf, numberOf } from '../typed-text.ts';

/** Mean rows per answer below which a sample's answers are taken for amounts or names. */
const ROWS_AN_ANSWER = 4;
/** Most answers that a manifest may list; a sample counts no further. */
export const ANSWERS_MAX = 256;

export type AnswerFinding =
  | { readonly says: 'same'; readonly value: string }
  | { readonly says: 'none' }
  /** Amounts, names, running numbers: too few rows of each to learn from. */
  | { readonly says: 'many'; readonly answers: number };

/** @returns null if there is nothing to say, or for a table without a sample */
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

/** A column of the sample that repeats a person. */
export interface RepeatedUnit {
  /** -1 for a column that recordings have beside what is measured. */
  readonly place: number;
  readonly name: string;
  /** Rows that one has, or recordings. */
  readonly rows: number;
  /** They are protected together, by this column. */
  readonly together: boolean;
}

/** @returns null if rows repeat nobody, if that column is the answer, or if another column says what is protected */
export function repeatedUnit({ source, columns, label, group, sequence }: FoundingForm): RepeatedUnit | null {
  const { person } = sequence;
  if (source === 'recordings' && person !== null) return { place: -1, name: person.name, rows: person.recordings, together: false };
  const { seen, column } = group;
  if (source !== 'file' || seen === null || seen.column === label || (column !== null && column !== seen.column)) return null;
  return { place: seen.column, name: columns[seen.column]!.name, rows: seen.rows, together: column !== null };
}

/** Fewest persons that a participant is assumed to bring: with fewer, noise hides everything learned. */
const PERSONS_MIN = 10;

/** Protects persons with all their rows, or each row on its own: somebody who brings that many rows brings fewer persons. */
export function protecting(form: FoundingForm, column: number | null): Pick<FoundingForm, 'group' | 'policy'> {
  const { group, policy } = form;
  const [rows, typed] = [group.seen?.rows ?? 1, numberOf(policy.rowsEach)];
  const unit = { ...group, column };
  if (!(typed > 0) || (group.column === null) === (column === null)) return { group: unit, policy };
  const each = column === null ? typed * rows : Math.max(PERSONS_MIN, Math.round(typed / rows));
  return { group: unit, policy: { ...policy, rowsEach: String(Math.min(MEMBER_ROWS_MAX, each)) } };
}

/** A number that may stand for a missing value. */
export interface GapQuestion {
  readonly place: number;
  readonly name: string;
  readonly value: number;
  /** Cells of the sample that say it. */
  readonly times: number;
  /** What becomes of the column if it is one. */
  readonly asGap: Partial<ColumnForm>;
}

/** For numeric columns, one question each at a time. */
export function gapQuestions({ source, columns, label }: FoundingForm): readonly GapQuestion[] {
  if (source !== 'file') return [];
  return columns.flatMap((column, place) => {
    const gaps = linesOf(column.gaps);
    const next = column.guess?.sentinels.find(({ value }) => !gaps.includes(String(value)));
    if (place === label || column.kind !== 'number' || column.settled || next === undefined) return [];
    const { value, times, without } = next;
    const range = { min: String(without.min), max: String(without.max), typical: String(without.typical) };
    return [{ place, name: column.name, value, times, asGap: { gaps: [...gaps, String(value)].join('\n'), fill: true, ...range } }];
  });
}
