/**
 * Round public numbers for the numbers of a sample: a range that contains nearly all of them, and a typical one. They become public with
 * the manifest, and round numbers reveal less about the rows behind them than a minimum, maximum or median would.
 */
import { quantileOf } from '../loader/cells/quantile.ts';

/** A public range, and the number in it that a model sees as 0. */
export interface RoundNumbers {
  readonly min: number;
  readonly max: number;
  readonly typical: number;
}

/** Numbers outside these quantiles of the sample are read as the ends: a few outliers would leave the others no room. */
export const LOWEST_PART = 0.02;
export const HIGHEST_PART = 0.98;
/** Rounding steps: at most this many span a range, for its ends and for the typical number. */
const STEPS_OF_RANGE = 20;
const STEPS_OF_TYPICAL = 50;
/** Part of the span that is added, before rounding, on each side of a range that holds all numbers. */
const MARGIN = 0.1;
/** A smaller single number gives no scale. */
const SMALLEST = 1e-100;

/** @param numbers finite, in ascending order, at least one; whole numbers get whole ones */
export function roundNumbers(numbers: Float64Array): RoundNumbers {
  const whole = numbers.every(Number.isInteger);
  // If nearly all are equal, the few others decide the range.
  const [low, high] = [LOWEST_PART, HIGHEST_PART].map((part) => quantileOf(numbers, part)) as [number, number];
  const range = low === high ? roundRange(numbers[0]!, numbers.at(-1)!) : nearlyAll(low, high, whole);
  return { ...range, typical: roundTypical(numbers, range, whole) };
}

/** The median, rounded within a range. @param numbers as for roundNumbers */
export function roundTypical(
  numbers: Float64Array,
  { min, max }: { readonly min: number; readonly max: number },
  whole = numbers.every(Number.isInteger),
): number {
  const step = stepOf(max - min, STEPS_OF_TYPICAL, whole);
  const median = quantileOf(numbers, 0.5);
  const round = tidy(Math.round(median / step) * step, step);
  return Math.min(max, Math.max(min, Number.isFinite(round) ? round : median));
}

function nearlyAll(low: number, high: number, whole: boolean): Pick<RoundNumbers, 'min' | 'max'> {
  const step = stepOf(high - low, STEPS_OF_RANGE, whole);
  return fitting(low, high, floorTo(low, step), ceilTo(high, step));
}

const stepOf = (span: number, steps: number, whole: boolean): number => Math.max(roundUp(span / steps), whole ? 1 : 0);

/** @param low at most `high`, both finite; two whole numbers get a range of whole numbers, with room on both sides */
export function roundRange(low: number, high: number): { readonly min: number; readonly max: number } {
  if (low === high) return around(low);
  const margin = (high - low) * MARGIN;
  const step = Math.max(roundUp(margin), Number.isInteger(low) && Number.isInteger(high) ? 1 : 0);
  // Extra room must not take counts, prices and ages below zero.
  const min = low >= 0 ? Math.max(0, floorTo(low - margin, step)) : floorTo(low - margin, step);
  const max = high <= 0 ? Math.min(0, ceilTo(high + margin, step)) : ceilTo(high + margin, step);
  return fitting(low, high, min, max);
}

/** The rounded ends, or the unrounded ones if doubles cannot represent them. */
const fitting = (low: number, high: number, min: number, max: number) =>
  Number.isFinite(min) && Number.isFinite(max) && min <= low && max >= high && min < max ? { min, max } : { min: low, max: high };

/** A single number has no span, so its own size serves. */
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

/** Turns 0.30000000000000004 into 0.3. */
function tidy(value: number, step: number): number {
  const digits = Math.min(100, Math.max(0, 1 - Math.floor(Math.log10(step))));
  const text = Number(value.toFixed(digits));
  return text === 0 ? 0 : text;
}
