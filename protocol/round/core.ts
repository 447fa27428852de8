/**
 * The round core of one federation: slots decided one after another by seats, each a model or a skip (docs/internals/round.md). Sans I/O:
 * `step` changes the state in place and returns what the shell must do. It has no clock, no randomness, and no cryptography except hashes.
 */
import { onProposal, reconsider } from '../agreement/proposal.ts';
import type { Certificate } from '../agreement/messages.ts';
import { onChange, onViewTimer } from '../agreement/view-change.ts';
import { onVote, recount } from '../agreement/voting.ts';
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { adopt, askState } from './adopt.ts';
import { keepAttests } from './attest.ts';
import { collect } from './collect/chosen.ts';
import { deciding } from './decide.ts';
import type { Effect, Input } from './effects.ts';
import { afterDecision, onTrainRefused, onGathering, onTrained, repeatMember, setMode } from './member.ts';
import type { AttestBody, CertifiedRecord, RecordBody, RoundMessage } from './messages.ts';
import { hasRoom, onDone, onJoin, onOpen, onStep, onWindow, proposeInNewView } from './open.ts';
import { onGrace, proposePending, proposeWhenReady } from './propose.ts';
import { countsOn, isCertified } from './record.ts';
import { repeatSeat, resumeSeat } from './seat.ts';
import { leads, persist, say } from './slot.ts';
import { CELL, type RoundState } from './state.ts';
import { sayStatus } from './status.ts';
import { changeFrom, type Attest } from './wire-names.ts';

export function step(s: RoundState, input: Input): Effect[] {
  s.out = [];
  if (!s.forked) dispatch(s, input);
  else if (input.t === 'start') s.out.push({ t: 'emit', event: { t: 'forked', round: s.head.record.round } });
  return s.out;
}

function dispatch(s: RoundState, input: Input): void {
  switch (input.t) {
    case 'start':
      s.out.push({ t: 'timer', id: 'tick', afterMs: s.config.tickMs });
      if (s.isSeat) resumeSeat(s);
      return;
    case 'peers':
      return onPeers(s, input.peers);
    case 'message':
      return onMessage(s, input.from, input.message);
    case 'timer':
      return onTimer(s, input.id);
    case 'mode':
      return setMode(s, input.mode);
    case 'trained':
      return onTrained(s, input.signed, input.vector, input.last);
    case 'train-refused':
      return onTrainRefused(s, input.state, input.code);
    case 'aggregated':
      if (s.slot.computed.get(input.key) !== 'pending') return;
      s.slot.computed.set(input.key, { hash: input.hash, bytes: input.bytes });
      proposePending(s);
      reconsider(deciding(s));
  }
}

function onPeers(s: RoundState, peers: readonly PeerId[]): void {
  const before = s.peers;
  s.peers = new Set(peers);
  const seatCame = peers.some((peer) => !before.has(peer) && s.config.seats.includes(peer));
  for (const peer of peers) {
    if (before.has(peer)) continue;
    if (s.isSeat || s.config.seats.includes(peer)) sayStatus(s, peer);
    const { seen, expected, returned } = s.standing;
    if (s.isSeat && seen.has(peer)) for (const list of [expected, returned]) if (hasRoom(s, list, peer)) list.add(peer);
    if (s.config.seats.includes(peer)) s.member.acked.delete(peer); // it may have restarted: ask it for a new receipt
  }
  if (s.stateBytes === null) askState(s, null);
  // Strangers come and go as they like; only a seat may need to hear again what it missed.
  if (s.isSeat) proposeWhenReady(s, false);
  else if (seatCame) repeatMember(s);
}

function onTimer(s: RoundState, id: string): void {
  if (id === 'tick') {
    s.out.push({ t: 'timer', id: 'tick', afterMs: s.config.tickMs });
    for (const peer of s.isSeat ? (['peers'] as const) : s.config.seats) sayStatus(s, peer);
    if (s.stateBytes === null) askState(s, null);
    repeatMember(s);
    if (s.isSeat) repeatSeat(s);
    return;
  }
  if (!s.isSeat) return;
  if (id === 'view') return onViewTimer(deciding(s));
  if (!s.slot.timers.has(id as never)) return;
  if (id === 'open') onWindow(s);
  else if (id === 'step') onStep(s);
  else if (id === 'deadline') proposeWhenReady(s, true);
  else if (id === 'grace') onGrace(s);
}

// --- messages ---

function onMessage(s: RoundState, from: PeerId, message: RoundMessage): void {
  switch (message.t) {
    case 'status':
      if (message.fed !== s.config.fed || message.epoch !== s.config.epoch) return;
      if (message.seat && message.round === s.slot.round && s.config.seats.includes(from))
        s.lastStatus = { phase: message.phase, joined: message.joined };
      if (message.round === s.slot.round && ['gathering', 'waiting-for-new'].includes(message.phase)) onGathering(s, from);
      return catchUp(s, from, message.round);
    case 'record':
      return onRecord(s, from, message.certified);
    case 'want':
      return onWant(s, from, message.what, message.hash);
    case 'state':
      return onState(s, message.hash, message.bytes);
    case 'ack':
      if (message.fed === s.config.fed && s.config.seats.includes(from)) collect.onReceipt(s, from, message.update);
      return;
    case 'refuse':
      // A stranger's word is no reason to alarm a person.
      if (message.fed === s.config.fed && s.config.seats.includes(from))
        s.out.push({ t: 'emit', event: { t: 'refused', by: from, code: message.code, field: message.field } });
      return;
    case 'update':
    case 'done':
      if (message.signed.body.fed !== s.config.fed || message.signed.body.epoch !== s.config.epoch) return;
      if (message.t === 'update') return onContribution(s, from, message);
      if (s.isSeat) onDone(s, message.signed);
      return;
    default:
      return onSlotMessage(s, from, message);
  }
}

