import { expect, it } from 'vitest';
import type { ColumnGuess } from '#workers/founding/api';
import { answerFinding } from './founding-findings.ts';
import { EMPTY_FORM, emptyColumn, type FoundingForm } from './founding-form.ts';

const guess = (distinct: number): ColumnGuess => ({
  proposed: { kind: 'ignored', name: 'price' },
  distinct,
  missing: 0,
  examples: [],
  reason: 'too-many-values',
  values: null,
  range: null,
});

function sampled(rows: number, answers: number, change: Partial<FoundingForm> = {}): FoundingForm {
  const values = Array.from({ length: answers }, (_, i) => `a${i}`).join('\n');
  return {
    ...EMPTY_FORM,
    source: 'file',
    sampleRows: rows,
    columns: [emptyColumn('x'), { ...emptyColumn('y'), values }],
    label: 1,
    ...change,
  };
}

it('a column of amounts or names is no answer to learn, one with few rows an answer is', () => {
  const says = ([rows, answers]: readonly [number, number]) => answerFinding(sampled(rows, answers))?.says ?? null;
  expect(([[60, 60], [60, 16], [30, 30]] as const).map(says)).toEqual(['many', 'many', 'many']); // prettier-ignore
  expect(([[60, 15], [3, 2], [400, 26]] as const).map(says)).toEqual([null, null, null]); // prettier-ignore
});

it('one answer in all rows is nothing to tell apart, and none is none', () => {
  expect(answerFinding(sampled(60, 1))).toEqual({ says: 'same', value: 'a0' });
  expect(answerFinding(sampled(60, 0))).toEqual({ says: 'none' });
});

it('values that are too many to be listed are counted', () => {
  const columns = [emptyColumn('x'), { ...emptyColumn('price'), guess: guess(257) }];
  expect(answerFinding(sampled(2000, 0, { columns }))).toEqual({ says: 'many', answers: 257 });
  expect(answerFinding(sampled(600, 0, { columns }))).toEqual({ says: 'many', answers: 257 });
});

it('nothing is said of what has no sample', () => {
  expect((['scratch', 'pictures', 'recordings'] as const).map((source) => answerFinding(sampled(60, 1, { source })))).toEqual([
    null,
    null,
    null,
  ]);
  expect(answerFinding(EMPTY_FORM)).toBeNull();
});
