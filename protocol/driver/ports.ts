/**
 * What the driver of a core needs of the place it runs in: a clock, a network, a disk, keys, a trainer and an aggregator. A tab, a
 * headless peer, a relay and the simulator each bring their own; none of them is protocol's.
 */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { CertifiedRecord, RoundMessage, SignedBody } from '../round/messages.ts';

/** Time and chance, so that tests can hold both. Not a scheduler: one timer, one clock, one random number. */
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
  /** Those of rounds from `round` on, at most `limit`. The oldest may have gone (retention.ts). */
  read(round: number, limit: number): Promise<readonly CertifiedRecord[]>;
}

/** Bytes by their SHA-256: states, and vectors of updates. Those that neither the log nor a cell names go (retention.ts). */
export interface Blobs {
  get(hash: Hash): Promise<Uint8Array | null>;
}

/** A core's small durable state, decoded: votes, lists, what is on its way. */
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
   * All of a batch or nothing. A write that resolved is on the disk; writes resolve in the order in which they began. A record that is there
   * already is no other one.
   * @throws MeshError conflict when another record has its slot, storage-denied when the disk does not take it
   */
  write(batch: Batch): Promise<void>;
}

/** The peers of one federation that can be reached, and messages to them. */
export interface Network {
  peers(): readonly { readonly peer: PeerId }[];
  /** A peer that cannot be reached is a lost message. The bytes may go to several peers: they are not the network's to change. */
  send(to: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  /** The peer sent a bad signature or what is no message. */
  blame?(peer: PeerId): void;
}

/** What a message that leaves is, for "what left my device". */
export interface Leaving {
  readonly kind: RoundMessage['t'];
  readonly update: Hash | null;
}

/** An update that is paid for; `last` when the budget pays for no other. */
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
