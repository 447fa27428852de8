/**
 * The sample of a founder: the first rows of a file as cells, with their names. What a separator and a header look like is judged
 * without a schema, since there is none yet. Not what the columns mean: that is infer.ts.
 */
import { MeshError } from '#protocol/errors';
import { COLUMNS_MAX } from '#protocol/limits';
import { isMissing } from '../loader/cell.ts';
import { readNumber } from '../loader/number-cell.ts';
import { rowBatches, type Separator } from '../loader/rows.ts';

/** Rows that a schema is proposed from; more would say little more. */
export const SAMPLE_ROWS_MAX = 2000;
/** Of a longer file only the start is looked at. */
const SAMPLE_BYTES_MAX = 16 * 1024 * 1024;
const NAME_CHARS_MAX = 64;
/** What a line of comment starts with. */
const HASH = 35;
/** Rows in which a header without numbers below it may be told from a row: its words do not come back. */
const HEADER_ROWS_MIN = 3;

export interface Sample {
  readonly name: string;
  readonly hasHeader: boolean;
  /** One a column; made up where the file has none. */
  readonly names: readonly string[];
  /** Rows of `names.length` trimmed cells each. */
  readonly rows: readonly (readonly string[])[];
  /** The file goes on after these rows. */
  readonly cut: boolean;
  readonly separator: Separator;
}

/**
 * @param rowsMax rows that are looked at
 * @throws MeshError file-binary and others of the reader; file-empty, rows-too-few, column-count, field-invalid for names that repeat
 */
export async function readSample(file: Blob & { readonly name?: string }, rowsMax: number = SAMPLE_ROWS_MAX): Promise<Sample> {
  const tooLong = file.size > SAMPLE_BYTES_MAX;
  const all: (readonly string[])[] = [];
  let separator: Separator = ',';
  let remark: readonly string[] = [];
  for await (const batch of rowBatches(tooLong ? file.slice(0, SAMPLE_BYTES_MAX) : file, regularity)) {
    ({ separator } = batch);
    batch.each((view) => {
      if (all.length > rowsMax + 1 || view.isBlank()) return;
      const cells = view.cells().map((cell) => cell.trim());
      if (!view.startsWith(HASH)) all.push(cells);
      else if (all.length === 0) remark = cells.map((cell, i) => (i === 0 ? cell.replace(/^#+\s*/, '') : cell));
    });
    if (all.length > rowsMax + 1) break;
  }
  const cut = tooLong || all.length > rowsMax + 1;
  if (tooLong && all.length <= rowsMax) all.pop(); // the last row ends where the slice does
  if (all.length === 0) throw new MeshError('file-empty', { expected: 'rows of data' });
  const width = usualWidth(all);
  if (width < 2)
    throw new MeshError('column-count', { row: 1, expected: 'at least 2 columns: one to learn from, and the answer', got: '1' });
  if (width > COLUMNS_MAX) throw new MeshError('column-count', { row: 1, expected: `at most ${COLUMNS_MAX} columns`, got: String(width) });
  const regular = all.filter((cells) => cells.length === width);
  const hasHeader = regular[0] === all[0] && looksLikeHeader(regular);
  // As NumPy writes it: the names in a comment above the numbers.
  const commented = !hasHeader && remark.length === width && remark.every((cell) => cell !== '' && !isNumber(cell)) ? remark : null;
  const rows = regular.slice(hasHeader ? 1 : 0, rowsMax + (hasHeader ? 1 : 0));
  if (rows.length < 2) throw new MeshError('rows-too-few', { expected: 'at least 2 rows of data', got: String(rows.length) });
  const header = hasHeader ? regular[0]! : commented;
  return { name: plainName(file.name ?? ''), hasHeader: header !== null, names: namesOf(header, width), rows, cut, separator };
}

/** Judges a separator by how many rows have the same number of cells, and by that number. */
function regularity(rows: readonly string[][]): number {
  if (rows.length === 0) return 0;
  const width = usualWidth(rows);
  if (width < 2) return 0;
  return rows.filter((cells) => cells.length === width).length / rows.length + Math.min(width, 100) / 1000;
}

function usualWidth(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/**
 * A first row of words above a column of numbers is a header. Where no column holds numbers, it is one when none of its words comes
 * back below while other words do.
 */
function looksLikeHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined || rest.length === 0) return false;
  const named = first.filter((cell) => cell !== '');
  if (named.length === 0 || new Set(named.map((cell) => cell.toLowerCase())).size < named.length / 2) return false;
  const columns = first.map((head, i) => ({ head, below: rest.map((cells) => cells[i]!).filter((cell) => !isMissing(cell)) }));
  const numeric = columns.filter(({ below }) => below.length > 0 && below.every(isNumber));
  if (numeric.length > 0) return numeric.some(({ head }) => !isMissing(head) && !isNumber(head));
  const repeats = columns.some(({ below }) => new Set(below).size < below.length);
  return rest.length >= HEADER_ROWS_MIN && repeats && columns.every(({ head, below }) => !below.includes(head));
}

const isNumber = (cell: string): boolean => readNumber(cell, Infinity) !== null;

function namesOf(header: readonly string[] | null, width: number): readonly string[] {
  if (header === null) return Array.from({ length: width }, (_, i) => `column ${i + 1}`);
  const seen = new Map<string, number>();
  return header.map((cell, i) => {
    const name = cell === '' ? `column ${i + 1}` : cell.slice(0, NAME_CHARS_MAX);
    const before = seen.get(name.toLowerCase());
    if (before !== undefined) {
      throw new MeshError('field-invalid', {
        row: 1,
        field: name,
        expected: `column names that differ in their first ${NAME_CHARS_MAX} letters`,
        got: `columns ${before + 1} and ${i + 1} with one name`,
      });
    }
    seen.set(name.toLowerCase(), i);
    return name;
  });
}

function plainName(file: string): string {
  return file.replace(/\.[a-z\d]{1,5}$/i, '').slice(0, NAME_CHARS_MAX);
}
