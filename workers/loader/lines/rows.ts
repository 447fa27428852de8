/**
 * A file of separated values as a stream of rows, with a window of bounded size: the separator is detected or named by the file (a first
 * line `sep=;`, as Excel writes and reads it), and quotes follow RFC 4180. Lines without a quote are split in place; from the first quote
 * of a window on, papaparse splits it. If runs of spaces separate cells, they become tabs first (space-runs.ts). It knows nothing of
 * manifests. text.ts decodes bytes.
 */
import Papa from 'papaparse';
import { MeshError } from '#protocol/errors';
import { DATA_ROW_CHARS_MAX } from '#protocol/limits';
import { shownCell } from '../cells/cell.ts';
import { RowView } from './row-view.ts';
import { SpaceRuns } from './space-runs.ts';
import { joined, textPieces, type Encoding } from './text.ts';

export type Separator = ',' | ';' | '\t' | '|' | ' ';
/** The one of runs of spaces comes last: of equals the first wins. */
const SEPARATORS: readonly Separator[] = [',', ';', '\t', '|', ' '];
export const SEPARATOR_NAMES = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars', ' ': 'spaces' } as const;
/** Bytes that the separator and the form of the table are judged by. */
const PREVIEW_BYTES = 64 * 1024;
const FEW_ROWS = 20;
const [TAB, LINE_FEED, QUOTE, SPACE, HASH] = [9, 10, 34, 32, 35];
const SEPARATOR_LINE = /^[\ufeff"]{0,2}sep=([,;\t| ])"?[ \r]*$/i;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What the file turned out to be, as judged up to here. */
export interface FileForm {
  readonly separator: Separator;
  readonly encoding: Encoding;
}

/** Rows that lay in one piece of the file: all of them, with comments and blank lines, cells as they are written. */
export interface RowBatch extends FileForm {
  /** Rows of the whole file, from the length of those in this batch: a guess. */
  rowsExpected(): number;
  /** Part of the file that is read with it, 0 to 1; and whether nothing comes after it. */
  readonly share: number;
  readonly last: boolean;
  /** Number of its first row. */
  readonly first: number;
  /** Its first rows as strings. */
  preview(): string[][];
  /**
   * Hands each row to `look`, which keeps nothing of the view: it is used again.
   * @param look gets the 1-based place among all rows of the file: comments, blank lines and the header count, as in a spreadsheet
   * @throws MeshError field-invalid for a quote without an end
   */
  each(look: (row: RowView, number: number) => void): void;
}

export interface FileRow {
  /** 1-based place among all rows of the file. */
  readonly row: number;
  /** Trimmed. */
  readonly cells: string[];
}

/** How well the first rows, comments and blank lines among them, suit the reader when they are split by one candidate. */
export type Fits = (rows: readonly string[][], separator: Separator) => number;

/**
 * Every row of the file, batch by batch; a batch must be gone through before the next one is asked for.
 * @param fits the separator with the highest score wins
 * @throws MeshError file-too-large before anything is read, file-binary, field-invalid for a row without an end
 */
export async function* rowBatches(source: Blob | string, fits: Fits): AsyncGenerator<RowBatch> {
  const size = typeof source === 'string' ? source.length : source.size;
  let splitter: Splitter | undefined;
  let window: Uint8Array = new Uint8Array(0);
  for await (const { bytes, last, share, encoding } of textPieces(source)) {
    window = joined(window, splitter?.plain(bytes) ?? bytes);
    if (splitter === undefined && !last && !window.includes(LINE_FEED) && window.length <= DATA_ROW_CHARS_MAX) {
      window = window.slice(); // the piece is overwritten
      continue;
    }
    if (splitter === undefined) {
      splitter = new Splitter(saidSeparator(window) ?? bestSeparator(window, last, fits));
      window = splitter.plain(window);
    }
    const { separator, next: first } = splitter;
    const piece = window;
    const { each, rest } = splitter.batch(piece, last);
    const rowsExpected = () => (last ? lineCount(piece) : (lineCount(piece) * size) / piece.length);
    yield { first, share, last, rowsExpected, separator, encoding, preview: () => previewOf(piece, separator, !last), each };
    window = window.slice(Math.min(rest(), window.length));
    if (window.length > DATA_ROW_CHARS_MAX) {
      const expected = `a row of at most ${DATA_ROW_CHARS_MAX} characters`;
      throw new MeshError('field-invalid', { row: splitter.next, expected, got: 'no end of the row, or a quote that is never closed' });
    }
  }
}

/** Rows of a list that says something of files: without blank lines, and lines of one cell that begin with #. @throws as rowBatches */
export async function* readRows(source: Blob | string, fits: Fits): AsyncGenerator<FileRow> {
  for await (const batch of rowBatches(source, fits)) {
    const rows: FileRow[] = [];
    batch.each((view, row) => {
      if (!view.isBlank() && !(view.startsWith(HASH) && view.count === 1)) rows.push({ row, cells: view.cells() });
    });
    yield* rows;
  }
}

/** The first few rows that say something, trimmed: enough where only the separator is in doubt. */
export function firstFew(rows: readonly string[][]): string[][] {
  const few: string[][] = [];
  for (const cells of rows) {
    if (few.length === FEW_ROWS) break;
    if (!isBlank(cells)) few.push(cells.map((cell) => cell.trim()));
  }
  return few;
}

class Splitter {
  readonly separator: Separator;
  /** Number of the row that comes next. */
  next = 1;
  readonly #view = new RowView();
  readonly #spaces: SpaceRuns | null;

  constructor(separator: Separator) {
    this.separator = separator;
    this.#spaces = separator === ' ' ? new SpaceRuns() : null;
  }

  /** Text that comes next in the file, with one letter between cells. It may be overwritten. */
  plain(bytes: Uint8Array): Uint8Array {
    return this.#spaces?.toTabs(bytes) ?? bytes;
  }

  /** @returns `rest`: where the window's part that is not yet split begins, once `each` is through */
  batch(window: Uint8Array, last: boolean): { each: RowBatch['each']; rest: () => number } {
    let rest = 0;
    const each: RowBatch['each'] = (look) => {
      const quote = window.indexOf(QUOTE);
      const unended = last && quote < 0 && window.length > 0 && window.at(-1) !== LINE_FEED;
      const lines = unended ? joined(window, Uint8Array.of(LINE_FEED)) : window;
      const linesEnd = lines.lastIndexOf(LINE_FEED, quote < 0 ? lines.length - 1 : quote) + 1;
      const separator = letterOf(this.separator).charCodeAt(0);
      while (rest < linesEnd) {
        rest = this.#view.cut(lines, rest, separator);
        look(this.#view, this.next++);
      }
      if (quote >= 0) rest += this.#quoted(window.subarray(rest), last, look);
    };
    return { each, rest: () => rest };
  }

  #quoted(window: Uint8Array, last: boolean, look: Parameters<RowBatch['each']>[0]): number {
    const { rows, left, open } = split(window, letterOf(this.separator), !last);
    if (open !== null) {
      throw new MeshError('field-invalid', {
        row: this.next + rows.length - 1,
        expected: 'a closing quote',
        got: `none for ${shownCell(open)}`,
      });
    }
    for (const cells of rows) {
      this.#view.set(cells);
      look(this.#view, this.next++);
    }
    return window.length - left;
  }
}

interface Split {
  readonly rows: string[][];
  /** Bytes at the end that belong to a row that is not whole. */
  readonly left: number;
  /** The cell at the end of the text whose quote is never closed. */
  readonly open: string | null;
}

/** What is between cells once runs of spaces are one tab each. */
const letterOf = (separator: Separator): string => (separator === ' ' ? '\t' : separator);

function split(window: Uint8Array, delimiter: string, ignoreLastRow: boolean): Split {
  const whole = decoder.decode(window);
  let end = whole.length;
  if (!ignoreLastRow) while (end > 0 && /[\r ]/.test(whole[end - 1]!)) end--;
  const text = whole.slice(0, end);
  const parser = new Papa.Parser({ delimiter, newline: '\n' });
  const { data, errors, meta } = parser.parse(text, 0, ignoreLastRow) as Papa.ParseResult<string[]>;
  const open = errors.at(-1)?.code === 'MissingQuotes' ? (data.at(-1)?.at(-1) ?? '') : null;
  return { rows: data, left: ignoreLastRow ? new TextEncoder().encode(text.slice(meta.cursor)).length : 0, open };
}

function lineCount(window: Uint8Array): number {
  let lines = 1;
  for (let at = window.indexOf(LINE_FEED); at >= 0; at = window.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

/** @param plain the window's text has one letter between cells */
function previewOf(window: Uint8Array, separator: Separator, cut: boolean): string[][] {
  const start = window.subarray(0, Math.max(PREVIEW_BYTES, window.indexOf(LINE_FEED) + 1));
  return split(start, letterOf(separator), cut || start.length < window.length).rows;
}

/** What a first line `sep=;` says; the line is blank from then on. */
function saidSeparator(window: Uint8Array): Separator | null {
  const end = window.indexOf(LINE_FEED);
  const [, separator] = SEPARATOR_LINE.exec(decoder.decode(window.subarray(0, Math.min(16, end < 0 ? window.length : end)))) ?? [];
  if (separator === undefined) return null;
  window.fill(SPACE, 0, end < 0 ? window.length : end);
  return separator as Separator;
}

function bestSeparator(window: Uint8Array, last: boolean, fits: Fits): Separator {
  let best: { separator: Separator; score: number } = { separator: ',', score: -Infinity };
  for (const separator of SEPARATORS) {
    if (separator === ' ' && window.subarray(0, PREVIEW_BYTES).includes(TAB)) continue; // spaces stand within its cells
    const plain = separator === ' ' ? new SpaceRuns().toTabs(window.slice(0, PREVIEW_BYTES)) : window;
    const score = fits(previewOf(plain, separator, !last || window.length > PREVIEW_BYTES), separator);
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

export function isComment(cells: readonly string[]): boolean {
  return cells[0]!.trimStart().startsWith('#');
}
