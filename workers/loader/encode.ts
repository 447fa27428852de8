/**
 * Cells of a table to numbers, by the manifest's public ranges and lists alone: nothing is learnt from private rows, so the
 * encoding costs no privacy. Public test sets are encoded by the same functions.
 * Not a reader of files: rows.ts splits text into cells, loader.ts decides what a file is worth.
 */
import { columnWidth, inputWidth, type TableTask } from '#protocol/task';
import type { Problem } from '../api.ts';

/** A decimal number as spreadsheets and Python write it; one way to match each text, so the time is linear in its length. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const SHOWN_CHARS_MAX = 40;

/** One encoded row: its class, and how many of its numbers were outside their range. */
export interface EncodedRow {
  readonly label: number;
  readonly clamped: number;
}

export interface RowEncoder {
  /** Inputs of one row: one a number, one a category's value. */
  readonly width: number;
  /**
   * @param cells trimmed, in the manifest's order: its columns (those that are not read included), then the label
   * @param out receives `width` numbers in [-2, 2] from `offset` on; its content is undefined after a problem
   */
  encode(cells: readonly string[], out: Float32Array, offset: number): EncodedRow | Problem;
}

/**
 * v in [min, max] to a range of width 2 in which the typical value is 0: [-1, 1] when that is the middle. Outside of the range, the
 * nearer end.
 */
export function scaleNumber(v: number, min: number, max: number, typical: number = (min + max) / 2): number {
  return (2 * (Math.min(max, Math.max(min, v)) - typical)) / (max - min);
}

/** The number that a cell spells, or NaN. An exponent past the doubles gives an infinity, which a range clamps. */
export function parseNumber(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : NaN;
}

/** What a person reads of a cell that was refused: short, and never an empty text. */
export function shownCell(cell: string): string {
  if (cell === '') return 'nothing';
  return cell.length > SHOWN_CHARS_MAX ? `'${cell.slice(0, SHOWN_CHARS_MAX)}…'` : `'${cell}'`;
}

export function isProblem(result: EncodedRow | Problem): result is Problem {
  return 'code' in result;
}

export function rowEncoder(task: TableTask): RowEncoder {
  const columns = task.columns.map((column) => ({
    column,
    width: columnWidth(column),
    index: namesIndex(column.kind === 'category' ? column.values : []),
  }));
  const classes = namesIndex(task.label.classes);
  const width = inputWidth(task);

  const encode = (cells: readonly string[], out: Float32Array, offset: number): EncodedRow | Problem => {
    let clamped = 0;
    let at = offset;
    for (const [i, { column, width: inputs, index }] of columns.entries()) {
      const cell = cells[i] ?? '';
      if (column.kind === 'number') {
        const v = isMissing(cell) && column.missing === 'fill' ? null : parseNumber(cell);
        if (Number.isNaN(v)) return problem('value-type', column.name, 'a number', cell);
        if (v !== null && (v < column.min || v > column.max)) clamped++;
        out[at] = v === null ? 0 : scaleNumber(v, column.min, column.max, column.typical);
        if (inputs === 2) out[at + 1] = v === null ? 1 : 0;
      } else if (column.kind === 'category') {
        const value = lookUp(index, cell);
        if (value === undefined && column.others !== true) return problem('value-type', column.name, oneOf(column.values), cell);
        out.fill(0, at, at + inputs);
        if (value !== undefined) out[at + value] = 1;
      }
      at += inputs;
    }
    const cell = cells[columns.length] ?? '';
    const label = lookUp(classes, cell);
    if (label === undefined) return problem('label-unknown', task.label.name, oneOf(task.label.classes), cell);
    return { label, clamped };
  };
  return { width, encode };
}

/** What programs write where there is nothing to write. */
const MISSING: ReadonlySet<string> = new Set(['', '?', 'na', 'n/a', 'nan', 'null', 'none', '-']);

export function isMissing(cell: string): boolean {
  return cell.length <= 4 && MISSING.has(cell.toLowerCase());
}

function namesIndex(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}

/** The exact name first; then the number that a cell spells, since programs write the class 3 as 3.0 or 03. */
function lookUp(index: ReadonlyMap<string, number>, cell: string): number | undefined {
  const exact = index.get(cell);
  if (exact !== undefined || !NUMBER.test(cell)) return exact;
  return index.get(String(Number(cell)));
}

function oneOf(names: readonly string[]): string {
  const few = names.slice(0, 10).join(', ');
  return `one of ${few}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}

function problem(code: Problem['code'], field: string, expected: string, cell: string): Problem {
  return { code, detail: { field, expected, got: shownCell(cell) } };
}
