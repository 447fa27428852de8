/**
 * Which column of a recording is its clock, judged by name and values: words and units of time in any order, or values that rise in even
 * steps, which no measurement does. sequence-remarks.ts derives the rate from it.
 */
import { middleOf } from './quantile.ts';
import { parseNumber, unquoted } from './cell.ts';
import { DAY_MS, dayOf } from './date-cell.ts';
import { readNumber } from './number-cell.ts';

export interface Clock {
  /** Seconds per unit; null if only the values can tell. */
  readonly seconds: number | null;
  /** False if only the values suggest a clock. */
  readonly named: boolean;
}

/** A clock's name has a word of SAY, or one of SAY_ALONE as its only unit; its other words are units or in BESIDE. */
const SAY = new Set(
  'time times timestamp timestamps ts datetime date elapsed epoch clock uptime t zeit zeitstempel uhrzeit temps horodatage tiempo tempo hora tijd czas время 时间 時間'.split(
    ' ',
  ),
);
const SAY_ALONE = new Set('second seconds sec secs ms msec millis milliseconds microseconds nanoseconds'.split(' '));
const BESIDE = new Set(
  'in since from of at the start started begin beginning boot unix posix utc gmt gps local system sensor device host recording sample sampling relative absolute rel abs stamp seit hh mm ss sss fff yyyy dd'.split(
    ' ',
  ),
);
const UNITS: readonly (readonly [seconds: number, names: string])[] = [
  [1, 's sec secs second seconds sekunden secondes segundos'],
  [1e-3, 'ms msec millis millisecond milliseconds millisekunden'],
  [1e-6, 'us μs usec micros microsecond microseconds'],
  [1e-9, 'ns nsec nanos nanosecond nanoseconds'],
  [60, 'm min mins minute minutes'],
  [3600, 'h hr hrs hour hours'],
];
const SECONDS = new Map(UNITS.flatMap(([seconds, names]) => names.split(' ').map((name) => [name, seconds] as const)));
/** Words that programs run together: timems, timestampUtc. */
const GLUED = /^(timestamp|time|elapsed|epoch)(utc|ns|us|ms|sec|s)$/;
const NAME_CHARS_MAX = 80;

/** Values from which even steps cannot be chance; the share of steps that must be near the usual one; how near, relative to it. */
const EVEN_MIN = 8;
const EVEN_SHARE = 0.9;
const EVEN_WITHIN = 0.5;
/** Share of recordings in which an unnamed clock must have nearly the same step. */
const ALIKE_SHARE = 0.8;
/** Usual steps of recordings with the same clock differ by less than this factor. */
const STEP_FACTOR = 1.5;
/** Share of a clock's steps that go one way, as a few recordings may be out of order; a measurement's steps go both ways. */
const ONE_WAY_SHARE = 0.75;

/** The clock that a column's name alone implies: `Time since start in ms`, `seconds_elapsed`, `sensorTimestamp`; null for `time_signature`. */
export function clockNamed(name: string): Clock | null {
  if (name.length > NAME_CHARS_MAX) return null;
  const words = unquoted(name.trim())
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll('µ', 'μ')
    .split(/[^\p{L}\d]+/u)
    .flatMap((word) => GLUED.exec(word)?.slice(1) ?? [word])
    .filter((word) => word !== '');
  const units = words.filter((word) => SECONDS.has(word));
  const says = words.some((word) => SAY.has(word)) || (units.length === 1 && SAY_ALONE.has(units[0]!));
  if (!says || !words.every((word) => SAY.has(word) || SECONDS.has(word) || BESIDE.has(word))) return null;
  return { seconds: units.length === 1 ? SECONDS.get(units[0]!)! : null, named: true };
}

const DAY_FIRST = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(.+))?$/;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:T|,?\s+)(.+))?$/i;
const OF_DAY = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]m)?\s*(?:Z|UTC|([+-])(\d{2}):?(\d{2})?)?$/i;
const OF_HOUR = /^(\d{1,3}):(\d{2})[.,](\d{1,9})$/;
const CELL_CHARS_MAX = 48;

