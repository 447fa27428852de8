/** The proposal for a column of dates: the range that contains nearly all of them, and which of their parts distinguish rows. */
import { dateOrder, DateCells, DAY_MS, isoOfDay, readDate, weekdayOf } from '../loader/cells/date-cell.ts';
import { quantileOf } from '../loader/cells/quantile.ts';
import { HIGHEST_PART, LOWEST_PART } from './round-range.ts';

export interface DateGuess {
  /** A round public range of days as ISO dates; null for times without dates, and for a single day. */
  readonly range: { readonly from: string; readonly to: string } | null;
  readonly weekday: boolean;
  readonly hour: boolean;
}

/** Share of cells that must be dates; the others count as slips. */
const MOST = 0.95;
/** Cells to check before checking all of them. */
const LOOKED = 20;
/** Spans in days above which a range is rounded to months, and to years. */
const MONTHS_FROM = 90;
const YEARS_FROM = 3 * 365;
/** Spans in days from which every day of the week occurs, and above which dates are births, whose day of the week says little. */
const WEEKS_FROM = 14;
const LIVES_FROM = 20 * 365;
/** Days of the week that must occur to be worth an input each. */
const WEEKDAYS_MIN = 3;
/** Seconds and milliseconds since 1970 are read as dates only under such a name, and only within these years. */
const CLOCK_NAME = /date|time|epoch|created|updated|[_ ]at$|^ts$/i;
const EPOCH_YEARS = [Date.UTC(1990), Date.UTC(2060)] as const;

/** @param cells without missing ones @returns null if most are not dates */
export function guessDates(name: string, cells: readonly string[]): DateGuess | null {
  const few = cells.slice(0, LOOKED);
  if (few.filter((cell) => readDate(cell) !== null).length * 2 <= few.length) return null;
  const numeric = cells.every((cell) => /^\d+(?:\.\d+)?$/.test(cell));
  if (numeric && !CLOCK_NAME.test(name)) return null;
  const first = new DateCells(-Infinity, Infinity, 'day-first');
  for (const cell of cells) first.read(cell);
  const column = new DateCells(-Infinity, Infinity, dateOrder(first));
  const read = cells.flatMap((cell) => column.read(cell) ?? []);
  if (read.length < cells.length * MOST) return null;
  const days = Float64Array.from(read.flatMap(({ day }) => day ?? [])).sort();
  const minutes = read.flatMap(({ minute }) => minute ?? []);
  if (numeric && !days.every((day) => day * DAY_MS >= EPOCH_YEARS[0] && day * DAY_MS <= EPOCH_YEARS[1])) return null;
  const hour = minutes.length >= read.length / 2 && new Set(minutes.map((minute) => Math.floor(minute / 60))).size > 1;
  if (days.length < read.length * MOST) return hour ? { range: null, weekday: false, hour } : null;
  const [low, high] = [quantileOf(days, LOWEST_PART), quantileOf(days, HIGHEST_PART)];
  const span = high - low;
  const weekdays = new Set(Array.from(days, weekdayOf)).size;
  const weekday = weekdays >= WEEKDAYS_MIN && span >= WEEKS_FROM && span < LIVES_FROM;
  const range = span === 0 ? null : roundDays(low, high);
  return range === null && !weekday && !hour ? null : { range, weekday, hour };
}

/** Whether cells look like dates, even if nothing is proposed for them. */
export function areDates(cells: readonly string[]): boolean {
  return cells.length > 0 && cells.filter((cell) => !/^\d+(?:\.\d+)?$/.test(cell) && readDate(cell) !== null).length >= cells.length * MOST;
}

/** From the first day of a month or year, up to the first of the next. */
function roundDays(low: number, high: number): { readonly from: string; readonly to: string } {
  const span = high - low;
  if (span < MONTHS_FROM) return { from: isoOfDay(low), to: isoOfDay(high + 1) };
  const [first, last] = [new Date(low * DAY_MS), new Date(high * DAY_MS)];
  const years = span >= YEARS_FROM;
  const from = Date.UTC(first.getUTCFullYear(), years ? 0 : first.getUTCMonth());
  const to = years ? Date.UTC(last.getUTCFullYear() + 1) : Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1);
  return { from: isoOfDay(from / DAY_MS), to: isoOfDay(to / DAY_MS) };
}
