/** Proposals: a leader's own, and how a peer handles those of others. */
import { VIEW_AHEAD_MAX } from '../limits.ts';
import { enterView, prepare, sendVote } from './ballot.ts';
import type { Certificate, Proposal, ViewChange } from './messages.ts';
import { isLeader, isSeat, keepValue, leaderOf, slotOf, type Agreement } from './state.ts';
import { allowedBy, changesTo, keepChange, sendChange } from './view-change.ts';
import { recount } from './voting.ts';

/**
 * Whether this peer, which leads the open view, may propose freely. It may not without a quorum of changes; and if they show a lock, the
 * locked value is proposed here and now.
 */
export function isFree<V, E>(a: Agreement<V, E>): boolean {
  const { view } = a.state.ballot;
  if (view === 0) return true;
  const changes = changesTo(a, view);
  const allowed = allowedBy(a, changes, view);
  if (allowed !== null && allowed !== 'free') say(a, allowed.value, changes);
  return allowed === 'free';
}

/** Proposes a value in the open view, unless a lock has appeared. */
export function propose<V, E>(a: Agreement<V, E>, value: V): void {
  if (isFree(a)) say(a, value, changesTo(a, a.state.ballot.view));
}

function say<V, E>(a: Agreement<V, E>, value: V, changes: readonly ViewChange<V, E>[]): void {
  const { state } = a;
  const { view } = state.ballot;
  if (state.proposals.has(view)) return; // said before a restart; one proposal a view
  state.proposed = { view, value, changes };
  sayAgain(a);
}

function sayAgain<V, E>(a: Agreement<V, E>): void {
  const { view, value, changes } = a.state.proposed!;
  a.caller.send('all', { t: 'propose', body: { t: 'propose', ...slotOf(a), view, record: a.caller.idOf(value) }, value, changes });
}

/** Handles a proposal with verified signatures. @returns the certificate if only its value was missing */
export function onProposal<V, E>(a: Agreement<V, E>, { signed, value, changes }: Proposal<V, E>): Certificate<V, E> | null {
  const { config, state, caller } = a;
  const { by, body } = signed;
  const { view, record: id } = body;
  if (by !== leaderOf(config, state.slot, view) || caller.idOf(value) !== id) return null;
  if (view < state.ballot.view || view > state.ballot.view + VIEW_AHEAD_MAX) return null;
  if (view > 0) {
    const allowed = allowedBy(a, changes, view);
    if (allowed === null || (allowed !== 'free' && caller.idOf(allowed.value) !== id)) return null;
    for (const change of changes) keepChange(a, change);
  }
  if (view > state.ballot.view) enterView(a, view, true);
  keepValue(a, value, id);
  state.proposals.set(view, { id, from: by });
  state.confirmed.delete(id); // who hears a proposal again says its word again
  reconsider(a, true);
  return isSeat(config) ? recount(a) : null;
}

/** Call it when something may have arrived that the judgement of the open view's proposal was waiting for. */
export function reconsider<V, E>(a: Agreement<V, E>, ask = false): void {
  const { config, state, caller } = a;
  const latest = state.proposals.get(state.ballot.view);
  const value = latest && state.values.get(latest.id);
  if (latest === undefined || value === undefined) return;
  if (caller.judge(value, ask && latest.from !== config.self ? latest.from : null) !== 'valid') return;
  if (!state.confirmed.has(latest.id)) {
    state.confirmed.add(latest.id);
    caller.confirm(value, latest.id);
  }
  if (isSeat(config)) prepare(a, value, latest.id);
}

/** After a restart: what this seat prepared as the leader of view 0 is still its proposal. @returns whether the slot is in progress */
export function resume<V, E>(a: Agreement<V, E>): boolean {
  const { view, prepared } = a.state.ballot;
  if (prepared?.view === 0 && view === 0 && isLeader(a)) a.state.proposed = { view, value: prepared.value, changes: [] };
  return view > 0 || prepared !== null;
}

/** Messages get lost: a seat repeats where it stands. */
export function repeat<V, E>(a: Agreement<V, E>): void {
  const { caller, state } = a;
  const { view, lock, prepared, committed } = state.ballot;
  // Locked in this view, it has nothing to add to the change that brought it here: one seat, one change per view.
  if (view > 0 && lock?.view !== view) sendChange(a);
  if (state.proposed?.view === view) sayAgain(a);
  if (prepared?.view === view) sendVote(a, 'prepare', view, caller.idOf(prepared.value));
  if (committed !== null) sendVote(a, 'commit', committed.view, committed.id);
}
