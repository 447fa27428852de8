import { describe, expect, it } from 'vitest';
import { guaranteeOf, noiseDistance, type GridPhase } from './accountants.ts';
import { intervalMass } from './normal-tail.ts';
import { epsilonOf } from './rdp.ts';

/** The digits federation's own mechanism. */
const DIGITS: GridPhase = { rate: 0.4, sigma: 9.24, rounds: 30, coordinates: 650, gridBits: 16 };

/** KL and chi-square of a rounded normal against the discrete Gaussian of the same deviation, summed. */
function divergences(deviation: number): { kl: number; chi: number } {
  const reach = Math.ceil(deviation * 9);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation * deviation)));
  const total = weights.reduce((a, b) => a + b, 0);
  let [kl, chi] = [0, 0];
  for (const [i, weight] of weights.entries()) {
    const k = i - reach;
    const rounded = intervalMass((k - 0.5) / deviation, (k + 0.5) / deviation);
    const discrete = weight / total;
    kl += rounded * Math.log(rounded / discrete);
    chi += (rounded - discrete) ** 2 / discrete;
  }
  return { kl, chi };
}

describe('discrete noise against rounded continuous noise', () => {
  it('differs by no more than the bound says, and not by much less', () => {
    for (const deviation of [8, 15, 30]) {
      const { kl, chi } = divergences(deviation);
      const bound = 1 / (288 * deviation ** 4);
      expect(kl).toBeLessThan(bound);
      expect(chi / bound).toBeGreaterThan(0.9);
      expect(chi / bound).toBeLessThan(1.1);
    }
  });

  it('adds up as a square root over coordinates and rounds, and is refused on a coarse grid', () => {
    const one = noiseDistance([{ ...DIGITS, rounds: 1, coordinates: 1 }]);
    expect(noiseDistance([{ ...DIGITS, rounds: 4, coordinates: 25 }]) / one).toBeCloseTo(10, 9);
    expect(noiseDistance([{ ...DIGITS, gridBits: 1 }])).toBe(Infinity);
    expect(() => noiseDistance([{ ...DIGITS, coordinates: 0 }])).toThrowError(expect.objectContaining({ code: 'field-invalid' }));
  });
});

describe('the guarantee of the exact mechanism', () => {
  it('is the smaller of two valid ones, and keeps both', () => {
    const found = guaranteeOf([DIGITS], 1e-5);
    expect(found.rdp).toEqual(epsilonOf([DIGITS], 1e-5));
    expect(found.by).toBe('pld');
    expect(found.epsilon).toBe(found.pld!.epsilon);
    expect(found.epsilon).toBeLessThan(found.rdp.epsilon);
    expect(found.epsilon).toBeGreaterThan(0.5 * found.rdp.epsilon);
    expect(found.pld!.distance).toBeLessThan(1e-8);
  });

  it('falls back to Renyi where the other one cannot be had', () => {
    const coarse = guaranteeOf([{ ...DIGITS, sigma: 1.1, gridBits: 3 }], 1e-5);
    expect([coarse.by, coarse.pld]).toEqual(['rdp', null]);
    const nothing = guaranteeOf([], 1e-5);
    expect([nothing.epsilon, nothing.by]).toEqual([0, 'rdp']);
    expect(guaranteeOf([{ ...DIGITS, sigma: 0 }], 1e-5)).toMatchObject({ epsilon: Infinity, by: 'rdp', pld: null });
  });

  it('pays for the distance: on a grid that is barely fine enough it says a little more', () => {
    const fine = guaranteeOf([DIGITS], 1e-9);
    const coarse = guaranteeOf([{ ...DIGITS, gridBits: 8, coordinates: 100 }], 1e-9);
    expect(coarse.pld === null || coarse.pld.epsilon > fine.pld!.epsilon).toBe(true);
  });
});
