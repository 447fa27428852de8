/**
 * What makes a record, a lock and a proposal's reason good: counting rules only. Signatures were verified by the shell.
 * Quorum arithmetic as in PBFT (Castro & Liskov 1999) with q = floor((n + f) / 2) + 1.
 */
import { bodyHash, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { quorumOf } from '../manifest.ts';
import type {
  AttestBody,
  CertifiedRecord,
  ChangeMessage,
  Contribution,
  Lock,
  RecordBody,
  UpdateBody,
  UpdateContribution,
  VoteBody,
} from './messages.ts';

/** What a core knows about its federation; fixed for one epoch. */
export interface RoundConfig {
  readonly fed: Hash;
  readonly epoch: number;
  readonly self: PeerId;
  readonly seats: readonly PeerId[];
  readonly f: number;
  readonly quorum: number;
  readonly minContributors: number;
  readonly maxContributors: number;
  /** T: no model comes after so many. */
  readonly modelsMax: number;
  readonly joinWindowMs: number;
  readonly deadlineMs: number;
  readonly takeoverMs: number;
  readonly tickMs: number;
  readonly kernel: string;
  /** What everybody starts from; null bytes once nothing is made from it any more. */
  /** Known to this peer alone, and another after every start: what it orders by this, nobody can choose a place in. */
  readonly salt: string;
  readonly initialState: { readonly hash: Hash; readonly bytes: Uint8Array | null };
  /** Null when the vector is one that an honest member could have made, else why not. */
  readonly checkVector: (vector: Uint8Array) => 'wrong-length' | 'out-of-bound' | null;
}

export function seatRules(seats: readonly PeerId[], f: number): { seats: readonly PeerId[]; f: number; quorum: number } {
  return { seats, f, quorum: quorumOf(seats.length, f) };
}

/** Seats take turns by round and, when one is silent, by view. */
export function leaderOf(config: RoundConfig, round: number, view: number): PeerId {
  return config.seats[(round + view) % config.seats.length]!;
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

/** Where an update stands in a record, from its signed body. */
export function contributionOf({ body, by, sig }: Signed<UpdateBody>): UpdateContribution {
  const { attempt, vector, ledger } = body;
  return { kind: 'update', member: by, attempt, vector, ledger, sig };
}

/** What the member of an update signed, whole. Whether it did is the shell's to verify. */
export function signedUpdate(record: RecordBody, { member, attempt, vector, ledger, sig }: UpdateContribution): Signed<UpdateBody> {
  const { fed, epoch, from } = record;
  return { body: { t: 'update', fed, epoch, attempt, state: from.state, stateRound: from.round, vector, ledger }, by: member, sig };
}

/** The members whose own signatures a record carries. */
export function updatesIn(record: RecordBody): UpdateContribution[] {
  return record.contributions.filter((c) => c.kind === 'update');
}

export const hasMember = (record: RecordBody, id: PeerId): boolean => updatesIn(record).some((c) => c.member === id);

/** Whether an update that a peer holds is the one that a contribution names: member, attempt, vector and ledger, all of them. */
export function isSameUpdate({ body, by }: Signed<UpdateBody>, c: Contribution): boolean {
  return c.kind === 'update' && by === c.member && body.attempt === c.attempt && body.vector === c.vector && body.ledger === c.ledger;
}

/** Names an update to peers that may hold another one by the same member, or the same vector by another: all that isSameUpdate compares. */
export function updateId({ body, by }: Signed<UpdateBody>): Hash {
  return bodyHash('update-of', { by, update: idOf(body) });
}

/** What a record must be by itself, whoever signed it. Group sums are not collected by this build: what cannot be judged is not taken. */
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

/** Whether a later record's count of models can follow from this one's: seats that forget some would go on beyond T. */
export function countsOn(before: RecordBody, { round, kind, models }: RecordBody): boolean {
  const [rounds, more] = [round - before.round, models - before.models];
  return rounds === 1 ? more === (kind === 'model' ? 1 : 0) : more >= (kind === 'model' ? 1 : 0) && more <= rounds;
}

/** A model needs the word of a contributor that recomputed it; a skip needs none. */
export function attested(record: RecordBody, attests: Iterable<Signed<AttestBody>>): boolean {
  if (record.kind === 'skip') return true;
  const id = idOf(record);
  for (const { by, body } of attests) {
    if (sameSlot(body, record) && body.record === id && hasMember(record, by)) return true;
  }
  return false;
}

function sameSlot(a: { fed: Hash; epoch: number; round: number }, b: { fed: Hash; epoch: number; round: number }): boolean {
  return a.fed === b.fed && a.epoch === b.epoch && a.round === b.round;
}

/** True if a quorum of distinct seats signed `t` for this record in one view. */
function hasQuorum(
  config: RoundConfig,
  votes: readonly Signed<VoteBody>[],
  t: 'prepare' | 'commit',
  record: RecordBody,
  id: Hash,
  view: number,
): boolean {
  const voters = new Set<PeerId>();
  for (const { by, body } of votes) {
    if (body.t === t && body.view === view && body.record === id && sameSlot(body, record) && config.seats.includes(by)) voters.add(by);
  }
  return voters.size >= config.quorum;
}

export function isCertified(config: RoundConfig, { record, commits, attests }: CertifiedRecord): boolean {
  if (record.fed !== config.fed || record.epoch !== config.epoch) return false;
  const id = idOf(record);
  if (record.round === 0) return id === idOf(recordZero(config).record);
  if (record.models > config.modelsMax) return false;
  if (!isWellFormed(record)) return false;
  const view = commits[0]?.body.view;
  return view !== undefined && hasQuorum(config, commits, 'commit', record, id, view) && attested(record, attests);
}

export function isLock(config: RoundConfig, lock: Lock): boolean {
  return (
    isWellFormed(lock.record) &&
    hasQuorum(config, lock.prepares, 'prepare', lock.record, idOf(lock.record), lock.view) &&
    attested(lock.record, lock.attests)
  );
}

/** A change message is whole: the lock that its signed body names is the one beside it, and it is good. */
export function isChange(config: RoundConfig, { signed, lock }: ChangeMessage): boolean {
  const { body } = signed;
  if (!config.seats.includes(signed.by)) return false;
  if (body.lock === null || lock === null) return body.lock === null && lock === null;
  return (
    lock.view === body.lock.view &&
    lock.view < body.view &&
    sameSlot(lock.record, body) &&
    idOf(lock.record) === body.lock.record &&
    isLock(config, lock)
  );
}

/**
 * What a quorum of changes allows a view's leader to propose.
 * @returns the record of the highest lock, 'free' when no seat holds one, or null when this is no quorum for that view
 */
export function allowedBy(config: RoundConfig, changes: readonly ChangeMessage[], round: number, view: number): RecordBody | 'free' | null {
  const seats = new Set<PeerId>();
  let highest: Lock | null = null;
  for (const change of changes) {
    const { body, by } = change.signed;
    if (body.fed !== config.fed || body.epoch !== config.epoch || body.round !== round || body.view !== view) return null;
    if (!isChange(config, change)) return null;
    seats.add(by);
    if (change.lock !== null && (highest === null || change.lock.view > highest.view)) highest = change.lock;
  }
  if (seats.size < config.quorum) return null;
  return highest?.record ?? 'free';
}
