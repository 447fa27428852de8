/** Small acts on a slot that seat and member share: effects, proposals seen, recomputation, adoption of a decided record. */
import type { Hash } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { BODIES_PER_SLOT_MAX, COMPUTES_PER_VIEW_MAX, STATES_PER_SLOT_MAX } from '../limits.ts';
import type { Audience, Draft, TimerId } from './effects.ts';
import type { CertifiedRecord, Contribution, RecordBody, RoundMessage } from './messages.ts';
import { isSameUpdate, isWellFormed, signedUpdate, updateId, updatesIn } from './record.ts';
import { settle } from './standing.ts';
import { CELL, newSlot, type HeldUpdate, type RoundState } from './state.ts';

export function send(s: RoundState, to: Audience, draft: Draft): void {
  s.out.push({ t: 'send', to, draft });
}

export function say(s: RoundState, to: Audience, message: RoundMessage): void {
  s.out.push({ t: 'send', to, draft: { t: 'plain', message } });
}

export function startTimer(s: RoundState, id: TimerId, afterMs: number): void {
  s.slot.timers.add(id);
  s.out.push({ t: 'timer', id, afterMs });
}

export function persist(s: RoundState, key: string, value: unknown): void {
  s.out.push({ t: 'persist', puts: [{ key, value }], deletes: [] });
}

/** Names what a state is computed from: these vectors, in the order of the members. Not who made them: that is isSameUpdate's. */
export function listKey(contributions: readonly Contribution[]): string {
  return contributions.map((c) => c.vector).join(' ');
}

/** Keeps a proposed record. A leader that equivocates can neither make the slot grow nor fill it for the leaders after it. */
export function keepRecord(s: RoundState, record: RecordBody): Hash {
  const { records, attests, ballot, proposals } = s.slot;
  const id = idOf(record);
  if (records.has(id)) return id;
  if (records.size >= BODIES_PER_SLOT_MAX) {
    const needed = [ballot.prepared?.record, ballot.lock?.record].map((r) => r && idOf(r));
    needed.push(proposals.get(ballot.view)?.record);
    const oldest = [...records.keys()].find((kept) => !needed.includes(kept))!;
    records.delete(oldest);
    attests.delete(oldest);
  }
  records.set(id, record);
  return id;
}

/** As many models were made as the noise was calibrated for: nobody may pay for another. */
export function isFinished({ head, config }: RoundState): boolean {
  return head.record.models >= config.modelsMax;
}

/** The update that a contribution names, if it is here. */
export function heldFor(s: RoundState, c: Contribution): HeldUpdate | undefined {
  if (c.kind !== 'update') return undefined;
  return [s.updates.get(c.member), ...s.slot.alternates.values()].find((u) => u !== undefined && isSameUpdate(u.signed, c));
}

/** Asks for the state that these contributions make, once; needs every vector. */
export function compute(s: RoundState, contributions: readonly Contribution[]): void {
  const key = listKey(contributions);
  const { slot } = s;
  if (s.stateBytes === null || slot.computed.has(key) || slot.computes >= COMPUTES_PER_VIEW_MAX) return;
  const vectors = contributions.map((c) => heldFor(s, c)?.vector);
  if (vectors.some((v) => v === undefined)) return;
  if (slot.computed.size >= STATES_PER_SLOT_MAX) {
    const oldest = [...slot.computed].find(([kept, state]) => state !== 'pending' && kept !== slot.wish?.key);
    if (oldest !== undefined) slot.computed.delete(oldest[0]);
  }
  slot.computed.set(key, 'pending');
  slot.computes++;
  s.out.push({ t: 'aggregate', key, base: s.stateBytes, vectors: vectors as Uint8Array[] });
}

/**
 * Judges a record against this peer's own head, updates and recomputation.
 * 'unknown' means that something is still missing; updates are asked for from `source`.
 */
