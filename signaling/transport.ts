/**
 * What the round driver needs from a network: the peers of one room and messages to and from them. A page's transport combines direct links
 * with the relay's mailbox; a headless peer's has only the mailbox; a relay's own seat sits in the room itself.
 */
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import type { LinkPath } from './links/link.ts';

export interface PeerPath {
  readonly peer: PeerId;
  readonly path: LinkPath;
}

export interface TransportEvents {
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void;
  /** The peers that can be reached now; called on every change. */
  peers(list: readonly PeerPath[]): void;
  /** The state of the way to the relay, for people; `error` says why it waits or is refused. */
  relay(state: 'connecting' | 'open' | 'waiting' | 'refused', error?: MeshError): void;
}

/** Every message that leaves is told to the outbox first: "what left my device" is written by the code that sends. */
export interface Departure {
  /** A message of the round, or what two peers need to find each other: session descriptions, which hold network addresses. */
  readonly kind: 'message' | 'signal';
  readonly to: PeerId;
  readonly bytes: number;
  readonly path: LinkPath;
  /** The bytes themselves, the same object when a lost link has them sent again; absent for a signal. */
  readonly message?: Uint8Array;
}

export interface Transport {
  readonly self: PeerId;
  peers(): readonly PeerPath[];
  /** Sends by the best open path (direct before relayed); a peer that cannot be reached is a lost message. */
  send(to: PeerId, message: Uint8Array<ArrayBuffer>): void;
  /** The peer sent a bad signature or what is no message. A relay's own seat has it pay; elsewhere there is nobody to tell. */
  blame?(peer: PeerId): void;
  /**
   * Whom direct links may be opened with: only they learn this device's network address. Nobody, until it is called; links with others
   * close. Absent where there are none.
   */
  direct?(peers: ReadonlySet<PeerId>): void;
  close(): void;
}
