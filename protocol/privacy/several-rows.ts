/**
 * What rounds that protect single rows cost a person with several of them: all of the person's rows together move an update by several clip
 * norms, against the same noise. These are upper bounds of the accountant; a multiple of epsilon would be too small for many rows at one
 * delta.
 */
import { MeshError } from '../errors.ts';
import { epsilonOf, type DpPhase } from './rdp.ts';
import { upperTail } from './normal-tail.ts';

/** Halvings of the search for a quantile. */
const HALVINGS = 60;
const QUANTILE_MAX = 40;

/**
 * Epsilon of `rows` rows together, by the smaller of two bounds: the Renyi accountant's for a lot that has any of them with probability
 * 1 - (1 - q)^k and then all, at noise sigma / k; and, of Gaussian rounds with all rows in each (mu = k sqrt(T) / sigma), the epsilon at
 * which the first of the two terms of delta alone is delta (Dong, Roth, Su 2019, corollary 2.13).
 * @param rows of one person, a whole number from 1
 * @throws MeshError field-invalid
 */
export function epsilonOfRows({ rate, sigma, rounds }: DpPhase, rows: number, delta: number): number {
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new MeshError('field-invalid', { field: 'rows', expected: 'a whole number from 1', got: String(rows) });
  const hit = rate === 1 ? 1 : -Math.expm1(rows * Math.log1p(-rate));
  const renyi = epsilonOf([{ rate: hit, sigma: sigma / rows, rounds }], delta).epsilon;
  const mu = (rows * Math.sqrt(rounds)) / sigma;
  return Math.min(renyi, (mu * mu) / 2 + mu * quantileAbove(delta));
}

/** The z that a standard normal exceeds with probability `tail`, rounded up. */
function quantileAbove(tail: number): number {
  let [low, high] = [0, QUANTILE_MAX];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}
