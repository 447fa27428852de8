/**
 * A seat's votes. Safety rests on three rules: a ballot is durable before a vote of it leaves; a seat that asked for a later view never
 * votes in an earlier one; it prepares one value per view.
 */
import type { Hash } from '../codec.ts';
import { VIEW_DOUBLINGS_MAX } from '../limits.ts';
import type { Ballot } from './messages.ts';
import { isSeat, slotOf, VIEWS_KEPT, type Agreement } from './state.ts';

/** The ballot with changes, durable before anything that follows. */
export function cast<V, E>({ state, caller }: Agreement<V, E>, changes: Partial<Ballot<V, E>>): void {
  state.ballot = { ...state.ballot, ...changes };
  caller.persist(state.ballot);
}

export function sendVote<V, E>(a: Agreement<V, E>, t: 'prepare' | 'commit', view: number, record: Hash): void {
  a.caller.send('seats', { t: 'vote', body: { t, ...slotOf(a), view, record }, evidence: a.caller.evidenceFor(record) });
}

/**
 * A view lasts `takeoverMs`, and twice as long after each turn of all seats: in the end longer than the network's delay, which nobody knows
 * (Dwork, Lynch & Stockmeyer 1988). PBFT doubles it with each view; with each turn, lying leaders in a row do not slow the first one down.
 * @param extraMs what the open view may take beside it
 */
export function startViewTimer<V, E>({ config, state, caller }: Agreement<V, E>, extraMs = 0): void {
  const turns = Math.floor(state.ballot.view / config.seats.length);
  state.isTimed = true;
  caller.startTimer(extraMs + config.takeoverMs * 2 ** Math.min(turns, VIEW_DOUBLINGS_MAX));
}

/** `together`: a quorum is known to be in that view, so the timer may run. */
export function enterView<V, E>(a: Agreement<V, E>, view: number, together: boolean): void {
  const { config, state, caller } = a;
  for (const old of state.proposals.keys()) if (old < view - VIEWS_KEPT) state.proposals.delete(old);
  state.proposed = null;
  state.isTimed = false;
  if (isSeat(config)) cast(a, { view });
  else state.ballot = { ...state.ballot, view };
  caller.entered(view);
  if (together && isSeat(config)) startViewTimer(a);
}

/** Prepares the open view's latest value if judged valid, once its evidence is here, and no other value in that view. */
export function prepare<V, E>(a: Agreement<V, E>, value: V, id: Hash): void {
  const { state, caller } = a;
  const { view, prepared } = state.ballot;
  if (prepared?.view === view || !caller.isProven(value, caller.evidenceFor(id))) return;
  cast(a, { prepared: { view, value } });
  sendVote(a, 'prepare', view, id);
}
