/**
 * The sample of a founder: the first rows of a file as cells, with the names of its columns, as any member's file is read
 * (loader/table-form.ts). Not what the columns mean: that is infer.ts.
 */
import { MeshError } from '#protocol/errors';
import { COLUMN_NAME_CHARS_MAX, COLUMNS_MAX } from '#protocol/limits';
import { formFit } from '../loader/layout.ts';
import { openTable, type OpenedTable } from '../loader/opened-table.ts';
import { rowBatches, type Separator } from '../loader/rows.ts';
import { UNKNOWN } from '../loader/table-form.ts';

/** Rows that a schema is proposed from; more would say little more. */
export const SAMPLE_ROWS_MAX = 2000;

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
 * @throws MeshError file-binary and others of the reader; file-empty, rows-too-few, column-count
 */
export async function readSample(file: Blob & { readonly name?: string }, rowsMax: number = SAMPLE_ROWS_MAX): Promise<Sample> {
  const rows: (readonly string[])[] = [];
  let table: OpenedTable | null = null;
  let separator: Separator = ',';
  for await (const batch of rowBatches(file, (first, by) => formFit(first, by, UNKNOWN))) {
    ({ separator } = batch);
    table ??= openTable(batch, UNKNOWN);
    if (table !== null) checkWidth(table);
    const { width = 0, names = [], heading = null } = table?.form ?? {};
    batch.each((view, row) => {
      if (rows.length > rowsMax || view.isBlank() || table?.lineOf(view, row) !== 'row' || view.width(width) !== width) return;
      const cells = view.cells().slice(0, width);
      // Where files were joined, the second one's heading.
      if (heading === null || !cells.every((cell, i) => cell === names[i] || cell === heading[i])) rows.push(cells);
    });
    if (rows.length > rowsMax) break;
  }
  if (table === null) throw new MeshError('file-empty', { expected: 'rows of data' });
  const cut = rows.length > rowsMax;
  if (cut) rows.pop();
  if (rows.length < 2) throw new MeshError('rows-too-few', { expected: 'at least 2 rows of data', got: String(rows.length) });
  const { heading, names } = table.form!;
  return { name: plainName(file.name ?? ''), hasHeader: heading !== null, names, rows, cut, separator };
}

/** @throws MeshError column-count */
function checkWidth({ form, row }: OpenedTable): void {
  if (form === null)
    throw new MeshError('column-count', { row, expected: 'at least 2 columns: one to learn from, and the answer', got: '1' });
  if (form.width > COLUMNS_MAX)
    throw new MeshError('column-count', { row, expected: `at most ${COLUMNS_MAX} columns`, got: String(form.width) });
}

function plainName(file: string): string {
  return file.replace(/\.[a-z\d]{1,5}$/i, '').slice(0, COLUMN_NAME_CHARS_MAX);
}
