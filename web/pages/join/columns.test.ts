import { expect, test } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { describeColumns } from './columns.ts';

const number = (name: string, max: number) => ({ kind: 'number' as const, name, min: 0, max });

test('runs of one range become a line, others keep their own', () => {
  const task: TableTask = {
    kind: 'table',
    columns: [
      ...[0, 1, 2, 3].map((i) => number(`p${i}`, 16)),
      number('hour', 23),
      number('a', 1),
      number('b', 1),
      number('c', 1),
      number('d', 1),
      { kind: 'category', name: 'sky', values: ['clear', 'rain'] },
    ],
    label: { name: 'rented', classes: ['no', 'yes'] },
    picture: null,
  };
  expect(describeColumns(task)).toEqual([
    'p0 to p3: 4 numbers from 0 to 16',
    'hour: a number from 0 to 23',
    'a: a number from 0 to 1',
    'b: a number from 0 to 1',
    'c: a number from 0 to 1',
    'd: a number from 0 to 1',
    'sky: one of clear, rain',
    'rented: the answer to learn, one of no, yes',
  ]);
});

test('of a date it says which of its parts are read', () => {
  const date = (parts: object) => ({ kind: 'date' as const, name: 'when', ...parts });
  const lines = (parts: object) =>
    describeColumns({ kind: 'table', columns: [date(parts)], label: { name: 'ok', classes: ['n', 'y'] }, picture: null })[0];
  expect(lines({ from: '2024-01-01', to: '2024-07-01', weekday: true, hour: true })).toBe(
    'when: a date. The model reads the time from 2024-01-01 to 2024-07-01, the day of the week, the time of day',
  );
  expect(lines({ hour: true, missing: 'fill' })).toBe('when: a date. The model reads the time of day, or nothing');
});

test('what may be missing, other values and units are told', () => {
  const task: TableTask = {
    kind: 'table',
    columns: [
      { kind: 'ignored', name: 'patient' },
      { ...number('age', 90), missing: 'fill' },
      { kind: 'category', name: 'port', values: ['S', 'C'], others: true },
    ],
    label: { name: 'ill', classes: ['no', 'yes'] },
    picture: null,
    group: { column: 'patient', rowsMax: 16 },
  };
  expect(describeColumns(task)).toEqual([
    'age: a number from 0 to 90, or nothing',
    'port: one of S, C, or something else',
    'patient: whose row it is. At most 16 rows of each count',
    'ill: the answer to learn, one of no, yes',
  ]);
});