export function judge(s: RoundState, record: RecordBody, source: PeerId | null): 'valid' | 'invalid' | 'unknown' {
  const { config, head } = s;
  if (record.round !== s.slot.round || record.epoch !== config.epoch || record.base !== s.headId || record.kernel !== config.kernel)
    return 'invalid';
  const { contributions, from } = record;
  if (!isWellFormed(record) || from.state !== head.record.state || from.round !== head.record.stateRound) return 'invalid';
  if (record.models !== head.record.models + (record.kind === 'model' ? 1 : 0)) return 'invalid';
  if (record.kind === 'skip') return 'valid';
  if (record.models > config.modelsMax) return 'invalid';
  if (contributions.length < config.minContributors || contributions.length > config.maxContributors) return 'invalid';
  let missing = false;
  for (const c of contributions) {
    if (heldFor(s, c) !== undefined) continue;
    missing = true;
    if (source === null || c.kind !== 'update') continue;
    say(s, source, { t: 'want', fed: config.fed, what: 'update', hash: updateId(signedUpdate(record, c)) });
  }
  if (missing || s.stateBytes === null) return 'unknown';
  const result = s.slot.computed.get(listKey(contributions));
  if (result === undefined) compute(s, contributions);
  if (result === undefined || result === 'pending') return 'unknown';
  return result.hash === record.state ? 'valid' : 'invalid';
}

/** Takes a certified record as the new head, whatever was open before. The caller checked its certificate. */
export function adopt(s: RoundState, certified: CertifiedRecord, from: PeerId): void {
  const { record } = certified;
  const moved = record.state !== s.head.record.state || record.stateRound !== s.head.record.stateRound;
  const { own } = s;
  const contributed = own !== null && record.contributions.some((c) => isSameUpdate(own.signed, c));
  const ours = s.slot.computed.get(listKey(record.contributions));
  const computed = moved && ours !== undefined && ours !== 'pending' && ours.hash === record.state ? ours.bytes : null;
  const contributors = updatesIn(record).map((c) => c.member);
  if (s.isSeat) noteDecision(s, certified, contributors);
  for (const id of s.slot.timers) s.out.push({ t: 'cancel', id });
  const puts: { key: string; value: unknown }[] = [{ key: CELL.head, value: certified }];
  const deletes: string[] = [CELL.ballot, CELL.open];
  if (moved) {
    if (s.stateBytes !== null) s.previous = { hash: s.head.record.state, bytes: s.stateBytes };
    s.stateBytes = computed;
    if (computed !== null) puts.push({ key: CELL.state, value: { hash: record.state, bytes: computed } });
    for (const member of s.updates.keys()) if (s.isSeat) deletes.push(CELL.update(s.head.record.stateRound, member));
    s.updates.clear();
    s.acked.clear();
    s.called = new Set();
    if (s.own !== null) deletes.push(CELL.own);
    s.own = null;
    s.training = null;
  }
  s.head = certified;
  s.headId = idOf(record);
  s.expected = new Set([...s.slot.joins.keys(), ...contributors, ...s.returned]);
  s.returned.clear();
  s.slot = newSlot(record.round + 1);
  // Who was ready a moment ago is the best guess until the next status.
  s.lastStatus = s.lastStatus && { ...s.lastStatus, phase: 'gathering' };
  s.out.push({ t: 'persist', puts, deletes, lazy: !s.isSeat });
  s.out.push({ t: 'emit', event: { t: 'decided', certified, contributed } });
  if (computed !== null) s.out.push({ t: 'emit', event: { t: 'state', round: record.round, hash: record.state, bytes: computed } });
  if (s.stateBytes === null) askState(s, from === s.config.self ? null : from);
}

function noteDecision(s: RoundState, { record, commits }: CertifiedRecord, contributors: readonly PeerId[]): void {
  const before = [...s.standing.known.keys()];
  settle(s, record.round === s.slot.round ? (commits[0]?.body.view ?? null) : null, contributors);
  const { known } = s.standing;
  // Anybody can count it again from the records, so nothing waits for it.
  if (known.size !== before.length || before.some((id) => !known.has(id)))
    s.out.push({ t: 'persist', puts: [{ key: CELL.known, value: [...known.keys()] }], deletes: [], lazy: true });
}

/** Any peer may hold the state, and its hash tells: ask the one that is likely to, else the next in turn. */
export function askState(s: RoundState, likely: PeerId | null): void {
  const peers = [...s.peers];
  const source = likely ?? peers[s.asks++ % peers.length];
  if (source !== undefined) say(s, source, { t: 'want', fed: s.config.fed, what: 'state', hash: s.head.record.state });
}
