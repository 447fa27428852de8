/** A quorum of prepares of one view is a lock: a seat that holds one commits to it and shows it to later leaders. */
import type { Lock } from './messages.ts';
import { cast, enterView, sendVote } from './ballot.ts';
import { hasQuorum } from './certificate.ts';
import { slotOf, type Agreement } from './state.ts';

/** Whether the proof is complete: a quorum of prepares for this value, and the evidence it needs. */
export function isLock<V, E>(a: Agreement<V, E>, { view, value, prepares, evidence }: Lock<V, E>): boolean {
  const vote = { ...slotOf(a), t: 'prepare', view, record: a.caller.idOf(value) } as const;
  return hasQuorum(a.config, prepares, vote) && a.caller.isProven(value, evidence);
}

/** Commits to a lock, once per view and never in a view before the seat's own. */
export function commit<V, E>(a: Agreement<V, E>, lock: Lock<V, E>): void {
  const { ballot } = a.state;
  const { view, value } = lock;
  if (view < ballot.view || ballot.committed?.view === view) return;
  if (view > ballot.view) enterView(a, view, true);
  const id = a.caller.idOf(value);
  cast(a, { lock, committed: { view, id } });
  sendVote(a, 'commit', view, id);
}
