/**
 * What a core's driver needs from its platform: a clock, a network, a disk, keys, a trainer and an aggregator. A tab, a headless peer, a
 * relay and the simulator each bring their own; protocol has none of them.
 */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { CertifiedRecord, RoundMessage, SignedBody } from '../round/messages.ts';

/** Time and randomness, so that tests control both. Not a scheduler: one timer, one clock, one random number. */
export interface Environment {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls once after `ms`; the result cancels. */
  timer(ms: number, call: () => void): () => void;
}

/** What was decided: the certified records of one federation, ordered by (epoch, round). */
export interface Log {
  /** The last of them; null before the first. */
  head(): Promise<CertifiedRecord | null>;
  /** Records of rounds from `round` on, at most `limit`. The oldest may have been deleted (retention.ts). */
  read(round: number, limit: number): Promise<readonly CertifiedRecord[]>;
}

/** Bytes by their SHA-256: states, and vectors of updates. Blobs that neither the log nor a cell names are deleted (retention.ts). */
export interface Blobs {
  get(hash: Hash): Promise<Uint8Array | null>;
}

/** A core's small durable state, decoded: votes, lists, work in progress. */
export interface Cells {
  read(): Promise<ReadonlyMap<string, unknown>>;
}

export interface CellPut {
  readonly key: string;
  readonly value: unknown;
  /** A blob that stays for as long as this value does. */
  readonly blob?: Hash;
}

/** What is written together. */
export interface Batch {
  readonly puts?: readonly CellPut[];
  readonly deletes?: readonly string[];
  readonly append?: readonly CertifiedRecord[];
  readonly blobs?: readonly { readonly hash: Hash; readonly bytes: Uint8Array }[];
}

/** What outlives a core of one federation. */
export interface Storage {
  readonly log: Log;
  readonly blobs: Blobs;
  readonly cells: Cells;
  /**
   * Writes all of a batch or nothing. A resolved write is on disk; writes resolve in the order in which they began. Writing an existing
   * record again is not a conflict.
   * @throws MeshError conflict if another record has its slot, storage-denied if the disk does not accept it
   */
  write(batch: Batch): Promise<void>;
}

/** The peers of one federation that can be reached, and messages to them. */
export interface Network {
  peers(): readonly { readonly peer: PeerId }[];
  /** If the peer cannot be reached, the message is lost. The bytes may go to several peers, so the network must not change them. */
  send(to: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  /** The peer sent a bad signature or what is no message. */
  blame?(peer: PeerId): void;
}

/** What a message that leaves is, for "what left my device". */
export interface Leaving {
  readonly kind: RoundMessage['t'];
  readonly update: Hash | null;
}

/** A paid update; `last` if the budget does not pay for another. */
export interface Made {
  readonly vector: Uint8Array;
  readonly ledger: Hash;
  readonly last: boolean;
}

/** Puts this peer's signature to a body. */
export type Sign = <B extends SignedBody>(body: B) => Promise<Signed<B>>;
/** Whether the signature is its signer's; never throws. */
export type Verify = (signed: Signed<SignedBody>) => Promise<boolean>;
/**
 * Makes this member's update from a state: pays first, then computes.
 * @throws MeshError budget-spent: the core says done; anything else pauses the member
 */
export type Train = (from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array }) => Promise<Made>;
