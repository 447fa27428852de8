import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundRange } from './round-range.ts';

it.each([
  [2, 66, 0, 80],
  [7.225, 263, 0, 300],
  [0.12, 0.31, 0.1, 0.34],
  [-12, 30, -20, 35],
  [0, 4, 0, 5],
  [5, 5, 0, 5],
  [0, 0, 0, 1],
  [-5e-324, -5e-324, -1, 0],
  [1.5e308, 1.5e308, 0, 1.5e308],
  [1900, 1999, 1890, 2010],
])('%d to %d is read in %d to %d', (low, high, min, max) => {
  expect(roundRange(low, high)).toEqual({ min, max });
});

it('holds what was seen, with room, and few digits', () => {
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const { min, max } = roundRange(low, high);
      expect(min).toBeLessThan(max);
      expect(min).toBeLessThanOrEqual(low);
      expect(max).toBeGreaterThanOrEqual(high);
      if (low >= 0) expect(min).toBeGreaterThanOrEqual(0);
    }),
  );
});
