import { expect, it } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import {
  answerFor,
  columnsOf,
  draftOf,
  EMPTY_FORM,
  emptyColumn,
  fieldOf,
  groupName,
  hasPrice,
  mayBeNumber,
  pictureSide,
  taskOf,
  type ColumnForm,
  type FoundingForm,
} from './founding-form.ts';
import { numberOf } from '../typed-text.ts';

const suggested = { name: 'Suggested', description: 'D', region: 'R', consent: 'C', relay: 'relay id' };
const pixels: FoundingForm = {
  ...EMPTY_FORM,
  source: 'scratch',
  columns: [...Array.from({ length: 16 }, (_, i) => emptyColumn(`p${i}`)), { ...emptyColumn('digit'), values: '0\n1' }],
  label: 16,
};

it('numbers are read as people type them, and anything else is none', () => {
  expect(['5', ' 0,5 ', '-1.5e3', '', 'five', '1 000'].map(numberOf)).toEqual([5, 0.5, -1500, NaN, NaN, NaN]);
});

it('what was left as suggested is suggested, and what was typed is kept, an empty text too', () => {
  const draft = draftOf({ ...EMPTY_FORM, source: 'pictures', name: '', consent: 'Mine' }, suggested);
  expect(draft).toMatchObject({ name: '', description: 'D', region: 'R', consent: 'Mine', seats: { relays: ['relay id'] } });
});

it('a share of rows is published only where there is a sample, and only when it was asked for', () => {
  const test = { open: true, percent: '20' };
  expect(draftOf({ ...EMPTY_FORM, source: 'file', test }, suggested).testShare).toBe(0.2);
  expect(draftOf({ ...EMPTY_FORM, source: 'file', test: { ...test, open: false } }, suggested).testShare).toBe(0);
  expect(draftOf({ ...EMPTY_FORM, source: 'pictures', test }, suggested).testShare).toBe(0);
});

it('equal columns of numbers may be a square picture; one that differs, or is one of few values, makes it a table', () => {
  expect(pictureSide(pixels)).toBe(4);
  expect(taskOf({ ...pixels, pixels: true })).toMatchObject({ picture: { width: 4, height: 4 }, label: { name: 'digit', place: 16 } });
  expect(taskOf(pixels)).toMatchObject({ picture: null });
  for (const change of [{ max: '2' }, { fill: true }, { kind: 'category' }, { kind: 'ignored' }] as const) {
    const columns = pixels.columns.map((column, i) => (i === 3 ? { ...column, ...change } : column));
    expect(pictureSide({ ...pixels, columns })).toBeNull();
  }
});

it('an answer of many different numbers is a number in the range of the sample; few of them, or words, are classes', async () => {
  const rows = Array.from({ length: 200 }, (_, i) => `${['a', 'b'][i % 2]},${20 + ((i * 7) % 60)},${i % 10}`);
  const guess = inferSchema(await readSample(new File([['word,age,digit', ...rows].join('\n')], 'people.csv')));
  const columns = columnsOf(guess);
  expect(columns.map(answerFor)).toEqual(['classes', 'huber', 'classes']);
  expect(columns.map(mayBeNumber)).toEqual([false, true, true]);
  const form: FoundingForm = { ...EMPTY_FORM, source: 'file', columns, label: 1, answer: answerFor(columns[1]) };
  const { min, max, typical } = guess.columns[1]!.range!;
  const task = taskOf(form) as TableTask;
  expect(task.label).toEqual({ name: 'age', number: { min, max, typical, loss: 'huber' }, place: 1 });
  expect(task.columns.map(({ name }) => name)).toEqual(['word', 'digit']);
  expect(hasPrice(form)).toBe(true);
  const typed = (change: Partial<ColumnForm>) => ({
    ...form,
    columns: columns.map((column, i) => (i === 1 ? { ...column, ...change } : column)),
  });
  expect(hasPrice(typed({ max: '' }))).toBe(false);
  expect(taskOf({ ...typed({ typical: '' }), answer: 'squared' }).label).toEqual({
    name: 'age',
    number: { min, max, loss: 'squared' },
    place: 1,
  });
  expect(taskOf({ ...form, answer: 'classes' }).label).toMatchObject({ classes: expect.arrayContaining(['20', '79']) });
});

it('a column groups the rows of a table, and nothing of pictures or recordings', () => {
  const grouped: FoundingForm = { ...pixels, group: { column: 2, rowsMax: '8', seen: null } };
  expect([groupName(pixels), groupName(grouped)]).toEqual([null, 'p2']);
  expect((['pictures', 'recordings'] as const).map((source) => groupName({ ...grouped, source }))).toEqual([null, null]);
});

it('paths that share a control lead to it', () => {
  const paths = ['seats.relays.0', 'task.picture', 'policy.layers', 'policy.delta'];
  expect(paths.map(fieldOf)).toEqual(['seats', 'task.columns', 'policy.hidden', 'policy.delta']);
});
