/**
 * Resamples a device's motion readings to an even rate, by the events' own times and linear interpolation. Pure arithmetic;
 * motion-sensor.ts reads the sensor. Phones deliver 50 to 100 readings per second or more, and nothing is filtered: frequencies above half
 * of the recording's rate alias into it, in the same way for everybody.
 */

import { RECORDING_SECONDS_MAX } from '#protocol/limits';

/** One reading: time in milliseconds, acceleration with gravity in m/s2, by the device's axes. */
export interface Moment {
  readonly t: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Why there is no recording, or what to know about one. Seconds are from its first moment. */
export type SeriesNews =
  /** No reading came for longer than GAP_S: the recording ends before it. */
  | { readonly code: 'gap'; readonly at: number; readonly seconds: number }
  /** The device is slower than the rate: moments are interpolated from fewer. */
  | { readonly code: 'slow'; readonly rate: number }
  /** The device changed how often it reads. */
  | { readonly code: 'uneven'; readonly slowest: number; readonly fastest: number }
  /** No acceleration in m/s2 with gravity: the typical strength of the readings. */
  | { readonly code: 'unit'; readonly strength: number }
  | { readonly code: 'short'; readonly seconds: number };

export interface Series {
  /** Moments x 3, x y z of each moment together, in m/s2. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly seconds: number;
  readonly news: readonly SeriesNews[];
}

export type SeriesResult = { readonly ok: true; readonly series: Series } | { readonly ok: false; readonly news: SeriesNews };

/** Seconds without a reading that are too long to interpolate. */
export const GAP_S = 0.5;
/** Seconds that a recording has at least. */
export const SECONDS_MIN = 1;
/** A phone at rest reads 9.8; in a runner's hand some 20. In units of g, or without gravity, it reads far less. */
const STRENGTH = { min: 4, max: 50 } as const;
/** A sensor with at least this share of the rate needs no remark. */
const SLOW = 0.9;
/** Halves of a recording whose typical intervals differ by more. */
const UNEVEN = 1.5;

/** No sensor of a phone reads more, in m/s2. */
const READING_MAX = 1000;

/** Readings in order of time, without invalid ones and ones no later than their predecessor. */
export function inOrder(moments: readonly Moment[]): Moment[] {
  const kept: Moment[] = [];
  let last = -Infinity;
  for (const moment of moments) {
    const { t, x, y, z } = moment;
    if (!(t > last && t < Infinity) || ![x, y, z].every((v) => Math.abs(v) <= READING_MAX)) continue;
    last = t;
    kept.push(moment);
  }
  return kept;
}

/**
 * @param rate moments per second of the result
 * @param trim seconds that are left out at both ends, where the phone was handled
 * @returns of the first RECORDING_SECONDS_MAX
 */
export function seriesOf(readings: readonly Moment[], rate: number, trim: number): SeriesResult {
  const all = inOrder(readings);
  const end = all.findIndex(({ t }, i) => i > 0 && t - all[i - 1]!.t > GAP_S * 1000);
  const whole = end < 0 ? all : all.slice(0, end);
  const start = whole[0]?.t ?? 0;
  const news: SeriesNews[] = [];
  if (end >= 0) {
    const before = all[end - 1]!.t;
    news.push({ code: 'gap', at: (before - start) / 1000, seconds: (all[end]!.t - before) / 1000 });
  }
  const from = start + trim * 1000;
  const to = Math.min((whole.at(-1)?.t ?? 0) - trim * 1000, from + RECORDING_SECONDS_MAX * 1000);
  const seconds = Math.max(0, (to - from) / 1000);
  if (seconds < SECONDS_MIN) return { ok: false, news: { code: 'short', seconds } };
  const within = whole.filter(({ t }) => t >= from && t <= to);
  const strength = median(within.map(({ x, y, z }) => Math.hypot(x, y, z)));
  if (!(strength >= STRENGTH.min && strength <= STRENGTH.max)) return { ok: false, news: { code: 'unit', strength } };
  return { ok: true, series: { values: interpolated(whole, rate, from, to), seconds, news: [...news, ...paceOf(within, rate)] } };
}

/** @param moments in order of time, around [from, to] */
function interpolated(moments: readonly Moment[], rate: number, from: number, to: number): Float32Array<ArrayBuffer> {
  // Half a microsecond of tolerance: a last moment that lies on the end is in.
  const count = Math.floor(((to - from) * rate) / 1000 + 1e-6) + 1;
  const values = new Float32Array(count * 3);
  let after = 1;
  for (let i = 0; i < count; i++) {
    const t = Math.min(to, from + (i * 1000) / rate);
    while (after < moments.length - 1 && moments[after]!.t < t) after++;
    const [a, b] = [moments[after - 1]!, moments[after]!];
    const share = (t - a.t) / (b.t - a.t);
    values[3 * i] = a.x + share * (b.x - a.x);
    values[3 * i + 1] = a.y + share * (b.y - a.y);
    values[3 * i + 2] = a.z + share * (b.z - a.z);
  }
  return values;
}

function paceOf(moments: readonly Moment[], rate: number): SeriesNews[] {
  const intervals = moments.slice(1).map(({ t }, i) => t - moments[i]!.t);
  const half = Math.floor(intervals.length / 2);
  const parts = [intervals.slice(0, half), intervals.slice(half)].map(median);
  const [fast, slow] = [Math.min(...parts), Math.max(...parts)];
  if (slow > UNEVEN * fast) return [{ code: 'uneven', slowest: 1000 / slow, fastest: 1000 / fast }];
  const pace = 1000 / median(intervals);
  return pace < SLOW * rate ? [{ code: 'slow', rate: pace }] : [];
}

/** NaN for no values. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
