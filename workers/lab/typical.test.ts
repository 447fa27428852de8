import { expect, it } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { loadRows } from '../loader/source.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { typicalCells } from './typical.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'fare', min: 0, max: 500 },
    { kind: 'ignored', name: 'name' },
    { kind: 'category', name: 'port', values: ['C', 'Q', 'S'], others: true },
    { kind: 'number', name: 'age', min: 0, max: 80, typical: 28, missing: 'fill' },
  ],
  label: { name: 'lived', classes: ['no', 'yes'] },
  picture: null,
};
const rowsOf = async (lines: readonly string[]) =>
  (await loadRows({ table: ['fare,name,port,age,lived', ...lines].join('\n'), synthetic: true }, { ...manifestFixture(), task: TASK }, 0))
    .rows.x;

it('are medians of numbers, not means, and the most frequent category of the test rows', async () => {
  // The mean fare is 108.2, a value that no row is near.
  const x = await rowsOf(['7.3,A,S,22,no', '8.1,B,S,,no', '9.6,C,C,31,yes', '16,D,S,54,yes', '500,E,Q,4,no']);
  expect(typicalCells(TASK, x)).toEqual({ fare: '9.6', port: 'S', age: '22' });
});

it('stay empty if most values are unlisted, and take the first of equals', async () => {
  const x = await rowsOf(['1,A,,1,no', '2,B,,2,no', '3,C,C,3,yes', '4,D,Z,4,yes']);
  expect(typicalCells(TASK, x)).toEqual({ fare: '2', port: '', age: '2' });
  const even = await rowsOf(['1,A,Q,1,no', '2,B,S,2,yes']);
  expect(typicalCells(TASK, even)['port']).toBe('Q');
});

it('come from the manifest, or are the middle, without public rows', () => {
  expect(typicalCells(TASK, null)).toEqual({ fare: '250', port: 'C', age: '28' });
  const odd: TableTask = { ...TASK, columns: [{ kind: 'number', name: 'n', min: 1, max: 6 }] };
  expect(typicalCells(odd, null)).toEqual({ n: '3' });
  const share: TableTask = { ...TASK, columns: [{ kind: 'number', name: 'n', min: 0, max: 1 }] };
  expect(typicalCells(share, null)).toEqual({ n: '0.5' });
  expect(typicalCells(sequenceTask(), null)).toEqual({});
});
