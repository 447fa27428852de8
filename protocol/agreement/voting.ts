/** Incoming votes: a quorum of prepares locks, a quorum of commits decides. */
import type { PeerId, Signed } from '../identity.ts';
import { commit } from './lock.ts';
import type { Certificate, VoteBody } from './messages.ts';
import { VIEWS_KEPT, type Agreement } from './state.ts';

/** Handles a vote with a verified signature. @returns the certificate if it completes one */
export function onVote<V, E>(a: Agreement<V, E>, from: PeerId, signed: Signed<VoteBody>, evidence: readonly E[]): Certificate<V, E> | null {
  const { config, state, caller } = a;
  const { t, view, record } = signed.body;
  const { ballot, votes, values } = state;
  if (!config.seats.includes(signed.by) || view > ballot.view + VIEWS_KEPT || view < ballot.view - VIEWS_KEPT) return null;
  caller.keepEvidence(evidence);
  const key = `${t}:${view}`;
  let ofView = votes.get(key);
  if (ofView === undefined) votes.set(key, (ofView = new Map()));
  if (!ofView.has(signed.by)) ofView.set(signed.by, signed);
  if (!values.has(record)) caller.lacks(from);
  for (const old of votes.keys()) if (Number(old.split(':')[1]) < ballot.view - VIEWS_KEPT) votes.delete(old);
  return recount(a);
}

/** A vote, evidence or a missing value may have completed a quorum. @returns the certificate if there is one */
export function recount<V, E>(a: Agreement<V, E>): Certificate<V, E> | null {
  const { config, state, caller } = a;
  for (const [key, votes] of state.votes) {
    const [t, view] = key.split(':') as ['prepare' | 'commit', string];
    for (const id of new Set([...votes.values()].map((v) => v.body.record))) {
      const agreeing = [...votes.values()].filter((v) => v.body.record === id);
      const value = state.values.get(id);
      if (agreeing.length < config.quorum || value === undefined) continue;
      const evidence = caller.evidenceFor(id);
      if (!caller.isProven(value, evidence)) continue;
      if (t === 'commit') return { value, commits: agreeing, evidence };
      commit(a, { view: Number(view), value, prepares: agreeing, evidence });
    }
  }
  return null;
}
