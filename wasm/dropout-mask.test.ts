import { expect, test } from 'vitest';
import { keeps, maskHash, maskKey, thresholdOf } from './dropout-mask.ts';

const RATES = [0, 0.1, 0.5, 0.95];

test.each(RATES)('a mask of rate %d drops that share of the values', (rate) => {
  const threshold = thresholdOf(rate);
  const count = 200_000;
  let dropped = 0;
  for (let i = 0; i < count; i++) if (!keeps(7, i % 100, 3, Math.floor(i / 100), threshold)) dropped++;
  expect(Math.abs(dropped - rate * count)).toBeLessThanOrEqual(5 * Math.sqrt(rate * (1 - rate) * count));
});

test('neighbouring rows, layers, seeds and values agree as often as chance', () => {
  const threshold = thresholdOf(0.5);
  const count = 20_000;
  const moves = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [1, -1, 0, 0],
    [0, 1, -1, 0],
  ];
  for (const [seed, row, layer, index] of moves) {
    let same = 0;
    for (let i = 1; i <= count; i++) {
      if (keeps(5, 9, 4, i, threshold) === keeps(5 + seed!, 9 + row!, 4 + layer!, i + index!, threshold)) same++;
    }
    expect(Math.abs(same - count / 2)).toBeLessThan(2.5 * Math.sqrt(count));
  }
});

test('a mask is these bits: kernels are held to them', () => {
  expect([maskKey(0, 0, 0), maskKey(0xffffffff, 12, 3), maskHash(maskKey(1, 2, 3), 4), maskHash(0, 0)]).toMatchInlineSnapshot(`
    [
      1906223210,
      173738991,
      3630735321,
      0,
    ]
  `);
  expect(RATES.map(thresholdOf)).toEqual([0, 429496730, 2147483648, 4080218931]);
});
