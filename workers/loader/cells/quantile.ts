/** The median or another quantile of numbers: always one of the numbers. medianOf (number-errors.ts) averages two. */

/** @param sorted ascending @param part from 0 to 1 @returns of two the lower; NaN for none */
export function quantileOf(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;
}

/** @param numbers in any order @returns of two the lower; NaN for none */
export function middleOf(numbers: ArrayLike<number>): number {
  return quantileOf(Float64Array.from(numbers).sort(), 0.5);
}
