/** A table of known form (table-form.ts) as its rows stream by: tells data rows, heading lines and comments apart. */
import type { RowView } from './row-view.ts';
import { isBlank, type RowBatch } from './rows.ts';
import { isHashed, tableForm, type TableForm, type Wanted } from './table-form.ts';

const HASH = 35;

export class OpenedTable {
  /** Null if no row has two cells. */
  readonly form: TableForm | null;
  /** Number of the heading if it has the wanted names, else of the first data row. */
  readonly row: number;
  readonly #first: number;

  constructor(form: TableForm | null, first: number, row: number) {
    this.form = form;
    this.row = row;
    this.#first = first;
  }

  /** Classifies a line that is not blank, whatever its number of cells. */
  lineOf(view: RowView, row: number): 'row' | 'heading' | 'comment' {
    const { form } = this;
    if (form === null) return 'row';
    const at = row - this.#first;
    if (at < form.dataAt) return at >= form.headingAt && at < form.headingEnd ? 'heading' : 'comment';
    return view.startsWith(HASH) && form.isComment(view.cells()) ? 'comment' : 'row';
  }
}

/** @returns null for a batch of comments alone, which tell nothing about the table */
export function openTable({ preview, first }: RowBatch, wanted: Wanted): OpenedTable | null {
  const rows = preview();
  const form = tableForm(rows, wanted);
  const said = rows.findIndex((cells) => !isBlank(cells) && !isHashed(cells));
  if (form === null) return said < 0 ? null : new OpenedTable(null, first, first + said);
  return new OpenedTable(form, first, first + (form.known ? form.headingAt : form.dataAt));
}
