/**
 * Numbers as people and programs write them: decimal point or comma, thousands set apart, signs of currency and percent. A cell like 1,234
 * can be read two ways; which one applies is decided once per column from all of its cells, never cell by cell. encode.ts does the scaling.
 */
import { isMissing, parseNumber, unquoted } from './cell.ts';

export type DecimalMark = '.' | ',';

export interface NumberCell {
  /** The value when the column's decimal mark is the point. */
  readonly value: number;
  /** The value when it is the comma; the same where the cell leaves no choice. */
  readonly withComma: number;
  /** The mark that this cell speaks for; 'either' where both readings are possible, null where it has no mark at all. */
  readonly mark: DecimalMark | 'either' | null;
}

const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);
const CHARS_MAX = 64;
const DATE =
  /^\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ T].*)?$|^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$|^\d{1,2}[ -]?[a-z]{3,9}[ ,-]{1,2}\d{2,4}$|^[a-z]{3,9} \d{1,2},? \d{4}$/i;

/** Whether a trimmed cell that is no number looks like a date or a time of day. */
export function isDate(cell: string): boolean {
  return cell.length <= CHARS_MAX && DATE.test(cell);
}

/** The cells of one column: reads them by one decimal mark, and gathers what they say about it. */
export class NumberColumn {
  /** Cells that speak for one mark. */
  points = 0;
  commas = 0;
  /** Cells that could be either. */
  either = 0;
  /** Among them, those of which only one reading lies in the column's public range. */
  pointFits = 0;
  commaFits = 0;
  readonly mark: DecimalMark;
  readonly #min: number;
  readonly #max: number;

  /** @param min and max: the column's public range */
  constructor(min: number, max: number, mark: DecimalMark) {
    this.#min = min;
    this.#max = max;
    this.mark = mark;
  }

  /**
   * The cell between two places of a text, if it is digits with at most a sign, a point and spaces behind, as nearly all are: exact,
   * since both a whole number below 10^15 and a power of ten are, and one division rounds once.
   * @returns NaN for anything else
   */
  plain(bytes: Uint8Array, from: number, to: number): number {
    let end = to;
    let at = from;
    while (end > at && bytes[end - 1]! <= 32) end--;
    const negative = at < end && bytes[at] === 45;
    if (negative) at++;
    const start = at;
    if (end - start > 15 || start === end) return NaN;
    let digits = 0;
    let point = -1;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
      else if (digit === -2 && point < 0) point = at;
      else return NaN;
    }
    if (point < 0) return negative ? 0 - digits : digits;
    if (end - start === 1) return NaN;
    const decimals = end - point - 1;
    const value = (negative ? 0 - digits : digits) / POWERS[decimals]!;
    if (decimals !== 3 || point - start > 3 || point === start || bytes[start] === 48) {
      this.points++;
      return value;
    }
    if (this.mark === ',') return NaN; // 1.234 is written with a point and read without
    this.#noteEither(value, negative ? -digits : digits);
    return value;
  }

  /** Any way of writing a number. @param cell trimmed @returns null if it is not one */
  read(cell: string): NumberCell | null {
    const read = readNumber(cell, this.#max);
    if (read?.mark === '.') this.points++;
    else if (read?.mark === ',') this.commas++;
    else if (read?.mark === 'either') this.#noteEither(read.value, read.withComma);
    return read;
  }

  #noteEither(withPoint: number, withComma: number): void {
    this.either++;
    const pointFits = withPoint >= this.#min && withPoint <= this.#max;
    const commaFits = withComma >= this.#min && withComma <= this.#max;
    if (pointFits && !commaFits) this.pointFits++;
    if (commaFits && !pointFits) this.commaFits++;
  }
}

/**
 * The decimal mark of each column: by what its own cells say, then by the other columns', then by its public range, then by a
 * separator that leaves the comma to numbers.
 */
export function decimalMarks(columns: readonly (NumberColumn | null)[], commaIsFree: boolean): DecimalMark[] {
  const points = columns.reduce((sum, column) => sum + (column?.points ?? 0), 0);
  const commas = columns.reduce((sum, column) => sum + (column?.commas ?? 0), 0);
  return columns.map((column) => {
    if (column === null) return '.';
    const evidence = [column.commas - column.points, commas - points, column.commaFits - column.pointFits, commaIsFree ? 1 : -1];
    return evidence.find((balance) => balance !== 0)! > 0 ? ',' : '.';
  });
}

/**
 * @param cell trimmed
 * @param max upper end of the public range: a percentage is taken for a share where that is at most 1
 */
export function readNumber(cell: string, max: number): NumberCell | null {
  const bare = marksOf(cell);
  if (bare !== null || cell.length > CHARS_MAX || isMissing(cell)) return bare;
  let text = unquoted(cell)
    .normalize('NFKC')
    .replace(/[\u2212\u2013]/g, '-')
    .replaceAll('\u2019', "'");
  const bracketed = /^\(([^()]+)\)$/.exec(text)?.[1]; // as accountants write what is below zero
  text = withoutEnd((bracketed ?? text).replace(/^([+-]?)\s*\p{Sc}\s*/u, '$1'), /\p{Sc}$/u);
  const share = withoutEnd(text, /%$/);
  const factor = (bracketed === undefined ? 1 : -1) / (share !== text && max <= 1 ? 100 : 1);
  text = share.replace(/^([^+-]+)-$/, '-$1');
  text = text.replace(/^([+-]?\d{1,3})((?:[ ']\d{3})+)(?=$|[.,]\d+$)/, (_, head: string, tail: string) => head + tail.replace(/[ ']/g, ''));
  const read = marksOf(text);
  return read === null ? null : { ...read, value: read.value * factor, withComma: read.withComma * factor };
}

/** Without a sign at the end and the spaces before it: an expression of both would try each run of spaces from each of its letters. */
function withoutEnd(text: string, sign: RegExp): string {
  const before = text.replace(sign, '');
  return before === text ? text : before.trimEnd();
}

/** Digits with points and commas: which of them is the decimal mark. */
function marksOf(text: string): NumberCell | null {
  const one = (value: number, mark: NumberCell['mark']) => (Number.isNaN(value) ? null : { value, withComma: value, mark });
  if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(text)) {
    const [whole, decimal] = [Number(text.replace(/[.,]/, '')), Number(text.replace(',', '.'))];
    return { value: text.includes('.') ? decimal : whole, withComma: text.includes('.') ? whole : decimal, mark: 'either' };
  }
  const plain = parseNumber(text);
  if (!Number.isNaN(plain)) return one(plain, text.includes('.') ? '.' : null);
  // Thousands, also the Indian way (12,34,567).
  if (/^[+-]?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$/.test(text)) return one(parseNumber(text.replaceAll(',', '')), '.');
  if (/^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/.test(text)) return one(parseNumber(text.replaceAll('.', '').replace(',', '.')), ',');
  return text.includes('.') ? null : one(parseNumber(text.replace(',', '.')), ',');
}
