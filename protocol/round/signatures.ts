/** Helps the shell around the core: whether a message may matter, which signatures to verify first, and signing a draft. */
import { leaderOf } from '../agreement/state.ts';
import { hashBytes } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { Draft } from './effects.ts';
import { collect } from './collect/chosen.ts';
import type { AttestBody, DoneBody, JoinBody, Lock, RecordBody, RoundMessage, SignedBody } from './messages.ts';
import { hasMember, isWellFormed, membersOf, signedUpdate, updatesIn, type RoundConfig } from './record.ts';
import { isKnown, isLate } from './standing.ts';
import type { RoundState } from './state.ts';

export type AnySigned = Signed<SignedBody>;

export function signaturesIn(message: RoundMessage): AnySigned[] {
  switch (message.t) {
    case 'join':
    case 'open':
    case 'update':
    case 'attest':
    case 'done':
      return [message.signed];
    case 'vote':
      return [message.signed, ...message.attests];
    case 'change':
      return [message.signed, ...inLock(message.lock), ...ofMembers(message.lock === null ? [] : [message.lock.record])];
    case 'propose': {
      const locks = message.changes.flatMap((c) => c.lock ?? []);
      const records = [message.record, ...locks.map((lock) => lock.record)];
      return [message.signed, ...message.changes.map((c) => c.signed), ...locks.flatMap(inLock), ...ofMembers(records)];
    }
    case 'record':
      return [...message.certified.commits, ...message.certified.attests, ...ofMembers([message.certified.record])];
    default:
      return [];
  }
}

function inLock(lock: Lock | null): AnySigned[] {
  return lock === null ? [] : [...lock.prepares, ...lock.attests];
}

/** The members' own signatures in these records; a record that comes with several locks is checked once. */
function ofMembers(records: readonly RecordBody[]): AnySigned[] {
  const distinct = new Map(records.map((record) => [idOf(record), record]));
  return [...distinct.values()].flatMap((record) => updatesIn(record).map((c) => signedUpdate(record, c)));
}

/** True if the blob beside a signed body is the one it names. */
export function blobsMatch(message: RoundMessage): boolean {
  if (message.t === 'update') return hashBytes(message.vector) === message.signed.body.vector;
  if (message.t === 'state') return hashBytes(message.bytes) === message.hash;
  return true;
}

/** The body that a draft wants signed, or null. */
export function bodyOf(draft: Draft): SignedBody | null {
  return draft.t === 'plain' ? null : draft.body;
}

/** The message of a draft with this peer's signature in place. */
export function completeDraft(draft: Draft, signed: Signed<never> | null): RoundMessage {
  if (draft.t === 'plain') return draft.message;
  const { body: _, ...rest } = draft;
  return { ...rest, signed } as unknown as RoundMessage;
}

const isSubset = (signed: readonly AnySigned[], allowed: readonly PeerId[]): boolean =>
  new Set(signed.map((s) => s.by)).size === signed.length && signed.every((s) => allowed.includes(s.by));

function lockRelevant({ seats }: RoundConfig, lock: Lock | null): boolean {
  return lock === null || (isWellFormed(lock.record) && isSubset(lock.prepares, seats) && isSubset(lock.attests, membersOf(lock.record)));
}

/** Peers whose messages are worth checking before those of strangers: seats, and members that were asked for updates or gave some. */
export function hasStanding(s: RoundState, id: PeerId): boolean {
  return s.config.seats.includes(id) || s.collect.called.has(id) || isKnown(s, id);
}

function recordsIn(message: RoundMessage): RecordBody[] {
  switch (message.t) {
    case 'propose':
      return [message.record];
    case 'change':
      return message.lock === null ? [] : [message.lock.record];
    case 'record':
      return [message.certified.record];
    default:
      return [];
  }
}

/** What a seat answers to an irrelevant message without verifying it; null for what is common among honest peers. */
export function refusalTo(s: RoundState, message: RoundMessage): MeshError | null {
  const own = recordsIn(message).filter(({ fed }) => fed === s.config.fed);
  const other = own.flatMap(({ contributions }) => contributions).find(({ kind }) => kind !== collect.kind);
  // What cannot be judged is rejected, and the sender is told why.
  if (other !== undefined) return new MeshError('field-invalid', { field: 'contributions.kind', expected: collect.kind, got: other.kind });
  if (message.t !== 'update' || message.signed.body.fed !== s.config.fed) return null;
  const refusal = collect.refusalOf(s, message);
  return refusal === null || refusal.isQuiet ? null : new MeshError(refusal.code, { field: refusal.field });
}

/**
 * Messages that are known already or useless to this peer are recognised before they cost a check. Messages of other slots serve catching
 * up.
 */
function isNews(s: RoundState, { body, by }: Signed<JoinBody | AttestBody | DoneBody>): boolean {
  const { slot, head } = s;
  if (body.t === 'done') return s.isSeat && body.stateRound === head.record.stateRound && !s.standing.done.has(by);
  if (body.round !== slot.round) return true;
  if (body.t === 'join') return s.isSeat && body.state === head.record.state && !slot.joins.has(by);
  const record = s.agreement.values.get(body.record);
  return record !== undefined && hasMember(record, by) && slot.attests.get(body.record)?.has(by) !== true;
}

/**
 * True if a message may matter here at all. Called before any signature is checked, so that a stranger's pages of valid signatures from
 * non-seats cost nothing; the core checks all of this again.
 */
export function isRelevant(s: RoundState, message: RoundMessage): boolean {
  const { config } = s;
  const { seats, fed } = config;
  switch (message.t) {
    case 'record': {
      const { record, commits, attests } = message.certified;
      return record.fed === fed && isWellFormed(record) && isSubset(commits, seats) && isSubset(attests, membersOf(record));
    }
    case 'state':
      return message.fed === fed && s.stateBytes === null && message.hash === s.head.record.state;
    case 'propose': {
      const { body, by } = message.signed;
      if (body.fed !== fed || by !== leaderOf(config, body.round, body.view) || !isWellFormed(message.record)) return false;
      return (
        isSubset(
          message.changes.map((c) => c.signed),
          seats,
        ) && message.changes.every((c) => lockRelevant(config, c.lock))
      );
    }
    case 'change':
      return message.signed.body.fed === fed && seats.includes(message.signed.by) && lockRelevant(config, message.lock);
    case 'vote':
      return message.signed.body.fed === fed && seats.includes(message.signed.by);
    case 'open':
      return message.signed.body.fed === fed && message.signed.by === leaderOf(config, message.signed.body.round, message.signed.body.view);
    case 'update':
      return message.signed.body.fed === fed && (collect.refusalOf(s, message) === null || isLate(s, message.signed));
    case 'join':
    case 'attest':
    case 'done':
      return message.signed.body.fed === fed && isNews(s, message.signed);
    default:
      return message.fed === fed;
  }
}
