/** What makes a record valid for any reader: counting rules only. The shell has verified signatures. */
import { isFinal, isSameSlot } from '../agreement/certificate.ts';
import { quorumOf } from '../agreement/quorum.ts';
import type { AgreementConfig } from '../agreement/state.ts';
import { bodyHash, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { AttestBody, CertifiedRecord, Contribution, RecordBody, UpdateBody, UpdateContribution } from './messages.ts';

/** What a core knows about its federation; fixed within an epoch. */
export interface RoundConfig extends AgreementConfig {
  readonly minContributors: number;
  readonly maxContributors: number;
  /** T: no model comes after so many. */
  readonly modelsMax: number;
  readonly joinWindowMs: number;
  readonly deadlineMs: number;
  readonly tickMs: number;
  readonly kernel: string;
  /** Known only to this peer, and new after every start: nobody can choose a position in an order derived from it. */
  readonly salt: string;
  /** The initial state; null bytes once nothing is made from it any more. */
  readonly initialState: { readonly hash: Hash; readonly bytes: Uint8Array | null };
  /** Null if an honest member could have made the vector, otherwise why not. */
  readonly checkVector: (vector: Uint8Array) => 'wrong-length' | 'out-of-bound' | null;
}

export function seatRules(seats: readonly PeerId[], f: number): { seats: readonly PeerId[]; f: number; quorum: number } {
  return { seats, f, quorum: quorumOf(seats.length, f) };
}

/** Record 0 is computed by everybody, not voted. */
export function recordZero(config: RoundConfig): CertifiedRecord {
  const record: RecordBody = {
    t: 'record',
    fed: config.fed,
    epoch: config.epoch,
    round: 0,
    kind: 'model',
    base: bodyHash('genesis', { fed: config.fed, epoch: config.epoch, seats: config.seats }),
    from: { state: config.initialState.hash, round: 0 },
    state: config.initialState.hash,
    stateRound: 0,
    models: 0,
    kernel: config.kernel,
    contributions: [],
  };
  return { record, commits: [], attests: [] };
}

/** An update's entry in a record, from its signed body. */
export function contributionOf({ body, by, sig }: Signed<UpdateBody>): UpdateContribution {
  const { attempt, vector, ledger } = body;
  return { kind: 'update', member: by, attempt, vector, ledger, sig };
}

/** The complete body that an update's member signed. The shell verifies the signature. */
export function signedUpdate(record: RecordBody, { member, attempt, vector, ledger, sig }: UpdateContribution): Signed<UpdateBody> {
  const { fed, epoch, from } = record;
  return { body: { t: 'update', fed, epoch, attempt, state: from.state, stateRound: from.round, vector, ledger }, by: member, sig };
}

/** The members whose own signatures a record carries. */
export function updatesIn(record: RecordBody): UpdateContribution[] {
  return record.contributions.filter((c) => c.kind === 'update');
}

export const membersOf = (record: RecordBody): PeerId[] => updatesIn(record).map((c) => c.member);

export const hasMember = (record: RecordBody, id: PeerId): boolean => membersOf(record).includes(id);

/** Whether an update that a peer holds is the one that a contribution names: member, attempt, vector and ledger, all of them. */
export function isSameUpdate({ body, by }: Signed<UpdateBody>, c: Contribution): boolean {
  return c.kind === 'update' && by === c.member && body.attempt === c.attempt && body.vector === c.vector && body.ledger === c.ledger;
}

/** Names an update to peers that may hold another one by the same member, or the same vector by another: all that isSameUpdate compares. */
export function updateId(signed: Signed<UpdateBody>): Hash {
  let id = updateIds.get(signed);
  if (id === undefined) updateIds.set(signed, (id = bodyHash('update-of', { by: signed.by, update: idOf(signed.body) })));
  return id;
}

/** Strangers ask for updates by made-up names: each is looked up among all that are held. */
const updateIds = new WeakMap<Signed<UpdateBody>, Hash>();

/** What a record must satisfy by itself, whoever signed it. This build does not collect group sums, and rejects what it cannot judge. */
export function isWellFormed({ kind, round, from, state, stateRound, models, contributions }: RecordBody): boolean {
  if (kind === 'skip') return state === from.state && stateRound === from.round && contributions.length === 0;
  if (stateRound !== round || from.round >= round || models < 1 || contributions.length === 0) return false;
  let before: PeerId | null = null;
  for (const c of contributions) {
    if (c.kind !== 'update' || c.attempt !== 0 || (before !== null && before >= c.member)) return false;
    before = c.member;
  }
  return true;
}

/** Whether a later record's count of models can follow from this one's: seats that forget some would continue beyond T. */
export function countsOn(before: RecordBody, { round, kind, models }: RecordBody): boolean {
  const [rounds, more] = [round - before.round, models - before.models];
  return rounds === 1 ? more === (kind === 'model' ? 1 : 0) : more >= (kind === 'model' ? 1 : 0) && more <= rounds;
}

/** A model needs the attestation of a contributor that recomputed it; a skip needs none. */
export function attested(record: RecordBody, attests: readonly Signed<AttestBody>[]): boolean {
  if (record.kind === 'skip') return true;
  const id = idOf(record);
  return attests.some(({ by, body }) => body.record === id && isSameSlot(body, record) && hasMember(record, by));
}

export function isCertified(config: RoundConfig, { record, commits, attests }: CertifiedRecord): boolean {
  const { fed, epoch, round } = record;
  if (fed !== config.fed || epoch !== config.epoch) return false;
  if (round === 0) return idOf(record) === idOf(recordZero(config).record);
  if (record.models > config.modelsMax) return false;
  return isWellFormed(record) && attested(record, attests) && isFinal(config, { fed, epoch, round }, idOf(record), commits);
}
