/**
 * A person's file to the tensors of one federation, and a report of what was read in plain facts. Nothing of it leaves the device.
 * One bad row is left out and named; a file that is mostly bad is refused with its first problem.
 * Not the encoding itself (encode.ts), nor the splitting of text (rows.ts).
 */
import { MeshError } from '#protocol/errors';
import { TABLE_BYTES_MAX } from '#protocol/limits';
import type { TableTask } from '#protocol/task';
import type { Finding, Problem } from '../api.ts';
import { isProblem, rowEncoder, type RowEncoder } from './encode.ts';
import { readRows } from './rows.ts';
import type { ReadRows } from './source.ts';

const SKIPPED_SHOWN = 20;

/** Where each column of the manifest lies in a row of the file; the label is the last entry. */
interface Layout {
  readonly hasHeader: boolean;
  readonly places: readonly number[];
  /** Cells that a row must have; null: at least the highest place. */
  readonly exact: number | null;
  /** Columns of the file. */
  readonly columns: number;
}

/**
 * @param rowsMax the manifest's bound of a member's rows
 * @param about what the report calls the file, and whether it is the sample that ships with the page
 * @throws MeshError file-too-large, file-binary, file-empty, column-missing, column-count, rows-too-few, rows-too-many,
 * one-class, or the first row's problem (value-type, label-unknown, column-count) when most rows fail
 */
export async function loadTable(
  source: Blob | string,
  task: TableTask,
  rowsMax: number,
  about: { readonly name?: string; readonly synthetic?: boolean } = {},
): Promise<ReadRows> {
  const encoder = rowEncoder(task);
  const table = new GrowingTable(encoder, rowsMax);
  let layout: Layout | undefined;
  for await (const { row, cells } of readRows(source, (rows) => fitOf(rows, task))) {
    if (layout === undefined) {
      layout = layoutOf(cells, task, row);
      if (layout.hasHeader) continue;
    }
    table.add(row, cells, layout);
  }
  if (layout === undefined) throw new MeshError('file-empty', { expected: 'rows of data' });
  table.check(task);
  const { x, y } = table.tensors();
  const classCounts = task.label.classes.map(() => 0);
  for (const label of y) classCounts[label]!++;
  const report: ReadRows['report'] = {
    name: about.name ?? (source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : 'table'),
    columns: layout.columns,
    classCounts,
    hasHeader: layout.hasHeader,
    findings: table.findings(),
    synthetic: about.synthetic ?? false,
  };
  return { rows: { x, y }, report };
}

/** Names as people compare them. */
function plain(name: string): string {
  return name.trim().toLowerCase();
}

/** A row is a header when it names the label, or at least half of the columns (then the label is what is missing). */
function isHeader(cells: readonly string[], task: TableTask): boolean {
  const names = new Set(cells.map(plain));
  if (names.has(plain(task.label.name))) return true;
  const named = task.columns.filter((column) => names.has(plain(column.name))).length;
  return named > 0 && named * 2 >= task.columns.length;
}

/** Judges a separator: a header beats everything, then rows of the right length, then the longest rows. */
function fitOf(rows: readonly string[][], task: TableTask): number {
  const wanted = task.columns.length + 1;
  const longest = rows.reduce((max, cells) => Math.max(max, cells.length), 0);
  const right = rows.filter((cells) => withoutTail(cells, wanted) === wanted).length;
  const header = rows[0] !== undefined && isHeader(rows[0], task) && rows[0].length > 1;
  return (header ? 1e6 : 0) + right * 1e4 + Math.min(longest, 9999);
}

/** Number of cells, without the empty one that a separator at the end of the line makes. */
function withoutTail(cells: readonly string[], wanted: number): number {
  return cells.length === wanted + 1 && cells[wanted] === '' ? wanted : cells.length;
}

function layoutOf(cells: readonly string[], task: TableTask, row: number): Layout {
  const wanted = [...task.columns.map((column) => column.name), task.label.name];
  const labelAt = task.label.place ?? task.columns.length;
  if (!isHeader(cells, task)) {
    const found = withoutTail(cells, wanted.length);
    if (found !== wanted.length) {
      const expected = `${wanted.length} columns, or a header that names '${task.label.name}'`;
      throw new MeshError('column-count', { row, expected, got: String(found) });
    }
    return {
      hasHeader: false,
      places: [...task.columns.map((_, i) => (i < labelAt ? i : i + 1)), labelAt],
      exact: wanted.length,
      columns: found,
    };
  }
  const names = cells.map(plain);
  const places = wanted.map((name, i) => {
    const place = names.indexOf(plain(name));
    if (place < 0 && task.columns[i]?.kind === 'ignored') return cells.length; // an empty cell that nobody reads
    if (place < 0) throw new MeshError('column-missing', { row, field: name, expected: `a column '${name}'`, got: 'a header without it' });
    return place;
  });
  return { hasHeader: true, places, exact: null, columns: cells.length };
}

