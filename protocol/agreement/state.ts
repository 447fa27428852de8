/**
 * The state of an agreement on one slot, and its border. It agrees on an opaque value V that comes with evidence E (for a round, the words
 * of contributors): the caller decides what they are and why a value is valid (docs/internals/agreement.md). No I/O and no clock; functions
 * change plain data in place.
 */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { BODIES_PER_SLOT_MAX } from '../limits.ts';
import type { AgreementDraft, Ballot, Slot, ViewChange, VoteBody } from './messages.ts';
import { turnOf } from './quorum.ts';

/** Who agrees, and with which parameters: an engine is one set of these. */
export interface AgreementConfig {
  readonly fed: Hash;
  readonly epoch: number;
  readonly self: PeerId;
  readonly seats: readonly PeerId[];
  readonly f: number;
  readonly quorum: number;
  /** Milliseconds that a view lasts in the first turn of all seats before the next one takes over. */
  readonly takeoverMs: number;
}

/** Everything here ends with the slot's decision. */
export interface AgreementState<V, E> {
  readonly slot: number;
  ballot: Ballot<V, E>;
  /** Values that were proposed or are locked, by id; bounded. */
  readonly values: Map<Hash, V>;
  /** The latest proposal of each view; the ballot limits how often a seat prepares in one. */
  readonly proposals: Map<number, { readonly id: Hash; readonly from: PeerId }>;
  /** This peer's own proposal, to be said again. */
  proposed: { readonly view: number; readonly value: V; readonly changes: readonly ViewChange<V, E>[] } | null;
  /** Values that this peer found valid since they were last proposed. */
  readonly confirmed: Set<Hash>;
  /** Votes by "prepare:view" or "commit:view", one a seat. */
  readonly votes: Map<string, Map<PeerId, Signed<VoteBody>>>;
  /** The latest change of view of each seat. */
  readonly changes: Map<PeerId, ViewChange<V, E>>;
  /** The view's timer runs. */
  isTimed: boolean;
}

/** What an agreement asks its caller, and has it do; effects happen in the order of the calls. */
export interface Caller<V, E> {
  idOf(value: V): Hash;
  /**
   * Whether this peer would decide this value. `waiting`: something is missing and requested from `source`; call `reconsider` when it
   * arrives.
   */
  judge(value: V, source: PeerId | null): 'valid' | 'waiting' | 'invalid';
  /** Whether this evidence suffices for a value of this slot that has its votes. Also used for others' locks. */
  isProven(value: V, evidence: readonly E[]): boolean;
  /** The available evidence for a value: it goes with votes, locks and certificates. */
  evidenceFor(id: Hash): readonly E[];
  /** From a seat. Call `recount` for evidence from elsewhere. */
  keepEvidence(evidence: readonly E[]): void;
  /** This peer finds the value valid, and may say so. */
  confirm(value: V, id: Hash): void;
  /** The value and its evidence are kept no longer. */
  forget(id: Hash): void;
  /** The view has changed: what was prepared for the last one is over. */
  entered(view: number): void;
  /** A seat votes for an unknown value: perhaps it is already decided. */
  lacks(from: PeerId): void;
  /** Durable before anything that is sent after it. */
  persist(ballot: Ballot<V, E>): void;
  /** seats: this one too. all: this peer too. */
  send(to: 'seats' | 'all', draft: AgreementDraft<V, E>): void;
  /** Of the view: answered by `onViewTimer`. */
  startTimer(afterMs: number): void;
}

/** What every function of this folder works on. */
export interface Agreement<V, E> {
  readonly config: AgreementConfig;
  readonly state: AgreementState<V, E>;
  readonly caller: Caller<V, E>;
}

/** How many views behind the open one may still complete a quorum. */
export const VIEWS_KEPT = 16;

export function newAgreement<V, E>(slot: number): AgreementState<V, E> {
  return {
    slot,
    ballot: { view: 0, prepared: null, committed: null, lock: null },
    values: new Map(),
    proposals: new Map(),
    proposed: null,
    confirmed: new Set(),
    votes: new Map(),
    changes: new Map(),
    isTimed: false,
  };
}

/** A seat's agreement as its persisted ballot leaves it. */
export function restoreAgreement<V, E>(slot: number, ballot: Ballot<V, E>, idOf: (value: V) => Hash): AgreementState<V, E> {
  const state = { ...newAgreement<V, E>(slot), ballot };
  const { prepared, lock } = ballot;
  for (const kept of [prepared, lock]) if (kept !== null) state.values.set(idOf(kept.value), kept.value);
  return state;
}

export function slotOf<V, E>({ config, state }: Agreement<V, E>): Slot {
  return { fed: config.fed, epoch: config.epoch, round: state.slot };
}

export const isSeat = ({ seats, self }: AgreementConfig): boolean => seats.includes(self);

export function leaderOf({ seats }: Pick<AgreementConfig, 'seats'>, slot: number, view: number): PeerId {
  return seats[turnOf(seats.length, slot, view)]!;
}

/** Whether this peer leads a view, by default the open one. */
export function isLeader<V, E>({ config, state }: Agreement<V, E>, view = state.ballot.view): boolean {
  return leaderOf(config, state.slot, view) === config.self;
}

/** The value that the open view's leader proposed last. */
export function latestValue<V, E>({ proposals, ballot, values }: AgreementState<V, E>): V | undefined {
  const latest = proposals.get(ballot.view);
  return latest && values.get(latest.id);
}

/** Keeps a proposed value. An equivocating leader can neither make the slot grow nor fill it for later leaders. */
export function keepValue<V, E>({ state, caller }: Agreement<V, E>, value: V, id: Hash): void {
  const { values, confirmed, ballot, proposals } = state;
  if (values.has(id)) return;
  if (values.size >= BODIES_PER_SLOT_MAX) {
    const needed = [ballot.prepared, ballot.lock].map((kept) => kept && caller.idOf(kept.value));
    needed.push(proposals.get(ballot.view)?.id ?? null);
    const oldest = [...values.keys()].find((kept) => !needed.includes(kept))!;
    values.delete(oldest);
    confirmed.delete(oldest);
    caller.forget(oldest);
  }
  values.set(id, value);
}
