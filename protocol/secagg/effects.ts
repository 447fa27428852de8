/**
 * The border of the two machines of secure aggregation: inputs, effects and jobs. Neither computes on curves or vectors, reads a clock or
 * holds randomness; a shell performs effects in order, and a send that follows a persist leaves once the persist is durable. An answer to a
 * job carries its key, which names the context: an answer of another attempt is ignored.
 */
import type { Hash } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { AttemptTerms } from './context.ts';
import type {
  BeginBody,
  CommitmentBody,
  ConsistentBody,
  DealBody,
  FromCarrier,
  FromMember,
  ReadyBody,
  SecaggBody,
  SecaggMessage,
  SurvivorsBody,
  UnmaskBody,
} from './messages.ts';

/** One reader's shares of a dealer's two secrets: 32-byte scalars. */
export interface HeldShare {
  readonly member: PeerId;
  /** Of the mask key. */
  readonly key: Uint8Array;
  /** Of the self-mask secret. */
  readonly seed: Uint8Array;
}

/** A member's own two secrets of an attempt: 32-byte scalars. */
export interface Secrets {
  readonly key: Uint8Array;
  readonly seed: Uint8Array;
}

interface Place {
  readonly context: Hash;
  readonly members: readonly PeerId[];
  readonly threshold: number;
}

/** Draws both secrets and their polynomials, and seals a share to each other member. */
export interface DealJob extends Place {
  readonly t: 'deal';
  readonly self: PeerId;
  readonly channel: Uint8Array;
  readonly channels: readonly Uint8Array[];
}

/** Opens this member's share of each deal and checks it against the dealer's commitments. */
export interface CheckJob extends Place {
  readonly t: 'check';
  readonly self: PeerId;
  readonly channel: Uint8Array;
  readonly channels: readonly Uint8Array[];
  readonly deals: readonly { readonly member: PeerId; readonly keys: Uint8Array; readonly seeds: Uint8Array; readonly share: Uint8Array }[];
}

/** Recovers what answers open, checks it against the commitments, and takes the masks off the sum of the kept vectors. */
export interface UnmaskJob extends Place {
  readonly t: 'unmask';
  readonly dealers: readonly { readonly member: PeerId; readonly keys: Uint8Array; readonly seeds: Uint8Array }[];
  readonly kept: readonly PeerId[];
  /** Shares in the order of dealers, as in UnmaskBody. */
  readonly answers: readonly { readonly member: PeerId; readonly shares: Uint8Array }[];
  /** SHA-256 of the vectors, in the order of `kept`: the shell has them as blobs. */
  readonly vectors: readonly Hash[];
}

export interface DealResult {
  readonly t: 'deal';
  readonly secrets: Secrets;
  readonly own: HeldShare;
  readonly keys: Uint8Array;
  readonly seeds: Uint8Array;
  /** In group order without this member. */
  readonly shares: readonly Uint8Array[];
}

/** Every dealer is in one of the two. */
export interface CheckResult {
  readonly t: 'check';
  readonly shares: readonly HeldShare[];
  readonly complaints: readonly PeerId[];
}

export type MemberResult = DealResult | CheckResult;

/** The plain sum mod 2^32 as little-endian words, or those whose shares do not fit the commitments. */
export type UnmaskResult = { readonly t: 'sum'; readonly vector: Uint8Array } | { readonly t: 'bad'; readonly members: readonly PeerId[] };

/** Why something is not done; nothing is sent. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly field: string;
}

/** A message whose signed part is still a bare body: the shell adds this peer's signature. */
export type Draft =
  | { readonly t: 'plain'; readonly message: SecaggMessage }
  | { readonly t: 'deal'; readonly body: DealBody; readonly shares: readonly Uint8Array[] }
  | { readonly t: 'ready'; readonly body: ReadyBody }
  | { readonly t: 'begin'; readonly body: BeginBody }
  | { readonly t: 'consistent'; readonly body: ConsistentBody }
  | { readonly t: 'unmask'; readonly body: UnmaskBody };

/** The body that a draft wants signed, or null. */
export function bodyOf(draft: Draft): SecaggBody | null {
  return draft.t === 'plain' ? null : draft.body;
}

/** The message of a draft with this peer's signature in place. */
export function completeDraft(draft: Draft, signed: Signed<never> | null): SecaggMessage {
  if (draft.t === 'plain') return draft.message;
  const { body: _, ...rest } = draft;
  return { ...rest, signed } as unknown as SecaggMessage;
}

export interface Persist {
  readonly t: 'persist';
  /** Cells; a `blob` is kept while its value is. */
  readonly puts: readonly { readonly key: string; readonly value: unknown; readonly blob?: Hash }[];
  readonly deletes: readonly string[];
  readonly blobs?: readonly { readonly hash: Hash; readonly bytes: Uint8Array }[];
}

