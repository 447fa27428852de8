import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MeshError } from '../errors.ts';
import { deltaLeft, noiseDistance } from './accountants.ts';
import { filteredEpsilon } from './filter.ts';
import { pldEpsilon } from './pld.ts';
import { epsilonOf } from './rdp.ts';
import { billedEpsilon, curveTermsOf, roundCurve, roundsWithin, type CurveTerms, type FutureRounds } from './round-curve.ts';

const DELTA = 1e-5;
const TERMS: CurveTerms = { rate: 0.05, sigma: 2.4, delta: DELTA, coordinates: 650, gridBits: 16, epsilon: 1, roundsMax: 500 };
const NEXT = { rate: TERMS.rate, sigma: TERMS.sigma, coordinates: TERMS.coordinates, gridBits: TERMS.gridBits };
const billOf = (rounds: number) => [{ ...NEXT, rounds }];
const boughtBy = (limit: number, curve = roundCurve(TERMS) as ReturnType<typeof roundCurve> | null, bill = billOf(0)) =>
  roundsWithin(limit, DELTA, { bill, next: NEXT, curve, roundsMax: 500 });

/** The smaller of both bounds, each worked out anew. */
function costOf(phase: FutureRounds, delta: number): number {
  const byRenyi = epsilonOf([phase], delta).epsilon;
  const left = deltaLeft(delta, byRenyi, noiseDistance([phase]));
  return Math.min(byRenyi, left === null ? Infinity : pldEpsilon([phase], left, 16).epsilon);
}

describe('rounds by the loss distribution', () => {
  test('cost less than by Renyi, no less than the finest distribution says, and never less for more of them', () => {
    const { points } = roundCurve(TERMS);
    for (const [i, [rounds, epsilon]] of points.entries()) {
      expect(epsilon).toBeLessThanOrEqual(epsilonOf([{ ...NEXT, rounds }], DELTA).epsilon);
      expect(epsilon).toBeGreaterThanOrEqual(points[i - 1]?.[1] ?? 0);
    }
    for (const [rounds, epsilon] of [points[0]!, points[20]!, points.at(-1)!]) {
      const finer = pldEpsilon([{ ...NEXT, rounds }], DELTA, 17).epsilon;
      expect(epsilon).toBeGreaterThanOrEqual(finer - 1e-9);
      expect(epsilon).toBeLessThan(finer + 1e-3);
    }
  });

  test('are more for the same limit', () => {
    expect(boughtBy(1)).toBeGreaterThan(boughtBy(1, null));
    expect(boughtBy(0.2)).toBeGreaterThan(boughtBy(0.2, null));
    expect(boughtBy(1)).toBe(roundCurve(TERMS).points.at(-1)![0]);
  });

  test('never overshoot the limit, on any mechanism, and one more would', () => {
    const mechanism = fc.record({
      rate: fc.constantFrom(0.01, 0.1, 0.4, 1),
      sigma: fc.double({ min: 1.1, max: 10, noNaN: true }),
      delta: fc.constantFrom(1e-8, 1e-6, 1e-4),
      epsilon: fc.double({ min: 0.1, max: 8, noNaN: true }),
      roundsMax: fc.integer({ min: 1, max: 150 }),
      coordinates: fc.constantFrom(10, 100_000),
      gridBits: fc.constantFrom(10, 16),
    });
    fc.assert(
      fc.property(mechanism, (terms) => {
        const { rate, sigma, delta, epsilon: limit, roundsMax, coordinates, gridBits } = terms;
        const next = { rate, sigma, coordinates, gridBits };
        const curve = roundCurve(terms);
        const bought = roundsWithin(limit, delta, { bill: [], next, curve, roundsMax });
        expect(bought).toBeGreaterThanOrEqual(roundsWithin(limit, delta, { bill: [], next, curve: null, roundsMax }));
        expect(bought > 0 ? costOf({ ...next, rounds: bought }, delta) : 0).toBeLessThanOrEqual(limit + 1e-9);
        expect(bought < roundsMax ? billedEpsilon([{ ...next, rounds: bought + 1 }], delta, curve) : Infinity).toBeGreaterThan(limit);
      }),
      // A run takes half a second: shrinking a failure would take an hour, and its seed and path are told without.
      { numRuns: 8, endOnFailure: true },
    );
  });

  test('between two points are taken for those of the larger one', () => {
    const curve = { ...TERMS, points: [[10, 0.3] as const, [20, 0.35] as const] };
    const at = (rounds: number) => billedEpsilon(billOf(rounds), DELTA, curve);
    expect([at(0), at(10), at(11), at(20)]).toEqual([0, 0.3, 0.35, 0.35]);
    expect(at(21)).toBe(epsilonOf(billOf(21), DELTA).epsilon);
  });
});

