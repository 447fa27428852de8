/**
 * Numbers as people and programs write them: decimal point or comma, thousands separators, currency and percent signs. A cell like 1,234
 * can be read two ways; which one applies is decided once per column from all of its cells, never cell by cell. encode.ts does the scaling.
 */
import { isMissing, parseNumber, unquoted } from './cell.ts';

export type DecimalMark = '.' | ',';

export interface NumberCell {
  /** The value if the column's decimal mark is the point. */
  readonly value: number;
  /** The value if it is the comma; the same for an unambiguous cell. */
  readonly withComma: number;
  /** The mark that this cell implies; 'either' if both readings are possible, null if it has no mark. */
  readonly mark: DecimalMark | 'either' | null;
}

const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);
const CHARS_MAX = 64;
const DATE =
  /^\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ T].*)?$|^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$|^\d{1,2}[ -]?[a-z]{3,9}[ ,-]{1,2}\d{2,4}$|^[a-z]{3,9} \d{1,2},? \d{4}$/i;

/** Whether a trimmed cell that is not a number looks like a date or a time of day. */
export function isDate(cell: string): boolean {
  return cell.length <= CHARS_MAX && DATE.test(cell);
}

/** Reads the cells of one column by one decimal mark, and collects evidence for either mark. */
export class NumberColumn {
  /** Cells that allow only one mark. */
  points = 0;
  commas = 0;
  /** Ambiguous cells. */
  either = 0;
  /** Ambiguous cells with only one reading in the column's public range. */
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
   * Reads a cell of digits with at most a minus sign, a point and trailing spaces, as nearly all are. Correctly rounded: a whole number
   * below 10^15 and a power of ten are exact, and one division rounds once.
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
    if (this.mark === ',') return NaN; // 1.234 is a whole number here: for `read`
    this.#noteEither(value, negative ? -digits : digits);
    return value;
  }

  /** Reads a number in any notation. @param cell trimmed @returns null if it is not one */
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
 * The decimal mark of each column: by its own cells, then by the other columns', then by its public range; else the comma if it does not
 * separate cells.
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
 * @param max upper end of the public range: if at most 1, a percentage is read as a share
 */
export function readNumber(cell: string, max: number): NumberCell | null {
  const bare = marksOf(cell);
  if (bare !== null || cell.length > CHARS_MAX || isMissing(cell)) return bare;
  let text = unquoted(cell)
    .normalize('NFKC')
    .replace(/[\u2212\u2013]/g, '-')
    .replaceAll('\u2019', "'");
  const bracketed = /^\(([^()]+)\)$/.exec(text)?.[1]; // as accountants write negative numbers
  text = withoutEnd((bracketed ?? text).replace(/^([+-]?)\s*\p{Sc}\s*/u, '$1'), /\p{Sc}$/u);
  const share = withoutEnd(text, /%$/);
  const factor = (bracketed === undefined ? 1 : -1) / (share !== text && max <= 1 ? 100 : 1);
  text = share.replace(/^([^+-]+)-$/, '-$1');
  text = text.replace(/^([+-]?\d{1,3})((?:[ ']\d{3})+)(?=$|[.,]\d+$)/, (_, head: string, tail: string) => head + tail.replace(/[ ']/g, ''));
  const read = marksOf(text);
  return read === null ? null : { ...read, value: read.value * factor, withComma: read.withComma * factor };
}

/** Removes a sign at the end and the spaces before it. One expression for both would take quadratic time on runs of spaces. */
function withoutEnd(text: string, sign: RegExp): string {
  const before = text.replace(sign, '');
  return before === text ? text : before.trimEnd();
}

/** Reads digits with points and commas, and tells which is the decimal mark. */
function marksOf(text: string): NumberCell | null {
  const one = (value: number, mark: NumberCell['mark']) => (Number.isNaN(value) ? null : { value, withComma: value, mark });
  if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(text)) {
    const [whole, decimal] = [Number(text.replace(/[.,]/, '')), Number(text.replace(',', '.'))];
    return { value: text.includes('.') ? decimal : whole, withComma: text.includes('.') ? whole : decimal, mark: 'either' };
  }
  const plain = parseNumber(text);
  if (!Number.isNaN(plain)) return one(plain, text.includes('.') ? '.' : null);
  // Thousands separators, also Indian ones (12,34,567).
  if (/^[+-]?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$/.test(text)) return one(parseNumber(text.replaceAll(',', '')), '.');
  if (/^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/.test(text)) return one(parseNumber(text.replaceAll('.', '').replace(',', '.')), ',');
  return text.includes('.') ? null : one(parseNumber(text.replace(',', '.')), ',');
}
