/**
 * A seat's votes. Safety rests on three rules: a ballot is durable before a vote of it leaves; a seat that asked for a later view never
 * votes in an earlier one; it prepares one value per view.
 */
import type { Hash } from '../codec.ts';
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

export function startViewTimer<V, E>({ state, caller }: Agreement<V, E>, afterMs: number): void {
  state.isTimed = true;
  caller.startTimer(afterMs);
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
  if (together && isSeat(config)) startViewTimer(a, config.takeoverMs);
}

/** Prepares the open view's latest value if judged valid, once its evidence is here, and no other value in that view. */
export function prepare<V, E>(a: Agreement<V, E>, value: V, id: Hash): void {
  const { state, caller } = a;
  const { view, prepared } = state.ballot;
  if (prepared?.view === view || !caller.isProven(value, caller.evidenceFor(id))) return;
  cast(a, { prepared: { view, value } });
  sendVote(a, 'prepare', view, id);
}
