/**
 * A founder's sample: rows drawn from the whole file as cells, and statistics of each column over all of it, read in one pass and in the
 * same way as a member's file (loader/lines/table-form.ts). infer.ts interprets the columns.
 */
import { MeshError } from '#protocol/errors';
import { COLUMN_NAME_CHARS_MAX, COLUMNS_MAX } from '#protocol/limits';
import { formFit } from '../loader/lines/layout.ts';
import { telling, type Listener } from '../listener.ts';
import { openTable, type OpenedTable } from '../loader/lines/opened-table.ts';
import { RowView } from '../loader/lines/row-view.ts';
import { rowBatches, type Separator } from '../loader/lines/rows.ts';
import { spread } from '../loader/lines/seen-rows.ts';
import { UNKNOWN, type TableForm } from '../loader/lines/table-form.ts';
import { ValueCounts } from './value-counts.ts';

/** Rows that a schema is proposed from; more would add little. */
const SAMPLE_ROWS_MAX = 2000;
/** The same file gives the same sample. */
const SEED = 0x5eed;

export interface FirstRows {
  readonly name: string;
  readonly hasHeader: boolean;
  /** One per column; made up if the file has none. */
  readonly names: readonly string[];
  /** Rows of `names.length` trimmed cells each. */
  readonly rows: readonly (readonly string[])[];
  /** Whether the file has more rows. */
  readonly cut: boolean;
  readonly separator: Separator;
}

export interface Sample extends FirstRows {
  /** Position of each row in the file, from 0, ascending. */
  readonly places: readonly number[];
  /** Rows of the file. */
  readonly total: number;
  /** Per column, from all rows: its values and how often they occur, or null if there are many; and its missing cells. */
  readonly counted: readonly { readonly values: ReadonlyMap<string, number> | null; readonly gaps: number }[];
}

/**
 * A uniform sample of the whole file (Vitter's algorithm R, seeded), because files are often sorted.
 * @throws MeshError file-binary and others of the reader; file-empty, rows-too-few, column-count; stale once it is stopped
 */
export async function readSample(file: NamedBlob, listener: Listener = {}): Promise<Sample> {
  const kept: { at: number; cells: readonly string[] }[] = [];
  let counts: readonly ValueCounts[] = [];
  const tell = telling(listener);
  let total = 0;
  let last: TableBatch | undefined;
  for await (const batch of tableBatches(file)) {
    last = batch;
    const { width } = batch.form;
    if (total === 0) counts = Array.from({ length: width }, () => new ValueCounts());
    batch.each((view) => {
      for (let i = 0; i < width; i++) counts[i]!.add(view, i);
      const place = total < SAMPLE_ROWS_MAX ? total : Math.floor((spread(total, SEED) / 2 ** 32) * (total + 1));
      if (place < SAMPLE_ROWS_MAX) kept[place] = { at: total, cells: cellsOf(view, width) };
      total++;
    });
    tell(batch.share);
  }
  const rows = kept.toSorted((a, b) => a.at - b.at);
  return {
    ...described(
      file,
      last!.form,
      last!.separator,
      rows.map(({ cells }) => cells),
    ),
    cut: total > rows.length,
    places: rows.map(({ at }) => at),
    total,
    counted: counts.map((column) => ({ values: column.values(), gaps: column.gaps() })),
  };
}

/** The first rows of a file, for uses where rows must be consecutive. @throws as readSample */
export async function readFirstRows(file: NamedBlob, rowsMax: number): Promise<FirstRows> {
  const rows: (readonly string[])[] = [];
  for await (const batch of tableBatches(file)) {
    const { form, separator } = batch;
    batch.each((view) => {
      if (rows.length <= rowsMax) rows.push(cellsOf(view, form.width));
    });
    if (rows.length > rowsMax) return { ...described(file, form, separator, rows.slice(0, rowsMax)), cut: true };
    if (batch.last) return { ...described(file, form, separator, rows), cut: false };
  }
  throw new MeshError('file-empty', { expected: 'rows of data' });
}

type NamedBlob = Blob & { readonly name?: string };

interface TableBatch {
  readonly form: TableForm;
  readonly separator: Separator;
  /** Part of the file read so far. */
  readonly share: number;
  readonly last: boolean;
  /** Calls for each row of data, reusing the view. */
  each(look: (row: RowView) => void): void;
}

/** @throws MeshError file-empty, column-count; what the reader throws */
async function* tableBatches(file: NamedBlob): AsyncGenerator<TableBatch> {
  let table: OpenedTable | null = null;
  let isHeading: ((view: RowView) => boolean) | undefined;
  for await (const batch of rowBatches(file, (first, by) => formFit(first, by, UNKNOWN))) {
    table ??= openTable(batch, UNKNOWN);
    const form = table === null ? null : formOf(table);
    if (table === null || form === null) {
      batch.each(() => {});
      continue;
    }
    isHeading ??= headingAgain(form);
    const again = isHeading;
    const each: TableBatch['each'] = (look) =>
      batch.each((view, row) => {
        if (view.isBlank() || table!.lineOf(view, row) !== 'row' || view.width(form.width) !== form.width) return;
        if (!again(view)) look(view);
      });
    yield { form, separator: batch.separator, share: batch.share, last: batch.last, each };
  }
  if (table === null) throw new MeshError('file-empty', { expected: 'rows of data' });
}

/** @throws MeshError column-count */
function formOf({ form, row }: OpenedTable): TableForm {
  if (form === null) {
    throw new MeshError('column-count', { row, expected: 'at least 2 columns: one to learn from, and the answer', got: '1' });
  }
  if (form.width > COLUMNS_MAX)
    throw new MeshError('column-count', { row, expected: `at most ${COLUMNS_MAX} columns`, got: String(form.width) });
  return form;
}

/** Recognises the repeated heading where files were joined, by the hash of its first cell, which nearly no row has. */
function headingAgain({ heading, width }: TableForm): (view: RowView) => boolean {
  if (heading === null) return () => false;
  const written = new RowView();
  written.set(heading.slice(0, 1));
  const [low, high] = [written.lows[0], written.highs[0]];
  return (view) => view.lows[0] === low && view.highs[0] === high && cellsOf(view, width).every((cell, i) => cell === heading[i]);
}

const cellsOf = (view: RowView, width: number): readonly string[] => view.cells().slice(0, width);

/** @throws MeshError rows-too-few */
function described(file: NamedBlob, { heading, names }: TableForm, separator: Separator, rows: FirstRows['rows']): Omit<FirstRows, 'cut'> {
  if (rows.length < 2) throw new MeshError('rows-too-few', { expected: 'at least 2 rows of data', got: String(rows.length) });
  const name = (file.name ?? '').replace(/\.[a-z\d]{1,5}$/i, '').slice(0, COLUMN_NAME_CHARS_MAX);
  return { name, hasHeader: heading !== null, names, rows, separator };
}
