import { expect, test } from 'vitest';
import type { TableTask } from '#protocol/task';
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
