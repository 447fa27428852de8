/**
 * Finds updates of this device's own key that a federation's certified records have and the ledger does not know. Then the ledger is older than
 * what others have seen: a profile that was restored from a copy, or one that is used in two places. What was found is counted, for
 * every account, before anything else is paid for. A ledger that is too old in rounds that no record has cannot be told from a good one.
 */
import type { Hash } from '#protocol/codec';
import { verifySigned, type Signed } from '#protocol/identity';
import { updateLength, type Manifest } from '#protocol/manifest';
import { isPaidFor, witness, type Ledger } from '#protocol/privacy/budget';
import type { CertifiedRecord, UpdateBody } from '#protocol/round/messages';
import { signedUpdate, updatesIn, type RoundConfig } from '#protocol/round/records';
import { decodeMesh, encodeMesh } from '#protocol/wire';
import type { LedgerBook } from './ledger-book.ts';

/** A federation is as many pages of records long as its relay says; no device reads on for ever. */
const PAGES_MAX = 2000;

/** Certified records of a federation from a round on, at most a page of them; not verified. */
export type RecordSource = (federation: Hash, fromRound: number) => Promise<readonly unknown[]>;

export interface Witnessed {
  readonly book: LedgerBook;
  readonly manifest: Manifest;
  /** Of the federation's rounds; `self` is this device's key there. */
  readonly config: RoundConfig;
}

/** The round after which the ledger knows of no payment in this federation. */
export function knownUpTo(ledger: Ledger, fed: Hash): number {
  return ledger.records.reduce((round, r) => (r.kind === 'reserve' && r.fed === fed ? Math.max(round, r.stateRound) : round), 0);
}

/** @returns how many updates were found and counted. @throws whatever the source does; what was found before is counted */
export async function countAllWitnessed(deps: Witnessed, source: RecordSource, fromRound: number): Promise<number> {
  let [from, found] = [fromRound, 0];
  for (let page = 0; page < PAGES_MAX; page++) {
    const records = (await source(deps.manifest.id, from)).map(certifiedOf);
    const last = records.at(-1)?.record.round;
    if (last === undefined || last < from) break;
    found += await countWitnessed(deps, records);
    from = last + 1;
  }
  return found;
}

/** The same for records at hand. */
export async function countWitnessed(deps: Witnessed, records: readonly CertifiedRecord[]): Promise<number> {
  const { book, manifest, config } = deps;
  const unknown: Hash[] = [];
  for (const certified of records) {
    const own = ownUpdate(certified, config);
    // Only what would be counted is worth checking a signature for.
    if (own !== null && !isPaidFor(book.ledger, own.body.vector) && (await verifySigned(own))) unknown.push(own.body.vector);
  }
  const { rate, sigma, gridBits } = manifest.body.privacy;
  const mechanism = { rate, sigma, gridBits, coordinates: updateLength(manifest.body) };
  let found = 0;
  for (;;) {
    const written = await book.append((ledger) => witness(ledger, manifest.id, mechanism, unknown));
    if (written === null) return found;
    found += written.updates.length;
  }
}

/**
 * What this device signed, if it did: nobody's word makes it pay but its own. A quorum of seats proves what seats say, and whoever founds a
 * federation chooses its seats.
 */
function ownUpdate({ record }: CertifiedRecord, { self, fed }: RoundConfig): Signed<UpdateBody> | null {
  const own = record.fed === fed ? updatesIn(record).find(({ member }) => member === self) : undefined;
  return own === undefined ? null : signedUpdate(record, own);
}

/** @throws MeshError field-invalid for what has not the shape of a certified record */
function certifiedOf(input: unknown): CertifiedRecord {
  const message = decodeMesh(encodeMesh({ t: 'record', certified: input as CertifiedRecord }));
  return (message as Extract<typeof message, { t: 'record' }>).certified;
}