interface Send {
  readonly t: 'send';
  readonly to: PeerId;
  readonly draft: Draft;
}

export type MemberInput =
  /** After a restart: what was under way goes on, or is given up. */
  | { readonly t: 'start' }
  /** A draw put this member into a group. `channel` is the secret behind its channel key in the terms. */
  | { readonly t: 'enter'; readonly attempt: AttemptTerms; readonly leader: PeerId; readonly channel: Uint8Array }
  /** A message whose every signature the shell has verified. */
  | { readonly t: 'message'; readonly from: PeerId; readonly message: FromCarrier }
  | { readonly t: 'worked'; readonly key: string; readonly result: MemberResult }
  /** Answer to `reserve`: both bills are on disk. */
  | { readonly t: 'reserved'; readonly key: string }
  /** Answer to `mask`. */
  | { readonly t: 'masked'; readonly key: string; readonly signed: Signed<CommitmentBody>; readonly vector: Uint8Array }
  /** A job, a reservation or the training failed or was refused. */
  | { readonly t: 'failed'; readonly key: string; readonly code: ErrorCode }
  | { readonly t: 'tick' }
  /** The slot was decided, or its view is over. */
  | { readonly t: 'abort' };

export type MemberEvent =
  | { readonly t: 'refused'; readonly what: string; readonly refusal: Refusal }
  /** The keys of this attempt are gone; `isPaid` if a reservation may have been made. */
  | { readonly t: 'burnt'; readonly context: Hash; readonly isPaid: boolean };

export type MemberEffect =
  | Persist
  | Send
  | { readonly t: 'job'; readonly key: string; readonly job: DealJob | CheckJob }
  /** Reserve both bills for this context on disk. Comes once for a context. */
  | { readonly t: 'reserve'; readonly key: string; readonly context: Hash; readonly attempt: AttemptTerms }
  /** Draw a lot, train, add this member's noise, and mask under these dealers; answer with the signed commitment. Once for a context. */
  | {
      readonly t: 'mask';
      readonly key: string;
      readonly context: Hash;
      readonly attempt: AttemptTerms;
      readonly secrets: Secrets;
      /** Public mask keys. */
      readonly dealers: readonly { readonly member: PeerId; readonly key: Uint8Array }[];
      readonly deals: Hash;
    }
  /** Write zeros over these, once what precedes is durable. */
  | { readonly t: 'wipe'; readonly secrets: readonly Uint8Array[] }
  | { readonly t: 'emit'; readonly event: MemberEvent };

export type CarrierStage = 'dealing' | 'checking' | 'masking' | 'fixing' | 'agreeing' | 'unmasking' | 'summed' | 'failed';

export type CarrierInput =
  | { readonly t: 'start' }
  /** A message whose every signature the shell has verified. */
  | { readonly t: 'message'; readonly from: PeerId; readonly message: FromMember }
  /** The time of a stage is over; ignored in another stage. */
  | { readonly t: 'timeout'; readonly stage: CarrierStage }
  /** Answer to `certify`. */
  | { readonly t: 'certified'; readonly certificate: readonly Signed<SurvivorsBody>[] }
  /** Answer to the job `unmask`. */
  | { readonly t: 'worked'; readonly key: string; readonly result: UnmaskResult }
  | { readonly t: 'tick' };

export type CarrierEvent =
  /** `isPaid` once members may have paid for it. */
  | { readonly t: 'failed'; readonly context: Hash; readonly stage: CarrierStage; readonly isPaid: boolean }
  | {
      readonly t: 'summed';
      readonly context: Hash;
      readonly survivors: Hash;
      readonly members: readonly PeerId[];
      readonly vector: Uint8Array;
    }
  /** Equal context, different bodies: both signed by the same member. */
  | { readonly t: 'equivocated'; readonly bodies: readonly [Signed<CommitmentBody>, Signed<CommitmentBody>] };

export type CarrierEffect =
  | Persist
  | Send
  /** Deliver `timeout` with this stage after the time of a step, or of the members' deadline. */
  | { readonly t: 'timer'; readonly stage: CarrierStage; readonly wait: 'step' | 'deadline' }
  /** Ask the seats to sign this survivor set; each signs one for an attempt and group. */
  | { readonly t: 'certify'; readonly body: SurvivorsBody; readonly commitments: readonly Signed<CommitmentBody>[] }
  | { readonly t: 'job'; readonly key: string; readonly job: UnmaskJob }
  | { readonly t: 'emit'; readonly event: CarrierEvent };
