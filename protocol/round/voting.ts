/**
 * How a seat votes: it judges a proposal, prepares it, locks on a quorum of prepares, and a quorum of commits decides. Contributors
 * that are no seats pass here too, for their word that they recomputed a model.
 */
import type { Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { VIEW_AHEAD_MAX } from '../limits.ts';
import { attestsFor, cast, enterView, keepAttests, keepChange, sendVote, slotOf, VIEWS_KEPT } from './ballot.ts';
import { afterDecision } from './member.ts';
import type { AttestBody, ChangeMessage, Lock, RecordBody, VoteBody } from './messages.ts';
import { allowedBy, attested, hasMember, leaderOf } from './record.ts';
import { adopt, judge, keepRecord, say, send } from './slot.ts';
import type { RoundState } from './state.ts';

export function onProposal(s: RoundState, from: PeerId, view: number, record: RecordBody, changes: readonly ChangeMessage[]): void {
  const { slot } = s;
  if (view < slot.ballot.view || view > slot.ballot.view + VIEW_AHEAD_MAX) return;
  if (view > 0) {
    const allowed = allowedBy(s.config, changes, slot.round, view);
    if (allowed === null || (allowed !== 'free' && idOf(allowed) !== idOf(record))) return;
    for (const change of changes) keepChange(s, change);
  }
  if (view > slot.ballot.view) enterView(s, view, true);
  const id = keepRecord(s, record);
  slot.proposals.set(view, { record: id, from });
  slot.attested.delete(id); // who hears a proposal again says its word again
  reconsider(s, id, from, true);
  if (s.isSeat) countVotes(s);
}

/** Anything that judge() was waiting for may have come. */
export function reconsiderLatest(s: RoundState): void {
  const latest = s.slot.proposals.get(s.slot.ballot.view);
  if (latest !== undefined) reconsider(s, latest.record, latest.from);
}

export function reconsider(s: RoundState, id: Hash, from: PeerId, ask = false): void {
  const record = s.slot.records.get(id);
  if (record === undefined || record.round !== s.slot.round) return;
  if (judge(s, record, ask && from !== s.config.self ? from : null) !== 'valid') return;
  attest(s, id, record);
  if (s.isSeat) prepare(s, id, record);
}

export function attest(s: RoundState, id: Hash, record: RecordBody): void {
  const { slot, config } = s;
  if (record.kind !== 'model' || slot.attested.has(id) || !hasMember(record, config.self)) return;
  slot.attested.add(id);
  send(s, 'seats', { t: 'attest', body: { t: 'attest', ...slotOf(s), record: id } });
}

export function onAttest(s: RoundState, signed: Signed<AttestBody>): void {
  const { slot } = s;
  const id = signed.body.record;
  keepAttests(s, [signed]);
  if (!slot.records.has(id)) return;
  if (slot.proposals.get(slot.ballot.view)?.record === id) reconsiderLatest(s);
  countVotes(s);
}

export function prepare(s: RoundState, id: Hash, record: RecordBody): void {
  const { ballot } = s.slot;
  const proposal = s.slot.proposals.get(ballot.view);
  if (proposal?.record !== id || !attested(record, attestsFor(s, id))) return;
  if (ballot.prepared?.view === ballot.view) return;
  cast(s, { prepared: { view: ballot.view, record } });
  sendVote(s, 'prepare', ballot.view, id);
}

export function onVote(s: RoundState, from: PeerId, signed: Signed<VoteBody>, attests: readonly Signed<AttestBody>[]): void {
  const { slot, config } = s;
  const { t, view, record } = signed.body;
  if (!config.seats.includes(signed.by) || view > slot.ballot.view + VIEWS_KEPT || view < slot.ballot.view - VIEWS_KEPT) return;
  keepAttests(s, attests);
  const key = `${t}:${view}`;
  let votes = slot.votes.get(key);
  if (votes === undefined) slot.votes.set(key, (votes = new Map()));
  if (!votes.has(signed.by)) votes.set(signed.by, signed);
  if (!slot.records.has(record)) say(s, from, { t: 'want', fed: config.fed, what: 'head', hash: null });
  for (const old of slot.votes.keys()) if (Number(old.split(':')[1]) < slot.ballot.view - VIEWS_KEPT) slot.votes.delete(old);
  countVotes(s);
}

/** Quorums may complete by a vote, an attestation or a record that was missing. */
function countVotes(s: RoundState): void {
  const { slot, config } = s;
  for (const [key, votes] of slot.votes) {
    const [t, viewText] = key.split(':') as ['prepare' | 'commit', string];
    const view = Number(viewText);
    for (const id of new Set([...votes.values()].map((v) => v.body.record))) {
      const agreeing = [...votes.values()].filter((v) => v.body.record === id);
      const record = slot.records.get(id);
      if (agreeing.length < config.quorum || record === undefined || !attested(record, attestsFor(s, id))) continue;
      if (t === 'prepare') {
        commit(s, { view, record, prepares: agreeing, attests: attestsFor(s, id) }, id);
      } else {
        decide(s, agreeing, record, id, view);
        return;
      }
    }
  }
}

export function commit(s: RoundState, lock: Lock, id: Hash): void {
  const { ballot } = s.slot;
  if (lock.view < ballot.view || ballot.committed?.view === lock.view) return;
  if (lock.view > ballot.view) enterView(s, lock.view, true);
  cast(s, { lock, committed: { view: lock.view, record: id } });
  sendVote(s, 'commit', lock.view, id);
}

export function decide(s: RoundState, commits: readonly Signed<VoteBody>[], record: RecordBody, id: Hash, view: number): void {
  if (record.base !== s.headId) return;
  const certified = { record, commits, attests: attestsFor(s, id) };
  const speaker = leaderOf(s.config, record.round, view) === s.config.self;
  adopt(s, certified, s.config.self);
  afterDecision(s);
  // One voice is enough; who misses it hears of it with the next status.
  if (speaker) say(s, 'peers', { t: 'record', certified });
}
