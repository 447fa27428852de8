/** How a round is called and its updates are gathered: joins, the leader's list, one update a member; and what a later view's leader does. */
import type { PeerId, Signed } from '../identity.ts';
import { CONTRIBUTORS_MAX, JOINS_MAX } from '../limits.ts';
import { isHere, isLeader, quorumOfChanges, slotOf } from './ballot.ts';
import type { DoneBody, JoinBody, UpdateBody } from './messages.ts';
import { propose, proposeFrom, proposeWhenReady, skipRecord } from './proposing.ts';
import { allowedBy, hasMember, isSameUpdate } from './records.ts';
import { isFinished, persist, say, send, startTimer } from './slot.ts';
import { CELL, type RoundState } from './state.ts';
import { reconsiderLatest } from './voting.ts';

export function onJoin(s: RoundState, signed: Signed<JoinBody>): void {
  if (signed.body.state !== s.head.record.state || isFinished(s)) return;
  if (!hasRoom(s, s.slot.joins, signed.by)) return;
  s.slot.joins.set(signed.by, signed);
  s.done.delete(signed.by);
  if (hasRoom(s, s.seen, signed.by)) s.seen.add(signed.by);
  callRound(s);
}

export function onDone(s: RoundState, signed: Signed<DoneBody>): void {
  if (signed.body.stateRound !== s.head.record.stateRound || !hasRoom(s, s.done, signed.by)) return;
  s.done.add(signed.by);
  s.slot.joins.delete(signed.by);
}

/** Identities cost nothing, so a full list takes those that are here in the place of those that are not. */
function hasRoom(s: RoundState, list: Map<PeerId, unknown> | Set<PeerId>, id: PeerId): boolean {
  if (list.has(id) || list.size < JOINS_MAX) return true;
  const absent = isHere(s, id) ? [...list.keys()].find((kept) => !isHere(s, kept)) : undefined;
  return absent !== undefined && list.delete(absent);
}

/** Joins that can still answer. */
export function present(s: RoundState): PeerId[] {
  return [...s.slot.joins.keys()].filter((id) => isHere(s, id));
}

export function callRound(s: RoundState): void {
  const { slot, config } = s;
  const joined = present(s);
  if (slot.open !== null || slot.opening || joined.length < config.minContributors || s.stateBytes === null || isFinished(s)) return;
  if (slot.ballot.view === 0 && !slot.timers.has('view')) startTimer(s, 'view', config.joinWindowMs + config.takeoverMs);
  if (!isLeader(s)) return;
  if (slot.ballot.view > 0) {
    if (slot.proposed === null && slot.wish === null) lead(s);
    return;
  }
  // Once everybody from the last slot is back there is no reason to hold the window open.
  const before = [...s.expected].filter((id) => (s.peers.has(id) && !s.done.has(id)) || id === config.self);
  if (before.length >= config.minContributors && before.every((id) => slot.joins.has(id))) openRound(s);
  else if (!slot.timers.has('open')) startTimer(s, 'open', config.joinWindowMs);
}

export function openRound(s: RoundState): void {
  const { slot, config } = s;
  const joined = present(s);
  slot.timers.delete('open');
  if (slot.open !== null || slot.opening || !isLeader(s) || joined.length < config.minContributors || isFinished(s)) return;
  slot.opening = true;
  const members = joined.slice(0, config.maxContributors).sort();
  send(s, 'all', { t: 'open', body: { t: 'open', ...slotOf(s), view: slot.ballot.view, state: s.head.record.state, members } });
}

/** A seat saw the list of its round: the deadline counts from here. */
export function seatOpened(s: RoundState): void {
  const { config, slot } = s;
  persist(s, CELL.open, slot.open);
  startTimer(s, 'view', config.deadlineMs + config.takeoverMs);
  if (isLeader(s)) startTimer(s, 'deadline', config.deadlineMs);
  proposeWhenReady(s, false);
}

export function onUpdate(s: RoundState, from: PeerId, signed: Signed<UpdateBody>, vector: Uint8Array): void {
  const { config, head } = s;
  const { body, by } = signed;
  const refuse = (code: 'stale' | 'conflict' | 'quota' | 'wrong-length' | 'out-of-bound', field: string) => {
    say(s, from, { t: 'refuse', fed: config.fed, code, about: body.vector, field });
  };
  if (body.state !== head.record.state || body.stateRound !== head.record.stateRound) return refuse('stale', 'state');
  if (body.attempt !== 0) return refuse('out-of-bound', 'attempt');
  const held = s.updates.get(by);
  if (held !== undefined) {
    if (held.signed.body.vector !== body.vector || held.signed.body.ledger !== body.ledger)
      return second(s, signed, vector) ? undefined : refuse('conflict', 'vector');
    if (s.isSeat) say(s, from, { t: 'ack', fed: config.fed, vector: body.vector });
    return;
  }
  const fault = config.checkVector(vector);
  if (fault !== null) return refuse(fault, 'vector');
  if (s.updates.size >= CONTRIBUTORS_MAX) {
    const guest = isAwaited(s, by) ? [...s.updates.keys()].find((id) => !isAwaited(s, id)) : undefined;
    if (guest === undefined) return refuse('quota', 'member');
    s.updates.delete(guest);
    s.out.push({ t: 'persist', puts: [], deletes: [CELL.update(head.record.stateRound, guest)] });
  }
  s.updates.set(by, { signed, vector });
  if (s.isSeat) {
    persist(s, CELL.update(head.record.stateRound, by), { signed, vector });
    say(s, from, { t: 'ack', fed: config.fed, vector: body.vector });
  }
  reconsiderLatest(s);
  proposeWhenReady(s, false);
}

/** Members whose update has a place before any stranger's: those of the list or of the proposal, or who joined and are still here. */
function isAwaited(s: RoundState, id: PeerId): boolean {
  const { open, joins, proposals, ballot, records } = s.slot;
  const proposed = proposals.get(ballot.view);
  const record = proposed && records.get(proposed.record);
  if (record !== undefined && hasMember(record, id)) return true;
  return open?.body.members.includes(id) ?? (joins.has(id) && isHere(s, id));
}

/** A member signed two updates from one state. The one that a proposal names is kept beside the first; others are refused. */
function second(s: RoundState, signed: Signed<UpdateBody>, vector: Uint8Array): boolean {
  const { slot, config } = s;
  const named = [...slot.records.values()].some((r) => r.contributions.some((c) => isSameUpdate(signed, c)));
  if (!named || config.checkVector(vector) !== null || slot.alternates.size >= CONTRIBUTORS_MAX) return false;
  slot.alternates.set(signed.body.vector, { signed, vector });
  reconsiderLatest(s);
  return true;
}

/** The leader of a later view: the highest lock, else the updates at hand, else a new call, else a skip. */
export function lead(s: RoundState): void {
  const { slot, config } = s;
  const { view } = slot.ballot;
  const changes = quorumOfChanges(s, view);
  const allowed = allowedBy(config, changes, slot.round, view);
  if (allowed === null) return;
  if (allowed !== 'free') return propose(s, view, allowed, changes);
  const joined = [...slot.joins.keys()].filter((id) => s.updates.has(id));
  const holders = [...joined, ...[...s.updates.keys()].filter((id) => !slot.joins.has(id))];
  const patient = view < config.seats.length;
  if (patient && holders.length >= config.minContributors) proposeFrom(s, holders, changes);
  else if (patient && present(s).length >= config.minContributors) openRound(s);
  else propose(s, view, skipRecord(s), changes);
}
