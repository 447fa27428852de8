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
  /** It may only be early: no answer is better than one that alarms a person. */
  readonly isQuiet: boolean;
}

export interface Collect {
  /** What it makes records of; no other kind is judged here. */
  readonly kind: Contribution['kind'];
  /** The list is open and this member is on it: it makes its contribution, or sends the one that it has. */
  contribute(s: RoundState): void;
  /** Why a message can be of no use here, whatever its signature and its vector are: asked before either is looked at. */
  refusalOf(s: RoundState, message: Message): Refusal | null;
  /** @returns whether something new is here for a proposal */
  onMessage(s: RoundState, from: PeerId, message: Message): boolean;
  /** Whether the leader proposes now, or may after a moment for what is on its way from peers that have gone. */
  readiness(s: RoundState): 'ready' | 'grace' | 'waiting';
  /** Somebody who can still answer has not. */
  isAwaiting(s: RoundState): boolean;
  /** As much is at hand as a model needs, whether or not a list is open. */
  isEnough(s: RoundState): boolean;
  /** What a model may be made of now, sorted; null when it is too little or nobody is there to attest it. */
  contributions(s: RoundState): readonly Contribution[] | null;
  /** The vectors of contributions, in their order; null while some are not here. */
  vectorsOf(s: RoundState, contributions: readonly Contribution[]): readonly Uint8Array[] | null;
  /** Asks a peer for what a record names and is not here. */
  ask(s: RoundState, record: RecordBody, source: PeerId): void;
  /** A message with what such a question names, if it is here. */
  find(s: RoundState, id: string): Message | undefined;
  /** A slot is decided. */
  closeSlot(s: RoundState): void;
  /** The state moved on: what was collected from it is of no more use. @returns the cells that go */
  release(s: RoundState): string[];
}
