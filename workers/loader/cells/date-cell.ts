/**
 * Dates as people and programs write them: 2024-03-01, 1.3.2024, 3/1/24 4:05 PM, 1 March 2024, seconds or milliseconds since 1970. A cell
 * like 3/4/2024 can be read two ways; which one applies is decided once per column from all of its cells, never cell by cell. The result is
 * wall-clock time: a time zone after it is ignored. date-reader.ts does the scaling.
 */
import { unquoted } from './cell.ts';

export type DateOrder = 'day-first' | 'month-first';

export interface DateCell {
  /** Days since 1970-01-01 if the column has the day first; null for a time without a date. */
  readonly day: number | null;
  /** The same if it has the month first. */
  readonly dayIfMonthFirst: number | null;
  /** Minute of the day; null for a date without a time. */
  readonly minute: number | null;
  /** The order that this cell implies; 'either' if both readings are valid but different days, null if it has none. */
  readonly order: DateOrder | 'either' | null;
}

export const DAY_MS = 86_400_000;
export const DAY_MINUTES = 1440;
const CHARS_MAX = 64;
/** Two-digit years from this on belong to the previous century (POSIX). */
const CENTURY = 69;
const YEAR_MIN = 1000;

const EPOCH_SECONDS = /^\d{9,10}(?:\.\d+)?$/;
const EPOCH_MS = /^\d{12,13}$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:\d{2})?)?$/;
const TIME = /(?:^|[T ,]) ?(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?([ap])\.?m\.?)?(?: ?(?:Z|UTC|GMT))?(?: ?[+-]\d{2}:?\d{2})?$/i;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/;
const DAY_AND_WORD = /^(\d{1,2})(?:st|nd|rd|th|\.)?[ -]?([a-zä]{3,9})\.?[ ,-] ?(\d{4}|\d{2})$/i;
const WORD_AND_DAY = /^([a-zä]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/i;
/** English and German, by their first letters. */
const MONTHS: readonly RegExp[] = [
  /^(?:jan(?:uary|uar)?|jänner)$/,
  /^feb(?:ruary|ruar)?$/,
  /^(?:mar(?:ch)?|märz?|mrz)$/,
  /^apr(?:il)?$/,
  /^(?:may|mai)$/,
  /^(?:june?|juni)$/,
  /^(?:july?|juli)$/,
  /^aug(?:ust)?$/,
  /^sept?(?:ember)?$/,
  /^(?:oct(?:ober)?|okt(?:ober)?)$/,
  /^nov(?:ember)?$/,
  /^(?:dec(?:ember)?|dez(?:ember)?)$/,
];

/** @param cell trimmed @returns null if it is neither a date nor a time of day */
export function readDate(cell: string): DateCell | null {
  if (cell.length < 4 || cell.length > CHARS_MAX) return null;
  const text = unquoted(cell).normalize('NFKC').replace(/\s+/g, ' ');
  if (EPOCH_SECONDS.test(text)) return ofMoment(Number(text) * 1000);
  if (EPOCH_MS.test(text)) return ofMoment(Number(text));
  const compact = COMPACT.exec(text);
  if (compact !== null) {
    const [, year, month, day, hours, minutes] = compact;
    return found(dayOf(Number(year), Number(month), Number(day)), hours === undefined ? null : minuteOf(hours, minutes!, undefined));
  }
  const time = TIME.exec(text);
  const minute = time === null ? null : minuteOf(time[1]!, time[2]!, time[3]);
  if (time !== null && minute === null) return null;
  const rest = (time === null ? text : text.slice(0, time.index)).replace(/[ ,]+$/, '');
  if (rest === '') return { day: null, dayIfMonthFirst: null, minute, order: null };
  return readDay(rest, minute) ?? readDay(rest.replace(/^[a-zä]{2,10}[.,]{0,2} /i, ''), minute);
}

/** @param text without a time */
function readDay(text: string, minute: number | null): DateCell | null {
  const first = YEAR_FIRST.exec(text);
  if (first !== null) return found(dayOf(Number(first[1]), Number(first[3]), Number(first[4])), minute);
  const last = YEAR_LAST.exec(text);
  if (last !== null) return eitherWay(Number(last[1]), Number(last[3]), yearOf(last[4]!), last[2] === '.', minute);
  const word = DAY_AND_WORD.exec(text);
  if (word !== null) return found(dayOf(yearOf(word[3]!), monthOf(word[2]!), Number(word[1])), minute);
  const named = WORD_AND_DAY.exec(text);
  return named === null ? null : found(dayOf(Number(named[3]), monthOf(named[1]!), Number(named[2])), minute);
}

/** @param dots whether dots separate: such dates always have the day first */
function eitherWay(a: number, b: number, year: number, dots: boolean, minute: number | null): DateCell | null {
  const [day, other] = [dayOf(year, b, a), dayOf(year, a, b)];
  if (day === null && other === null) return null;
  if (day === null || (other !== null && !dots && day !== other)) {
    return { day: day ?? other, dayIfMonthFirst: other, minute, order: day === null ? 'month-first' : 'either' };
  }
  return { day, dayIfMonthFirst: dots || other === null ? day : other, minute, order: other === null || dots ? 'day-first' : null };
}

const found = (day: number | null, minute: number | null): DateCell | null =>
  day === null ? null : { day, dayIfMonthFirst: day, minute, order: null };

function ofMoment(ms: number): DateCell {
  const day = Math.floor(ms / DAY_MS);
  return found(day, Math.floor((ms - day * DAY_MS) / 60_000))!;
}

function yearOf(digits: string): number {
  const year = Number(digits);
  return digits.length === 4 ? year : year + (year < CENTURY ? 2000 : 1900);
}

/** From 1; 0 for no month. */
const monthOf = (word: string): number => MONTHS.findIndex((month) => month.test(word.toLowerCase())) + 1;

function minuteOf(hours: string, minutes: string, half: string | undefined): number | null {
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const whole = half === undefined ? hour <= 23 : Number(hours) >= 1 && Number(hours) <= 12;
  return whole && Number(minutes) <= 59 ? hour * 60 + Number(minutes) : null;
}

/** Days since 1970-01-01 (proleptic Gregorian); null for an invalid date. */
export function dayOf(year: number, month: number, day: number): number | null {
  if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 || day > 31) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCDate() === day ? date.getTime() / DAY_MS : null;
}

