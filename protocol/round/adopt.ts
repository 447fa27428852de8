/** A decided record becomes the head, and its state is adopted or requested. */
import { newAgreement } from '../agreement/state.ts';
import { idOf, type PeerId } from '../identity.ts';
import { collect } from './collect/chosen.ts';
import { listKey } from './judge.ts';
import type { CertifiedRecord } from './messages.ts';
import { isSameUpdate, membersOf } from './record.ts';
import { say } from './slot.ts';
import { settle } from './standing.ts';
import { CELL, newSlot, type RoundState } from './state.ts';

/** Adopts a certified record as the new head, whatever was open before. The caller has checked its certificate. */
export function adopt(s: RoundState, certified: CertifiedRecord, from: PeerId): void {
  const { record } = certified;
  const moved = record.state !== s.head.record.state || record.stateRound !== s.head.record.stateRound;
  const { member, standing } = s;
  const contributed = member.own !== null && record.contributions.some((c) => isSameUpdate(member.own!.signed, c));
  const ours = s.slot.computed.get(listKey(s, record.contributions));
  const computed = moved && ours !== undefined && ours !== 'pending' && ours.hash === record.state ? ours.bytes : null;
  const contributors = membersOf(record);
  if (s.isSeat) noteDecision(s, certified, contributors);
  for (const id of s.slot.timers) s.out.push({ t: 'cancel', id });
  if (s.agreement.isTimed) s.out.push({ t: 'cancel', id: 'view' });
  const deletes: string[] = [CELL.ballot, CELL.open, ...collect.closeSlot(s)];
  if (moved) {
    if (s.stateBytes !== null) s.previous = { hash: s.head.record.state, bytes: s.stateBytes };
    s.stateBytes = computed;
    deletes.push(...collect.release(s));
    if (member.own !== null) deletes.push(CELL.own);
    Object.assign(member, { own: null, training: null });
    member.acked.clear();
  }
  s.head = certified;
  s.headId = idOf(record);
  standing.expected = new Set([...s.slot.joins.keys(), ...contributors, ...standing.returned]);
  standing.returned.clear();
  s.slot = newSlot(record.round + 1);
  s.agreement = newAgreement(record.round + 1);
  // Who was ready a moment ago is the best estimate until the next status.
  s.lastStatus = s.lastStatus && { ...s.lastStatus, phase: 'gathering' };
  const blobs = computed === null ? [] : [{ hash: record.state, bytes: computed }];
  s.out.push({ t: 'persist', puts: [], deletes, append: [certified], blobs, lazy: !s.isSeat });
  s.out.push({ t: 'emit', event: { t: 'decided', certified, contributed } });
  if (computed !== null) s.out.push({ t: 'emit', event: { t: 'state', round: record.round, hash: record.state, bytes: computed } });
  if (s.stateBytes === null) askState(s, from === s.config.self ? null : from);
}

function noteDecision(s: RoundState, { record, commits }: CertifiedRecord, contributors: readonly PeerId[]): void {
  const before = [...s.standing.known.keys()];
  settle(s, record.round === s.slot.round ? (commits[0]?.body.view ?? null) : null, contributors);
  const { known } = s.standing;
  // Anybody can recount it from the records, so nothing waits for it.
  if (known.size !== before.length || before.some((id) => !known.has(id)))
    s.out.push({ t: 'persist', puts: [{ key: CELL.known, value: [...known.keys()] }], deletes: [], lazy: true });
}

/** Any peer may hold the state, and its hash verifies it: ask the likeliest peer, then the next in turn. */
export function askState(s: RoundState, likely: PeerId | null): void {
  const peers = [...s.peers];
  const source = likely ?? peers[s.asks++ % peers.length];
  if (source !== undefined) say(s, source, { t: 'want', fed: s.config.fed, what: 'state', hash: s.head.record.state });
}
