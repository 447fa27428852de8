/**
 * What a text table looks like, judged from its first rows: its number of columns, where its data begin, which lines are titles, comments
 * or headings, and its column names. Founder, member, headless peer and try page judge alike; the manifest's names are one more hint, and
 * the strongest. rows.ts splits lines; encode.ts and column-guess.ts read cells.
 */
import { isMissing, parseNumber, plainText, unquoted } from '../cells/cell.ts';
import { columnNames, plainHeading } from '../cells/column-names.ts';
import { arffHeading } from './arff.ts';
import { readNumber } from '../cells/number-cell.ts';

/** Rows that are judged; more would add little. */
const ROWS_MAX = 1000;
/** Columns and rows examined to tell numbers from words. */
const COLUMNS_LOOKED = 64;
const ROWS_LOOKED = 200;
/** Share of numbers from which a column is numeric: its other cells are slips and markers. */
const NUMBERS_SHARE = 0.9;
/** Share of rows beginning with # from which it belongs to the data: colours, order numbers. */
const HASHED_SHARE = 0.1;
/** Rows needed to tell a heading from a row if no column is numeric: its words do not recur. */
const WORD_ROWS_MIN = 3;
/** A wanted heading must be among this many rows of the usual width. */
const HEADING_ROWS_MAX = 20;
/** One-cell titles above a table; if there are more, they are rows whose other cells are empty. */
const TITLES_MAX = 100;
/** At least this many of the last rows judged decide the number of columns. */
const WIDTH_ROWS_MIN = 10;

type Cells = readonly string[];

/** What is known of a table in advance. */
export interface Wanted {
  /** How well names match: 2 if they include most of the wanted ones, 1 if the answer is among them, else 0. */
  names(names: Cells): 0 | 1 | 2;
  /** Possible numbers of columns of a file without a heading. */
  readonly widths: readonly number[];
}

/** Nothing is known: a founder's sample. */
export const UNKNOWN: Wanted = { names: () => 0, widths: [] };

/** A line of one cell is a row only if one column is wanted. */
const leastWidth = ({ widths }: Wanted): number => (widths.includes(1) ? 1 : 2);

export interface TableForm {
  /** Number of columns. */
  readonly width: number;
  /** The heading's cells as written, one per column; null if there is none. */
  readonly heading: Cells | null;
  /** One per column, all different; made up if there is no heading. */
  readonly names: Cells;
  /** Whether the heading has the wanted names. */
  readonly known: boolean;
  /** Indices among the rows judged: the heading's lines from `headingAt` up to `headingEnd` (exclusive); the first data row. */
  readonly headingAt: number;
  readonly headingEnd: number;
  readonly dataAt: number;
  /** How much this looks like a table, to choose a separator: above 1 if all rows have the same number of columns. */
  readonly score: number;
  /** Share of rows among the lines from the first data row on. */
  readonly regular: number;
  /** Whether a line that begins with # is a comment, because it does not fit the table. */
  isComment(cells: Cells): boolean;
}

/**
 * @param lines cells of the file's first rows, comments and blank lines included
 * @returns null if no row has two cells and nothing is known of the table
 */
export function tableForm(lines: readonly Cells[], wanted: Wanted = UNKNOWN): TableForm | null {
  const rows = lines.slice(0, ROWS_MAX).map((cells, at) => new Row(cells, at));
  const used = rows.filter((row) => row.filled > 0);
  const begun = arffStart(lines) ?? knownHeading(used, wanted) ?? unknownHeading(used, usualShape(used, wanted), leastWidth(wanted));
  if (begun === null || begun.width < leastWidth(wanted)) return null;
  const { heading, width } = begun;
  const names = columnNames(heading, width);
  const body = used.filter((row) => row.at >= begun.end && row.fits(width));
  const isComment = commentJudge(body, width);
  const data = body.filter((row) => !row.hashed || !isComment(row.cells));
  const after = used.filter((row) => row.at >= begun.end && !(row.hashed && isComment(row.cells))).length;
  const known = heading !== null && wanted.names(written(heading, names)) > 0;
  const right = known || wanted.widths.includes(width) ? 1 : 0;
  const regular = after === 0 ? Number(known) : data.length / after;
  return {
    width,
    heading,
    names,
    known,
    headingAt: begun.at,
    headingEnd: begun.end,
    dataAt: Math.max(begun.end, data[0]?.at ?? begun.end),
    score: (known ? 100 : 0) + 5 * right * regular + regular + likeness(data, width) - (begun.at > (used[0]?.at ?? 0) ? 0.005 : 0),
    regular,
    isComment,
  };
}

