/**
 * Statistics that samples of the discrete Gaussian must meet, for tests and benches of every sampler: a G-test against the exact mass
 * function, moments within five standard errors, tails, dependence. Bounds let a right sampler fail about once in a million runs.
 */

import type { AddNoise } from './noisy-update.ts';
import type { RandomFill } from './random-words.ts';

/** Samples alone: what is added to zeros. */
export function samplesOf(add: AddNoise, count: number, sigma: number, random: RandomFill): Int32Array<ArrayBuffer> {
  const samples = new Int32Array(count);
  add(new Int32Array(count), sigma, random, samples);
  return samples;
}

/**
 * G-test of samples with |y| >= from.
 * @returns the statistic and what it must stay below
 */
export function goodnessOfFit(samples: Int32Array, sigma: number, from = 0): { readonly g: number; readonly bound: number } {
  const mass = (y: number) => Math.exp((from * from - y * y) / (2 * sigma * sigma));
  const reach = from + 12 * sigma;
  let half = 0;
  for (let y = reach; y >= from; y--) half += y === 0 ? mass(0) / 2 : mass(y);
  const expected = new Map<number, number>();
  // Cells of one value where that leaves ten samples in each; beyond, all values share one per side.
  let edge = from;
  while (edge < reach && (samples.length * mass(edge + 1)) / (2 * half) > 10) edge++;
  for (let y = from; y <= reach; y++) {
    for (const sign of y === 0 ? [1] : [1, -1]) {
      const cell = sign * Math.min(y, edge);
      expected.set(cell, (expected.get(cell) ?? 0) + (samples.length * mass(y)) / (2 * half));
    }
  }
  const seen = new Map<number, number>();
  for (const y of samples) {
    const cell = Math.sign(y) * Math.min(Math.abs(y), edge);
    seen.set(cell, (seen.get(cell) ?? 0) + 1);
  }
  let g = 0;
  for (const [cell, count] of seen) g += 2 * count * Math.log(count / (expected.get(cell) ?? 0));
  const freedom = Math.max(1, expected.size - 1);
  return { g, bound: freedom + 5 * Math.sqrt(2 * freedom) + 10 };
}

export interface Moments {
  readonly mean: number;
  readonly variance: number;
  /** Mean of products of neighbours. */
  readonly lag: number;
  /** Shares of samples beyond 1, 2, 3 and 4 sigma; of odd ones; of positive ones among those that are not 0. */
  readonly beyond: readonly number[];
  readonly odd: number;
  readonly positive: number;
}

export function momentsOf(samples: Int32Array, sigma: number): Moments {
  let [sum, squares, products, odd, positive, zeros] = [0, 0, 0, 0, 0, 0];
  const beyond = [0, 0, 0, 0];
  for (const [i, y] of samples.entries()) {
    sum += y;
    squares += y * y;
    if (i > 0) products += y * samples[i - 1]!;
    odd += y & 1;
    if (y > 0) positive++;
    if (y === 0) zeros++;
    for (let k = 1; k <= 4 && Math.abs(y) > k * sigma; k++) beyond[k - 1]!++;
  }
  const n = samples.length;
  return {
    mean: sum / n,
    variance: squares / n,
    lag: products / n,
    beyond: beyond.map((count) => count / n),
    odd: odd / n,
    positive: positive / (n - zeros),
  };
}

const TAILS = [0.317310508, 0.045500264, 0.002699796, 0.0000633425] as const;

/** What is wrong with n samples' moments, in words; empty when nothing is. Tails and parity are judged where sigma is at least 30. */
export function momentFaults(moments: Moments, sigma: number, n: number): string[] {
  const faults: string[] = [];
  const within = (what: string, value: number, expected: number, error: number) => {
    if (!(Math.abs(value - expected) <= 5 * error)) faults.push(`${what}: expected ${expected} within ${5 * error}, got ${value}`);
  };
  within('mean', moments.mean, 0, sigma / Math.sqrt(n));
  within('lag', moments.lag, 0, sigma ** 2 / Math.sqrt(n));
  within('positive', moments.positive, 0.5, 0.5 / Math.sqrt(n / 2));
  // Canonne, Kamath, Steinke 2020, corollary 24: 1 / (e^(1 / sigma^2) - 1) <= variance <= sigma^2, and the error of a sample variance.
  const error = 5 * Math.sqrt(2 / n);
  if (!(moments.variance <= sigma ** 2 * (1 + error))) faults.push(`variance: ${moments.variance} above ${sigma ** 2}`);
  const least = 1 / Math.expm1(1 / sigma ** 2);
  if (!(moments.variance >= least * (1 - error))) faults.push(`variance: ${moments.variance} below ${least}`);
  if (sigma < 30) return faults;
  within('odd', moments.odd, 0.5, 0.5 / Math.sqrt(n));
  for (const [i, p] of TAILS.entries()) {
    // A grid of steps 1 / sigma moves a tail by at most its density times a step.
    const step = Math.exp(-((i + 1) ** 2) / 2) / sigma / 5;
    within(`beyond ${i + 1} sigma`, moments.beyond[i]!, p, Math.sqrt((p * (1 - p)) / n) + step);
  }
  return faults;
}
