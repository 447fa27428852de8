/** How a silent leader is replaced: changes of view, each with the highest lock of its sender (PBFT 4.4). */
import { VIEW_AHEAD_MAX } from '../limits.ts';
import { enterView, startViewTimer } from './ballot.ts';
import { isSameSlot } from './certificate.ts';
import { isLock } from './lock.ts';
import type { Lock, ViewChange } from './messages.ts';
import { wantedView } from './quorum.ts';
import { isLeader, keepValue, slotOf, type Agreement } from './state.ts';

/** Whether a change is complete: from a seat, for this slot, with a valid lock that matches the one its signed body names. */
export function isViewChange<V, E>(a: Agreement<V, E>, { signed, lock }: ViewChange<V, E>): boolean {
  const { body, by } = signed;
  if (!a.config.seats.includes(by) || !isSameSlot(body, slotOf(a))) return false;
  if (body.lock === null || lock === null) return body.lock === null && lock === null;
  return lock.view === body.lock.view && lock.view < body.view && a.caller.idOf(lock.value) === body.lock.record && isLock(a, lock);
}

/**
 * What a quorum of changes allows a view's leader to propose.
 * @returns the highest lock, 'free' when no seat holds one, or null when this is no quorum for that view
 */
export function allowedBy<V, E>(a: Agreement<V, E>, changes: readonly ViewChange<V, E>[], view: number): Lock<V, E> | 'free' | null {
  let highest: Lock<V, E> | null = null;
  for (const change of changes) {
    if (change.signed.body.view !== view || !isViewChange(a, change)) return null;
    if (change.lock !== null && (highest === null || change.lock.view > highest.view)) highest = change.lock;
  }
  if (new Set(changes.map(({ signed }) => signed.by)).size < a.config.quorum) return null;
  return highest ?? 'free';
}

/** Changes to a view that are here. */
export function changesTo<V, E>({ state }: Agreement<V, E>, view: number): ViewChange<V, E>[] {
  return view === 0 ? [] : [...state.changes.values()].filter(({ signed }) => signed.body.view === view);
}

export function keepChange<V, E>(a: Agreement<V, E>, change: ViewChange<V, E>): void {
  const { by, body } = change.signed;
  const kept = a.state.changes.get(by);
  if (kept === undefined || kept.signed.body.view < body.view) a.state.changes.set(by, change);
  if (change.lock === null) return;
  const { value, evidence } = change.lock;
  keepValue(a, value, a.caller.idOf(value));
  a.caller.keepEvidence(evidence);
}

function changeTo<V, E>(a: Agreement<V, E>, view: number): void {
  enterView(a, view, false);
  sendChange(a);
}

export function sendChange<V, E>(a: Agreement<V, E>): void {
  const { view, lock } = a.state.ballot;
  const named = lock && { view: lock.view, record: a.caller.idOf(lock.value) };
  a.caller.send('seats', { t: 'change', body: { t: 'change', ...slotOf(a), view, lock: named }, lock });
}

/** The view's time is over. A timer started for an earlier view is ignored. */
export function onViewTimer<V, E>(a: Agreement<V, E>): void {
  if (a.state.isTimed) changeTo(a, a.state.ballot.view + 1);
}

/** Handles a change with verified signatures. @returns whether this peer leads its view and may have something to propose */
export function onChange<V, E>(a: Agreement<V, E>, change: ViewChange<V, E>): boolean {
  const { config, state } = a;
  if (change.signed.body.view > state.ballot.view + VIEW_AHEAD_MAX || !isViewChange(a, change)) return false;
  keepChange(a, change);
  const views = [...state.changes.values()].map(({ signed }) => signed.body.view);
  const wanted = wantedView(
    views.filter((view) => view > state.ballot.view),
    config.f,
  );
  if (wanted !== undefined) changeTo(a, wanted);
  const { view } = state.ballot;
  if (view === 0) return false;
  // The timer of a view runs once a quorum is in it, so that no seat runs ahead alone (PBFT 4.5.2).
  const together = [...state.changes.values()].filter(({ signed }) => signed.body.view >= view).length >= config.quorum;
  if (together && !state.isTimed) startViewTimer(a);
  return isLeader(a) && state.proposed === null;
}
