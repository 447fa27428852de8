import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundNumbers, roundRange } from './round-range.ts';

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

it('holds all values, with room, and few digits', () => {
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const { min, max } = roundRange(low, high);
      expect(min).toBeLessThan(max);
      expect(min).toBeLessThanOrEqual(low);
      expect(max).toBeGreaterThanOrEqual(high);
      expect(low < 0 || min >= 0).toBe(true);
    }),
  );
});

const sorted = (values: readonly number[]) => Float64Array.from(values).sort();
const counted = (n: number, of: (i: number) => number) => sorted(Array.from({ length: n }, (_, i) => of(i)));

it.each([
  ['whole numbers', counted(101, (i) => 20 + i), { min: 20, max: 120, typical: 70 }],
  ['ages with two far ones', sorted([...counted(98, (i) => 18 + (i % 48)), 390, 999]), { min: 15, max: 65, typical: 41 }],
  ['fractions', counted(201, (i) => 0.2 + i * 0.0031), { min: 0.2, max: 0.85, typical: 0.52 }],
  ['nearly all nothing', sorted([...counted(199, () => 0), 7000]), { min: 0, max: 8000, typical: 0 }],
  ['one number', sorted([42]), { min: 0, max: 50, typical: 42 }],
  ['below zero', counted(51, (i) => i - 50), { min: -50, max: 0, typical: -25 }],
])('%s: the middle 96 of 100 and the median, both round', (_, numbers, right) => {
  expect(roundNumbers(numbers)).toEqual(right);
});

it('the typical number is in the range, and so are nearly all numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), { minLength: 1 }), (values) => {
      const { min, max, typical } = roundNumbers(sorted(values));
      expect(min).toBeLessThan(max);
      expect(typical).toBeGreaterThanOrEqual(min);
      expect(typical).toBeLessThanOrEqual(max);
      const outside = values.filter((value) => value < min || value > max).length;
      expect(outside).toBeLessThanOrEqual(Math.ceil(0.05 * values.length) + 1);
    }),
  );
});
