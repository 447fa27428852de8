/**
 * A table of known form (table-form.ts) as its rows stream by: which line is a row of data, which is the heading, and which is only a
 * comment.
 */
import type { RowView } from './row-view.ts';
import { isBlank, type RowBatch } from './rows.ts';
import { isHashed, tableForm, type TableForm, type Wanted } from './table-form.ts';

const HASH = 35;

export class OpenedTable {
  /** Null where no row has two cells. */
  readonly form: TableForm | null;
  /** Number of the heading, or of the first row of data if there is none that is looked for. */
  readonly row: number;
  readonly #first: number;

  constructor(form: TableForm | null, first: number, row: number) {
    this.form = form;
    this.row = row;
    this.#first = first;
  }

  /** What a line that is not blank is, whatever its number of cells. */
  lineOf(view: RowView, row: number): 'row' | 'heading' | 'comment' {
    const { form } = this;
    if (form === null) return 'row';
    const at = row - this.#first;
    if (at < form.dataAt) return at >= form.headingAt && at < form.headingEnd ? 'heading' : 'comment';
    return view.startsWith(HASH) && form.isComment(view.cells()) ? 'comment' : 'row';
  }
}

/** @returns null for a batch of nothing but comments, which says nothing of the table */
export function openTable({ preview, first }: RowBatch, wanted: Wanted): OpenedTable | null {
  const rows = preview();
  const form = tableForm(rows, wanted);
  const said = rows.findIndex((cells) => !isBlank(cells) && !isHashed(cells));
  if (form === null) return said < 0 ? null : new OpenedTable(null, first, first + said);
  return new OpenedTable(form, first, first + (form.known ? form.headingAt : form.dataAt));
}
