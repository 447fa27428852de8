/**
 * Turns table cells into numbers, using only the manifest's public ranges and lists: nothing is learned from private rows, so the encoding
 * costs no privacy. Public test sets use the same functions. Anything odd about a cell is reported beside its numbers. rows.ts splits text
 * into cells; table.ts judges a file.
 */
import { outputOfAnswer } from '#protocol/manifest/number-answer';
import {
  classesOf,
  columnWidth,
  numberAnswerOf,
  typicalOf,
  type NumberAnswer,
  type TableColumn,
  type TableTask,
} from '#protocol/manifest/task';
import type { FindingCode } from '../../api.ts';
import { isMissing, shownCell } from '../cells/cell.ts';
import { CellMemory } from '../cells/cell-memory.ts';
import { NameList, oneOf } from '../cells/name-list.ts';
import type { CellMark, MarkedCells } from './column-marks.ts';
import { DateReader } from './date-reader.ts';
import { GapList } from '../cells/gap-list.ts';
import { isDate, NumberColumn, type DecimalMark } from '../cells/number-cell.ts';
import type { RowView } from '../lines/row-view.ts';
import type { CellNews, ColumnReader } from './column-reader.ts';
import { RowCode } from './row-code.ts';

/**
 * Scales [min, max] to a range of width 2 in which the typical value is 0: [-1, 1] if that is the middle. A value outside the range counts
 * as the nearer end.
 */
export function scaleNumber(v: number, min: number, max: number, typical: number = (min + max) / 2): number {
  return (2 * ((v < min ? min : v > max ? max : v) - typical)) / (max - min);
}

/** Encodes rows of one file, and collects evidence for decimal marks and date orders. */
export class RowReader {
  readonly code: RowCode;
  /** Hash of the row read last: equal for rows that are equal to the model. */
  hashLow = 0;
  hashHigh = 0;
  readonly #columns: readonly (ColumnReader | null)[];
  readonly #label: AnswerReader;
  readonly #coded: Float32Array;

  /** @param marks per column, then for the answer; points, and days first, if absent */
  constructor(task: TableTask, marks?: readonly CellMark[]) {
    this.code = new RowCode(task);
    this.#coded = new Float32Array(this.code.kept);
    this.#columns = task.columns.map((column, i) => columnReader(column, marks?.[i]));
    const number = numberAnswerOf(task);
    this.#label =
      number === null
        ? new CategoryReader(task.label.name, classesOf(task), 'label')
        : new NumberAnswerReader(task.label.name, number, decimalOf(marks?.[task.columns.length]));
  }

