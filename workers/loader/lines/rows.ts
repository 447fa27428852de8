/**
 * A file of separated values as a stream of rows, through a window of bounded size. The separator is detected, or named by the file (a
 * first line `sep=;`, as Excel writes and reads it); quotes follow RFC 4180. Lines without a quote are split in place; papaparse splits a
 * window from its first quote on. If runs of spaces separate cells, they become tabs first (space-runs.ts). Knows nothing of manifests;
 * text.ts decodes bytes.
 */
import Papa from 'papaparse';
import { MeshError } from '#protocol/errors';
import { DATA_ROW_CHARS_MAX } from '#protocol/limits';
import { shownCell } from '../cells/cell.ts';
import { RowView } from './row-view.ts';
import { SpaceRuns } from './space-runs.ts';
import { joined, textPieces, type Encoding } from './text.ts';

export type Separator = ',' | ';' | '\t' | '|' | ' ';
/** Of equal scores the first wins, so runs of spaces come last. */
const SEPARATORS: readonly Separator[] = [',', ';', '\t', '|', ' '];
export const SEPARATOR_NAMES = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars', ' ': 'spaces' } as const;
/** Bytes that decide the separator and the form of the table. */
const PREVIEW_BYTES = 64 * 1024;
const FEW_ROWS = 20;
const [TAB, LINE_FEED, QUOTE, SPACE, HASH] = [9, 10, 34, 32, 35];
const SEPARATOR_LINE = /^[\ufeff"]{0,2}sep=([,;\t| ])"?[ \r]*$/i;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What is known of the file so far. */
export interface FileForm {
  readonly separator: Separator;
  readonly encoding: Encoding;
}

/** All rows of one piece of the file, comments and blank lines included, with cells as written. */
export interface RowBatch extends FileForm {
  /** Share of the file read up to its end, 0 to 1; and whether it is the last batch. */
  readonly share: number;
  readonly last: boolean;
  /** Number of its first row. */
  readonly first: number;
  /** Its first rows as strings. */
  preview(): string[][];
  /**
   * Passes each row to `look`, which must not keep the view: it is reused.
   * @param look gets the row's 1-based number in the file: comments, blank lines and the header count, as in a spreadsheet
   * @throws MeshError field-invalid for an unclosed quote
   */
  each(look: (row: RowView, number: number) => void): void;
}

export interface FileRow {
  /** 1-based number among all rows of the file. */
  readonly row: number;
  /** Trimmed. */
  readonly cells: string[];
}

/** Scores how well the first rows, comments and blank lines included, suit the reader if split by one candidate. */
export type Fits = (rows: readonly string[][], separator: Separator) => number;

/**
 * Every row of the file, batch by batch. Each batch must be read before the next one is requested.
 * @param fits the separator with the highest score wins
 * @throws MeshError file-too-large before anything is read, file-binary, field-invalid for a row that does not end
 */
export async function* rowBatches(source: Blob | string, fits: Fits): AsyncGenerator<RowBatch> {
  let splitter: Splitter | undefined;
  let window: Uint8Array = new Uint8Array(0);
  for await (const { bytes, last, share, encoding } of textPieces(source)) {
    window = joined(window, splitter?.plain(bytes) ?? bytes);
    if (splitter === undefined && !last && !window.includes(LINE_FEED) && window.length <= DATA_ROW_CHARS_MAX) {
      window = window.slice(); // the next piece overwrites it
      continue;
    }
    if (splitter === undefined) {
      splitter = new Splitter(saidSeparator(window) ?? bestSeparator(window, last, fits));
      window = splitter.plain(window);
    }
    const { separator, next: first } = splitter;
    const piece = window;
    const { each, rest } = splitter.batch(piece, last);
    yield { first, share, last, separator, encoding, preview: () => previewOf(piece, separator, !last), each };
    window = window.slice(Math.min(rest(), window.length));
    if (window.length > DATA_ROW_CHARS_MAX) {
      const expected = `a row of at most ${DATA_ROW_CHARS_MAX} characters`;
      throw new MeshError('field-invalid', { row: splitter.next, expected, got: 'a row that does not end, or an unclosed quote' });
    }
  }
}

/** Rows of a list about files, without blank lines and one-cell lines that begin with #. @throws as rowBatches */
export async function* readRows(source: Blob | string, fits: Fits): AsyncGenerator<FileRow> {
  for await (const batch of rowBatches(source, fits)) {
    const rows: FileRow[] = [];
    batch.each((view, row) => {
      if (!view.isBlank() && !(view.startsWith(HASH) && view.count === 1)) rows.push({ row, cells: view.cells() });
    });
    yield* rows;
  }
}

/** The first few rows that are not blank, trimmed: enough to decide the separator. */
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
  /** Number of the next row. */
  next = 1;
  readonly #view = new RowView();
  readonly #spaces: SpaceRuns | null;

  constructor(separator: Separator) {
    this.separator = separator;
    this.#spaces = separator === ' ' ? new SpaceRuns() : null;
  }

  /** The file's next text, with one character between cells. May overwrite `bytes`. */
  plain(bytes: Uint8Array): Uint8Array {
    return this.#spaces?.toTabs(bytes) ?? bytes;
  }

  /** @returns `rest`: where the unsplit part of the window begins, once `each` has run */
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
  /** Bytes of the incomplete row at the end. */
  readonly left: number;
  /** The last cell if its quote is never closed, else null. */
  readonly open: string | null;
}

/** The character between cells once runs of spaces are tabs. */
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

/** @param window has one character between cells @param cut whether its last row may be incomplete */
function previewOf(window: Uint8Array, separator: Separator, cut: boolean): string[][] {
  const start = window.subarray(0, Math.max(PREVIEW_BYTES, window.indexOf(LINE_FEED) + 1));
  return split(start, letterOf(separator), cut || start.length < window.length).rows;
}

/** The separator that a first line `sep=;` names. Blanks that line. */
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
    if (separator === ' ' && window.subarray(0, PREVIEW_BYTES).includes(TAB)) continue; // tabs separate, and spaces belong to cells
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
