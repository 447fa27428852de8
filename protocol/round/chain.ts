/**
 * What a federation's certified records prove to a device that reads them back: absence by a complete chain, presence by the device's own
 * signature. It checks only counts and order: the reader verifies signatures, and workers/ledger/witnessed.ts fetches pages.
 */
import type { Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { idOf, type Signed } from '../identity.ts';
import type { CertifiedRecord, UpdateBody } from './messages.ts';
import { isCertified, recordZero, signedUpdate, updatesIn, type RoundConfig } from './record.ts';

/** The record of the chain up to which everything is known. */
export interface Place {
  readonly round: number;
  readonly id: Hash;
}

export const firstPlace = (config: RoundConfig): Place => ({ round: 0, id: idOf(recordZero(config).record) });

/**
 * Continues over the next records, each of which must be certified and name its predecessor.
 * @param from a place, or the round whose record must come first
 * @returns null for no records after a round
 * @throws MeshError not-found for a gap, conflict for another chain, signature-invalid for a record without its seats' quorum
 */
export function follow(config: RoundConfig, from: Place | number, records: readonly CertifiedRecord[]): Place | null {
  let place = typeof from === 'number' ? null : from;
  let next = typeof from === 'number' ? from : from.round + 1;
  for (const certified of records) {
    const { record } = certified;
    if (record.round !== next) {
      throw new MeshError('not-found', { field: 'records.round', expected: `record ${next}`, got: `record ${record.round}` });
    }
    if (place !== null && record.base !== place.id) {
      throw new MeshError('conflict', { field: 'records.base', expected: place.id, got: record.base });
    }
    if (!isCertified(config, certified)) throw uncertified(record.round);
    place = { round: record.round, id: idOf(record) };
    next++;
  }
  return place;
}

export function uncertified(round: number): MeshError {
  return new MeshError('signature-invalid', { field: `records.${round}`, expected: "the seats' quorum" });
}

/** Whether everything is known up to the head: nothing found later can lie before it. */
export function reaches(place: Place | null, head: Place): boolean {
  return place !== null && (place.round > head.round || place.id === head.id);
}

/** What a record claims this device signed; only its own key can verify that, whatever the seats certified. */
export function claimedOf({ record }: CertifiedRecord, { self, fed }: RoundConfig): Signed<UpdateBody> | null {
  const own = record.fed === fed ? updatesIn(record).find(({ member }) => member === self) : undefined;
  return own === undefined ? null : signedUpdate(record, own);
}
