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
  /** The state of the connection to the relay, for people; `error` says why it waits or was refused. */
  relay(state: 'connecting' | 'open' | 'waiting' | 'refused', error?: MeshError): void;
}

/** Every outgoing message is reported to the outbox first: the sending code itself writes "what left my device". */
export interface Departure {
  /** A message of the round, or what two peers need to find each other: session descriptions, which contain network addresses. */
  readonly kind: 'message' | 'signal';
  readonly to: PeerId;
  readonly bytes: number;
  readonly path: LinkPath;
  /** The bytes themselves, the same object if a lost link makes them go out again; absent for a signal. */
  readonly message?: Uint8Array;
}

export interface Transport {
  readonly self: PeerId;
  peers(): readonly PeerPath[];
  /** Sends over the best open path (direct before relayed); if the peer cannot be reached, the message is lost. */
  send(to: PeerId, message: Uint8Array<ArrayBuffer>): void;
  /** The peer sent a bad signature or a malformed message. A relay's own seat charges it; elsewhere there is nobody to tell. */
  blame?(peer: PeerId): void;
  /**
   * Which peers direct links may be opened with: only they learn this device's network address. Nobody until it is called; links with
   * others close. Absent if there are no direct links.
   */
  direct?(peers: ReadonlySet<PeerId>): void;
  close(): void;
}
