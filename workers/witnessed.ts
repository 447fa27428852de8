/**
 * What a federation's certified records say of this device. Absence is proven by a whole chain alone: each record certified by the seats'
 * quorum, each naming the one before it; a source that errs, stalls, leaves one out or ends early has shown nothing. Presence is proven
 * by this device's own signature alone: seats say what they decided, not what it did, and whoever founds a federation chooses its seats.
 * Not what follows from it (forgotten-rounds.ts).
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { idOf, verifySigned, type Signed } from '#protocol/identity';
import type { CertifiedRecord, UpdateBody } from '#protocol/round/messages';
import { isCertified, recordZero, signedUpdate, updatesIn, type RoundConfig } from '#protocol/round/records';
import { decodeMesh, encodeMesh } from '#protocol/wire';

/** A federation is as many pages of records long as its relay says; no device reads on for ever in one go. */
const PAGES_MAX = 2000;

/** Certified records of a federation from a round on, at most a page of them; not verified. */
export type RecordSource = (federation: Hash, fromRound: number) => Promise<readonly unknown[]>;

/** A record of the chain, up to which everything is known. */
export interface Place {
  readonly round: number;
  readonly id: Hash;
}

export const firstPlace = (config: RoundConfig): Place => ({ round: 0, id: idOf(recordZero(config).record) });

/**
 * Reads the chain on from a place, or from a round whose record must come first, as far as the source has it.
 * @param from a place, or a round from 1 on
 * @param reached told after each page, with this device's own updates in it
 * @throws MeshError not-found for a gap, conflict for a record of another chain, signature-invalid for one that is not certified; whatever
 * the source throws
 */
export async function readChain(
  config: RoundConfig,
  source: RecordSource,
  from: Place | number,
  reached: (place: Place, own: readonly Signed<UpdateBody>[]) => Promise<void>,
): Promise<void> {
  let place: Place | null = typeof from === 'number' ? null : from;
  let next = typeof from === 'number' ? from : from.round + 1;
  for (let page = 0; page < PAGES_MAX; page++) {
    const records = (await source(config.fed, next)).map(certifiedOf);
    const own: Signed<UpdateBody>[] = [];
    for (const { record } of records) {
      const expected = (field: string, what: string, got: string) => ({ field: `records.${field}`, expected: what, got });
      if (record.round !== next) throw new MeshError('not-found', expected('round', `record ${next}`, `record ${record.round}`));
      if (place !== null && record.base !== place.id) throw new MeshError('conflict', expected('base', place.id, record.base));
      place = { round: record.round, id: idOf(record) };
      next++;
    }
    const certified = await Promise.all(records.map((one) => isGenuine(config, one)));
    const at = certified.indexOf(false);
    if (at >= 0) throw new MeshError('signature-invalid', { field: `records.${records[at]!.record.round}`, expected: "the seats' quorum" });
    for (const one of records) own.push(...(await ownUpdate(one, config)));
    if (records.length === 0 || place === null) return;
    await reached(place, own);
  }
}

/** The update of this device that a record has, if it really signed it. */
export async function ownUpdate({ record }: CertifiedRecord, { self, fed }: RoundConfig): Promise<Signed<UpdateBody>[]> {
  const own = record.fed === fed ? updatesIn(record).find(({ member }) => member === self) : undefined;
  if (own === undefined) return [];
  const signed = signedUpdate(record, own);
  return (await verifySigned(signed)) ? [signed] : [];
}

/** Its votes are what counts for a chain; members' signatures in it are theirs, and only this device's own matters here. */
async function isGenuine(config: RoundConfig, certified: CertifiedRecord): Promise<boolean> {
  if (!isCertified(config, certified)) return false;
  const checked = await Promise.all([...certified.commits, ...certified.attests].map((signed) => verifySigned(signed)));
  return checked.every(Boolean);
}

/** @throws MeshError field-invalid for what has not the shape of a certified record */
function certifiedOf(input: unknown): CertifiedRecord {
  const message = decodeMesh(encodeMesh({ t: 'record', certified: input as CertifiedRecord }));
  return (message as Extract<typeof message, { t: 'record' }>).certified;
}
