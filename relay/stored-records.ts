/**
 * How a relay reads its own records, for figures about its federations. It recognises a damaged record, so that one federation does not
 * affect the others. Devices check records themselves, and more strictly.
 */
import { decode } from '#protocol/codec';
import type { CertifiedRecord, RecordBody } from '#protocol/round/messages';
import { membersOf } from '#protocol/round/record';
import type { PeerId } from '#protocol/identity';
import type { StoredRecord } from './store/store.ts';

/** Advice for the log, beside a damaged record. */
export const damagedRemedy = (fed: string) => `put relay.db back from a backup, or npm run admin -- remove ${fed}`;

/** @returns null for a damaged record */
export function modelsIn(stored: StoredRecord): number | null {
  return read(stored, ({ models }) => (Number.isSafeInteger(models) ? models : null));
}

/** Members whose updates it counts. @returns null for a damaged record */
export function membersIn(stored: StoredRecord): readonly PeerId[] | null {
  return read(stored, (record) => membersOf(record));
}

function read<T>({ bytes }: StoredRecord, of: (record: RecordBody) => T): T | null {
  try {
    return of((decode(bytes) as CertifiedRecord).record);
  } catch {
    return null;
  }
}
