import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MeshError } from '../errors.ts';
import { calibrateSigma, sigmaByRenyi } from './calibration.ts';
import { ROUNDS_MAX, roundsByRenyi } from './rounds-by-renyi.fixture.ts';
import { epsilonOf } from './rdp.ts';
import { curveTermsOf, roundCurve, roundsWithin } from './round-curve.ts';

const goal = fc.record({
  epsilon: fc.double({ min: 0.1, max: 10, noNaN: true }),
  delta: fc.constantFrom(1e-7, 1e-5, 1e-4),
  rate: fc.double({ min: 1e-3, max: 1, noNaN: true }),
  rounds: fc.integer({ min: 1, max: 500 }),
});

test('a calibrated sigma never overshoots, and one step less would', () => {
  fc.assert(
    fc.property(goal, ({ epsilon, delta, rate, rounds }) => {
      const sigma = sigmaByRenyi({ epsilon, delta, rate, rounds });
      expect(epsilonOf([{ rate, sigma, rounds }], delta).epsilon).toBeLessThanOrEqual(epsilon);
      expect(sigma > 1e-3 ? epsilonOf([{ rate, sigma: sigma - 1e-4, rounds }], delta).epsilon : Infinity).toBeGreaterThan(epsilon);
    }),
    { numRuns: 40 },
  );
});

test('known calibrations', () => {
  // 600 rows, lots of 32, one and five epochs at epsilon 1: the reference's table has two digits.
  expect(sigmaByRenyi({ epsilon: 1, delta: 1e-5, rate: 32 / 600, rounds: 19 })).toBeCloseTo(1.56, 2);
  expect(sigmaByRenyi({ epsilon: 1, delta: 1e-5, rate: 32 / 600, rounds: 94 })).toBeCloseTo(2.39, 1);
  // Opacus finds 1.416 and 1.3562 with fractional orders; integer ones need slightly more, never less.
  for (const [rounds, theirs] of [
    [2250, 1.416],
    [2000, 1.3562],
  ] as const) {
    const sigma = sigmaByRenyi({ epsilon: 8, delta: 1e-5, rate: 0.04, rounds });
    expect(sigma).toBeGreaterThanOrEqual(theirs);
    expect(sigma).toBeLessThan(theirs * 1.005);
  }
});

test('the rounds that a budget pays for', () => {
  // Reference table at sigma 1.1, epsilon 1: 1,706 and 1,160 rounds at these rates, found with orders that we have too.
  expect(roundsByRenyi({ epsilon: 1, delta: 1e-5, rate: 0.00427, sigma: 1.1 })).toBe(1706);
  expect(roundsByRenyi({ epsilon: 1, delta: 1e-5, rate: 0.005, sigma: 1.1 })).toBe(1160);
  // The published defaults on a small tab: one round is already too much.
  expect(roundsByRenyi({ epsilon: 1, delta: 1e-5, rate: 32 / 600, sigma: 1.1 })).toBe(0);
  expect(roundsByRenyi({ epsilon: 1, delta: 1e-5, rate: 0, sigma: 1.1 })).toBe(ROUNDS_MAX);
});

test('the answer fits and one round more does not, with or without a past', () => {
  const past = fc.array(
    fc.record({
      rate: fc.double({ min: 1e-3, max: 0.3, noNaN: true }),
      sigma: fc.double({ min: 1, max: 6, noNaN: true }),
      rounds: fc.integer({ min: 0, max: 20 }),
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(goal, past, fc.double({ min: 0.8, max: 8, noNaN: true }), ({ epsilon, delta, rate }, spent, sigma) => {
      const rounds = roundsByRenyi({ epsilon, delta, rate, sigma, spent });
      const after = (n: number) => epsilonOf([...spent, { rate, sigma, rounds: n }], delta).epsilon;
      expect(rounds > 0 ? after(rounds) : 0).toBeLessThanOrEqual(epsilon);
      expect(after(rounds + 1)).toBeGreaterThan(epsilon);
      expect(roundsByRenyi({ epsilon, delta, rate, sigma })).toBeGreaterThanOrEqual(rounds);
    }),
    { numRuns: 40 },
  );
});

test('a calibrated sigma pays for exactly the rounds it was made for, or a few more', () => {
  const sigma = sigmaByRenyi({ epsilon: 2, delta: 1e-5, rate: 0.1, rounds: 60 });
  const rounds = roundsByRenyi({ epsilon: 2, delta: 1e-5, rate: 0.1, sigma });
  expect(rounds).toBeGreaterThanOrEqual(60);
  expect(rounds).toBeLessThan(62);
});

test.each([
  ['epsilon', { epsilon: 0, delta: 1e-5, rate: 0.1, rounds: 1 }],
  ['epsilon', { epsilon: Infinity, delta: 1e-5, rate: 0.1, rounds: 1 }],
  ['delta', { epsilon: 1, delta: 0, rate: 0.1, rounds: 1 }],
  ['rate', { epsilon: 1, delta: 1e-5, rate: 0, rounds: 1 }],
  ['rate', { epsilon: 1, delta: 1e-5, rate: Number.NaN, rounds: 1 }],
  ['rounds', { epsilon: 1, delta: 1e-5, rate: 0.1, rounds: 0 }],
  ['epsilon', { epsilon: 1e-4, delta: 1e-9, rate: 1, rounds: 100_000 }],
])('a %s out of reach is refused', (field, bad) => {
  expect(() => sigmaByRenyi(bad)).toThrow(MeshError);
  expect(() => sigmaByRenyi(bad)).toThrow(expect.objectContaining({ detail: expect.objectContaining({ field }) }));
});

test('noise by the accountant that decides: all rounds are paid for, and a thousandth less noise pays for one fewer', () => {
  for (const [epsilon, rate, rounds, coordinates] of [
    [1, 1, 20, 650],
    [3, 0.4, 40, 650],
  ] as const) {
    const grid = { coordinates, gridBits: 16 };
    const sigma = calibrateSigma({ epsilon, delta: 1e-5, rate, rounds, ...grid });
    const paidWith = (noise: number) => {
      const next = { rate, sigma: noise, rounds, ...grid };
      const curve = roundCurve(curveTermsOf([], next, 1e-5, epsilon)!);
      return roundsWithin(epsilon, 1e-5, { bill: [], next, curve, roundsMax: rounds });
    };
    expect([paidWith(sigma), paidWith(sigma * 0.999)]).toEqual([rounds, rounds - 1]);
    expect(sigma).toBeLessThan(0.96 * sigmaByRenyi({ epsilon, delta: 1e-5, rate, rounds }));
  }
});
