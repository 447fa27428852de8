/** What a quorum of votes proves. It only counts: signatures are verified before. */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { Slot, VoteBody } from './messages.ts';
import type { AgreementConfig } from './state.ts';

export function isSameSlot(a: Slot, b: Slot): boolean {
  return a.fed === b.fed && a.epoch === b.epoch && a.round === b.round;
}

type Rules = Pick<AgreementConfig, 'seats' | 'quorum'>;

/** Whether a quorum of distinct seats signed this vote. */
export function hasQuorum({ seats, quorum }: Rules, votes: readonly Signed<VoteBody>[], vote: VoteBody): boolean {
  const voters = new Set<PeerId>();
  for (const { by, body } of votes) {
    const agrees = body.t === vote.t && body.view === vote.view && body.record === vote.record && isSameSlot(body, vote);
    if (agrees && seats.includes(by)) voters.add(by);
  }
  return voters.size >= quorum;
}

/** Whether these commits make a value final. The caller checks its evidence. */
export function isFinal(config: Rules, slot: Slot, record: Hash, commits: readonly Signed<VoteBody>[]): boolean {
  const view = commits[0]?.body.view;
  return view !== undefined && hasQuorum(config, commits, { ...slot, t: 'commit', view, record });
}
