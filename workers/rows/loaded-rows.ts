/** What is known and kept of rows that were loaded; where they are kept is kept-rows.ts. */
import type { Hash } from '#protocol/codec';
import type { DataReport } from '../api.ts';
import type { KeyValueStore } from '../platform/key-value-store.ts';
import type { TrainingRows } from '../training-rows.ts';

/** What others than the trainer know of rows. */
export interface LoadedRows {
  readonly report: DataReport;
  /** Digest of all rows: what the budget's account was named by before each row had a name. */
  readonly digest: Hash;
}

export interface KeptRows extends LoadedRows {
  readonly rows: TrainingRows;
  /** Kept aside for the member's own check; never trained on. */
  readonly heldOut: TrainingRows;
}

export interface RowsStore extends KeyValueStore<KeptRows> {
  /** Deletes what is kept of every federation. */
  clear(): Promise<void>;
}
