/**
 * A seat over time: what it takes up again after a restart, and what it says again because messages get lost. What a seat does is in
 * open, propose, voting and takeover; safety rests on three rules there: a vote is persisted before it is sent; a seat that asked
 * for a later view votes in no earlier one; a later view's leader re-proposes the highest lock that a quorum of changes shows.
 */
import { idOf } from '../identity.ts';
import { isLeader, sendVote, slotOf } from './ballot.ts';
import { callRound, seatOpened } from './open.ts';
import { proposeWhenReady } from './propose.ts';
import { say, send, startTimer } from './slot.ts';
import type { RoundState } from './state.ts';
import { sendChange } from './takeover.ts';

/** After a restart: clocks run again, and a proposal that this seat prepared in view 0 is its proposal still. */
export function resumeSeat(s: RoundState): void {
  const { slot, config } = s;
  const { ballot } = slot;
  if (ballot.prepared !== null && ballot.prepared.view === ballot.view && ballot.view === 0 && isLeader(s)) {
    slot.proposed = { view: 0, record: ballot.prepared.record, changes: [] };
  }
  if (slot.open !== null) seatOpened(s, slot.open);
  else if (ballot.view > 0 || ballot.prepared !== null) startTimer(s, 'view', config.takeoverMs);
}

/** Messages get lost: a seat repeats where it stands in the open slot. */
export function repeatSeat(s: RoundState): void {
  const { slot } = s;
  const { ballot, proposed, open } = slot;
  // Locked in this view, it has nothing to add to the change that brought it here: one seat, one change a view.
  if (ballot.view > 0 && ballot.lock?.view !== ballot.view) sendChange(s);
  if (open !== null && isLeader(s, open.body.view)) say(s, 'peers', { t: 'open', signed: open });
  if (proposed !== null && proposed.view === ballot.view) {
    send(s, 'all', {
      t: 'propose',
      body: { t: 'propose', ...slotOf(s), view: proposed.view, record: idOf(proposed.record) },
      record: proposed.record,
      changes: proposed.changes,
    });
  }
  if (ballot.prepared !== null && ballot.prepared.view === ballot.view) sendVote(s, 'prepare', ballot.view, idOf(ballot.prepared.record));
  if (ballot.committed !== null) sendVote(s, 'commit', ballot.committed.view, ballot.committed.record);
  callRound(s);
  proposeWhenReady(s, false);
}
