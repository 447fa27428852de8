/**
 * A file of separated values as a stream of rows, with a window of bounded size: text in pieces, one spelling of line ends,
 * the separator found by itself, quotes as RFC 4180 has them (papaparse does the splitting).
 * Knows nothing of manifests; refuses what is not text.
 */
import Papa from 'papaparse';
import { MeshError } from '#protocol/errors';
import { DATA_FILE_BYTES_MAX, DATA_ROW_CHARS_MAX } from '#protocol/limits';

const PIECE_BYTES = 256 * 1024;
const SEPARATORS = [',', ';', '\t', '|'];
/** Rows that the separator is judged by. */
const PREVIEW_ROWS = 20;
/** The share of unreadable characters above which a file is no text; a stray Latin-1 letter is forgiven. */
const UNREADABLE_SHARE_MAX = 0.05;

export interface FileRow {
  /** 1-based place among all rows of the file: comments, blank lines and the header count, so it is an editor's line number. */
  readonly row: number;
  /** Trimmed. */
  readonly cells: string[];
}

/**
 * Rows that hold data or a header: comments (`#` first) and blank lines are passed over.
 * @param fits how well a few rows split by one candidate suit the reader; the separator with the highest score wins
 * @throws MeshError file-too-large before anything is read, file-binary, field-invalid for a row without an end
 */
export async function* readRows(source: Blob | string, fits: (rows: readonly string[][]) => number): AsyncGenerator<FileRow> {
  let parser: { parse(text: string, ignoreLastRow: boolean): { rows: string[][]; taken: number } } | undefined;
  let window = '';
  let row = 0;
  for await (const { text, last } of textPieces(source)) {
    window += text;
    if (parser === undefined && !last && !window.includes('\n') && window.length <= DATA_ROW_CHARS_MAX) continue;
    parser ??= splitter(bestSeparator(window, fits));
    const { rows, taken } = parser.parse(window, !last);
    window = window.slice(taken);
    for (const raw of rows) {
      row++;
      if (isSkipped(raw)) continue;
      yield { row, cells: raw.map((cell) => cell.trim()) };
    }
    if (window.length > DATA_ROW_CHARS_MAX) {
      const expected = `a row of at most ${DATA_ROW_CHARS_MAX} characters`;
      throw new MeshError('field-invalid', { row: row + 1, expected, got: 'no end of the row' });
    }
  }
}

function isSkipped(cells: readonly string[]): boolean {
  return cells[0]!.trimStart().startsWith('#') || cells.every((cell) => cell.trim() === '');
}

function splitter(delimiter: string, preview = 0) {
  const parser = new Papa.Parser({ delimiter, newline: '\n', preview });
  return {
    parse(text: string, ignoreLastRow: boolean): { rows: string[][]; taken: number } {
      const { data, meta } = parser.parse(text, 0, ignoreLastRow) as { data: string[][]; meta: { cursor: number } };
      return { rows: data, taken: ignoreLastRow ? meta.cursor : text.length };
    },
  };
}

function bestSeparator(window: string, fits: (rows: readonly string[][]) => number): string {
  const start = window.slice(0, PIECE_BYTES);
  let best = { separator: ',', score: -Infinity };
  for (const separator of SEPARATORS) {
    const { rows } = splitter(separator).parse(start, start.length < window.length);
    const few = rows.filter((cells) => !isSkipped(cells)).slice(0, PREVIEW_ROWS);
    const score = fits(few.map((cells) => cells.map((cell) => cell.trim())));
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

/** Text with line ends as \n and without a byte order mark; `last` is set on the final piece, which may be empty. */
async function* textPieces(source: Blob | string): AsyncGenerator<{ text: string; last: boolean }> {
  const size = typeof source === 'string' ? source.length : source.size;
  if (size > DATA_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', { expected: `at most ${megabytes(DATA_FILE_BYTES_MAX)}`, got: megabytes(size) });
  }
  const check = textCheck();
  const decoder = new TextDecoder('utf-8');
  let heldReturn = false;
  for (let at = 0; at === 0 || at < size; at += PIECE_BYTES) {
    const last = at + PIECE_BYTES >= size;
    let text: string;
    if (typeof source === 'string') {
      text = source.slice(at, at + PIECE_BYTES);
      if (at === 0 && text.startsWith('\ufeff')) text = text.slice(1);
    } else {
      text = decoder.decode(await source.slice(at, at + PIECE_BYTES).arrayBuffer(), { stream: !last });
    }
    check(text, last);
    // A \r that ends a piece may belong to a \n that starts the next one.
    if (heldReturn) text = `\r${text}`;
    heldReturn = !last && text.endsWith('\r');
    if (heldReturn) text = text.slice(0, -1);
    yield { text: text.replace(/\r\n?/g, '\n'), last };
  }
}

function textCheck(): (text: string, last: boolean) => void {
  let letters = 0;
  let unreadable = 0;
  return (text, last) => {
    const refused = (got: string) => new MeshError('file-binary', { expected: 'UTF-8 text with separated values', got });
    if (text.includes('\0')) throw refused('binary data');
    letters += text.length;
    for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) unreadable++;
    if ((last || letters >= PIECE_BYTES / 2) && unreadable > letters * UNREADABLE_SHARE_MAX) {
      throw refused(`${unreadable} unreadable of ${letters} characters`);
    }
  };
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
