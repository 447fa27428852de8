/** What every reader of files returns (table/, picture/, recording/), before source.ts sets some rows aside. */
import type { DataReport } from '../../api.ts';
import type { TrainingRows } from '../../training-rows.ts';
import type { StoredRows } from './stored-rows.ts';

export interface ReadRows {
  readonly rows: TrainingRows;
  readonly report: Omit<DataReport, 'rows' | 'heldOut' | 'units'>;
  /** Per row an 8-byte hash of everything its file says, read by the task or not; absent if there is no file. */
  readonly raw?: Uint8Array<ArrayBuffer>;
  /** The same for each file that rows were joined from; repeats a row's own hash if it has fewer files. */
  readonly sources?: readonly Uint8Array[];
  /** Per row 16 bytes that name its group; absent unless the task's units are groups by a column. */
  readonly group?: Uint8Array<ArrayBuffer>;
}

/** The same, with rows that are not a tensor yet. */
export type ReadStored = Omit<ReadRows, 'rows'> & { readonly rows: StoredRows };
