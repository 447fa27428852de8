/**
 * Numbers that may stand for a missing value: -200 among small ones, 9999 beyond all others, zeros far from everything else. Only a person
 * knows, so the page asks; this file computes the range without them.
 */
import { quantileOf } from '../loader/cells/quantile.ts';
import { LOWEST_PART, roundNumbers, type RoundNumbers } from './round-range.ts';

export interface Sentinel {
  readonly value: number;
  /** Cells of the sample with this value. */
  readonly times: number;
  /** The proposal for the others. */
  readonly without: RoundNumbers;
}

/** How often a value must occur, and its largest share of all cells: a value that most cells have is not a gap. */
const TIMES_MIN = 2;
const SHARE_MAX = 0.6;
/** Numbers that must remain, to tell how far away a value is. */
const OTHERS_MIN = 5;
/** Distance from the others, in parts of their span, beyond which the page asks about a value; nines need less. */
const FAR = 1;
const FAR_FOR_NINES = 0.25;
const NINES = /^-?9{2,}(?:\.9+)?$/;
/** Zero is far if nearly all other numbers are above this part of their median. Counts, which start at 1, are exempt. */
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
