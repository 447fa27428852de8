import { describe, expect, test } from 'vitest';
import { addDiscreteGaussian, SIGMA_GRID_MAX, sigmaOnGrid } from './discrete-gaussian.ts';
import { samplesOf } from './gaussian-suite.ts';
import type { RandomFill } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

const sample = (count: number, sigma: number, random: RandomFill) => samplesOf(addDiscreteGaussian, count, sigma, random);

function moments(samples: Int32Array) {
  const n = samples.length;
  const mean = samples.reduce((a, b) => a + b, 0) / n;
  const variance = samples.reduce((sum, y) => sum + (y - mean) ** 2, 0) / n;
  return { mean, variance };
}

describe('the discrete Gaussian', () => {
  test.each([1, 2, 3, 7])('follows its mass function at sigma %d (G-test)', (sigma) => {
    const n = 60_000;
    const samples = sample(n, sigma, seededBytes(`g${sigma}`));
    const mass = (y: number) => Math.exp((-y * y) / (2 * sigma * sigma));
    const reach = 12 * sigma;
    let total = 0;
    for (let y = -reach; y <= reach; y++) total += mass(y);
    const cells = new Map<number, { seen: number; expected: number }>();
    const edge = Math.floor(3.3 * sigma); // beyond it all values share one cell a side
    for (let y = -reach; y <= reach; y++) {
      const key = Math.max(-edge, Math.min(edge, y));
      const cell = cells.get(key) ?? { seen: 0, expected: 0 };
      cells.set(key, { seen: 0, expected: cell.expected + (n * mass(y)) / total });
    }
    for (const y of samples) cells.get(Math.max(-edge, Math.min(edge, y)))!.seen++;
    let g = 0;
    for (const { seen, expected } of cells.values()) if (seen > 0) g += 2 * seen * Math.log(seen / expected);
    const freedom = cells.size - 1;
    expect(g).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 10);
  });

  test.each([1, 5, 40, 72_090, 650_000, SIGMA_GRID_MAX])('has mean 0 and deviation sigma at sigma %d', (sigma) => {
    const n = 20_000;
    const { mean, variance } = moments(sample(n, sigma, seededBytes(`m${sigma}`)));
    expect(Math.abs(mean)).toBeLessThan((5 * sigma) / Math.sqrt(n));
    // Canonne, Kamath, Steinke 2020, corollary 24, within five standard errors of a sample variance.
    const error = 5 * Math.sqrt(2 / n);
    expect(variance).toBeLessThan(sigma ** 2 * (1 + error));
    expect(variance).toBeGreaterThan((1 / Math.expm1(1 / sigma ** 2)) * (1 - error));
  });

  test('has Gaussian tails, not those of the Laplace it starts from', () => {
    const sigma = 1000;
    const n = 40_000;
    const samples = sample(n, sigma, seededBytes('tails'));
    const beyond = (k: number) => samples.filter((y) => Math.abs(y) > k * sigma).length / n;
    for (const [k, p] of [
      [1, 0.31731],
      [2, 0.0455],
      [3, 0.0027],
    ] as const) {
      expect(Math.abs(beyond(k) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n) + 0.001 * p);
    }
  });

  test('is symmetric, and its low bits are even: no holes in the grid', () => {
    const n = 20_000;
    const samples = sample(n, 650_000, seededBytes('sym'));
    const positive = samples.filter((y) => y > 0).length;
    const odd = samples.filter((y) => (y & 1) === 1).length;
    for (const half of [positive, odd]) expect(Math.abs(half - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
  });

  test('samples are int32, the same for the same bytes and others for others', () => {
    const a = sample(500, 72_090, seededBytes('a'));
    expect(a).toBeInstanceOf(Int32Array);
    expect(a).toEqual(sample(500, 72_090, seededBytes('a')));
    expect(a).not.toEqual(sample(500, 72_090, seededBytes('b')));
    expect(sample(0, 5, seededBytes('a'))).toHaveLength(0);
  });

  test('neighbouring samples do not depend on each other', () => {
    const n = 20_000;
    const samples = sample(n, 100, seededBytes('lag'));
    let product = 0;
    for (let i = 1; i < n; i++) product += samples[i]! * samples[i - 1]!;
    expect(Math.abs(product / (n * 100 ** 2))).toBeLessThan(5 / Math.sqrt(n));
  });

  test('rounding to the grid never lowers sigma', () => {
    expect(sigmaOnGrid(1.1, 16)).toBe(72_090); // 72089.6
    expect(sigmaOnGrid(2, 16)).toBe(131_072);
    for (const sigma of [1.1, 1.5563, 2.718281828, 9.05]) {
      for (const bits of [8, 16, 20]) {
        expect(sigmaOnGrid(sigma, bits) / 2 ** bits).toBeGreaterThanOrEqual(sigma);
        expect(sigmaOnGrid(sigma, bits) / 2 ** bits).toBeLessThan(sigma + 2 ** -bits);
      }
    }
  });

  test.each([0, -1, 1.5, Number.NaN, SIGMA_GRID_MAX + 1])('a deviation of %s steps is refused', (sigma) => {
    expect(() => sample(1, sigma, seededBytes('x'))).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });
  test.each([0, Number.NaN, 1e6])('a noise multiplier of %s is refused', (sigma) => {
    expect(() => sigmaOnGrid(sigma, 16)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });
});
