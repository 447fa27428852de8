import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atMost, errorAtMost, power } from './figures.ts';

test('a bound never reads smaller than it is, and hardly larger', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 900, noNaN: true }), (bound) => {
      const read = Number(atMost(bound).replaceAll(',', ''));
      expect(read).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
      expect(read).toBeLessThanOrEqual(bound * 1.0011);
    }),
  );
  expect([atMost(0), atMost(1), atMost(0.91155), atMost(0.9996179), atMost(null)]).toEqual(['0', '1', '0.9116', '0.9997', 'no bound']);
});

test('small probabilities are written as powers', () => {
  expect([power(1e-5), power(2.5e-7)]).toEqual(['1e-5', '2.5e-7']);
  expect([errorAtMost(1.3e-7), errorAtMost(2e-7), errorAtMost(9.5e-8), errorAtMost(0)]).toEqual(['2e-7', '2e-7', '1e-7', '0']);
});