type SlotMessage = Extract<RoundMessage, { t: 'join' | 'open' | 'propose' | 'attest' | 'vote' | 'change' }>;

function onSlotMessage(s: RoundState, from: PeerId, message: SlotMessage): void {
  const { fed, epoch, round } = message.signed.body;
  if (fed !== s.config.fed || epoch !== s.config.epoch) return;
  if (round !== s.slot.round) return catchUp(s, from, round);
  switch (message.t) {
    case 'open':
      return onOpen(s, message.signed);
    case 'propose': {
      const { signed, record, changes } = message;
      return onCertificate(s, onProposal(deciding(s), { signed, value: record, changes: changes.map(changeFrom) }));
    }
    case 'join':
      return s.isSeat ? onJoin(s, message.signed) : undefined;
    case 'attest':
      return s.isSeat ? onAttest(s, message.signed) : undefined;
    case 'vote':
      return s.isSeat ? onCertificate(s, onVote(deciding(s), from, message.signed, message.attests)) : undefined;
    case 'change':
      return s.isSeat && onChange(deciding(s), changeFrom(message)) ? proposeInNewView(s) : undefined;
  }
}

function onContribution(s: RoundState, from: PeerId, message: Extract<RoundMessage, { t: 'update' }>): void {
  if (!collect.onMessage(s, from, message)) return;
  reconsider(deciding(s));
  if (s.isSeat) proposeWhenReady(s, false);
}

function onAttest(s: RoundState, signed: Signed<AttestBody>): void {
  const { values, proposals, ballot } = s.agreement;
  const id = signed.body.record;
  keepAttests(s, [signed]);
  if (!values.has(id)) return;
  if (proposals.get(ballot.view)?.id === id) reconsider(deciding(s));
  onCertificate(s, recount(deciding(s)));
}

/** The seats have decided the open slot. */
function onCertificate(s: RoundState, certificate: Certificate<RecordBody, Attest> | null): void {
  if (certificate === null || certificate.value.base !== s.headId) return;
  const { value: record, commits, evidence: attests } = certificate;
  const certified = { record, commits, attests };
  const isSpeaker = leads(s, commits[0]!.body.view);
  adopt(s, certified, s.config.self);
  afterDecision(s);
  // One sender is enough; a peer that misses it learns of it with the next status.
  if (isSpeaker) say(s, 'peers', { t: 'record', certified });
}

/** A peer that stands elsewhere: help it, or ask it. */
function catchUp(s: RoundState, from: PeerId, round: number): void {
  if (from === s.config.self) return;
  if (round < s.slot.round && s.head.record.round > 0) say(s, from, { t: 'record', certified: s.head });
  else if (round > s.slot.round) say(s, from, { t: 'want', fed: s.config.fed, what: 'head', hash: null });
}

function onRecord(s: RoundState, from: PeerId, certified: CertifiedRecord): void {
  const { record } = certified;
  if (record.fed !== s.config.fed || record.epoch !== s.config.epoch) return;
  if (record.round < s.slot.round) {
    const twice = record.round === s.head.record.round && idOf(record) !== s.headId && isCertified(s.config, certified);
    if (twice) stop(s, certified);
    return;
  }
  if (!isCertified(s.config, certified)) return;
  if (record.round === s.slot.round && record.base !== s.headId) return stop(s, certified);
  if (!countsOn(s.head.record, record)) return;
  adopt(s, certified, from);
  afterDecision(s);
}

/** For good: a restart does not forget it. */
function stop(s: RoundState, evidence: CertifiedRecord): void {
  s.forked = true;
  persist(s, CELL.forked, evidence);
  s.out.push({ t: 'emit', event: { t: 'forked', round: evidence.record.round } });
}

function onWant(s: RoundState, from: PeerId, what: 'head' | 'state' | 'update', hash: string | null): void {
  const { fed } = s.config;
  if (what === 'head') {
    if (s.head.record.round > 0) say(s, from, { t: 'record', certified: s.head });
  } else if (what === 'state') {
    const current = s.stateBytes !== null && s.head.record.state === hash ? { hash: s.head.record.state, bytes: s.stateBytes } : null;
    const found = current ?? (s.previous?.hash === hash ? s.previous : null);
    if (found !== null) say(s, from, { t: 'state', fed, hash: found.hash, bytes: found.bytes });
  } else {
    const found = hash === null ? undefined : collect.find(s, hash);
    if (found !== undefined) say(s, from, found);
  }
}

function onState(s: RoundState, hash: string, bytes: Uint8Array): void {
  const { record } = s.head;
  if (s.stateBytes !== null || hash !== record.state || hashBytes(bytes) !== hash) return;
  s.stateBytes = bytes;
  s.out.push({ t: 'persist', puts: [], deletes: [], blobs: [{ hash: record.state, bytes }] });
  s.out.push({ t: 'emit', event: { t: 'state', round: record.round, hash: record.state, bytes } });
  afterDecision(s);
}
