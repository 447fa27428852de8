/**
 * A file of separated values as a stream of rows, with a window of bounded size: the separator found by itself, quotes as RFC 4180
 * has them. Lines without a quote are cut in place; from the first quote of a window on, papaparse splits it.
 * Knows nothing of manifests. Not the decoding of bytes: text.ts.
 */
import Papa from 'papaparse';
import { MeshError } from '#protocol/errors';
import { DATA_ROW_CHARS_MAX } from '#protocol/limits';
import { shownCell } from './cell.ts';
import { RowView } from './row-view.ts';
import { joined, textPieces, type Encoding } from './text.ts';

export type Separator = ',' | ';' | '\t' | '|';
const SEPARATORS: readonly Separator[] = [',', ';', '\t', '|'];
/** Rows that the separator is judged by, and bytes of them. */
const PREVIEW_ROWS = 20;
const PREVIEW_BYTES = 64 * 1024;
const [LINE_FEED, QUOTE, HASH] = [10, 34, 35];
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

/** How well a few rows, trimmed and without comments, suit the reader when they are split by one candidate. */
export type Fits = (rows: readonly string[][]) => number;

/**
 * Every row of the file, batch by batch; a batch must be gone through before the next one is asked for.
 * @param fits the separator with the highest score wins
 * @throws MeshError file-too-large before anything is read, file-binary, field-invalid for a row without an end
 */
export async function* rowBatches(source: Blob | string, fits: Fits): AsyncGenerator<RowBatch> {
  const size = typeof source === 'string' ? source.length : source.size;
  let splitter: Splitter | undefined;
  let window: Uint8Array = new Uint8Array(0);
  for await (const { bytes, last, encoding } of textPieces(source)) {
    window = joined(window, bytes);
    if (splitter === undefined && !last && !window.includes(LINE_FEED) && window.length <= DATA_ROW_CHARS_MAX) {
      window = window.slice(); // the piece is overwritten
      continue;
    }
    splitter ??= new Splitter(bestSeparator(window, fits));
    const { separator, next: first } = splitter;
    const piece = window;
    const { each, rest } = splitter.batch(piece, last);
    const rowsExpected = () => (last ? lineCount(piece) : (lineCount(piece) * size) / piece.length);
    yield { first, rowsExpected, separator, encoding, preview: () => previewOf(piece, separator, !last), each };
    window = window.slice(Math.min(rest(), window.length));
    if (window.length > DATA_ROW_CHARS_MAX) {
      const expected = `a row of at most ${DATA_ROW_CHARS_MAX} characters`;
      throw new MeshError('field-invalid', { row: splitter.next, expected, got: 'no end of the row, or a quote that is never closed' });
    }
  }
}

/** Rows that hold data or a header: comments (`#` first) and blank lines are passed over. @throws as rowBatches */
export async function* readRows(source: Blob | string, fits: Fits): AsyncGenerator<FileRow> {
  for await (const batch of rowBatches(source, fits)) {
    const rows: FileRow[] = [];
    batch.each((view, row) => {
      if (!view.isBlank() && !view.startsWith(HASH)) rows.push({ row, cells: view.cells().map((cell) => cell.trim()) });
    });
    yield* rows;
  }
}

class Splitter {
  readonly separator: Separator;
  /** Number of the row that comes next. */
  next = 1;
  readonly #view = new RowView();

  constructor(separator: Separator) {
    this.separator = separator;
  }

  /** @returns `rest`: where the window's part that is not yet split begins, once `each` is through */
  batch(window: Uint8Array, last: boolean): { each: RowBatch['each']; rest: () => number } {
    let rest = 0;
    const each: RowBatch['each'] = (look) => {
      const quote = window.indexOf(QUOTE);
      const unended = last && quote < 0 && window.length > 0 && window.at(-1) !== LINE_FEED;
      const lines = unended ? joined(window, Uint8Array.of(LINE_FEED)) : window;
      const linesEnd = lines.lastIndexOf(LINE_FEED, quote < 0 ? lines.length - 1 : quote) + 1;
      const separator = this.separator.charCodeAt(0);
      while (rest < linesEnd) {
        rest = this.#view.cut(lines, rest, separator);
        look(this.#view, this.next++);
      }
      if (quote >= 0) rest += this.#quoted(window.subarray(rest), last, look);
    };
    return { each, rest: () => rest };
  }

  #quoted(window: Uint8Array, last: boolean, look: Parameters<RowBatch['each']>[0]): number {
    const { rows, left, open } = split(window, this.separator, !last);
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

function split(window: Uint8Array, delimiter: Separator, ignoreLastRow: boolean): Split {
  const whole = decoder.decode(window);
  const text = ignoreLastRow ? whole : whole.replace(/[\r ]+$/, '');
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

function previewOf(window: Uint8Array, separator: Separator, cut: boolean): string[][] {
  const start = window.subarray(0, PREVIEW_BYTES);
  return split(start, separator, cut || start.length < window.length).rows;
}

function bestSeparator(window: Uint8Array, fits: Fits): Separator {
  let best: { separator: Separator; score: number } = { separator: ',', score: -Infinity };
  for (const separator of SEPARATORS) {
    const few = previewOf(window, separator, false).filter((cells) => !isBlank(cells) && !isComment(cells));
    const score = fits(few.slice(0, PREVIEW_ROWS).map((cells) => cells.map((cell) => cell.trim())));
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
