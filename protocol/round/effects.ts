/**
 * The border of the round core: what goes in and what it asks for. The core does no I/O; a shell (tab, relay, simulator)
 * performs effects in order, and a send that follows a persist leaves once the persist is durable.
 */
import type { ChangeBody, ProposeBody, VoteBody } from '../agreement/messages.ts';
import type { Hash } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import type {
  AttestBody,
  CertifiedRecord,
  ChangeMessage,
  DoneBody,
  JoinBody,
  Lock,
  OpenBody,
  RecordBody,
  RoundMessage,
  UpdateBody,
} from './messages.ts';

/** following: receives models and witnesses. finishing: contributes to its current round, then follows. done: the budget is spent. */
export type MemberMode = 'following' | 'active' | 'paused' | 'finishing' | 'done';

export type TimerId = 'tick' | 'open' | 'deadline' | 'step' | 'grace' | 'view';

export type Input =
  | { readonly t: 'start' }
  /** The peers that can be reached now, this one excluded. */
  | { readonly t: 'peers'; readonly peers: readonly PeerId[] }
  /** A message whose every signature the shell has verified. */
  | { readonly t: 'message'; readonly from: PeerId; readonly message: RoundMessage }
  | { readonly t: 'timer'; readonly id: TimerId }
  | { readonly t: 'mode'; readonly mode: MemberMode }
  /** Answer to `train`: the update, signed over this state; `last` if the budget does not pay for another. */
  | { readonly t: 'trained'; readonly signed: Signed<UpdateBody>; readonly vector: Uint8Array; readonly last: boolean }
  | { readonly t: 'train-refused'; readonly state: Hash; readonly code: ErrorCode }
  /** Answer to `aggregate`. */
  | { readonly t: 'aggregated'; readonly key: string; readonly hash: Hash; readonly bytes: Uint8Array };

/** A message whose signed part is still a bare body: the shell adds this peer's signature. */
export type Draft =
  | { readonly t: 'plain'; readonly message: RoundMessage }
  | { readonly t: 'join'; readonly body: JoinBody }
  | { readonly t: 'open'; readonly body: OpenBody }
  | { readonly t: 'attest'; readonly body: AttestBody }
  | { readonly t: 'done'; readonly body: DoneBody }
  | { readonly t: 'propose'; readonly body: ProposeBody; readonly record: RecordBody; readonly changes: readonly ChangeMessage[] }
  | { readonly t: 'vote'; readonly body: VoteBody; readonly attests: readonly Signed<AttestBody>[] }
  | { readonly t: 'change'; readonly body: ChangeBody; readonly lock: Lock | null };

/** seats: every seat, including this peer if it is one. all: seats, connected peers and this peer. */
export type Audience = PeerId | 'seats' | 'peers' | 'all';

export type CoreEvent =
  | { readonly t: 'decided'; readonly certified: CertifiedRecord; readonly contributed: boolean }
  | { readonly t: 'state'; readonly round: number; readonly hash: Hash; readonly bytes: Uint8Array }
  | { readonly t: 'mode'; readonly mode: MemberMode }
  | { readonly t: 'refused'; readonly by: PeerId; readonly code: ErrorCode; readonly field: string }
  /** Two certified records of one slot: the federation's rules were broken; this peer stops. */
  | { readonly t: 'forked'; readonly round: number }
  | { readonly t: 'view'; readonly round: number; readonly view: number };

export type Effect =
  /** `lazy`: no promise depends on it (anybody can fetch it again), so what follows need not wait; the order of writes still holds. */
  | {
      readonly t: 'persist';
      /** Cells; a `blob` is kept while its value is. */
      readonly puts: readonly { readonly key: string; readonly value: unknown; readonly blob?: Hash }[];
      readonly deletes: readonly string[];
      /** Records that were decided, for the log. */
      readonly append?: readonly CertifiedRecord[];
      readonly blobs?: readonly { readonly hash: Hash; readonly bytes: Uint8Array }[];
      readonly lazy?: boolean;
    }
  | { readonly t: 'send'; readonly to: Audience; readonly draft: Draft }
  | { readonly t: 'timer'; readonly id: TimerId; readonly afterMs: number }
  | { readonly t: 'cancel'; readonly id: TimerId }
  /** Make this member's one update from this state: pay first, then compute, sign and answer with `trained`. */
  | { readonly t: 'train'; readonly epoch: number; readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array }
  /** Apply the manifest's rule to these vectors, in this order, from this state. */
  | { readonly t: 'aggregate'; readonly key: string; readonly base: Uint8Array; readonly vectors: readonly Uint8Array[] }
  | { readonly t: 'emit'; readonly event: CoreEvent };
