/** What a contributor does: joins from the state it holds, makes its one update when it is listed, sends the same bytes until they count. */
import type { Hash } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { MemberMode } from './effects.ts';
import type { UpdateBody } from './messages.ts';
import { isFinished, say, send } from './slot.ts';
import { CELL, type RoundState } from './state.ts';

export function setMode(s: RoundState, mode: MemberMode): void {
  if (s.mode === mode) return;
  s.mode = mode;
  s.out.push({ t: 'emit', event: { t: 'mode', mode } });
  if (mode === 'active') {
    joinRound(s);
    sendUpdate(s); // what a pause held back
  } else if (mode === 'done') sayDone(s);
}

/** A member that holds an update goes on to finish it; nobody joins on a state whose bytes it has not checked. */
export function joinRound(s: RoundState): void {
  const { config, head, slot } = s;
  const wants = s.mode === 'active' || (s.mode === 'finishing' && s.own !== null);
  if (!wants || s.stateBytes === null || s.forked || isFinished(s) || slot.joins.has(config.self)) return;
  send(s, 'seats', { t: 'join', body: { t: 'join', fed: config.fed, epoch: config.epoch, round: slot.round, state: head.record.state } });
}

/** The list is closed and this member is on it. */
export function contribute(s: RoundState): void {
  const { config, head } = s;
  if (s.own !== null) return sendUpdate(s);
  if (s.mode !== 'active' || s.stateBytes === null || isFinished(s) || s.training === head.record.state) return;
  s.training = head.record.state;
  s.out.push({ t: 'train', epoch: config.epoch, state: head.record.state, stateRound: head.record.stateRound, bytes: s.stateBytes });
}

export function onTrained(s: RoundState, signed: Signed<UpdateBody>, vector: Uint8Array, last: boolean): void {
  const { head } = s;
  s.last = last;
  if (s.training === signed.body.state) s.training = null;
  // Whoever has left sends nothing more, whatever it paid for.
  if (s.mode === 'following') return;
  // The state moved on while this was computed: the update is dropped, its price stays paid.
  if (signed.body.state !== head.record.state || signed.body.stateRound !== head.record.stateRound || s.own !== null) return;
  s.own = { signed, vector };
  s.out.push({ t: 'persist', puts: [{ key: CELL.own, value: s.own }], deletes: [] });
  sendUpdate(s);
}

export function onTrainRefused(s: RoundState, state: Hash, code: ErrorCode): void {
  if (s.training === state) s.training = null;
  if (s.mode === 'finishing') setMode(s, 'following');
  else if (s.mode === 'active') setMode(s, code === 'budget-spent' ? 'done' : 'paused');
}

/** A pause holds the update back, leaving keeps it here. */
function mayLeave(s: RoundState): boolean {
  return s.mode !== 'paused' && s.mode !== 'following';
}

/** To everybody: seats keep it, other contributors recompute the model from it. */
function sendUpdate(s: RoundState): void {
  if (s.own !== null && mayLeave(s)) say(s, 'all', { t: 'update', signed: s.own.signed, vector: s.own.vector });
}

function sayDone(s: RoundState): void {
  const { config, head } = s;
  send(s, 'seats', { t: 'done', body: { t: 'done', fed: config.fed, epoch: config.epoch, stateRound: head.record.stateRound } });
}

/** Called on every tick: what no seat has confirmed is said again, byte for byte. */
export function repeatMember(s: RoundState): void {
  const { config, slot } = s;
  if (s.mode === 'done' && !isFinished(s)) sayDone(s);
  const listed = slot.open?.body.members.includes(config.self) === true;
  if (!listed) {
    // A seat may have lost the join, or restarted.
    slot.joins.delete(config.self);
    joinRound(s);
  }
  if (s.own === null || !mayLeave(s) || !listed) return;
  for (const seat of config.seats) {
    if (!s.acked.has(seat) && seat !== config.self) say(s, seat, { t: 'update', signed: s.own.signed, vector: s.own.vector });
  }
}

/** A leader that gathers has lost the list that it sent (a copy of its disk was put back): who is on it joins anew. */
export function onGathering(s: RoundState, from: PeerId): void {
  const { open, joins } = s.slot;
  if (open?.by !== from || !open.body.members.includes(s.config.self)) return;
  joins.delete(s.config.self);
  joinRound(s);
}

/** A new slot is open on a state that is here. */
export function afterDecision(s: RoundState): void {
  if (s.mode === 'finishing' && s.own === null) setMode(s, 'following');
  if (s.mode === 'active' && s.own === null && s.last) setMode(s, 'done');
  joinRound(s);
}
