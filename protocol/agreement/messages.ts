/**
 * What seats sign about a slot, whatever it decides, and the proofs made from their votes. In signed bodies a slot's number is called
 * `round` and a value's id `record`, for historical reasons.
 */
import type { Hash } from '../codec.ts';
import type { Signed } from '../identity.ts';

/**
 * Fields that locate a body: the federation, its epoch (for re-seating by a steward; nothing does that yet, so it is 0), and a slot's
 * number.
 */
export interface Slot {
  readonly fed: Hash;
  readonly epoch: number;
  readonly round: number;
}

export interface ProposeBody extends Slot {
  readonly t: 'propose';
  readonly view: number;
  readonly record: Hash;
}

export interface VoteBody extends Slot {
  readonly t: 'prepare' | 'commit';
  readonly view: number;
  readonly record: Hash;
}

/** "I leave this slot's earlier views", with the highest lock that the seat holds. */
export interface ChangeBody extends Slot {
  readonly t: 'change';
  readonly view: number;
  readonly lock: { readonly view: number; readonly record: Hash } | null;
}

/** A quorum of prepares for one value in one view, with the evidence that it needs. */
export interface Lock<V, E> {
  readonly view: number;
  readonly value: V;
  readonly prepares: readonly Signed<VoteBody>[];
  readonly evidence: readonly E[];
}

/** A value with the quorum of commits that makes it final. */
export interface Certificate<V, E> {
  readonly value: V;
  readonly commits: readonly Signed<VoteBody>[];
  readonly evidence: readonly E[];
}

/** A change of view with the proof of the lock that it names. */
export interface ViewChange<V, E> {
  readonly signed: Signed<ChangeBody>;
  readonly lock: Lock<V, E> | null;
}

/** A leader's proposal, with the quorum of changes that allows its view to propose it; none in view 0. */
export interface Proposal<V, E> {
  readonly signed: Signed<ProposeBody>;
  readonly value: V;
  readonly changes: readonly ViewChange<V, E>[];
}

/** A message that this peer has still to sign. */
export type AgreementDraft<V, E> =
  | { readonly t: 'propose'; readonly body: ProposeBody; readonly value: V; readonly changes: readonly ViewChange<V, E>[] }
  | { readonly t: 'vote'; readonly body: VoteBody; readonly evidence: readonly E[] }
  | { readonly t: 'change'; readonly body: ChangeBody; readonly lock: Lock<V, E> | null };

/** What a seat must remember about its votes; persisted before any of them is sent. */
export interface Ballot<V, E> {
  readonly view: number;
  /** The last value it prepared, complete, so that it can repeat the vote. */
  readonly prepared: { readonly view: number; readonly value: V } | null;
  readonly committed: { readonly view: number; readonly id: Hash } | null;
  readonly lock: Lock<V, E> | null;
}
