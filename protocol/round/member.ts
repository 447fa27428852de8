/** What a contributor does: it joins from the state it holds, contributes when listed, and repeats itself until it counts. */
import type { Hash } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { MemberMode } from './effects.ts';
import { collect } from './collect/chosen.ts';
import type { UpdateBody } from './messages.ts';
import { isFinished, send, slotOf } from './slot.ts';
import { CELL, type RoundState } from './state.ts';

export function setMode(s: RoundState, mode: MemberMode): void {
  if (s.member.mode === mode) return;
  s.member.mode = mode;
  s.out.push({ t: 'emit', event: { t: 'mode', mode } });
  if (mode === 'active') {
    joinRound(s);
    if (s.member.own !== null) collect.contribute(s); // what a pause held back
  } else if (mode === 'done') sayDone(s);
}

/** A member with an update carries on to finish it; nobody joins on a state whose bytes it has not checked. */
function joinRound(s: RoundState): void {
  const { config, head, slot } = s;
  const wants = s.member.mode === 'active' || (s.member.mode === 'finishing' && s.member.own !== null);
  if (!wants || s.stateBytes === null || s.forked || isFinished(s) || slot.joins.has(config.self)) return;
  send(s, 'seats', { t: 'join', body: { t: 'join', ...slotOf(s), state: head.record.state } });
}

export function onTrained(s: RoundState, signed: Signed<UpdateBody>, vector: Uint8Array, last: boolean): void {
  const { head } = s;
  s.member.last = last;
  if (s.member.training === signed.body.state) s.member.training = null;
  // Whoever has left sends nothing more, whatever it paid for.
  if (s.member.mode === 'following') return;
  // The state moved on while this was computed: the update is dropped, its price stays paid.
  if (signed.body.state !== head.record.state || signed.body.stateRound !== head.record.stateRound || s.member.own !== null) return;
  s.member.own = { signed, vector };
  s.out.push({ t: 'persist', puts: [{ key: CELL.own, value: s.member.own }], deletes: [] });
  collect.contribute(s);
}

export function onTrainRefused(s: RoundState, state: Hash, code: ErrorCode): void {
  if (s.member.training === state) s.member.training = null;
  if (s.member.mode === 'finishing') setMode(s, 'following');
  else if (s.member.mode === 'active') setMode(s, code === 'budget-spent' ? 'done' : 'paused');
}

function sayDone(s: RoundState): void {
  const { config, head } = s;
  send(s, 'seats', { t: 'done', body: { t: 'done', fed: config.fed, epoch: config.epoch, stateRound: head.record.stateRound } });
}

/** Called on every tick: what no seat has confirmed is sent again, byte for byte. */
export function repeatMember(s: RoundState): void {
  const { config, slot } = s;
  if (s.member.mode === 'done' && !isFinished(s)) sayDone(s);
  const listed = [...slot.lists.values()].some(({ body }) => body.members.includes(config.self));
  if (!listed || !s.isSeat) {
    // A seat may have lost the join, or restarted; and who has no seat cannot tell a list of this view from a liar's of a far one.
    slot.joins.delete(config.self);
    joinRound(s);
  }
  if (listed) collect.repeat(s);
}

/** A leader that gathers has lost the list it sent (its disk was restored from a copy): members on it join again. */
export function onGathering(s: RoundState, from: PeerId): void {
  const { lists, joins } = s.slot;
  if (lists.get(from)?.body.members.includes(s.config.self) !== true) return;
  joins.delete(s.config.self);
  joinRound(s);
}

/** A new slot is open on a state that is here. */
export function afterDecision(s: RoundState): void {
  if (s.member.mode === 'finishing' && s.member.own === null) setMode(s, 'following');
  if (s.member.mode === 'active' && s.member.own === null && s.member.last) setMode(s, 'done');
  joinRound(s);
}
