/**
 * What a seat does: calls a round, keeps updates, proposes, votes twice, takes over from a silent leader.
 * Safety rests on three rules: a vote is persisted before it is sent; a seat that asked for a later view votes in no earlier one;
 * a later view's leader must re-propose the highest lock that a quorum of changes shows.
 */
import type { Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { ATTESTS_MAX, CONTRIBUTORS_MAX, JOINS_MAX, VIEW_AHEAD_MAX } from '../limits.ts';
import { afterDecision } from './member.ts';
import type { AttestBody, ChangeMessage, Contribution, DoneBody, JoinBody, Lock, RecordBody, UpdateBody, VoteBody } from './messages.ts';
import { allowedBy, attested, isChange, leaderOf } from './records.ts';
import { adopt, compute, judge, keepRecord, listKey, persist, say, send, startTimer } from './slot.ts';
import { CELL, type Ballot, type RoundState } from './state.ts';

/** A moment for an update that is on its way from a peer that has just gone. */
const GRACE_MS = 1500;
/** Views behind the open one whose votes may still complete a quorum. */
const VIEWS_KEPT = 16;

const isLeader = (s: RoundState, view = s.slot.ballot.view): boolean => leaderOf(s.config, s.slot.round, view) === s.config.self;
const slotOf = (s: RoundState) => ({ fed: s.config.fed, epoch: s.config.epoch, round: s.slot.round });

/** The ballot with changes, durable before anything that follows. */
function cast(s: RoundState, changes: Partial<Ballot>): void {
  s.slot.ballot = { ...s.slot.ballot, ...changes };
  persist(s, CELL.ballot, s.slot.ballot);
}

// --- calling a round ---

export function onJoin(s: RoundState, signed: Signed<JoinBody>): void {
  if (signed.body.state !== s.head.record.state) return;
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

const isHere = (s: RoundState, id: PeerId): boolean => s.peers.has(id) || id === s.config.self;

/** Identities cost nothing, so a full list takes those that are here in the place of those that are not. */
function hasRoom(s: RoundState, list: Map<PeerId, unknown> | Set<PeerId>, id: PeerId): boolean {
  if (list.has(id) || list.size < JOINS_MAX) return true;
  const absent = isHere(s, id) ? [...list.keys()].find((kept) => !isHere(s, kept)) : undefined;
  return absent !== undefined && list.delete(absent);
}

/** Joins that can still answer. */
function present(s: RoundState): PeerId[] {
  return [...s.slot.joins.keys()].filter((id) => isHere(s, id));
}

function callRound(s: RoundState): void {
  const { slot, config } = s;
  const joined = present(s);
  if (slot.open !== null || slot.opening || joined.length < config.minContributors || s.stateBytes === null) return;
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
  if (slot.open !== null || slot.opening || !isLeader(s) || joined.length < config.minContributors) return;
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

// --- updates ---

export function onUpdate(s: RoundState, from: PeerId, signed: Signed<UpdateBody>, vector: Uint8Array): void {
  const { config, head } = s;
  const { body, by } = signed;
  const refuse = (code: 'stale' | 'conflict' | 'quota' | 'wrong-length' | 'out-of-bound', field: string) => {
    say(s, from, { t: 'refuse', fed: config.fed, code, about: body.vector, field });
  };
  if (body.state !== head.record.state || body.stateRound !== head.record.stateRound) return refuse('stale', 'state');
  const held = s.updates.get(by);
  if (held !== undefined) {
    if (held.signed.body.vector !== body.vector || held.signed.body.ledger !== body.ledger) return second(s, signed, vector) ? undefined : refuse('conflict', 'vector');
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
  if (proposed !== undefined && records.get(proposed.record)?.contributions.some((c) => c.member === id)) return true;
  return open?.body.members.includes(id) ?? (joins.has(id) && isHere(s, id));
}

/** A member signed two updates from one state. The one that a proposal names is kept beside the first; others are refused. */
function second(s: RoundState, signed: Signed<UpdateBody>, vector: Uint8Array): boolean {
  const { slot, config } = s;
  const named = [...slot.records.values()].some((r) => r.contributions.some((c) => c.member === signed.by && c.vector === signed.body.vector));
  if (!named || config.checkVector(vector) !== null || slot.alternates.size >= CONTRIBUTORS_MAX) return false;
  slot.alternates.set(signed.body.vector, { signed, vector });
  reconsiderLatest(s);
  return true;
}

// --- proposing ---

/** The leader proposes once every listed member that can still answer has answered, or at the deadline with those it has. */
export function proposeWhenReady(s: RoundState, deadline: boolean): void {
  const { slot, config } = s;
  const open = slot.open;
  if (open === null || open.body.view !== slot.ballot.view || !isLeader(s) || slot.proposed !== null || slot.wish !== null) return;
  const have = open.body.members.filter((id) => s.updates.has(id));
  const changes = quorumOfChanges(s, slot.ballot.view);
  if (deadline) {
    proposeFrom(s, have, changes);
  } else if (have.length === open.body.members.length) {
    proposeFrom(s, have, changes);
  } else if (have.length >= config.minContributors && open.body.members.every((id) => s.updates.has(id) || (!s.peers.has(id) && id !== config.self))) {
    if (!slot.timers.has('grace')) startTimer(s, 'grace', Math.min(GRACE_MS, config.takeoverMs));
  }
}

export function onGrace(s: RoundState): void {
  s.slot.timers.delete('grace');
  const open = s.slot.open;
  if (open === null) return;
  const gone = open.body.members.every((id) => s.updates.has(id) || (!s.peers.has(id) && id !== s.config.self));
  if (gone) proposeWhenReady(s, true);
}

/** A model from these members' updates, or a skip when they are too few or none of them is there to attest it. */
function proposeFrom(s: RoundState, members: readonly PeerId[], changes: readonly ChangeMessage[]): void {
  const { slot, config } = s;
  const view = slot.ballot.view;
  // A lock may have come to light since the round was called.
  const allowed = view === 0 ? 'free' : allowedBy(config, changes, slot.round, view);
  if (allowed === null) return;
  if (allowed !== 'free') return propose(s, view, allowed, changes);
  const chosen = members.slice(0, config.maxContributors).sort();
  const witness = chosen.some((id) => s.peers.has(id) || id === config.self);
  if (chosen.length < config.minContributors || !witness || s.stateBytes === null) return propose(s, view, skipRecord(s), changes);
  const key = listKey(contributionsOf(s, chosen));
  slot.wish = { view, key, members: chosen, changes };
  compute(s, contributionsOf(s, chosen));
  proposeWish(s);
}

/** The wish becomes a proposal once its state is known. */
export function proposeWish(s: RoundState): void {
  const { slot, config } = s;
  const wish = slot.wish;
  if (wish === null) return;
  const result = slot.computed.get(wish.key);
  if (wish.view !== slot.ballot.view) {
    slot.wish = null;
  } else if (result !== undefined && result !== 'pending') {
    slot.wish = null;
    const record: RecordBody = {
      t: 'record', ...slotOf(s), kind: 'model', base: s.headId, state: result.hash, stateRound: slot.round, kernel: config.kernel,
      contributions: contributionsOf(s, wish.members),
    };
    propose(s, wish.view, record, wish.changes);
  }
}

function contributionsOf(s: RoundState, members: readonly PeerId[]): Contribution[] {
  return members.map((member) => {
    const { vector, ledger } = s.updates.get(member)!.signed.body;
    return { member, vector, ledger };
  });
}

function skipRecord(s: RoundState): RecordBody {
  const { state, stateRound } = s.head.record;
  return { t: 'record', ...slotOf(s), kind: 'skip', base: s.headId, state, stateRound, kernel: s.config.kernel, contributions: [] };
}

function propose(s: RoundState, view: number, record: RecordBody, changes: readonly ChangeMessage[]): void {
  if (s.slot.proposals.has(view)) return; // said before a restart; one proposal a view
  s.slot.proposed = { view, record, changes };
  send(s, 'all', { t: 'propose', body: { t: 'propose', ...slotOf(s), view, record: idOf(record) }, record, changes });
}

export function onProposal(s: RoundState, from: PeerId, view: number, record: RecordBody, changes: readonly ChangeMessage[]): void {
  const { slot } = s;
  if (view < slot.ballot.view || view > slot.ballot.view + VIEW_AHEAD_MAX) return;
  if (view > 0) {
    const allowed = allowedBy(s.config, changes, slot.round, view);
    if (allowed === null || (allowed !== 'free' && idOf(allowed) !== idOf(record))) return;
    for (const change of changes) keepChange(s, change);
  }
  if (view > slot.ballot.view) enterView(s, view, true);
  const id = keepRecord(s, record);
  slot.proposals.set(view, { record: id, from });
  slot.attested.delete(id); // who hears a proposal again says its word again
  reconsider(s, id, from, true);
  if (s.isSeat) countVotes(s);
}

/** Anything that judge() was waiting for may have come. */
export function reconsiderLatest(s: RoundState): void {
  const latest = s.slot.proposals.get(s.slot.ballot.view);
  if (latest !== undefined) reconsider(s, latest.record, latest.from);
}

function reconsider(s: RoundState, id: Hash, from: PeerId, ask = false): void {
  const record = s.slot.records.get(id);
  if (record === undefined || record.round !== s.slot.round) return;
  if (judge(s, record, ask && from !== s.config.self ? from : null) !== 'valid') return;
  attest(s, id, record);
  if (s.isSeat) prepare(s, id, record);
}

function attest(s: RoundState, id: Hash, record: RecordBody): void {
  const { slot, config } = s;
  if (record.kind !== 'model' || slot.attested.has(id) || !record.contributions.some((c) => c.member === config.self)) return;
  slot.attested.add(id);
  send(s, 'seats', { t: 'attest', body: { t: 'attest', ...slotOf(s), record: id } });
}

export function onAttest(s: RoundState, signed: Signed<AttestBody>): void {
  const { slot } = s;
  const id = signed.body.record;
  keepAttests(s, [signed]);
  if (!slot.records.has(id)) return;
  if (slot.proposals.get(slot.ballot.view)?.record === id) reconsiderLatest(s);
  countVotes(s);
}

function keepAttests(s: RoundState, list: readonly Signed<AttestBody>[]): void {
  for (const signed of list) {
    const id = signed.body.record;
    const record = s.slot.records.get(id);
    // Without the record nobody can tell a contributor from a stranger: the voter that attached it will say it again.
    if (record === undefined || signed.body.round !== s.slot.round || !record.contributions.some((c) => c.member === signed.by)) continue;
    let byMember = s.slot.attests.get(id);
    if (byMember === undefined) s.slot.attests.set(id, (byMember = new Map()));
    if (!byMember.has(signed.by)) byMember.set(signed.by, signed);
  }
}

const attestsFor = (s: RoundState, id: Hash): Signed<AttestBody>[] => [...(s.slot.attests.get(id)?.values() ?? [])].slice(0, ATTESTS_MAX);

// --- voting ---

function prepare(s: RoundState, id: Hash, record: RecordBody): void {
  const { ballot } = s.slot;
  const proposal = s.slot.proposals.get(ballot.view);
  if (proposal?.record !== id || !attested(record, attestsFor(s, id))) return;
  if (ballot.prepared?.view === ballot.view) return;
  cast(s, { prepared: { view: ballot.view, record } });
  sendVote(s, 'prepare', ballot.view, id);
}

function sendVote(s: RoundState, t: 'prepare' | 'commit', view: number, record: Hash): void {
  send(s, 'seats', { t: 'vote', body: { t, ...slotOf(s), view, record }, attests: attestsFor(s, record) });
}

export function onVote(s: RoundState, from: PeerId, signed: Signed<VoteBody>, attests: readonly Signed<AttestBody>[]): void {
  const { slot, config } = s;
  const { t, view, record } = signed.body;
  if (!config.seats.includes(signed.by) || view > slot.ballot.view + VIEWS_KEPT || view < slot.ballot.view - VIEWS_KEPT) return;
  keepAttests(s, attests);
  const key = `${t}:${view}`;
  let votes = slot.votes.get(key);
  if (votes === undefined) slot.votes.set(key, (votes = new Map()));
  if (!votes.has(signed.by)) votes.set(signed.by, signed);
  if (!slot.records.has(record)) say(s, from, { t: 'want', fed: config.fed, what: 'head', hash: null });
  for (const old of slot.votes.keys()) if (Number(old.split(':')[1]) < slot.ballot.view - VIEWS_KEPT) slot.votes.delete(old);
  countVotes(s);
}

/** Quorums may complete by a vote, an attestation or a record that was missing. */
function countVotes(s: RoundState): void {
  const { slot, config } = s;
  for (const [key, votes] of slot.votes) {
    const [t, viewText] = key.split(':') as ['prepare' | 'commit', string];
    const view = Number(viewText);
    for (const id of new Set([...votes.values()].map((v) => v.body.record))) {
      const agreeing = [...votes.values()].filter((v) => v.body.record === id);
      const record = slot.records.get(id);
      if (agreeing.length < config.quorum || record === undefined || !attested(record, attestsFor(s, id))) continue;
      if (t === 'prepare') {
        commit(s, { view, record, prepares: agreeing, attests: attestsFor(s, id) }, id);
      } else {
        decide(s, agreeing, record, id, view);
        return;
      }
    }
  }
}

function commit(s: RoundState, lock: Lock, id: Hash): void {
  const { ballot } = s.slot;
  if (lock.view < ballot.view || ballot.committed?.view === lock.view) return;
  if (lock.view > ballot.view) enterView(s, lock.view, true);
  cast(s, { lock, committed: { view: lock.view, record: id } });
  sendVote(s, 'commit', lock.view, id);
}

function decide(s: RoundState, commits: readonly Signed<VoteBody>[], record: RecordBody, id: Hash, view: number): void {
  if (record.base !== s.headId) return;
  const certified = { record, commits, attests: attestsFor(s, id) };
  const speaker = leaderOf(s.config, record.round, view) === s.config.self;
  adopt(s, certified, s.config.self);
  afterDecision(s);
  // One voice is enough; who misses it hears of it with the next status.
  if (speaker) say(s, 'peers', { t: 'record', certified });
}

// --- taking over ---

/** `together`: a quorum is known to be in that view, so its clock may run. */
function enterView(s: RoundState, view: number, together: boolean): void {
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

export function changeTo(s: RoundState, view: number): void {
  enterView(s, view, false);
  sendChange(s);
}

function sendChange(s: RoundState): void {
  const { view, lock } = s.slot.ballot;
  const named = lock === null ? null : { view: lock.view, record: idOf(lock.record) };
  send(s, 'seats', { t: 'change', body: { t: 'change', ...slotOf(s), view, lock: named }, lock });
}

export function onViewTimer(s: RoundState): void {
  s.slot.timers.delete('view');
  changeTo(s, s.slot.ballot.view + 1);
}

function keepChange(s: RoundState, change: ChangeMessage): void {
  const { by, body } = change.signed;
  const kept = s.slot.changes.get(by);
  if (kept === undefined || kept.signed.body.view < body.view) s.slot.changes.set(by, change);
  if (change.lock !== null) keepRecord(s, change.lock.record);
}

export function onChange(s: RoundState, change: ChangeMessage): void {
  const { slot, config } = s;
  if (change.signed.body.view > slot.ballot.view + VIEW_AHEAD_MAX || !isChange(config, change)) return;
  keepChange(s, change);
  if (change.lock !== null) keepAttests(s, change.lock.attests);
  // f + 1 seats ahead cannot all be liars: go with the lowest view that f + 1 of them want.
  const ahead = [...slot.changes.values()].map((c) => c.signed.body.view).filter((view) => view > slot.ballot.view).sort((a, b) => b - a);
  const wanted = ahead[config.f];
  if (wanted !== undefined) changeTo(s, wanted);
  afterChanges(s);
}

function quorumOfChanges(s: RoundState, view: number): ChangeMessage[] {
  return view === 0 ? [] : [...s.slot.changes.values()].filter((c) => c.signed.body.view === view);
}

function afterChanges(s: RoundState): void {
  const { slot, config } = s;
  const { view } = slot.ballot;
  if (view === 0) return;
  const together = [...slot.changes.values()].filter((c) => c.signed.body.view >= view).length >= config.quorum;
  // The clock of a view runs once a quorum is in it, so that no seat runs ahead alone (PBFT 4.5.2).
  if (together && !slot.timers.has('view')) startTimer(s, 'view', config.takeoverMs);
  if (isLeader(s) && slot.proposed === null && slot.wish === null && slot.open === null && !slot.opening) lead(s);
}

/** The leader of a later view: the highest lock, else the updates at hand, else a new call, else a skip. */
function lead(s: RoundState): void {
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

// --- saying things again ---

/** After a restart: clocks run again, and a proposal that this seat prepared in view 0 is its proposal still. */
export function resumeSeat(s: RoundState): void {
  const { slot, config } = s;
  const { ballot } = slot;
  if (ballot.prepared !== null && ballot.prepared.view === ballot.view && ballot.view === 0 && isLeader(s)) {
    slot.proposed = { view: 0, record: ballot.prepared.record, changes: [] };
  }
  if (slot.open !== null) seatOpened(s);
  else if (ballot.view > 0 || ballot.prepared !== null) startTimer(s, 'view', config.takeoverMs);
}

/** Messages get lost: a seat repeats where it stands in the open slot. */
export function repeatSeat(s: RoundState): void {
  const { slot } = s;
  const { ballot, proposed, open } = slot;
  // Locked in this view, it has nothing to add to the change that brought it here: one seat, one change a view.
  if (ballot.view > 0 && ballot.lock?.view !== ballot.view) sendChange(s);
  if (open !== null && isLeader(s, open.body.view)) say(s, 'peers', { t: 'open', signed: open });
  if (proposed !== null && proposed.view === ballot.view) {
    send(s, 'all', { t: 'propose', body: { t: 'propose', ...slotOf(s), view: proposed.view, record: idOf(proposed.record) }, record: proposed.record, changes: proposed.changes });
  }
  if (ballot.prepared !== null && ballot.prepared.view === ballot.view) sendVote(s, 'prepare', ballot.view, idOf(ballot.prepared.record));
  if (ballot.committed !== null) sendVote(s, 'commit', ballot.committed.view, ballot.committed.record);
  callRound(s);
  proposeWhenReady(s, false);
}
