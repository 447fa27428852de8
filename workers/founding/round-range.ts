/**
 * A round range around the numbers of a sample, with room on both sides: it becomes public with the manifest, and a round one says
 * less about the rows that it was made from than their smallest and largest number would.
 */

/** The part of the span that is added on each side before rounding. */
const MARGIN = 0.1;
/** A single number below it has no size to go by. */
const SMALLEST = 1e-100;

/** @param low at most `high`, both finite; two whole numbers get a range of whole numbers */
export function roundRange(low: number, high: number): { readonly min: number; readonly max: number } {
  if (low === high) return around(low);
  const margin = (high - low) * MARGIN;
  const step = Math.max(roundUp(margin), Number.isInteger(low) && Number.isInteger(high) ? 1 : 0);
  // Counts, prices and ages do not go below zero because a range has room.
  const min = low >= 0 ? Math.max(0, floorTo(low - margin, step)) : floorTo(low - margin, step);
  const max = high <= 0 ? Math.min(0, ceilTo(high + margin, step)) : ceilTo(high + margin, step);
  return Number.isFinite(min) && Number.isFinite(max) && min <= low && max >= high && min < max ? { min, max } : { min: low, max: high };
}

/** One number tells no span: its own size is one. */
function around(value: number): { readonly min: number; readonly max: number } {
  const rounded = Math.abs(value) < SMALLEST ? 1 : roundUp(Math.abs(value));
  const end = Number.isFinite(rounded) ? rounded : Math.abs(value);
  return value < 0 ? { min: -end, max: 0 } : { min: 0, max: end };
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((d) => d * power >= value * (1 - 1e-9)) ?? 10;
  return tidy(digit * power, power);
}

const floorTo = (value: number, step: number) => tidy(Math.floor(value / step) * step, step);
const ceilTo = (value: number, step: number) => tidy(Math.ceil(value / step) * step, step);

/** 0.30000000000000004 is 0.3. */
function tidy(value: number, step: number): number {
  const digits = Math.min(100, Math.max(0, 1 - Math.floor(Math.log10(step))));
  const text = Number(value.toFixed(digits));
  return text === 0 ? 0 : text;
}
