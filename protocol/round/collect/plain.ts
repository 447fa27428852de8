/**
 * Single updates: each member makes one from a state and sends the same bytes until they count. Accepted only from members that were asked.
 */
import { latestValue } from '../../agreement/state.ts';
import type { PeerId, Signed } from '../../identity.ts';
import { CONTRIBUTORS_MAX } from '../../limits.ts';
import type { Contribution, RecordBody, UpdateBody, UpdateContribution } from '../messages.ts';
import { contributionOf, hasMember, isSameUpdate, signedUpdate, updateId, updatesIn } from '../record.ts';
import { isFinished, isHere, say } from '../slot.ts';
import { isLate, isWorthWaiting, noteArrival, noteLate } from '../standing.ts';
import { CELL, type HeldUpdate, type RoundState } from '../state.ts';
import type { Collect, Message, Refusal } from './collect.ts';

export const plain: Collect = {
  kind: 'update',
  contribute,
  repeat,
  onReceipt,
  refusalOf,
  onMessage,
  readiness,
  isAwaiting,
  isEnough: (s) => s.collect.updates.size >= s.config.minContributors,
  contributions,
  vectorsOf,
  ask,
  find,
  closeSlot,
  release,
};

// --- a member ---

function contribute(s: RoundState): void {
  const { config, head, member } = s;
  if (member.own !== null) return sendUpdate(s, member.own);
  if (member.mode !== 'active' || s.stateBytes === null || isFinished(s) || member.training === head.record.state) return;
  member.training = head.record.state;
  s.out.push({ t: 'train', epoch: config.epoch, state: head.record.state, stateRound: head.record.stateRound, bytes: s.stateBytes });
}

/** Sent to everybody: seats keep it, and other contributors recompute the model from it. A pause delays it; after leaving it stays here. */
function sendUpdate(s: RoundState, { signed, vector }: HeldUpdate): void {
  if (s.member.mode !== 'paused' && s.member.mode !== 'following') say(s, 'all', { t: 'update', signed, vector });
}

function repeat(s: RoundState): void {
  const { own, acked, mode } = s.member;
  if (own === null || mode === 'paused' || mode === 'following') return;
  for (const seat of s.config.seats) {
    if (!acked.has(seat) && seat !== s.config.self) say(s, seat, { t: 'update', signed: own.signed, vector: own.vector });
  }
}

function onReceipt({ member: { own, acked } }: RoundState, seat: PeerId, update: string): void {
  if (own !== null && update === updateId(own.signed)) acked.add(seat);
}

// --- what comes ---

function refusalOf(s: RoundState, { signed: { body, by } }: Message): Refusal | null {
  const { head, slot } = s;
  // It has joined, but the list that may name it has not arrived yet.
  const isQuiet = slot.open === null && slot.joins.has(by) && isHere(s, by);
  if (body.state !== head.record.state || body.stateRound !== head.record.stateRound) return { code: 'stale', field: 'state', isQuiet };
  if (body.attempt !== 0) return { code: 'out-of-bound', field: 'attempt', isQuiet };
  return s.collect.updates.has(by) || isAwaited(s, by) ? null : { code: 'not-listed', field: 'member', isQuiet };
}

function onMessage(s: RoundState, from: PeerId, message: Message): boolean {
  const { config, head, collect } = s;
  const { signed, vector } = message;
  const { body, by } = signed;
  const refuse = ({ code, field }: Pick<Refusal, 'code' | 'field'>): false => {
    say(s, from, { t: 'refuse', fed: config.fed, code, about: body.vector, field });
    return false;
  };
  const refusal = refusalOf(s, message);
  if (refusal !== null) {
    if (isLate(s, signed) && config.checkVector(vector) === null) noteLate(s, by);
    return !refusal.isQuiet && refuse(refusal);
  }
  const held = collect.updates.get(by);
  if (held !== undefined && !isSameUpdate(held.signed, contributionOf(signed))) {
    return keepEquivocation(s, message) || refuse({ code: 'conflict', field: 'vector' });
  }
  if (held === undefined) {
    const fault = config.checkVector(vector);
    if (fault !== null) return refuse({ code: fault, field: 'vector' });
    const cell = (member: PeerId) => CELL.update(head.record.stateRound, member);
    // With no guest to let go all are awaited: no more than a list and three records have.
    const isFull = collect.updates.size >= CONTRIBUTORS_MAX;
    const guests = isFull ? [...collect.updates.keys()].filter((id) => !isAwaited(s, id)).slice(0, 1) : [];
    for (const guest of guests) collect.updates.delete(guest);
    collect.updates.set(by, { signed, vector });
    noteArrival(s, by);
    keep(s, cell(by), { signed, vector }, guests.map(cell));
  }
  if (s.isSeat) say(s, from, { t: 'ack', fed: config.fed, update: updateId(signed) });
  return held === undefined;
}

