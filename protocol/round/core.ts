/**
 * The round core of one federation: slots decided one after another by seats, each a model or a skip (docs/internals/round.md).
 * Sans I/O: `step` changes the state in place and returns what the shell must do. It has no clock, no randomness, no crypto but hashes.
 */
import { onProposal, reconsider } from '../agreement/proposal.ts';
import { leaderOf } from '../agreement/state.ts';
import type { Certificate } from '../agreement/messages.ts';
import { onChange, onViewTimer } from '../agreement/view-change.ts';
import { onVote, recount } from '../agreement/voting.ts';
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { VIEW_AHEAD_MAX } from '../limits.ts';
import { adopt, askState } from './adopt.ts';
import { keepAttests } from './attest.ts';
import { plain as collect } from './collect/plain.ts';
import { deciding } from './decide.ts';
import type { Effect, Input } from './effects.ts';
import { afterDecision, onTrainRefused, onGathering, onTrained, repeatMember, setMode } from './member.ts';
import type { AttestBody, CertifiedRecord, OpenBody, RecordBody, RoundMessage, RoundPhase } from './messages.ts';
import { onDone, onJoin, onStep, onWindow, present, proposeInNewView, seatOpened } from './open.ts';
import { onGrace, proposePending, proposeWhenReady } from './propose.ts';
import { countsOn, isCertified, updateId } from './record.ts';
import { repeatSeat, resumeSeat } from './seat.ts';
import { isFinished, isHere, leads, persist, say } from './slot.ts';
import { CELL, type RoundState } from './state.ts';
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
    if (s.isSeat && s.standing.seen.has(peer)) {
      s.standing.expected.add(peer);
      s.standing.returned.add(peer);
    }
    if (s.config.seats.includes(peer)) s.member.acked.delete(peer); // it may have restarted: ask it for a new receipt
  }
  if (s.stateBytes === null) askState(s, null);
  // Strangers come and go as they like; only a seat may want to hear again what it missed.
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
      if (
        message.fed === s.config.fed &&
        s.member.own !== null &&
        message.update === updateId(s.member.own.signed) &&
        s.config.seats.includes(from)
      )
        s.member.acked.add(from);
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
  // One voice is enough; who misses it hears of it with the next status.
  if (isSpeaker) say(s, 'peers', { t: 'record', certified });
}

/** A peer that stands elsewhere: help it, or ask it. */
function catchUp(s: RoundState, from: PeerId, round: number): void {
  if (from === s.config.self) return;
  if (round < s.slot.round && s.head.record.round > 0) say(s, from, { t: 'record', certified: s.head });
  else if (round > s.slot.round) say(s, from, { t: 'want', fed: s.config.fed, what: 'head', hash: null });
}

function onOpen(s: RoundState, signed: Signed<OpenBody>): void {
  const { slot, config, head, agreement } = s;
  const { view, members, state } = signed.body;
  if (signed.by !== leaderOf(config, slot.round, view) || state !== head.record.state) return;
  if (members.length < config.minContributors || members.length > config.maxContributors || view > agreement.ballot.view + VIEW_AHEAD_MAX)
    return;
  const news = slot.open === null || slot.open.body.view < view;
  if (s.isSeat) {
    if (view !== agreement.ballot.view || slot.open !== null) return;
    slot.opening = false;
    slot.open = signed;
    s.collect.called = new Set(members);
    seatOpened(s, signed);
  } else if (news) {
    slot.open = signed;
    s.collect.called = new Set(members);
  }
  // A seat may have let go of an update that this list asks for again.
  if (news) s.member.acked.clear();
  // A list that is said again is no reason to send everybody the same update again.
  if (members.includes(config.self) && (news || s.member.own === null)) collect.contribute(s);
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
  persist(s, CELL.state, { hash: record.state, bytes });
  s.out.push({ t: 'emit', event: { t: 'state', round: record.round, hash: record.state, bytes } });
  afterDecision(s);
}

// --- status, for peers and for people ---

/** Fewer members are left than a round needs, because some have spent their budget: it takes people who have not been here. */
function waitsForNew(s: RoundState): boolean {
  const { seen, done } = s.standing;
  if (done.size === 0) return false;
  const left = [...seen].filter((id) => !done.has(id) && isHere(s, id)).length;
  return left < s.config.minContributors;
}

export function phaseOf(s: RoundState): RoundPhase {
  const { proposals, ballot } = s.agreement;
  if (isFinished(s)) return 'finished';
  if (proposals.size > 0 || ballot.prepared !== null) return 'deciding';
  if (s.slot.open !== null) return 'training';
  const waits = s.isSeat ? waitsForNew(s) : s.lastStatus?.phase === 'waiting-for-new';
  return waits ? 'waiting-for-new' : 'gathering';
}

export function joinedCount(s: RoundState): number {
  return s.slot.open?.body.members.length ?? (s.isSeat ? present(s).length : (s.lastStatus?.joined ?? 0));
}

function sayStatus(s: RoundState, to: PeerId | 'peers'): void {
  const { config, head, slot } = s;
  say(s, to, {
    t: 'status',
    fed: config.fed,
    epoch: config.epoch,
    round: slot.round,
    head: s.headId,
    state: head.record.state,
    phase: phaseOf(s),
    joined: joinedCount(s),
    seat: s.isSeat,
  });
}