/** Encoded rows so far: tensors that grow by doubling, and what was left out. */
class GrowingTable {
  readonly skipped: { row: number; problem: Problem }[] = [];
  skippedCount = 0;
  clamped = 0;
  readonly #encoder: RowEncoder;
  readonly #rowsMax: number;
  /** Good rows, those past `rowsMax` (only counted) included. */
  #count = 0;
  #x: Float32Array<ArrayBuffer>;
  #y: Int32Array<ArrayBuffer>;

  constructor(encoder: RowEncoder, rowsMax: number) {
    this.#encoder = encoder;
    this.#rowsMax = Math.min(rowsMax, Math.floor(TABLE_BYTES_MAX / 4 / encoder.width));
    this.#y = new Int32Array(Math.min(64, this.#rowsMax));
    this.#x = new Float32Array(this.#y.length * encoder.width);
  }

  add(row: number, cells: readonly string[], layout: Layout): void {
    if (this.#count >= this.#rowsMax) {
      this.#count++;
      return;
    }
    const result = this.#encodeAt(cells, layout);
    if (isProblem(result)) {
      this.skippedCount++;
      if (this.skipped.length === SKIPPED_SHOWN) return;
      this.skipped.push({ row, problem: { code: result.code, detail: { ...result.detail, row } } });
      return;
    }
    this.clamped += result.clamped;
    this.#y[this.#count++] = result.label;
  }

  #encodeAt(cells: readonly string[], layout: Layout): ReturnType<RowEncoder['encode']> {
    const needed = layout.exact ?? Math.max(...layout.places.filter((place) => place < layout.columns)) + 1;
    const found = layout.exact === null ? cells.length : withoutTail(cells, layout.exact);
    if (layout.exact === null ? found < needed : found !== needed) {
      const expected = `${layout.exact === null ? 'at least ' : ''}${needed} columns`;
      return { code: 'column-count', detail: { expected, got: String(found) } };
    }
    this.#reserve();
    return this.#encoder.encode(
      layout.places.map((place) => cells[place] ?? ''),
      this.#x,
      this.#count * this.#encoder.width,
    );
  }

  #reserve(): void {
    if (this.#count < this.#y.length) return; // add() has seen to it that rowsMax leaves room
    const rows = Math.min(this.#rowsMax, this.#y.length * 2);
    const x = new Float32Array(rows * this.#encoder.width);
    const y = new Int32Array(rows);
    x.set(this.#x);
    y.set(this.#y);
    this.#x = x;
    this.#y = y;
  }

  findings(): Finding[] {
    const found = this.skipped.map(({ row, problem: { code, detail } }): Finding => {
      const known = code === 'label-unknown' || code === 'column-count' ? code : 'value-type';
      const { field, expected, got } = detail;
      const where = { column: field ?? null, expected: expected ?? null, got: got ?? null };
      return { code: known, action: 'left-out', count: 1, rows: [row], readAs: null, ...where };
    });
    const clamped = { code: 'clamped', action: 'read-as', column: null, rows: [], expected: null, got: null, readAs: null } as const;
    return this.clamped > 0 ? [...found, { ...clamped, count: this.clamped }] : found;
  }

  /** @throws MeshError when the rows read so far are no usable data set */
  check(task: TableTask): void {
    const first = this.skipped[0]?.problem;
    if (first !== undefined && this.skippedCount > this.#count) throw new MeshError(first.code, first.detail);
    if (this.#count > this.#rowsMax) {
      throw new MeshError('rows-too-many', { expected: `at most ${this.#rowsMax} rows`, got: String(this.#count + this.skippedCount) });
    }
    if (this.#count === 0) throw new MeshError('rows-too-few', { expected: 'at least one row of data', got: '0' });
    const labels = new Set(this.#y.subarray(0, this.#count));
    if (labels.size === 1) {
      const only = task.label.classes[this.#y[0]!]!;
      throw new MeshError('one-class', { field: task.label.name, expected: 'rows of at least two classes', got: `only '${only}'` });
    }
  }

  tensors(): { x: Float32Array<ArrayBuffer>; y: Int32Array<ArrayBuffer> } {
    const x = this.#x.slice(0, this.#count * this.#encoder.width);
    const y = this.#y.slice(0, this.#count);
    return { x, y };
  }
}
