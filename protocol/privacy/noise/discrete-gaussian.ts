/**
 * Exact samples of the discrete Gaussian, P(y) proportional to exp(-y^2 / (2 sigma^2)) over the integers: Canonne, Kamath, Steinke 2020
 * (arXiv 2004.00010), algorithms 2 and 3 (1 is in exact-coins.ts). Integers only, from the first random bit to the sample: floating-point
 * samplers leave holes that can give a row away (Mironov 2012). Not constant-time: how long a sample takes depends on its value, so noise
 * is drawn in bulk inside a worker, where nobody can time one value.
 */
import { MeshError } from '../../errors.ts';
import { bernoulliExp, bernoulliExpSmall } from './exact-coins.ts';
import { addSample, type AddNoise } from './noisy-update.ts';
import { RandomWords } from './random-words.ts';

/** Twelve deviations of noise fit 31 bits, as the manifest demands. */
export const SIGMA_GRID_MAX = Math.floor(2 ** 31 / 12);
const INT32_MAX = 2 ** 31 - 1;

/**
 * sigma in grid steps: ceil(sigma * 2^gridBits). Scaling by a power of two is exact and the ceiling rounds up, so the noise that is
 * added never has less deviation than the noise that is accounted for.
 * @throws MeshError field-invalid
 */
export function sigmaOnGrid(sigma: number, gridBits: number): number {
  const steps = Math.ceil(sigma * 2 ** gridBits);
  checkSigma(steps);
  return steps;
}

/** The deviation of the samples is at most sigma, and equal to it within 1e-6. */
export const addDiscreteGaussian: AddNoise = (sum, sigma, random, into) => {
  checkSigma(sigma);
  const words = new RandomWords(random);
  const t = sigma + 1;
  const [bigT, variance] = [BigInt(t), BigInt(sigma) ** 2n];
  const denominator = 2n * variance * bigT * bigT;
  for (let i = 0; i < sum.length;) {
    const y = discreteLaplace(words, t);
    // Accepts with probability exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)), both sides of the fraction times t^2.
    const distance = BigInt(Math.abs(y)) * bigT - variance;
    if (!bernoulliExp(words, distance * distance, denominator)) continue;
    if (Math.abs(y) > INT32_MAX) throw new MeshError('out-of-bound', { field: 'noise', expected: 'below 2^31' });
    into[i] = addSample(sum, i, y);
    i++;
  }
  words.wipe();
};

/** P(y) proportional to exp(-|y| / t): algorithm 2 with scale t / 1. */
function discreteLaplace(words: RandomWords, t: number): number {
  for (;;) {
    const remainder = words.below(t);
    if (!bernoulliExpSmall(words, remainder, t)) continue;
    let whole = 0;
    while (bernoulliExpSmall(words, 1, 1)) whole++;
    const size = remainder + t * whole;
    const negative = words.below(2) === 1;
    if (negative && size === 0) continue; // zero would count twice
    return negative ? -size : size;
  }
}

/** @throws MeshError field-invalid */
export function checkSigma(sigma: number): void {
  if (!Number.isInteger(sigma) || sigma < 1 || sigma > SIGMA_GRID_MAX) {
    throw new MeshError('field-invalid', { field: 'sigma', expected: `1..${SIGMA_GRID_MAX} grid steps`, got: String(sigma) });
  }
}
