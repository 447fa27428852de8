/**
 * What a group's members and the leader that carries their messages tell each other (Bonawitz et al. 2017, with verifiable shares and a
 * consistency round that is never left out). Everything goes through the leader; what a member says is signed with its identity, and
 * signatures cover bodies alone.
 */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { At } from './context.ts';

/** A dealer's Feldman commitments, and the root of the Merkle tree over the ciphertexts of its shares. */
export interface DealBody extends At {
  readonly t: 'deal';
  readonly context: Hash;
  /** Commitments to the polynomial of the mask key: t points of 32 bytes; the first is the public mask key. */
  readonly keys: Uint8Array;
  /** The same of the self-mask secret. */
  readonly seeds: Uint8Array;
  readonly sealed: Hash;
}

/** "I have checked my shares of these deals." A complaint names a dealer whose share does not open or fit; it proves nothing. */
export interface ReadyBody extends At {
  readonly t: 'ready';
  readonly context: Hash;
  /** `dealsHash` of all deals that it was sent. */
  readonly deals: Hash;
  readonly complaints: readonly PeerId[];
}

export interface DealRef {
  readonly member: PeerId;
  readonly deal: Hash;
}

/** The leader's list of dealers under whose masks everybody hides, in group order. A member accepts one in a context. */
export interface BeginBody extends At {
  readonly t: 'begin';
  readonly context: Hash;
  readonly dealers: readonly DealRef[];
}

/** Which masked vector of a member will enter a sum, and in which context: signed before any of it is sent. */
export interface CommitmentBody extends At {
  readonly t: 'commitment';
  readonly group: number;
  readonly state: Hash;
  readonly stateRound: number;
  /** SHA-256 of the masked vector. */
  readonly vector: Hash;
  readonly ledger: Hash;
  readonly context: Hash;
  /** `dealsHash` of the dealers whose masks are on the vector. */
  readonly deals: Hash;
  /** Tip of the member's chain of nonces, for the draws to come. */
  readonly tip: Hash;
}

/** The survivor set of a group. Seats certify one for each attempt and group; survivors sign its id. */
export interface SurvivorsBody extends At {
  readonly t: 'survivors';
  readonly group: number;
  readonly context: Hash;
  readonly deals: Hash;
  /** One bit per member in group order, the first in bit 0 of byte 0: whose vectors are summed. 4 bytes. */
  readonly kept: Uint8Array;
  /** Leaves under `root`: signed commitments of everybody who sent one, dropped or not. */
  readonly senders: number;
  readonly root: Hash;
}

/** A survivor signs one survivor set in a context, and never another. */
export interface ConsistentBody extends At {
  readonly t: 'consistent';
  readonly context: Hash;
  readonly survivors: Hash;
}

/** A survivor's shares: of the self-mask secrets of kept dealers, of the mask keys of the others, in the order of dealers; 32 bytes each. */
export interface UnmaskBody extends At {
  readonly t: 'unmask';
  readonly context: Hash;
  readonly survivors: Hash;
  readonly shares: Uint8Array;
}

export type SecaggBody = DealBody | ReadyBody | BeginBody | CommitmentBody | SurvivorsBody | ConsistentBody | UnmaskBody;

/** One dealer's part of a bundle: the deal, this member's share sealed to it, and the way from its hash to `sealed`. */
export interface DealtShare {
  readonly deal: Signed<DealBody>;
  readonly share: Uint8Array;
  readonly path: readonly Uint8Array[];
}

export type FromMember =
  /** Shares in group order without the dealer, 80 bytes each. */
  | { readonly t: 'deal'; readonly signed: Signed<DealBody>; readonly shares: readonly Uint8Array[] }
  | { readonly t: 'ready'; readonly signed: Signed<ReadyBody> }
  | { readonly t: 'masked'; readonly signed: Signed<CommitmentBody>; readonly vector: Uint8Array }
  | { readonly t: 'consistent'; readonly signed: Signed<ConsistentBody> }
  | { readonly t: 'unmask'; readonly signed: Signed<UnmaskBody> };

export type FromCarrier =
  | { readonly t: 'dealt'; readonly context: Hash; readonly deals: readonly DealtShare[] }
  | { readonly t: 'begin'; readonly signed: Signed<BeginBody> }
  /** The vector that this commitment names is kept. */
  | { readonly t: 'held'; readonly context: Hash; readonly commitment: Hash }
  | { readonly t: 'fixed'; readonly certificate: readonly Signed<SurvivorsBody>[] }
  | { readonly t: 'agreed'; readonly signatures: readonly Signed<ConsistentBody>[] };

export type SecaggMessage = FromMember | FromCarrier;

/** Every signature that a shell verifies before a machine sees the message. */
export function signaturesIn(message: SecaggMessage): readonly Signed<SecaggBody>[] {
  switch (message.t) {
    case 'dealt':
      return message.deals.map(({ deal }) => deal);
    case 'held':
      return [];
    case 'fixed':
      return message.certificate;
    case 'agreed':
      return message.signatures;
    default:
      return [message.signed];
  }
}
