import { expect, it } from 'vitest';
import { digitRows, TYPICAL_INK } from './rows.ts';

it('the typical ink is the mean of the digits that our strokes draw, in halves', () => {
  const rows = digitRows(2000, 'typical');
  const means = TYPICAL_INK.map((_, pixel) => rows.reduce((sum, cells) => sum + Number(cells[pixel]), 0) / rows.length);
  expect(means.map((mean) => Math.round(2 * mean) / 2)).toEqual(TYPICAL_INK);
});