  /** Per column, then for the answer. */
  markedColumns(): (MarkedCells | null)[] {
    return [...this.#columns, this.#label].map((reader) => reader?.cells ?? null);
  }

  /**
   * @param places index in `row` of each manifest column, then of the label; past the last cell, a cell reads as missing
   * @param out zeros from `offset` on; receives the numbers kept of the row
   * @param news receives anything odd about the cells; if the row is left out, the last entry says why
   * @returns the class or the answer's number; NaN if the row is left out, which leaves its part of `out` undefined
   */
  read(row: RowView, places: Int32Array, out: Float32Array, offset: number, news: CellNews[]): number {
    if (!this.#readColumns(row, places, out, offset, news)) return NaN;
    const label = this.#label.answerOf(row, places[this.#columns.length]!, news);
    const { word } = this.#label;
    this.hashLow = Math.imul(this.hashLow ^ word, 0x01000193);
    this.hashHigh = Math.imul(this.hashHigh ^ word, 0x5bd1e995);
    return label;
  }

  /** Like `read`, without the answer. @param out zeros; receives the row's inputs @returns false if the row is left out */
  readInputs(row: RowView, places: Int32Array, out: Float32Array, news: CellNews[]): boolean {
    if (!this.#readColumns(row, places, this.#coded.fill(0), 0, news)) return false;
    this.code.write(this.#coded, 0, out, 0);
    return true;
  }

  /** @returns false if the row is left out */
  #readColumns(row: RowView, places: Int32Array, out: Float32Array, offset: number, news: CellNews[]): boolean {
    const columns = this.#columns;
    let low = 0x811c9dc5 | 0;
    let high = 0x9747b28c | 0;
    let at = offset;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      if (column === null) continue;
      if (!column.read(row, places[i]!, out, at, news)) return false;
      low = Math.imul(low ^ column.word, 0x01000193);
      high = Math.imul(high ^ column.word, 0x5bd1e995);
      low ^= low >>> 15;
      high ^= high >>> 13;
      at += column.kept;
    }
    this.hashLow = low;
    this.hashHigh = high;
    return true;
  }
}

interface AnswerReader {
  readonly cells?: NumberColumn;
  /** Hash of the cell read last: equal for cells that are equal to the model. */
  readonly word: number;
  /** The class or the answer's number; NaN for a row that must be left out. */
  answerOf(row: RowView, place: number, news: CellNews[]): number;
}

const decimalOf = (mark: CellMark | undefined): DecimalMark => (mark === ',' ? ',' : '.');

function columnReader(column: TableColumn, mark: CellMark | undefined): ColumnReader | null {
  if (column.kind === 'ignored') return null;
  if (column.kind === 'number') return new NumberReader(column, decimalOf(mark));
  if (column.kind === 'date') return new DateReader(column, mark === 'month-first' ? mark : 'day-first');
  return new CategoryReader(column.name, column.values, column.others === true ? 'others' : 'listed', column.gaps);
}

class NumberReader implements ColumnReader {
  readonly kept: number;
  readonly cells: NumberColumn;
  word = 0;
  readonly #name: string;
  readonly #min: number;
  readonly #max: number;
  readonly #typical: number;
  readonly #gaps: GapList;
  readonly #scaled = new Float32Array(1);
  readonly #bits = new Int32Array(this.#scaled.buffer);

  constructor(column: TableColumn & { readonly kind: 'number' }, mark: DecimalMark) {
    this.kept = columnWidth(column);
    this.#name = column.name;
    this.#min = column.min;
    this.#max = column.max;
    this.#typical = typicalOf(column);
    this.#gaps = new GapList(column.gaps);
    this.cells = new NumberColumn(column.min, column.max, mark);
  }

  read(row: RowView, place: number, out: Float32Array, at: number, news: CellNews[]): boolean {
    const plain = place < row.count ? this.cells.plain(row.bytes, row.starts[place]!, row.ends[place]!) : NaN;
    // True for nearly all cells; false for NaN.
    const usual = plain >= this.#min && plain <= this.#max && !this.#gaps.hasNumber(plain);
    const v = usual ? plain : this.#valueOf(plain, row, place, news);
    if (v === undefined) return false;
    if (v === null) {
      out[at + 1] = 1;
      this.word = -1; // the bits of a NaN, so of no number
      return true;
    }
    const scaled = scaleNumber(v, this.#min, this.#max, this.#typical);
    out[at] = scaled;
    this.#scaled[0] = scaled;
    this.word = this.#bits[0]!;
    return true;
  }

  /** The cell's number, reported if out of range; null for a gap that is filled, undefined if the row is left out. */
  valueOf(row: RowView, place: number, news: CellNews[]): number | null | undefined {
    const plain = place < row.count ? this.cells.plain(row.bytes, row.starts[place]!, row.ends[place]!) : NaN;
    return this.#valueOf(plain, row, place, news);
  }

  /** @param plain the cell if it is a plain number, else NaN */
  #valueOf(plain: number, row: RowView, place: number, news: CellNews[]): number | null | undefined {
    const gap = this.#gaps.hasNumber(plain) || (Number.isNaN(plain) && this.#gaps.has(row.cell(place)));
    const v = gap ? this.#missing(row.cell(place), news) : Number.isNaN(plain) ? this.#odd(row.cell(place), news) : plain;
    if (v === undefined || v === null) return v;
    const min = this.#min;
    const max = this.#max;
    if (v < min || v > max) news.push(this.#news('clamped', 'read-as', `${min} to ${max}`, row.cell(place), v < min ? min : max));
    return v;
  }

  /** A number, null for a gap that is filled, or undefined. */
  #odd(cell: string, news: CellNews[]): number | null | undefined {
    const read = this.cells.read(cell);
    if (read !== null) {
      if (this.#gaps.hasNumber(this.cells.mark === ',' ? read.withComma : read.value)) return this.#missing(cell, news);
      const v = this.cells.mark === ',' ? read.withComma : read.value;
      const either = read.mark === 'either';
      // Plain spellings need no remark, 1e5 or a plus sign included.
      if (either ? read.value !== Number(cell) || this.cells.mark === ',' : Number.isNaN(Number(cell))) {
        news.push(this.#news('number-written', 'read-as', either ? 'one way to read it' : 'a plain number', cell, v));
      }
      return v;
    }
    if (isMissing(cell)) return this.#missing(cell, news);
    const got = isDate(cell) ? `the date ${shownCell(cell)}` : shownCell(cell);
    news.push({ code: 'value-type', action: 'left-out', column: this.#name, expected: 'a number', got, readAs: null });
    return undefined;
  }

  #missing(cell: string, news: CellNews[]): null | undefined {
    const filled = this.kept === 2;
    news.push(this.#news('missing', filled ? 'read-as' : 'left-out', 'a number', cell, filled ? this.#typical : null));
    return filled ? null : undefined;
  }

  #news(code: FindingCode, action: CellNews['action'], expected: string, cell: string, readAs: number | null): CellNews {
    return { code, action, column: this.#name, expected, got: shownCell(cell), readAs: readAs === null ? null : String(readAs) };
  }
}

/** A numeric answer, read like a column of numbers. A gap leaves the row out. */
class NumberAnswerReader implements AnswerReader {
  readonly cells: NumberColumn;
  word = 0;
  readonly #reader: NumberReader;
  readonly #number: NumberAnswer;
  readonly #scaled = new Float32Array(1);
  readonly #bits = new Int32Array(this.#scaled.buffer);

  constructor(name: string, number: NumberAnswer, mark: DecimalMark) {
    this.#number = number;
    this.#reader = new NumberReader({ kind: 'number', name, min: number.min, max: number.max }, mark);
    this.cells = this.#reader.cells;
  }

  answerOf(row: RowView, place: number, news: CellNews[]): number {
    const value = this.#reader.valueOf(row, place, news);
    if (value === undefined || value === null) {
      const last = news.pop()!;
      news.push({ ...last, code: last.code === 'missing' ? 'label-missing' : 'label-unknown' });
      return NaN;
    }
    this.#scaled[0] = outputOfAnswer(value, this.#number);
    this.word = this.#bits[0]!;
    return this.#scaled[0]!;
  }
}

const UNKNOWN = -(2 ** 31);
const ODD = -2;

/** A judged cell: the index of its value, or -1, and anything odd about it. */
interface Judged {
  readonly value: number;
  readonly news: CellNews | null;
}

class CategoryReader implements ColumnReader {
  readonly kept = 1;
  word = 0;
  readonly #name: string;
  readonly #names: NameList;
  readonly #gaps: GapList;
  readonly #kind: 'listed' | 'others' | 'label';
  /** Per spelling: the index of its value, or ODD minus its index in `#judged`. */
  readonly #known = new CellMemory();
  readonly #judged: Judged[] = [];

  constructor(name: string, names: readonly string[], kind: 'listed' | 'others' | 'label', gaps?: readonly string[]) {
    this.#gaps = new GapList(gaps);
    this.#name = name;
    this.#names = new NameList(names, kind === 'label');
    this.#kind = kind;
  }

  read(row: RowView, place: number, out: Float32Array, at: number, news: CellNews[]): boolean {
    const value = this.valueOf(row, place, news);
    this.word = value;
    out[at] = value;
    return value >= 0 || this.#kind === 'others';
  }

  answerOf(row: RowView, place: number, news: CellNews[]): number {
    this.word = this.valueOf(row, place, news);
    return this.word < 0 ? NaN : this.word;
  }

  /** Index of the cell's value in the list, or -1. */
  valueOf(row: RowView, place: number, news: CellNews[]): number {
    const there = place < row.count;
    const known = there ? this.#known.find(row.lows[place]!, row.highs[place]!, UNKNOWN) : UNKNOWN;
    if (known >= -1) return known; // nothing was odd about it
    const judged = this.#judged[ODD - known] ?? this.#judge(row.cell(place));
    if (known === UNKNOWN && there) {
      const odd = ODD - this.#judged.length;
      if (this.#known.add(row.lows[place]!, row.highs[place]!, judged.news === null ? judged.value : odd) && judged.news !== null) {
        this.#judged.push(judged);
      }
    }
    if (judged.news !== null) news.push(judged.news);
    return judged.value;
  }

  #judge(cell: string): Judged {
    const gap = this.#gaps.has(cell);
    const { value, exact } = gap ? { value: -1, exact: false } : this.#names.find(cell);
    if (exact) return { value, news: null };
    const label = this.#kind === 'label';
    const expected = oneOf(this.#names.names);
    const news = { column: this.#name, expected, got: shownCell(cell) };
    if (value >= 0) {
      const readAs = this.#names.names[value]!;
      return { value, news: { ...news, code: label ? 'label-written' : 'category-written', action: 'read-as', readAs } };
    }
    const missing = gap || isMissing(cell);
    if (this.#kind === 'others') {
      return { value, news: { ...news, code: missing ? 'missing' : 'category-unknown', action: 'read-as', readAs: 'none of them' } };
    }
    const code = label ? (missing ? 'label-missing' : 'label-unknown') : missing ? 'missing' : 'category-unknown';
    // A line end in a category's cell comes from a quote that was closed lines later, if at all.
    const onOneLine = cell.includes('\n') ? `${expected}, on one line` : expected;
    return { value, news: { ...news, expected: onOneLine, code, action: 'left-out', readAs: null } };
  }
}