describe('a bill', () => {
  const curve = { ...TERMS, points: [[100, 0.001] as const] };
  test.each([
    ['another sigma', { sigma: 2.5 }],
    ['another rate', { rate: 0.06 }],
    ['a larger update', { coordinates: 651 }],
    ['a coarser grid', { gridBits: 15 }],
    ['an unknown grid', { gridBits: undefined, coordinates: undefined }],
  ])('that has %s gets nothing from a curve that was made for other rounds', (_, change) => {
    for (const bill of [
      [{ ...NEXT, ...change, rounds: 3 }],
      [
        { ...NEXT, rounds: 3 },
        { ...NEXT, ...change, rounds: 1 },
      ],
    ]) {
      expect(billedEpsilon(bill, DELTA, curve)).toBe(filteredEpsilon(bill, DELTA).epsilon);
    }
  });

  test('at a smaller delta gets nothing from a curve of a larger one, and the other way round it does', () => {
    expect(billedEpsilon(billOf(3), DELTA / 2, curve)).toBe(epsilonOf(billOf(3), DELTA / 2).epsilon);
    expect(billedEpsilon(billOf(3), DELTA * 2, curve)).toBe(0.001);
  });

  test('of mixed settings asks for no curve, one of a wider past asks for the widest', () => {
    const next = { ...NEXT, rounds: 40 };
    expect(curveTermsOf([{ ...NEXT, sigma: 3, rounds: 1 }], next, DELTA, 1)).toBeNull();
    expect(curveTermsOf([{ rate: NEXT.rate, sigma: NEXT.sigma, rounds: 1 }], next, DELTA, 1)).toBeNull();
    const past = [
      { ...NEXT, coordinates: 10, gridBits: 12, rounds: 5 },
      { ...NEXT, coordinates: 1000, rounds: 6 },
    ];
    expect(curveTermsOf(past, next, DELTA, 1)).toMatchObject({ coordinates: 1000, gridBits: 12, roundsMax: 256 });
  });
});

test('the answer for a bill stays to the last digit while it grows', () => {
  const next = { ...NEXT, rounds: 40 };
  const at = (paid: number) => billedEpsilon(billOf(9), DELTA, roundCurve(curveTermsOf(billOf(paid), next, DELTA, 0.5)!));
  expect([at(9), at(12), at(60)]).toEqual([at(0), at(0), at(0)]);
});

test('a curve that cannot be had is empty, and nonsense is refused', () => {
  expect(roundCurve({ ...TERMS, gridBits: 4 }).points).toEqual([]); // the grid is too coarse
  expect(roundCurve({ ...TERMS, delta: 1e-11 }).points).toEqual([]);
  expect(roundCurve({ ...TERMS, sigma: 0 }).points).toEqual([]);
  for (const bad of [{ epsilon: 0 }, { roundsMax: 0 }, { sigma: -1 }, { rate: 2 }]) {
    expect(() => roundCurve({ ...TERMS, ...bad })).toThrow(MeshError);
  }
});
