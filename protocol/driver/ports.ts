/**
 * What the driver of a core needs of the place it runs in: a clock, a network, a disk, keys, a trainer and an aggregator. A tab, a
 * headless peer, a relay and the simulator each bring their own; none of them is protocol's.
 */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { RoundMessage, SignedBody } from '../round/messages.ts';

/** Time and chance, so that tests can hold both. Not a scheduler: one timer, one clock, one random number. */
export interface Environment {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls once after `ms`; the result cancels. */
  timer(ms: number, call: () => void): () => void;
}

/** Durable cells of one federation, decoded. A write that resolved is on the disk; writes resolve in the order in which they began. */
export interface Cells {
  read(): Promise<ReadonlyMap<string, unknown>>;
  write(puts: readonly { readonly key: string; readonly value: unknown }[], deletes: readonly string[]): Promise<void>;
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
