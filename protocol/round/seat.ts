/** A seat over time: what it resumes after a restart, and what it repeats because messages get lost. */
import { startViewTimer } from '../agreement/ballot.ts';
import { repeat, resume } from '../agreement/proposal.ts';
import { deciding } from './decide.ts';
import { callRound, seatOpened } from './open.ts';
import { proposeWhenReady } from './propose.ts';
import { leads, say } from './slot.ts';
import type { RoundState } from './state.ts';

/** After a restart: timers run again. */
export function resumeSeat(s: RoundState): void {
  const isUnderWay = resume(deciding(s));
  if (s.slot.open !== null) seatOpened(s, s.slot.open);
  else if (isUnderWay) startViewTimer(deciding(s));
}

export function repeatSeat(s: RoundState): void {
  const { open } = s.slot;
  if (open !== null && leads(s, open.body.view)) say(s, 'peers', { t: 'open', signed: open });
  repeat(deciding(s));
  callRound(s);
  proposeWhenReady(s, false);
}
