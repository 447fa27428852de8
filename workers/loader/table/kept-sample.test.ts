import { expect, it } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { tensorsOf } from '../lines/stored-rows.ts';
import { KeptSample } from './kept-sample.ts';
import { RowCode } from './row-code.ts';

/** So wide that a block of the sample has few rows: a category of three values, then numbers. */
const WIDE: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'category', name: 'weather', values: ['dry', 'rain', 'snow'], others: true },
    ...Array.from({ length: 300_000 }, (_, i) => ({ kind: 'number' as const, name: String(i), min: 0, max: 1 })),
  ],
  label: { name: 'rented', classes: ['no', 'yes'] },
  picture: null,
};

it('rows keep their own inputs across blocks, also one that replaces another of its unit', () => {
  const code = new RowCode(WIDE);
  const kept = new KeptSample(code, 20, 4, false);
  const rows = Array.from({ length: 11 }, (_, i) => i);
  for (const i of rows) {
    const room = kept.room();
    room.coded[room.offset] = (i % 4) - 1;
    room.coded[room.offset + code.kept - 1] = i;
    kept.add(room, i % 2, -i, Math.min(1, Math.floor(i / 5))); // the smaller draw stays
  }
  const { x, y, units } = tensorsOf(kept.rows());
  // Of each unit's rows the last four: 4 took the place of 0, and 9 and 10 took those of 5 and 6.
  const stay = [4, 1, 2, 3, 9, 10, 7, 8];
  const inputs = stay.map((_, row) => [...x.subarray(row * code.width, row * code.width + 3), x[(row + 1) * code.width - 1]]);
  expect(inputs).toEqual(stay.map((i) => [0, 1, 2].map((value) => Number(value === (i % 4) - 1)).concat(i)));
  expect([...y]).toEqual(stay.map((i) => i % 2));
  expect([...units!]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(kept.unitLeft).toBe(3);
});
