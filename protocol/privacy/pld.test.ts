import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { transformOf } from './fft.ts';
import { intervalMass, upperTail } from './normal-tail.ts';
import { pldDelta, pldEpsilon } from './pld.ts';
import { epsilonOf } from './rdp.ts';

const VECTORS = new URL('../../../shared/vectors/rdp.json', import.meta.url);
const vectors = (() => {
  try {
    return JSON.parse(readFileSync(VECTORS, 'utf8')) as {
      readonly epsilon: readonly { q: number; sigma: number; steps: number; delta: number; pld_fft: { eps: number } }[];
    };
  } catch {
    return null;
  }
})();
/** Coarser than the product's grid, so that the suite stays quick. */
const CELLS_LOG2 = 17;

describe('the normal tail', () => {
  it('has its published values, far out too', () => {
    expect(upperTail(0)).toBeCloseTo(0.5, 14);
    for (const [z, value] of [
      [1, 0.15865525393145705],
      [5, 2.866515718791939e-7],
      [10, 7.619853024160527e-24],
    ] as const)
      expect(Math.abs(upperTail(z) / value - 1)).toBeLessThan(1e-13);
    expect(upperTail(-3) + upperTail(3)).toBeCloseTo(1, 14);
    expect(intervalMass(8, 9) / (upperTail(8) - upperTail(9))).toBe(1);
    expect(intervalMass(-9, -8)).toBe(intervalMass(8, 9));
    expect([intervalMass(2, 1), intervalMass(-Infinity, Infinity)]).toEqual([0, 1]);
  });
});

describe('the transform', () => {
  it('agrees with the sum it stands for, and goes back', () => {
    const n = 64;
    const re = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i));
    const im = Float64Array.from({ length: n }, (_, i) => Math.cos(3 * i));
    const [r, i] = [re.slice(), im.slice()];
    const fft = transformOf(n);
    fft.forward(r, i);
    for (const k of [0, 1, 17, 63]) {
      let [x, y] = [0, 0];
      for (let j = 0; j < n; j++) {
        const angle = (-2 * Math.PI * j * k) / n;
        x += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
        y += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
      }
      expect(r[k]).toBeCloseTo(x, 11);
      expect(i[k]).toBeCloseTo(y, 11);
    }
    fft.backward(r, i);
    for (let j = 0; j < n; j++) expect([r[j]! - re[j]!, i[j]! - im[j]!].every((d) => Math.abs(d) < 1e-13)).toBe(true);
    expect(() => transformOf(48)).toThrow(/power of two/);
  });
});

describe('the privacy-loss distribution', () => {
  it.skipIf(vectors === null)('meets the reference values from above (skipped without ../shared/vectors)', () => {
    for (const { q, sigma, steps, delta, pld_fft } of vectors!.epsilon.filter((_, i) => i % 4 === 0)) {
      const { epsilon, error } = pldEpsilon([{ rate: q, sigma, rounds: steps }], delta, CELLS_LOG2);
      // The reference is a mean-corrected grid: as good as exact, not a bound.
      expect(epsilon - pld_fft.eps, `${q} ${sigma} ${steps}`).toBeGreaterThan(-1e-6 * (1 + pld_fft.eps));
      expect(epsilon - pld_fft.eps, `${q} ${sigma} ${steps}`).toBeLessThan(1e-4 * (1 + pld_fft.eps) + error);
    }
  });

  it('has the deltas that other accountants publish', () => {
    expect(pldDelta([{ rate: 1, sigma: Math.sqrt(3), rounds: 3 }], 1, CELLS_LOG2)).toBeCloseTo(0.126936, 4);
    expect(pldDelta([{ rate: 0.2, sigma: 0.5, rounds: 3 }], 1, CELLS_LOG2)).toBeCloseTo(0.15594, 4);
    const { epsilon } = pldEpsilon([{ rate: 0.01, sigma: 0.67379294682, rounds: 1 }], 1e-5, CELLS_LOG2);
    expect(Math.abs(epsilon - 1)).toBeLessThan(1e-3);
  });

  it('equals the exact delta of one Gaussian release', () => {
    for (const [sigma, epsilon] of [
      [1, 0.5],
      [2, 1],
      [0.6, 4],
    ] as const) {
      // Balle and Wang 2018, Theorem 5.
      const exact = upperTail(epsilon * sigma - 1 / (2 * sigma)) - Math.exp(epsilon) * upperTail(epsilon * sigma + 1 / (2 * sigma));
      const bound = pldDelta([{ rate: 1, sigma, rounds: 1 }], epsilon, CELLS_LOG2);
      expect(bound / exact).toBeGreaterThan(1 - 1e-9);
      expect(bound / exact).toBeLessThan(1 + 1e-5);
    }
  });

  it('is a bound: coarser grids never say less, phases written apart say the same, and it is below the Renyi bound', () => {
    const phase = { rate: 0.05, sigma: 1.5, rounds: 300 };
    const fine = pldEpsilon([phase], 1e-5, 17).epsilon;
    for (const cells of [12, 13, 14, 15, 16]) expect(pldEpsilon([phase], 1e-5, cells).epsilon).toBeGreaterThan(fine - 1e-9);
    const apart = pldEpsilon(
      [
        { ...phase, rounds: 100 },
        { ...phase, rounds: 200 },
      ],
      1e-5,
      17,
    );
    expect(apart.epsilon).toBe(fine);
    expect(fine).toBeLessThan(epsilonOf([phase], 1e-5).epsilon);
  });

  it('adds phases of different mechanisms: more than either alone, less than both apart', () => {
    const [a, b] = [
      { rate: 0.05, sigma: 1.5, rounds: 100 },
      { rate: 0.2, sigma: 3, rounds: 40 },
    ];
    const [one, two, both] = [[a], [b], [a, b]].map((phases) => pldEpsilon(phases, 1e-5, CELLS_LOG2).epsilon) as [number, number, number];
    expect(both).toBeGreaterThan(Math.max(one, two));
    expect(both).toBeLessThan(one + two);
    expect(pldEpsilon([b, a], 1e-5, CELLS_LOG2).epsilon).toBeCloseTo(both, 6);
  });

  it('goes from delta to epsilon and back', () => {
    const phases = [{ rate: 0.1, sigma: 2, rounds: 50 }];
    for (const delta of [1e-6, 1e-3]) {
      const { epsilon, error } = pldEpsilon(phases, delta, CELLS_LOG2);
      const back = pldDelta(phases, epsilon, CELLS_LOG2);
      expect(back).toBeLessThanOrEqual(delta * (1 + 1e-3));
      expect(pldDelta(phases, epsilon - error - 1e-3, CELLS_LOG2)).toBeGreaterThan(delta * 0.99);
    }
  });

  it('knows its edges, and refuses what is no mechanism', () => {
    expect(pldEpsilon([], 1e-5).epsilon).toBe(0);
    expect(pldEpsilon([{ rate: 0, sigma: 1, rounds: 5 }], 1e-5).epsilon).toBe(0);
    expect(pldEpsilon([{ rate: 0.1, sigma: 0, rounds: 1 }], 1e-5).epsilon).toBe(Infinity);
    expect(() => pldEpsilon([{ rate: 2, sigma: 1, rounds: 1 }], 1e-5)).toThrowError(expect.objectContaining({ code: 'field-invalid' }));
    expect(() => pldEpsilon([{ rate: 0.1, sigma: 1, rounds: 1 }], 0)).toThrowError(expect.objectContaining({ code: 'field-invalid' }));
  });
});
