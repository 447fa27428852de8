import { expect, it } from 'vitest';
import type { ColumnGuess } from '#workers/founding/api';
import { answerFinding, gapQuestions, protecting, repeatedUnit } from './founding-findings.ts';
import { EMPTY_FORM, emptyColumn, type FoundingForm } from './founding-form.ts';

const guess = (distinct: number): ColumnGuess => ({
  proposed: { kind: 'ignored', name: 'price' },
  distinct,
  missing: 0,
  examples: [],
  reason: 'too-many-values',
  values: null,
  range: null,
  dates: null,
  sentinels: [],
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

it('a column that repeats a person is said, together or not, unless it is the answer or another one is protected', () => {
  const columns = ['user', 'x', 'y'].map(emptyColumn);
  const unit = (column: number | null, label = 2) =>
    repeatedUnit({ ...EMPTY_FORM, columns, label, group: { column, rowsMax: '64', seen: { column: 0, rows: 150 } } });
  expect(unit(0)).toEqual({ place: 0, name: 'user', rows: 150, together: true });
  expect(unit(null)).toMatchObject({ rows: 150, together: false });
  expect([unit(1), unit(null, 0), repeatedUnit(EMPTY_FORM)]).toEqual([null, null, null]);
});

it('who protects persons with all rows brings fewer of them than rows, and the other way round', () => {
  const group = { column: null, rowsMax: '16', seen: { column: 0, rows: 8 } };
  const form: FoundingForm = { ...EMPTY_FORM, columns: ['user', 'y'].map(emptyColumn), label: 1, group };
  const together = protecting(form, 0);
  expect([together.group.column, together.policy.rowsEach]).toEqual([0, '25']);
  expect(protecting({ ...form, ...together }, null)).toEqual({ group, policy: EMPTY_FORM.policy });
  expect(protecting({ ...form, group: { ...group, seen: { column: 0, rows: 150 } } }, 0).policy.rowsEach).toBe('10');
  expect(protecting({ ...form, policy: { ...form.policy, rowsEach: 'many' } }, 0).policy.rowsEach).toBe('many');
});

it('numbers that may be gaps are asked about one by one, until they are gaps or numbers', () => {
  const without = { min: 0, max: 12, typical: 2 };
  const sentinels = [-200, 999].map((value) => ({ value, times: 3, without }));
  const co: FoundingForm['columns'][number] = { ...emptyColumn('CO'), guess: { ...guess(40), sentinels } };
  const form = (change: Partial<typeof co> = {}): FoundingForm => ({
    ...EMPTY_FORM,
    columns: [{ ...co, ...change }, emptyColumn('y')],
    label: 1,
  });
  const [first, ...others] = gapQuestions(form());
  expect([first, others]).toEqual([
    { place: 0, name: 'CO', value: -200, times: 3, asGap: { gaps: '-200', fill: true, min: '0', max: '12', typical: '2' } },
    [],
  ]);
  expect(gapQuestions(form({ gaps: '-200' }))).toMatchObject([{ value: 999, asGap: { gaps: '-200\n999' } }]);
  for (const settled of [{ settled: true }, { gaps: '-200\n999' }, { kind: 'ignored' as const }])
    expect(gapQuestions(form(settled))).toEqual([]);
});
