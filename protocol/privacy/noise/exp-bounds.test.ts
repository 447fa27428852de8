/** Bounds of e^-x: around known digits, near each other, and closed under what exponentials do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitLength, expBounds } from './exp-bounds.ts';

/** Known decimals as a fraction of 10^k. */
const KNOWN = [
  [1n, 1n, '367879441171442321595523770161460867'],
  [1n, 2n, '606530659712633423603799534991180453'],
  [10n, 1n, '000045399929762484851535591515560550'],
  [18n, 1n, '000000015229979744712628436136629233'],
] as const;

describe('bounds of the exponential', () => {
  test.each(KNOWN)('of %d / %d hold its decimals', (n, d, decimals) => {
    const [low, high] = expBounds(n, d, 100);
    const [digits, unit] = [BigInt(decimals), 10n ** BigInt(decimals.length)];
    expect(low * unit).toBeLessThanOrEqual((digits + 1n) << 100n);
    expect(high * unit).toBeGreaterThanOrEqual(digits << 100n);
  });

  test('are two units apart at most, agree with floating point, and are exact at 0', () => {
    expect(expBounds(0n, 7n, 32)).toEqual([1n << 32n, 1n << 32n]);
    const fraction = fc.tuple(fc.bigInt(1n, 1n << 60n), fc.bigInt(1n, 1n << 58n));
    fc.assert(
      fc.property(fraction, fc.integer({ min: 8, max: 200 }), ([n, d], bits) => {
        fc.pre(n / d < 100n);
        const [low, high] = expBounds(n, d, bits);
        expect(high - low).toBeLessThanOrEqual(2n);
        const float = Math.exp(-Number(n) / Number(d)) * 2 ** bits;
        expect(Number(low)).toBeLessThanOrEqual(float * (1 + 1e-12));
        expect(Number(high)).toBeGreaterThanOrEqual(float * (1 - 1e-12));
      }),
      { numRuns: 200 },
    );
  });

  test('of a sum meet the product', () => {
    const argument = fc.bigInt(1n, 1n << 40n);
    fc.assert(
      fc.property(argument, argument, (a, b) => {
        const d = 1n << 37n;
        const [[aLow, aHigh], [bLow, bHigh], [low, high]] = [expBounds(a, d, 90), expBounds(b, d, 90), expBounds(a + b, d, 90)];
        expect((aLow * bLow) >> 90n).toBeLessThanOrEqual(high);
        expect(((aHigh * bHigh) >> 90n) + 1n).toBeGreaterThanOrEqual(low);
      }),
      { numRuns: 100 },
    );
  });

  test('bits of a whole number', () => {
    expect([0n, 1n, 2n, 255n, 256n].map(bitLength)).toEqual([0, 1, 2, 8, 9]);
  });
});
