/**
 * What peers of one federation tell each other about rounds: signed bodies, and the messages that carry them. Signatures and ids cover
 * bodies; a message may carry proofs and blobs beside its body.
 */
import type { ChangeBody, ProposeBody, Slot, VoteBody } from '../agreement/messages.ts';
import type { Hash } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';

/** "I want to contribute to this round, from this state." */
export interface JoinBody extends Slot {
  readonly t: 'join';
  readonly state: Hash;
}

/** The leader's list of a round; the deadline counts from its arrival. */
export interface OpenBody extends Slot {
  readonly t: 'open';
  readonly view: number;
  readonly state: Hash;
  readonly members: readonly PeerId[];
}

/**
 * A member's one update from one state. It names no round: after a skip the same signed bytes serve the next one. `stateRound` is the round
 * whose record made the state, so that a state that occurs twice still counts as two.
 */
export interface UpdateBody {
  readonly t: 'update';
  readonly fed: Hash;
  readonly epoch: number;
  /** Which vector from this state it is. Always 0 if members send single updates: they make one per state. */
  readonly attempt: number;
  readonly state: Hash;
  readonly stateRound: number;
  /** SHA-256 of the vector: d little-endian int32, in grid steps. */
  readonly vector: Hash;
  /** Salted head of the member's budget ledger after this update was paid for. */
  readonly ledger: Hash;
}

/**
 * What a slot decides: the next model, or a skip that leaves the state as it was. Format 2: the seats' quorum certifies the whole, and each
 * contribution carries its member's own signature, because seats can prove what they decided but never what a member did.
 */
export interface RecordBody extends Slot {
  readonly t: 'record';
  readonly kind: 'model' | 'skip';
  /** Id of the record before. */
  readonly base: Hash;
  /** The state that contributions were made from, and the round that made it. */
  readonly from: { readonly state: Hash; readonly round: number };
  /** SHA-256 of the state's safetensors file after this record. */
  readonly state: Hash;
  readonly stateRound: number;
  /** Models up to this record, it included. */
  readonly models: number;
  /** Version of the rule that computed `state`; peers with a different one abstain. */
  readonly kernel: string;
  /** Updates sorted by member, group sums by group; empty for a skip. */
  readonly contributions: readonly Contribution[];
}

export type Contribution = UpdateContribution | GroupSum;

/** One member's update: with the record's own fields, its whole signed body (`signedUpdate` in record.ts). */
export interface UpdateContribution {
  readonly kind: 'update';
  readonly member: PeerId;
  readonly attempt: number;
  readonly vector: Hash;
  readonly ledger: Hash;
  /** The member's signature of its UpdateBody. */
  readonly sig: Uint8Array;
}

/**
 * The sum of a group. It does not grow with its members: `root` commits to every sender's signed commitment, including those who dropped
 * out later, so that short proofs can show who was or was not among them.
 */
export interface GroupSum {
  readonly kind: 'group-sum';
  readonly group: number;
  readonly attempt: number;
  /** Members whose vectors are in the sum. */
  readonly members: number;
  readonly vector: Hash;
  /** Leaves under `root`. */
  readonly senders: number;
  readonly root: Hash;
}

/** A contributor's attestation that it recomputed the record's state from the updates. */
export interface AttestBody extends Slot {
  readonly t: 'attest';
  readonly record: Hash;
}

/** "My budget is spent: I follow and witness." */
export interface DoneBody {
  readonly t: 'done';
  readonly fed: Hash;
  readonly epoch: number;
  readonly stateRound: number;
}

/** The lock of agreement/messages.ts in its wire and disk form: its value is a record, its evidence is contributors' attestations. */
export interface Lock {
  readonly view: number;
  readonly record: RecordBody;
  readonly prepares: readonly Signed<VoteBody>[];
  readonly attests: readonly Signed<AttestBody>[];
}

/** A record with the quorum of commits that makes it final. Record 0 is computed and has none. */
export interface CertifiedRecord {
  readonly record: RecordBody;
  readonly commits: readonly Signed<VoteBody>[];
  readonly attests: readonly Signed<AttestBody>[];
}

/** A change with the proof of the lock that it names. */
export interface ChangeMessage {
  readonly t: 'change';
  readonly signed: Signed<ChangeBody>;
  readonly lock: Lock | null;
}

/** What a round is doing, for display: seats send it with their head. */
export type RoundPhase =
  | 'gathering'
  | 'training'
  | 'deciding'
  /** The members present have spent their budgets: it continues with people whose rows have not been used here. */
  | 'waiting-for-new'
  /** T models are made. */
  | 'finished';

export type RoundMessage =
  | {
      readonly t: 'status';
      readonly fed: Hash;
      readonly epoch: number;
      /** Number of the slot that is open: the head's + 1. */
      readonly round: number;
      readonly head: Hash;
      readonly state: Hash;
      readonly phase: RoundPhase;
      readonly joined: number;
      readonly seat: boolean;
    }
  | { readonly t: 'join'; readonly signed: Signed<JoinBody> }
  | { readonly t: 'open'; readonly signed: Signed<OpenBody> }
  | { readonly t: 'update'; readonly signed: Signed<UpdateBody>; readonly vector: Uint8Array }
  /** `update` is an updateId (record.ts), like the `hash` in a request for an update. */
  | { readonly t: 'ack'; readonly fed: Hash; readonly update: Hash }
  | {
      readonly t: 'propose';
      readonly signed: Signed<ProposeBody>;
      readonly record: RecordBody;
      /** Why this view may propose it: a quorum of changes; empty in view 0. */
      readonly changes: readonly ChangeMessage[];
    }
  | { readonly t: 'attest'; readonly signed: Signed<AttestBody> }
  | { readonly t: 'vote'; readonly signed: Signed<VoteBody>; readonly attests: readonly Signed<AttestBody>[] }
  | ChangeMessage
  | { readonly t: 'record'; readonly certified: CertifiedRecord }
  | { readonly t: 'done'; readonly signed: Signed<DoneBody> }
  | { readonly t: 'want'; readonly fed: Hash; readonly what: 'head' | 'state' | 'update'; readonly hash: Hash | null }
  | { readonly t: 'state'; readonly fed: Hash; readonly hash: Hash; readonly bytes: Uint8Array }
  | { readonly t: 'refuse'; readonly fed: Hash; readonly code: ErrorCode; readonly about: Hash; readonly field: string };

export type SignedBody = JoinBody | OpenBody | UpdateBody | ProposeBody | AttestBody | VoteBody | ChangeBody | DoneBody;
