/**
 * Numbers that may stand for a missing value: -200 among small ones, 9999 beyond all others, zeros where nothing else comes near. Only a
 * person knows, so the page asks; this file computes the range without them.
 */
import { quantileOf } from '../loader/cells/quantile.ts';
import { LOWEST_PART, roundNumbers, type RoundNumbers } from './round-range.ts';

export interface Sentinel {
  readonly value: number;
  /** Cells of the sample that say it. */
  readonly times: number;
  /** What is proposed for the others. */
  readonly without: RoundNumbers;
}

/** Cells that a value has to come in, at least, and at most in parts of all: what most cells say is no gap. */
const TIMES_MIN = 2;
const SHARE_MAX = 0.6;
/** Numbers that are left, so that they say where a value is far from. */
const OTHERS_MIN = 5;
/** Nines are asked about nearer to the others, in parts of their span, than any other value. */
const FAR = 1;
const FAR_FOR_NINES = 0.25;
const NINES = /^-?9{2,}(?:\.9+)?$/;
/** Zero is far from numbers of which nearly all are above this part of their median. Counts, that begin with 1, are not. */
const ZERO_BELOW = 0.25;
const COUNTS_BELOW = 5;

/** @param numbers finite, in ascending order @returns the most frequent first, each judged without the others */
export function sentinelsIn(numbers: Float64Array): readonly Sentinel[] {
  const found: Sentinel[] = [];
  let left = numbers;
  for (let again = true; again;) {
    again = false;
    for (const value of new Set([left[0] ?? 0, left.at(-1) ?? 0, 0])) {
      const others = left.filter((number) => number !== value);
      const times = left.length - others.length;
      if (times < TIMES_MIN || times > SHARE_MAX * numbers.length || others.length < OTHERS_MIN || !isFar(value, others)) continue;
      found.push({ value, times, without: roundNumbers(others) });
      left = others;
      again = true;
    }
  }
  const without = found.length > 1 ? roundNumbers(left) : null;
  return found.map((one) => (without === null ? one : { ...one, without })).toSorted((a, b) => b.times - a.times);
}

function isFar(value: number, others: Float64Array): boolean {
  const [low, high] = [others[0]!, others.at(-1)!];
  if (value === 0 && low > 0) {
    const nearly = quantileOf(others, LOWEST_PART);
    const counts = others.every(Number.isInteger) && nearly < COUNTS_BELOW;
    return !counts && nearly > ZERO_BELOW * quantileOf(others, 0.5);
  }
  if (value === -1 && low >= 0) return true;
  const distance = value < low ? low - value : value > high ? value - high : 0;
  return distance > (NINES.test(String(value)) ? FAR_FOR_NINES : FAR) * (high - low) && high > low;
}
