/** What every reader of files returns (table/, picture/, recording/), before source.ts sets some rows aside. */
import type { DataReport } from '../../api.ts';
import type { TrainingRows } from '../../training-rows.ts';

/** Rows as a reader gives them: all of them, before any is kept aside. */
export interface ReadRows {
  readonly rows: TrainingRows;
  readonly report: Omit<DataReport, 'rows' | 'heldOut' | 'units'>;
  /** Of each row, 8 bytes of what its file says, whatever of it the task reads; absent where there is no file. */
  readonly raw?: Uint8Array<ArrayBuffer>;
  /** The same of each of the files that rows were joined from; repeats a row's own where it has fewer. */
  readonly sources?: readonly Uint8Array[];
  /** Of each row, 16 bytes that name the group it belongs to; absent where the task's units are no groups of a column. */
  readonly group?: Uint8Array<ArrayBuffer>;
}
