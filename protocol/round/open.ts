/** How a round opens: joins, the leader's list, and what a later view's leader does. collect/collect.ts handles what follows the list. */
import { startViewTimer } from '../agreement/ballot.ts';
import { leaderOf } from '../agreement/state.ts';
import { isFree } from '../agreement/proposal.ts';
import type { PeerId, Signed } from '../identity.ts';
import { JOINS_MAX, VIEW_AHEAD_MAX } from '../limits.ts';
import { collect } from './collect/chosen.ts';
import { deciding } from './decide.ts';
import type { DoneBody, JoinBody, OpenBody } from './messages.ts';
import { proposeCollected, proposeSkip, proposeWhenReady } from './propose.ts';
import { isFinished, isHere, leads, persist, say, send, slotOf, startTimer } from './slot.ts';
import { chooseMembers, hasProven, isExpected, isKnown, noteNoShows, stepMs, windowMs } from './standing.ts';
import { CELL, keepList, type RoundState } from './state.ts';

export function onJoin(s: RoundState, signed: Signed<JoinBody>): void {
  if (signed.body.state !== s.head.record.state || isFinished(s)) return;
  if (!hasRoom(s, s.slot.joins, signed.by)) return;
  s.slot.joins.set(signed.by, signed);
  s.standing.done.delete(signed.by);
  if (hasRoom(s, s.standing.seen, signed.by)) s.standing.seen.add(signed.by);
  callRound(s);
}

export function onDone(s: RoundState, signed: Signed<DoneBody>): void {
  // A stranger has no budget here that could be spent.
  if (signed.body.stateRound !== s.head.record.stateRound || !isKnown(s, signed.by) || !hasRoom(s, s.standing.done, signed.by)) return;
  s.standing.done.add(signed.by);
  s.slot.joins.delete(signed.by);
}

/** Identities cost nothing, so in a full list present members replace absent ones, and then known members replace strangers. */
export function hasRoom(s: RoundState, list: Map<PeerId, unknown> | Set<PeerId>, id: PeerId): boolean {
  if (list.has(id) || list.size < JOINS_MAX) return true;
  if (!isHere(s, id)) return false;
  const ids = [...list.keys()];
  const least = ids.find((kept) => !isHere(s, kept)) ?? (isKnown(s, id) ? ids.find((kept) => !isKnown(s, kept)) : undefined);
  return least !== undefined && list.delete(least);
}

/** Joins that can still answer. */
export function present(s: RoundState): PeerId[] {
  return [...s.slot.joins.keys()].filter((id) => isHere(s, id));
}

export function callRound(s: RoundState): void {
  const { slot, config, agreement } = s;
  const { view } = agreement.ballot;
  const joined = present(s);
  if (slot.open !== null || slot.opening || joined.length < config.minContributors || s.stateBytes === null || isFinished(s)) return;
  if (view === 0 && !agreement.isTimed) startViewTimer(deciding(s), config.joinWindowMs);
  if (!leads(s)) return;
  if (view > 0) return proposeInNewView(s);
  // Once everybody from the last slot is back, there is no reason to keep the window open.
  const before = expected(s);
  const isWhole = before.length >= config.minContributors && before.every((id) => slot.joins.has(id));
  if ((isWhole || slot.isExtended) && hasProven(s, joined)) openRound(s);
  else if (!slot.timers.has('open')) startTimer(s, 'open', windowMs(s));
}

/** Members that took part in the last slot or came too late for it, and can join this one. */
function expected(s: RoundState): PeerId[] {
  return [...s.standing.expected].filter(
    (id) => ((s.peers.has(id) && !s.standing.done.has(id)) || id === s.config.self) && isExpected(s, id),
  );
}

export function onWindow(s: RoundState): void {
  const { slot, config } = s;
  if (!slot.isExtended && !hasProven(s, present(s))) {
    const rest = config.joinWindowMs - windowMs(s);
    slot.isExtended = true;
    return startTimer(s, 'open', rest);
  }
  const missing = expected(s).filter((id) => !s.slot.joins.has(id));
  if (openRound(s)) noteNoShows(s, missing);
}

/** @returns whether a list is on its way */
function openRound(s: RoundState): boolean {
  const { slot, config } = s;
  const joined = present(s);
  slot.timers.delete('open');
  if (slot.open !== null || slot.opening || !leads(s) || joined.length < config.minContributors || isFinished(s)) return false;
  slot.opening = true;
  const members = chooseMembers(s, joined);
  send(s, s.config.self, {
    t: 'open',
    body: { t: 'open', ...slotOf(s), view: s.agreement.ballot.view, state: s.head.record.state, members },
  });
  return true;
}

/** A list has come. A leader whose disk was put back lists again in its view: members answer it, the view's time and standing stay. */
export function onOpen(s: RoundState, signed: Signed<OpenBody>): void {
  const { slot, config, head, agreement } = s;
  const { view, members, state } = signed.body;
  if (signed.by !== leaderOf(config, slot.round, view) || state !== head.record.state) return;
  if (members.length < config.minContributors || members.length > config.maxContributors || view > agreement.ballot.view + VIEW_AHEAD_MAX)
    return;
  if (s.isSeat && view !== agreement.ballot.view) return;
  const before = slot.lists.get(signed.by)?.body.view ?? -1;
  const isNew = before < view;
  const isFirst = slot.open === null;
  if (isNew) s.member.acked.clear(); // a seat may have deleted an update that this list asks for again
  if (before <= view) keepList(s, signed);
  if (s.isSeat && isFirst) {
    slot.opening = false;
    seatOpened(s, signed);
  }
  // A repeated list is no reason to send everybody the same update again.
  if (members.includes(config.self) && (isNew || s.member.own === null)) collect.contribute(s);
}

/**
 * A seat saw the list of its round: the deadline counts from here. A leader sends its own list only once it is written, so that no list is
 * lost with its seat.
 */
export function seatOpened(s: RoundState, signed: Signed<OpenBody>): void {
  const { config, slot } = s;
  persist(s, CELL.open, signed);
  startViewTimer(deciding(s), config.deadlineMs);
  if (leads(s, signed.body.view)) {
    say(s, 'peers', { t: 'open', signed });
    startTimer(s, 'deadline', config.deadlineMs);
  }
  slot.step = 0;
  slot.arrived = 0;
  nextStep(s);
  proposeWhenReady(s, false);
}

/** Every seat measures members' times, because each seat will lead one day. */
export function onStep(s: RoundState): void {
  s.slot.step++;
  nextStep(s);
  proposeWhenReady(s, false);
}

function nextStep(s: RoundState): void {
  const ms = stepMs(s);
  if (ms !== null) startTimer(s, 'step', ms);
}

/** The leader of a later view proposes the highest lock, or what is available, or a new list, or a skip. */
export function proposeInNewView(s: RoundState): void {
  const { slot, config, agreement } = s;
  if (agreement.proposed !== null || slot.pendingProposal !== null || slot.open !== null || slot.opening) return;
  if (!isFree(deciding(s))) return;
  const isPatient = agreement.ballot.view < config.seats.length;
  if (isPatient && collect.isEnough(s)) proposeCollected(s);
  else if (isPatient && present(s).length >= config.minContributors) openRound(s);
  else proposeSkip(s);
}
