/** Where a peer stands, for others and for people. */
import type { PeerId } from '../identity.ts';
import type { RoundPhase } from './messages.ts';
import { present } from './open.ts';
import { isFinished, isHere, say } from './slot.ts';
import type { RoundState } from './state.ts';

/** Fewer members are left than a round needs, because some have spent their budget: it needs people who have not been here. */
function waitsForNew(s: RoundState): boolean {
  const { seen, done } = s.standing;
  if (done.size === 0) return false;
  const left = [...seen].filter((id) => !done.has(id) && isHere(s, id)).length;
  return left < s.config.minContributors;
}

export function phaseOf(s: RoundState): RoundPhase {
  const { proposals, ballot } = s.agreement;
  if (isFinished(s)) return 'finished';
  if (proposals.size > 0 || ballot.prepared !== null) return 'deciding';
  if (s.slot.open !== null) return 'training';
  const waits = s.isSeat ? waitsForNew(s) : s.lastStatus?.phase === 'waiting-for-new';
  return waits ? 'waiting-for-new' : 'gathering';
}

export function joinedCount(s: RoundState): number {
  return s.slot.open?.body.members.length ?? (s.isSeat ? present(s).length : (s.lastStatus?.joined ?? 0));
}

export function sayStatus(s: RoundState, to: PeerId | 'peers'): void {
  const { config, head, slot } = s;
  say(s, to, {
    t: 'status',
    fed: config.fed,
    epoch: config.epoch,
    round: slot.round,
    head: s.headId,
    state: head.record.state,
    phase: phaseOf(s),
    joined: joinedCount(s),
    seat: s.isSeat,
  });
}
