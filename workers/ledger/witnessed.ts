/**
 * Reads a federation's certified records back, page by page, and finds what this device signed in them. protocol/round/chain.ts says what
 * they prove; rollback-check.ts acts on it.
 */
import type { Hash } from '#protocol/codec';
import { verifySigned, type Signed } from '#protocol/identity';
import { claimedOf, follow, uncertified, type Place } from '#protocol/round/chain';
import type { CertifiedRecord, UpdateBody } from '#protocol/round/messages';
import type { RoundConfig } from '#protocol/round/record';
import { decodeMesh, encodeMesh } from '#protocol/wire';

/** Only the relay says how many pages a federation's records fill, so this bounds one read. */
const PAGES_MAX = 2000;

/** Certified records of a federation from a round on, at most one page; not verified. */
export type RecordSource = (federation: Hash, fromRound: number) => Promise<readonly unknown[]>;

/**
 * Reads the chain from a place, or from a round whose record must come first, as far as the source goes.
 * @param from a place, or a round from 1 on
 * @param reached called after each page, with this device's own updates in it
 * @throws MeshError of `follow`; whatever the source throws
 */
export async function readChain(
  config: RoundConfig,
  source: RecordSource,
  from: Place | number,
  reached: (place: Place, own: readonly Signed<UpdateBody>[]) => Promise<void>,
): Promise<void> {
  let at: Place | number = from;
  for (let page = 0; page < PAGES_MAX; page++) {
    const records = (await source(config.fed, typeof at === 'number' ? at : at.round + 1)).map(certifiedOf);
    const place = follow(config, at, records);
    if (records.length === 0 || place === null) return;
    const genuine = await Promise.all(records.map(isGenuine));
    if (genuine.includes(false)) throw uncertified(records[genuine.indexOf(false)]!.record.round);
    const own = await Promise.all(records.map((one) => ownUpdate(one, config)));
    await reached(place, own.flat());
    at = place;
  }
}

/** This device's update in a record, if the device really signed it. */
export async function ownUpdate(certified: CertifiedRecord, config: RoundConfig): Promise<Signed<UpdateBody>[]> {
  const claimed = claimedOf(certified, config);
  return claimed !== null && (await verifySigned(claimed)) ? [claimed] : [];
}

/** For a chain only its votes count. Members' signatures in it do not matter here, except this device's own. */
async function isGenuine({ commits, attests }: CertifiedRecord): Promise<boolean> {
  const checked = await Promise.all([...commits, ...attests].map((signed) => verifySigned(signed)));
  return checked.every(Boolean);
}

/** @throws MeshError field-invalid if it does not have the shape of a certified record */
function certifiedOf(input: unknown): CertifiedRecord {
  const message = decodeMesh(encodeMesh({ t: 'record', certified: input as CertifiedRecord }));
  return (message as Extract<typeof message, { t: 'record' }>).certified;
}
