/**
 * How a round collects contributions, between its open list and a proposal: the one place where it matters whether members send single
 * updates or groups send sums. A record's rule, state and attestations see vectors and do not know where they came from.
 */
import type { ErrorCode } from '../../errors.ts';
import type { PeerId } from '../../identity.ts';
import type { Contribution, RecordBody, RoundMessage } from '../messages.ts';
import type { RoundState } from '../state.ts';

export type Message = Extract<RoundMessage, { readonly t: 'update' }>;

export interface Refusal {
  readonly code: ErrorCode;
  readonly field: string;
  /** It may only be early: no answer is better than one that alarms people. */
  readonly isQuiet: boolean;
}

export interface Collect {
  /** The kind of contribution in its records; it judges no other kind. */
  readonly kind: Contribution['kind'];
  /** The list is open and this member is on it: it makes its contribution or sends the existing one. */
  contribute(s: RoundState): void;
  /** The same bytes again to the seats that have not confirmed them; on every tick while this member is listed. */
  repeat(s: RoundState): void;
  /** A seat confirms what it keeps. */
  onReceipt(s: RoundState, seat: PeerId, update: string): void;
  /** Why a message is useless here regardless of its signature and vector: checked before either is examined. */
  refusalOf(s: RoundState, message: Message): Refusal | null;
  /** @returns whether there is something new for a proposal */
  onMessage(s: RoundState, from: PeerId, message: Message): boolean;
  /** Whether the leader proposes now, or after a moment for updates in flight from peers that have left. */
  readiness(s: RoundState): 'ready' | 'grace' | 'waiting';
  /** Somebody who can still answer has not. */
  isAwaiting(s: RoundState): boolean;
  /** Whether there is enough for a model, with or without an open list. */
  isEnough(s: RoundState): boolean;
  /** What a model could be made from now, sorted; null if it is too little or nobody is present to attest it. */
  contributions(s: RoundState): readonly Contribution[] | null;
  /** The vectors of contributions, in order; null while some are missing. */
  vectorsOf(s: RoundState, contributions: readonly Contribution[]): readonly Uint8Array[] | null;
  /** Asks a peer for what a record names and this peer lacks. */
  ask(s: RoundState, record: RecordBody, source: PeerId): void;
  /** A message with what such a question names, if available. */
  find(s: RoundState, id: string): Message | undefined;
  /** A slot is decided. @returns the cells to delete */
  closeSlot(s: RoundState): string[];
  /** The state moved on: contributions to it are useless now. @returns the cells to delete */
  release(s: RoundState): string[];
}
