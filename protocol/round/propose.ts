/** How a leader proposes: a model from the updates it holds, or a skip when they are too few or nobody is there to attest one. */
import { idOf, type PeerId } from '../identity.ts';
import { isHere, isLeader, quorumOfChanges, slotOf } from './ballot.ts';
import type { ChangeMessage, RecordBody } from './messages.ts';
import { allowedBy, contributionOf } from './record.ts';
import { compute, listKey, send, startTimer } from './slot.ts';
import { isWorthWaiting } from './standing.ts';
import type { RoundState } from './state.ts';

/** A moment for an update that is on its way from a peer that has just gone. */
const GRACE_MS = 1500;

/**
 * The leader proposes once every listed member that can still answer has answered, or is not worth waiting for any more, or at the
 * deadline with those it has.
 */
export function proposeWhenReady(s: RoundState, deadline: boolean): void {
  const { slot, config } = s;
  const open = slot.open;
  if (open === null || open.body.view !== slot.ballot.view || !isLeader(s) || slot.proposed !== null || slot.wish !== null) return;
  const have = open.body.members.filter((id) => s.updates.has(id));
  // A seat that has just started holds the updates before it hears from anybody: without a contributor to attest, a model has to wait.
  if (!deadline && !have.some((id) => isHere(s, id))) return;
  const changes = quorumOfChanges(s, slot.ballot.view);
  if (deadline) {
    proposeFrom(s, have, changes);
  } else if (have.length === open.body.members.length) {
    proposeFrom(s, have, changes);
  } else if (have.length >= config.minContributors) {
    const missing = open.body.members.filter((id) => !s.updates.has(id) && isHere(s, id));
    if (missing.length > 0) {
      if (!isWorthWaiting(s, missing)) proposeFrom(s, have, changes);
    } else if (!slot.timers.has('grace')) {
      startTimer(s, 'grace', Math.min(GRACE_MS, config.takeoverMs));
    }
  }
}

export function onGrace(s: RoundState): void {
  s.slot.timers.delete('grace');
  const open = s.slot.open;
  if (open === null) return;
  const gone = open.body.members.every((id) => s.updates.has(id) || (!s.peers.has(id) && id !== s.config.self));
  if (gone) proposeWhenReady(s, true);
}

/** A model from these members' updates, or a skip when they are too few or none of them is there to attest it. */
export function proposeFrom(s: RoundState, members: readonly PeerId[], changes: readonly ChangeMessage[]): void {
  const { slot, config } = s;
  const view = slot.ballot.view;
  // A lock may have come to light since the round was called.
  const allowed = view === 0 ? 'free' : allowedBy(config, changes, slot.round, view);
  if (allowed === null) return;
  if (allowed !== 'free') return propose(s, view, allowed, changes);
  const chosen = members.slice(0, config.maxContributors).sort();
  const witness = chosen.some((id) => s.peers.has(id) || id === config.self);
  if (chosen.length < config.minContributors || !witness || s.stateBytes === null) return propose(s, view, skipRecord(s), changes);
  const contributions = chosen.map((member) => contributionOf(s.updates.get(member)!.signed));
  slot.wish = { view, key: listKey(contributions), contributions, changes };
  compute(s, contributions);
  proposeWish(s);
}

/** The wish becomes a proposal once its state is known. */
export function proposeWish(s: RoundState): void {
  const { slot, config } = s;
  const wish = slot.wish;
  if (wish === null) return;
  const result = slot.computed.get(wish.key);
  if (wish.view !== slot.ballot.view) {
    slot.wish = null;
  } else if (result !== undefined && result !== 'pending') {
    slot.wish = null;
    const record: RecordBody = {
      t: 'record',
      ...slotOf(s),
      kind: 'model',
      base: s.headId,
      from: fromHead(s),
      state: result.hash,
      stateRound: slot.round,
      models: s.head.record.models + 1,
      kernel: config.kernel,
      contributions: wish.contributions,
    };
    propose(s, wish.view, record, wish.changes);
  }
}

function fromHead(s: RoundState): RecordBody['from'] {
  return { state: s.head.record.state, round: s.head.record.stateRound };
}

export function skipRecord(s: RoundState): RecordBody {
  const { state, stateRound, models } = s.head.record;
  const same = { base: s.headId, from: fromHead(s), state, stateRound, models, kernel: s.config.kernel };
  return { t: 'record', ...slotOf(s), kind: 'skip', ...same, contributions: [] };
}

export function propose(s: RoundState, view: number, record: RecordBody, changes: readonly ChangeMessage[]): void {
  if (s.slot.proposals.has(view)) return; // said before a restart; one proposal a view
  s.slot.proposed = { view, record, changes };
  send(s, 'all', { t: 'propose', body: { t: 'propose', ...slotOf(s), view, record: idOf(record) }, record, changes });
}
