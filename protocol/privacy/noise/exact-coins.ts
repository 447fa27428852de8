/**
 * Coins whose probability is exactly a fraction, or exactly e to the minus a fraction, from uniform integers alone: Canonne,
 * Kamath, Steinke 2020 (arXiv 2004.00010), algorithm 1. BigInt only where 53 bits do not suffice.
 */
import type { RandomWords } from './random-words.ts';

const WORD_BITS = 32n;

/** True with probability exp(-n / d) for 0 <= n <= d: algorithm 1. The denominator grows to d * k, far inside 53 bits. */
export function bernoulliExpSmall(words: RandomWords, n: number, d: number): boolean {
  let k = 1;
  while (words.below(d * k) < n) k++;
  return k % 2 === 1;
}

/** True with probability exp(-n / d) for any n >= 0: whole units first, then the fraction. */
export function bernoulliExp(words: RandomWords, n: bigint, d: bigint): boolean {
  for (let whole = n / d; whole > 0n; whole--) {
    if (!bernoulliExpSmall(words, 1, 1)) return false;
  }
  const fraction = n % d;
  let k = 1n;
  while (bernoulli(words, fraction, d * k)) k++;
  return k % 2n === 1n;
}

/** True with probability n / d for 0 <= n < d: compares the fraction with a uniform number, 32 bits of both at a time. */
export function bernoulli(words: RandomWords, n: bigint, d: bigint): boolean {
  for (let rest = n; rest > 0n;) {
    const scaled = rest << WORD_BITS;
    const digit = Number(scaled / d);
    const word = words.word();
    if (word !== digit) return word < digit;
    rest = scaled % d;
  }
  return false;
}
