/** How a leader proposes: a model from what was collected, or a skip if that is too little or nobody is present to attest a model. */
import { isFree, propose } from '../agreement/proposal.ts';
import { collect } from './collect/chosen.ts';
import { deciding } from './decide.ts';
import { compute, listKey } from './judge.ts';
import type { RecordBody } from './messages.ts';
import { leads, slotOf, startTimer } from './slot.ts';
import type { RoundState } from './state.ts';

/** A grace period for an update in flight from a peer that has just left. */
const GRACE_MS = 1500;

/** The leader proposes once everything worth waiting for has been collected, or at the deadline with what it has. */
export function proposeWhenReady(s: RoundState, isDeadline: boolean): void {
  const { slot, config, agreement } = s;
  if (slot.open === null || slot.open.body.view !== agreement.ballot.view || !leads(s)) return;
  if (agreement.proposed !== null || slot.pendingProposal !== null) return;
  const readiness = isDeadline ? 'ready' : collect.readiness(s);
  if (readiness === 'ready') proposeCollected(s);
  else if (readiness === 'grace' && !slot.timers.has('grace')) startTimer(s, 'grace', Math.min(GRACE_MS, config.takeoverMs));
}

export function onGrace(s: RoundState): void {
  s.slot.timers.delete('grace');
  if (!collect.isAwaiting(s)) proposeWhenReady(s, true);
}

/** Proposes a model from what is available, or a skip; unless a lock has appeared since the round opened. */
export function proposeCollected(s: RoundState): void {
  const { slot } = s;
  if (!isFree(deciding(s))) return;
  const contributions = s.stateBytes === null ? null : collect.contributions(s);
  if (contributions === null) return proposeSkip(s);
  slot.pendingProposal = { key: listKey(s, contributions), contributions };
  compute(s, contributions);
  proposePending(s);
}

/** Makes a pending proposal once its state is known. */
export function proposePending(s: RoundState): void {
  const { slot, config, head } = s;
  const pending = slot.pendingProposal;
  if (pending === null) return;
  const result = slot.computed.get(pending.key);
  if (result !== undefined && result !== 'pending') {
    slot.pendingProposal = null;
    propose(deciding(s), {
      t: 'record',
      ...slotOf(s),
      kind: 'model',
      base: s.headId,
      from: fromHead(s),
      state: result.hash,
      stateRound: slot.round,
      models: head.record.models + 1,
      kernel: config.kernel,
      contributions: pending.contributions,
    });
  }
}

function fromHead({ head }: RoundState): RecordBody['from'] {
  return { state: head.record.state, round: head.record.stateRound };
}

export function proposeSkip(s: RoundState): void {
  const { state, stateRound, models } = s.head.record;
  const same = { base: s.headId, from: fromHead(s), state, stateRound, models, kernel: s.config.kernel };
  propose(deciding(s), { t: 'record', ...slotOf(s), kind: 'skip', ...same, contributions: [] });
}
