import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestLot, largestLotRows } from './lot-tail.ts';
import { poissonLot } from './noise/poisson.ts';
import { RandomWords } from './noise/random-words.ts';
import { seededBytes } from './noise/seeded-bytes.ts';

/** log P(Binomial(n, q) > k), summed from its terms. */
function logTail(n: number, q: number, k: number): number {
  if (k >= n) return -Infinity;
  const logs = [0];
  for (let i = 1; i <= n; i++) logs[i] = logs[i - 1]! + Math.log(i);
  const term = (j: number) => logs[n]! - logs[j]! - logs[n - j]! + j * Math.log(q) + (n - j) * Math.log1p(-q);
  const terms = Array.from({ length: Math.min(n - k, 4000) }, (_, i) => term(k + 1 + i));
  const top = Math.max(...terms);
  return top + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - top), 0));
}

describe('the largest lot', () => {
  it.each([
    // units, q, bound: q n + 6 + sqrt(36 + 36 n q (1 - q)), rounded down
    [4000, 0.01, 84],
    [4142, 0.025, 170],
    [30_000, 0.4, 12_515],
    [100, 0.25, 57],
    [100, 1, 100],
    [1, 0.5, 1],
    [30_000, 1e-6, 12],
  ])('of %i units at rate %f is %i', (units, rate, bound) => {
    expect(largestLot(units, rate)).toBe(bound);
  });

  it('is passed with a probability below e^-18, by the exact binomial tail', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), fc.double({ min: 1e-6, max: 1, noNaN: true, maxExcluded: true }), (n, q) => {
        expect(logTail(n, q, largestLot(n, q))).toBeLessThan(-18);
      }),
      { numRuns: 100 },
    );
  });

  it('is no idle bound: a tenth of its margin is passed at once', () => {
    let most = 0;
    for (let i = 0; i < 50; i++) most = Math.max(most, poissonLot(4000, 0.05, new RandomWords(seededBytes(`lot ${i}`))).length);
    expect(most).toBeGreaterThan(200 + (largestLot(4000, 0.05) - 200) / 10);
    expect(most).toBeLessThanOrEqual(largestLot(4000, 0.05));
  });

  it('counts the rows of groups by the largest group, and never more than all', () => {
    expect(largestLotRows(4000, 0.05, 1)).toBe(largestLot(4000, 0.05));
    expect(largestLotRows(4000, 0.05, 8)).toBe(8 * largestLot(500, 0.05));
    expect(largestLotRows(64, 0.9, 64)).toBe(64);
    // Groups of eight, drawn as such: 100 tries stay below, and a bound for single rows would not hold.
    let most = 0;
    for (let i = 0; i < 100; i++) most = Math.max(most, 8 * poissonLot(50, 0.02, new RandomWords(seededBytes(`groups ${i}`))).length);
    expect(most).toBeLessThanOrEqual(largestLotRows(400, 0.02, 8));
    expect(most).toBeGreaterThan(largestLot(400, 0.02));
  });
});