/** Decides between equally regular tables: prefers numeric columns, many columns, and cells without other separators. */
function likeness(rows: readonly Row[], width: number): number {
  const some = rows.slice(0, ROWS_LOOKED);
  const other = some.filter(({ cells }) => cells.some((cell) => /[,;\t|]/.test(cell) && !isNumber(cell))).length;
  return 0.02 * numberColumns(rows, width).length + Math.min(width, 100) / 1000 - (0.05 * other) / Math.max(1, some.length);
}

class Row {
  readonly at: number;
  /** Trimmed. */
  readonly cells: Cells;
  /** Cells up to the last one that is not empty. */
  readonly filled: number;
  /** Begins with #, but not with a spreadsheet error such as #N/A. */
  readonly hashed: boolean;
  readonly #numbers: boolean[] = [];

  constructor(cells: Cells, at: number) {
    this.at = at;
    this.cells = cells.map((cell) => cell.trim());
    this.filled = this.cells.findLastIndex((cell) => cell !== '') + 1;
    this.hashed = isHashed(this.cells);
  }

  /** Whether a cell is a number. Cached, because it is asked often and slow for odd cells. */
  isNumber(i: number): boolean {
    return (this.#numbers[i] ??= isNumber(this.cells[i]!));
  }

  /** Has this many cells, apart from the empty ones that trailing separators make. */
  fits(width: number): boolean {
    return this.cells.length >= width && this.filled <= width;
  }
}

/** Whether a line looks like a comment: begins with #, but not with a spreadsheet error. @param cells trimmed */
export function isHashed(cells: Cells): boolean {
  return cells[0]!.startsWith('#') && !isMissing(cells[0]!);
}

/** Text without a digit, or a non-ASCII character that may be one, is no number: a quick test that settles most cells. */
const isNumber = (cell: string): boolean =>
  /[\d\u0080-\uffff]/.test(cell) && (!Number.isNaN(parseNumber(cell)) || readNumber(cell, Infinity) !== null);

/** The most common number of cells per line, and how many of them are columns: the rest are empty in every line. */
interface Shape {
  readonly cells: number;
  readonly width: number;
}

/** Judged by the last rows, because titles come first. */
function usualShape(rows: readonly Row[], { widths }: Wanted): Shape {
  const late = rows.slice(-Math.max(WIDTH_ROWS_MIN, rows.length >> 2));
  const counts = new Map<number, number>();
  for (const { cells } of late) if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [cells] = [...counts].reduce(
    (best, next) => (next[1] > best[1] || (next[1] === best[1] && next[0] > best[0]) ? next : best),
    [1, 0],
  );
  for (const width of widths)
    if (late.filter((row) => row.fits(width)).length * 2 > late.length) return { cells: Math.max(cells, width), width };
  return { cells, width: rows.reduce((most, row) => (row.cells.length === cells ? Math.max(most, row.filled) : most), Math.min(cells, 1)) };
}

/** One cell shorter than the rows: R writes no heading above its row names. */
function isShort({ cells, filled, hashed }: Row, shape: Shape): boolean {
  return !hashed && shape.width > 2 && filled === shape.width - 1 && cells.length === shape.cells - 1;
}

/** Names that are written in the heading, without made-up ones. */
function written(heading: Cells, names: Cells): string[] {
  return names.filter((_, i) => heading[i] !== undefined && heading[i] !== '');
}

interface Begun {
  readonly width: number;
  /** Null if there is none. */
  readonly heading: Cells | null;
  readonly at: number;
  readonly end: number;
}

function arffStart(rows: readonly Cells[]): Begun | null {
  const found = arffHeading(rows);
  return found === null ? null : { width: found.names.length, heading: found.names, at: found.at, end: found.at + 1 };
}

/** The first line or pair of lines with the wanted names, preferably as wide as the rows. */
function knownHeading(rows: readonly Row[], wanted: Wanted): Begun | null {
  if (wanted === UNKNOWN) return null;
  const shape = usualShape(rows, UNKNOWN);
  const usual = shape.width;
  const first = rows.findIndex((row) => row.cells.length > 1);
  let found: Begun | null = null;
  for (let i = 0, fitting = 0; i < rows.length && fitting < HEADING_ROWS_MAX; i++) {
    if (rows[i]!.fits(usual)) fitting++;
    const heading = headingAt(rows, i, shape, wanted, i === first);
    if (heading === null) continue;
    if (heading.width === usual) return heading;
    found ??= heading;
  }
  return found;
}

/** A line as a heading: joined with the next if the two are a pair, and with an empty name for R's row names. */
function headingAt(rows: readonly Row[], i: number, shape: Shape, wanted: Wanted, first: boolean): Begun | null {
  const [row, next] = [rows[i]!, rows[i + 1]];
  const { width } = shape;
  const suits = (heading: Cells) => {
    const names = heading.length < leastWidth(wanted) ? 0 : wanted.names(written(heading, columnNames(heading, heading.length)));
    return names === 2 || (names === 1 && first);
  };
  const names = namesIn(row, width);
  if (next !== undefined && row.fits(width) && next.fits(width)) {
    const heading = joinedHeading(row, next, width);
    if (suits(heading) && isPair(rows.slice(i), width)) return { width, heading, at: row.at, end: next.at + 1 };
  }
  if (!suits(names)) return null;
  const short = isShort(row, shape) && next?.fits(width) === true && next.filled === width;
  const heading = short ? shortNames(row, width) : names;
  return { width: heading.length, heading, at: row.at, end: row.at + 1 };
}

/** Names in a line, which may be a comment, as NumPy writes it; a lone # is a name unless the line is one cell too long. */
function namesIn({ cells, filled }: Row, usual: number): string[] {
  const names = cells.slice(0, Math.max(filled, Math.min(usual, cells.length))).map(plainHeading);
  const first = names[0]!.replace(/^#+\s*/, '');
  if (first !== '') names[0] = first;
  else if (names[0]!.startsWith('#') && names.length === usual + 1) names.shift();
  return names;
}

const shortNames = (row: Row, width: number): string[] => ['', ...namesIn(row, width - 1).slice(0, width - 1)];

/** Where a table begins if nothing is known of it; null for fewer than `least` columns. */
function unknownHeading(rows: readonly Row[], shape: Shape, least: number): Begun | null {
  const { width } = shape;
  if (width < least) return null;
  const fitting = rows.filter((row) => row.fits(width));
  const isComment = commentJudge(fitting, width);
  const plain = fitting.filter((row) => !row.hashed || !isComment(row.cells));
  const first = plain.findIndex((_, i) => i > TITLES_MAX || !isTitle(plain, i, width));
  const table = plain.slice(first > TITLES_MAX ? 0 : Math.max(0, first));
  const [head, next] = table;
  if (head === undefined) return { width, heading: null, at: Infinity, end: Infinity };
  const from = (heading: Cells, { at }: Row, end = at + 1): Begun => ({ width, heading, at, end });
  if (next !== undefined && isPair(table, width)) return from(joinedHeading(head, next, width), head, next.at + 1);
  const names = isShort(head, shape) ? shortNames(head, width) : namesIn(head, width);
  if (isHeading(names, table.slice(1), width)) return from(names, head);
  // A heading one cell short, as R writes it, or in a comment, as NumPy does.
  const above = rows.findLast(({ at }) => at < head.at);
  if (above !== undefined && isShort(above, shape) && isHeading(shortNames(above, width), table, width)) {
    return from(shortNames(above, width), above);
  }
  for (const row of rows.filter(({ at, hashed }) => hashed && at < head.at).toReversed()) {
    const said = namesIn(row, width);
    if (said.length !== width || said.some(isNumber)) continue;
    if (said.every((name) => name !== '') || isHeading(said, table, width)) return from(said, row);
  }
  return { width, heading: null, at: head.at, end: head.at };
}

/** A title above the table: only its first cell is filled, and trailing separators make it as long as a row. */
function isTitle(rows: readonly Row[], i: number, width: number): boolean {
  const row = rows[i]!;
  if (width === 1 || row.filled > 1 || isMissing(row.cells[0]!) || row.isNumber(0) || rows.length < i + 3) return false;
  return width > 2 || isHeading(namesIn(rows[i + 1]!, width), rows.slice(i + 2), width);
}

/** Indices of the columns whose cells, apart from gaps, are numbers. */
function numberColumns(rows: readonly Row[], width: number): number[] {
  const some = rows.slice(0, ROWS_LOOKED);
  const columns = Array.from({ length: Math.min(width, COLUMNS_LOOKED) }, (_, i) => i);
  return columns.filter((i) => {
    const said = some.filter(({ cells }) => !isMissing(cells[i]!));
    return said.length > 0 && said.reduce((count, row) => count + (row.isNumber(i) ? 1 : 0), 0) >= said.length * NUMBERS_SHARE;
  });
}

/** Words above numeric columns are a heading. Without such columns, they are one if none of them recurs below while others do. */
function isHeading(head: Cells, under: readonly Row[], width: number): boolean {
  // Joined files repeat the heading.
  const below = under.filter(({ cells }) => !head.every((cell, i) => cell === cells[i]));
  const names = head.filter((cell) => cell !== '');
  if (below.length === 0 || names.length === 0) return false;
  if (new Set(names.map((cell) => cell.toLowerCase())).size < names.length / 2) return false;
  const numeric = numberColumns(below, width).filter((i) => !isMissing(head[i] ?? ''));
  const words = numeric.filter((i) => !isNumber(head[i]!));
  if (numeric.length > 0) return words.length * 2 > numeric.length;
  if (numberColumns(below, width).length > 0) return false;
  const columns = Array.from({ length: width }, (_, i) => below.map(({ cells }) => cells[i]!).filter((cell) => !isMissing(cell)));
  const repeats = columns.some((said) => new Set(said).size < said.length);
  return below.length >= WORD_ROWS_MIN && repeats && columns.every((said, i) => !said.includes(head[i] ?? ''));
}

/** Whether the first two rows form one heading: neither has a number where the rows below have one, nor a word that recurs there. */
function isPair(rows: readonly Row[], width: number): boolean {
  const [upper, lower, ...below] = rows;
  if (upper === undefined || lower === undefined || below.length < 2 || !upper.fits(width) || !lower.fits(width)) return false;
  const table = below.filter((row) => row.fits(width));
  const numeric = numberColumns(table, width);
  if (table.length < 2 || numeric.length === 0) return false;
  if (upper.cells.filter((cell) => cell !== '').length < 2) return false; // a title
  return [upper, lower].every(({ cells }) => {
    if (numeric.some((i) => isNumber(cells[i]!)) || numeric.every((i) => isMissing(cells[i]!))) return false;
    return cells.slice(0, width).every((cell, i) => cell === '' || !table.some((row) => row.cells[i] === cell));
  });
}

/** The names in a two-line heading: above units, or below groups; then a name that occurs twice has its group in front. */
function joinedHeading(upper: Row, lower: Row, width: number): string[] {
  const [high, low] = [namesIn(upper, width), namesIn(lower, width)];
  const said = (cells: Cells) => cells.filter((cell) => cell !== '');
  const different = (cells: Cells) => new Set(said(cells).map((cell) => cell.toLowerCase())).size;
  if (said(high).length >= said(low).length && different(high) >= different(low)) return high;
  const times = new Map<string, number>();
  for (const name of low) times.set(name.toLowerCase(), (times.get(name.toLowerCase()) ?? 0) + 1);
  let group = '';
  return Array.from({ length: width }, (_, i) => {
    const name = low[i] ?? '';
    group = high[i] || group;
    return name === '' ? (high[i] ?? '') : times.get(name.toLowerCase())! > 1 ? `${group} ${name}`.trim() : name;
  });
}

/** Judges lines that begin with # by the rows around them: a comment lacks numbers where those have them. */
function commentJudge(rows: readonly Row[], width: number): (cells: Cells) => boolean {
  const hashed = rows.filter((row) => row.hashed);
  const others = rows.filter((row) => !row.hashed && !isMissing(row.cells[0]!));
  const plain = new Set(others.slice(0, ROWS_LOOKED).map(({ cells }) => plainText(cells[0]!)));
  const numeric = numberColumns(rows.slice(1), width);
  const first = numeric.includes(0) || (others.length > 1 && numberColumns(others.slice(1), width).includes(0));
  const further = numeric.filter((i) => i > 0);
  const usual = hashed.length > 0 && hashed.length >= rows.length * HASHED_SHARE;
  return (cells) => {
    if (!isHashed(cells) || first) return isHashed(cells);
    if (/^#+$/.test(cells[0]!)) return true;
    const row = new Row(cells, 0);
    // A row that was commented out repeats, after its #, the first cell of another row.
    if (!row.fits(width) || plain.has(plainText(unquoted(row.cells[0]!.replace(/^#+\s*/, ''))))) return true;
    const said = further.map((i) => row.cells[i]!).filter((cell) => !isMissing(cell));
    return further.length === 0 ? !usual : said.length === 0 || !said.every(isNumber);
  };
}