/** A seat keeps the vector while the cell or a record names it. */
function keep(s: RoundState, key: string, { signed, vector }: HeldUpdate, deletes: readonly string[]): void {
  const blob = signed.body.vector;
  if (s.isSeat) s.out.push({ t: 'persist', puts: [{ key, value: signed, blob }], deletes, blobs: [{ hash: blob, bytes: vector }] });
}

/**
 * The records whose updates may be needed: the latest proposal, and what this seat prepared or locked, because a later leader may have to
 * propose it again.
 */
function openRecords({ agreement }: RoundState): RecordBody[] {
  const { prepared, lock } = agreement.ballot;
  return [latestValue(agreement), prepared?.value, lock?.value].filter((record) => record !== undefined);
}

/** Members that were asked for an update from this state: by the last list, or by a leader whose record names one. */
function isAwaited(s: RoundState, id: PeerId): boolean {
  return s.collect.called.has(id) || openRecords(s).some((record) => hasMember(record, id));
}

const isNamed = (signed: Signed<UpdateBody>, records: readonly RecordBody[]): boolean =>
  records.some((record) => record.contributions.some((c) => isSameUpdate(signed, c)));

/** A member signed two updates from one state. Those that open records name are kept beside the first; others are refused or let go. */
function keepEquivocation(s: RoundState, { signed, vector }: Message): boolean {
  const { alternates } = s.collect;
  const id = updateId(signed);
  const records = openRecords(s);
  if (!isNamed(signed, records) || s.config.checkVector(vector) !== null) return false;
  if (alternates.has(id)) return true;
  const spare = [...alternates].flatMap(([other, held]) => (isNamed(held.signed, records) ? [] : [other]));
  for (const other of spare) alternates.delete(other);
  alternates.set(id, { signed, vector });
  keep(s, CELL.alternate(id), { signed, vector }, spare.map(CELL.alternate));
  return true;
}

// --- what a leader has ---

const listed = (s: RoundState): readonly PeerId[] => s.slot.open?.body.members ?? [];

function isAwaiting(s: RoundState): boolean {
  return listed(s).some((id) => !s.collect.updates.has(id) && isHere(s, id));
}

/** True once every listed member that can still answer has answered or is no longer worth waiting for. */
function readiness(s: RoundState): 'ready' | 'grace' | 'waiting' {
  const { updates } = s.collect;
  const have = listed(s).filter((id) => updates.has(id));
  // A freshly started seat has the updates before it hears from anybody: a model must wait for a contributor to attest it.
  if (!have.some((id) => isHere(s, id))) return 'waiting';
  if (have.length === listed(s).length) return 'ready';
  if (have.length < s.config.minContributors) return 'waiting';
  const missing = listed(s).filter((id) => !updates.has(id) && isHere(s, id));
  if (missing.length === 0) return 'grace';
  return isWorthWaiting(s, missing) ? 'waiting' : 'ready';
}

/** The first to join among the list or, without a list, among everybody with an update here. */
function contributions(s: RoundState): UpdateContribution[] | null {
  const { config, slot, collect } = s;
  const members = slot.open === null ? new Set([...slot.joins.keys(), ...collect.updates.keys()]) : listed(s);
  const chosen = [...members].filter((id) => collect.updates.has(id)).slice(0, config.maxContributors);
  if (chosen.length < config.minContributors || !chosen.some((id) => isHere(s, id))) return null;
  return chosen.sort().map((member) => contributionOf(collect.updates.get(member)!.signed));
}

// --- what a record names ---

/** The update that a contribution names, if available. */
function heldFor({ collect }: RoundState, c: Contribution): HeldUpdate | undefined {
  if (c.kind !== 'update') return undefined;
  return [collect.updates.get(c.member), ...collect.alternates.values()].find((u) => u !== undefined && isSameUpdate(u.signed, c));
}

function vectorsOf(s: RoundState, list: readonly Contribution[]): Uint8Array[] | null {
  const held = list.map((c) => heldFor(s, c)?.vector);
  return held.every((vector) => vector !== undefined) ? held : null;
}

function ask(s: RoundState, record: RecordBody, source: PeerId): void {
  for (const c of updatesIn(record)) {
    if (heldFor(s, c) === undefined)
      say(s, source, { t: 'want', fed: s.config.fed, what: 'update', hash: updateId(signedUpdate(record, c)) });
  }
}

function find({ collect }: RoundState, id: string): Message | undefined {
  const held = [...collect.updates.values(), ...collect.alternates.values()].find(({ signed }) => updateId(signed) === id);
  return held && { t: 'update', signed: held.signed, vector: held.vector };
}

function closeSlot({ collect, isSeat }: RoundState): string[] {
  const cells = [...collect.alternates.keys()].map(CELL.alternate);
  collect.alternates.clear();
  return isSeat ? cells : [];
}

function release({ collect, head, isSeat }: RoundState): string[] {
  const cells = [...collect.updates.keys()].map((member) => CELL.update(head.record.stateRound, member));
  collect.updates.clear();
  collect.called = new Set();
  return isSeat ? cells : [];
}
