/** What all of a seat's acts share: whose turn it is, the ballot that is durable before a vote leaves, and the proofs it keeps. */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { ATTESTS_MAX } from '../limits.ts';
import type { AttestBody, ChangeMessage } from './messages.ts';
import { hasMember, leaderOf } from './record.ts';
import { keepRecord, persist, send, startTimer } from './slot.ts';
import { CELL, type Ballot, type RoundState } from './state.ts';

/** Views behind the open one whose votes may still complete a quorum. */
export const VIEWS_KEPT = 16;

export const isLeader = (s: RoundState, view = s.slot.ballot.view): boolean => leaderOf(s.config, s.slot.round, view) === s.config.self;

export const slotOf = (s: RoundState) => ({ fed: s.config.fed, epoch: s.config.epoch, round: s.slot.round });

/** The ballot with changes, durable before anything that follows. */
export function cast(s: RoundState, changes: Partial<Ballot>): void {
  s.slot.ballot = { ...s.slot.ballot, ...changes };
  persist(s, CELL.ballot, s.slot.ballot);
}

export const isHere = (s: RoundState, id: PeerId): boolean => s.peers.has(id) || id === s.config.self;

export function keepAttests(s: RoundState, list: readonly Signed<AttestBody>[]): void {
  for (const signed of list) {
    const id = signed.body.record;
    const record = s.slot.records.get(id);
    // Without the record nobody can tell a contributor from a stranger: the voter that attached it will say it again.
    if (record === undefined || signed.body.round !== s.slot.round || !hasMember(record, signed.by)) continue;
    let byMember = s.slot.attests.get(id);
    if (byMember === undefined) s.slot.attests.set(id, (byMember = new Map()));
    if (!byMember.has(signed.by)) byMember.set(signed.by, signed);
  }
}

export const attestsFor = (s: RoundState, id: Hash): Signed<AttestBody>[] =>
  [...(s.slot.attests.get(id)?.values() ?? [])].slice(0, ATTESTS_MAX);

export function sendVote(s: RoundState, t: 'prepare' | 'commit', view: number, record: Hash): void {
  send(s, 'seats', { t: 'vote', body: { t, ...slotOf(s), view, record }, attests: attestsFor(s, record) });
}

/** `together`: a quorum is known to be in that view, so its clock may run. */
export function enterView(s: RoundState, view: number, together: boolean): void {
  const { slot } = s;
  slot.computes = 0;
  for (const old of slot.proposals.keys()) if (old < view - VIEWS_KEPT) slot.proposals.delete(old);
  if (!s.isSeat) {
    slot.ballot = { ...slot.ballot, view };
    return;
  }
  cast(s, { view });
  slot.proposed = null;
  slot.wish = null;
  slot.open = null;
  slot.timers.delete('view');
  slot.opening = false;
  s.out.push({ t: 'persist', puts: [], deletes: [CELL.open] });
  s.out.push({ t: 'emit', event: { t: 'view', round: slot.round, view } });
  if (together) startTimer(s, 'view', s.config.takeoverMs);
}

export function keepChange(s: RoundState, change: ChangeMessage): void {
  const { by, body } = change.signed;
  const kept = s.slot.changes.get(by);
  if (kept === undefined || kept.signed.body.view < body.view) s.slot.changes.set(by, change);
  if (change.lock !== null) keepRecord(s, change.lock.record);
}

export function quorumOfChanges(s: RoundState, view: number): ChangeMessage[] {
  return view === 0 ? [] : [...s.slot.changes.values()].filter((c) => c.signed.body.view === view);
}