/**
 * @param cell trimmed @param commaIsFree whether something other than commas separates cells
 * @returns a number as written, or a date and time of day in seconds; NaN for anything else, and if day and month are ambiguous
 */
export function readClock(cell: string, commaIsFree: boolean): number {
  const plain = parseNumber(cell);
  if (!Number.isNaN(plain) || cell.length > CELL_CHARS_MAX) return plain;
  const number = readNumber(cell, Infinity);
  if (number !== null) return commaIsFree ? number.withComma : number.value;
  const [, year, , month, day, after] = YEAR_FIRST.exec(cell) ?? [];
  if (year !== undefined) return startOf(year, month!, day!) + (after === undefined ? 0 : timeOf(after));
  const [, first, second, last, rest] = DAY_FIRST.exec(cell) ?? [];
  if (last !== undefined) return startOf(last, second!, first!) + (rest === undefined ? 0 : timeOf(rest));
  return timeOf(cell);
}

/** Seconds from 1970 to the start of the day; NaN for an invalid date. */
function startOf(year: string, month: string, day: string): number {
  return ((dayOf(Number(year), Number(month), Number(day)) ?? NaN) * DAY_MS) / 1000;
}

function timeOf(text: string): number {
  const [, minutes, seconds, part] = OF_HOUR.exec(text) ?? [];
  if (part !== undefined) return 60 * Number(minutes) + Number(`${seconds}.${part}`);
  const found = OF_DAY.exec(text);
  if (found === null) return NaN;
  const [, hour, minute, second = '0', decimals = '0', half, sign, zoneHours = '0', zoneMinutes = '0'] = found;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  const zone = (sign === '-' ? -1 : 1) * (3600 * Number(zoneHours) + 60 * Number(zoneMinutes));
  return 3600 * hours + 60 * Number(minute) + Number(`${second}.${decimals}`) - zone;
}

/** The usual step of evenly rising times; null for other or too few times. */
export function evenStep(times: readonly number[]): number | null {
  if (times.length < EVEN_MIN) return null;
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  const usual = middleOf(steps);
  if (!(usual > 0) || !Number.isFinite(usual) || steps.some((step) => !(step > 0))) return null;
  const near = steps.filter((step) => Math.abs(step - usual) <= EVEN_WITHIN * usual).length;
  return near >= EVEN_SHARE * steps.length ? usual : null;
}

/**
 * Whether a column is a clock, by its name and values: a named one goes mostly one way, an unnamed one has even steps that are nearly the
 * same in nearly all recordings.
 * @param recordings the column's values in each recording, in order
 */
export function clockOf(name: string, recordings: readonly (readonly number[])[]): Clock | null {
  const named = clockNamed(name);
  if (named !== null && goesOneWay(recordings)) return named;
  const long = recordings.filter((times) => times.length >= EVEN_MIN);
  const steps = long.map(evenStep).filter((step) => step !== null);
  if (steps.length === 0 || steps.length < ALIKE_SHARE * long.length) return null;
  const usual = middleOf(steps);
  const alike = steps.filter((step) => step < usual * STEP_FACTOR && usual < step * STEP_FACTOR).length;
  return alike >= ALIKE_SHARE * long.length ? { seconds: null, named: false } : null;
}

function goesOneWay(recordings: readonly (readonly number[])[]): boolean {
  let [back, steps] = [0, 0];
  for (const times of recordings) {
    for (let i = 1; i < times.length; i++) {
      steps++;
      if (times[i]! < times[i - 1]!) back++;
    }
  }
  return isOneWay(back, steps);
}

/** Whether this many steps back still suggest a clock: a file may also have its newest line first. */
export function isOneWay(back: number, steps: number): boolean {
  return Math.max(back, steps - back) >= ONE_WAY_SHARE * steps;
}
