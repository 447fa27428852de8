/** What a session is doing, in one word for the page. */
import { phaseOf } from '#protocol/round/status';
import type { RoundState } from '#protocol/round/state';
import type { Activity } from '../api.ts';
import type { Room } from './room.ts';

export interface Situation {
  readonly core: RoundState;
  /** The disk failed. */
  readonly failed: boolean;
  /** Its steward has ended it. */
  readonly ended: boolean;
  readonly left: boolean;
  /** Whether this device takes part. */
  readonly joined: boolean;
  /** What this device has paid for here is not known yet. */
  readonly unchecked: boolean;
  readonly room: Pick<Room, 'relay' | 'met' | 'peers'>;
}

export function activityOf({ core, failed, ended, left, joined, unchecked, room }: Situation): Activity {
  const { relay, met, peers } = room;
  if (ended) return 'ended';
  if (core.forked || failed) return 'failed';
  if (left) return 'left';
  const phase = phaseOf(core);
  if (phase === 'finished' && core.stateBytes !== null) return phase;
  if (core.member.mode === 'done') return 'budget-spent';
  if (joined && core.member.mode === 'paused' && relay !== 'refused') return 'paused';
  // Members can still talk to each other over direct links, but without a way to a seat no round is decided.
  if (relay !== 'open' && !peers.some(({ peer }) => core.config.seats.includes(peer))) {
    return relay === 'connecting' && !met ? 'connecting' : relay === 'refused' ? 'failed' : 'waiting-for-relay';
  }
  if (core.member.mode === 'finishing') return 'leaving';
  if (joined && unchecked && core.member.own === null) return 'checking';
  if (core.stateBytes === null) return 'fetching-model';
  if (core.member.training !== null) return 'training';
  if (core.member.own !== null) return phase === 'deciding' ? 'deciding' : 'waiting-for-others';
  return phase === 'waiting-for-new' ? phase : 'gathering';
}
