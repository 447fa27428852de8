/** Quantiles that are always one of the numbers; medianOf (number-errors.ts) averages the middle two instead. */

/** @param sorted ascending @param part from 0 to 1 @returns the lower of two candidates; NaN for no numbers */
export function quantileOf(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;
}

/** The median. @param numbers in any order @returns the lower of two candidates; NaN for no numbers */
export function middleOf(numbers: ArrayLike<number>): number {
  return quantileOf(Float64Array.from(numbers).sort(), 0.5);
}