/** @param iso YYYY-MM-DD, as in manifests */
export const dayOfIso = (iso: string): number => Date.parse(iso) / DAY_MS;
export const isoOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** 0 is Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** Reads the cells of one column by one order, and collects evidence for either order. */
export class DateCells {
  /** Cells that allow only one order. */
  dayFirst = 0;
  monthFirst = 0;
  /** Ambiguous cells. */
  either = 0;
  /** Ambiguous cells with only one reading in the column's public range. */
  dayFits = 0;
  monthFits = 0;
  readonly mark: DateOrder;
  readonly #from: number;
  readonly #to: number;

  /** @param from and to: days of the public range, or infinities */
  constructor(from: number, to: number, mark: DateOrder) {
    this.#from = from;
    this.#to = to;
    this.mark = mark;
  }

  /** @param cell trimmed @returns the day by this column's order, and whether the cell is ambiguous; null if it is no date */
  read(cell: string): (Pick<DateCell, 'day' | 'minute'> & { readonly either: boolean }) | null {
    const read = readDate(cell);
    if (read === null) return null;
    if (read.order === 'day-first') this.dayFirst++;
    else if (read.order === 'month-first') this.monthFirst++;
    else if (read.order === 'either') {
      this.either++;
      const [day, month] = [this.#holds(read.day!), this.#holds(read.dayIfMonthFirst!)];
      if (day && !month) this.dayFits++;
      if (month && !day) this.monthFits++;
    }
    const day = this.mark === 'month-first' ? read.dayIfMonthFirst : read.day;
    return { day, minute: read.minute, either: read.order === 'either' };
  }

  #holds(day: number): boolean {
    return day >= this.#from && day <= this.#to;
  }
}

/** The order of one column: by its unambiguous cells, then by its public range, else day first as in most of the world. */
export function dateOrder({ dayFirst, monthFirst, dayFits, monthFits }: DateCells): DateOrder {
  const balance = monthFirst - dayFirst || monthFits - dayFits;
  return balance > 0 ? 'month-first' : 'day-first';
}
