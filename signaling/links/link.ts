/**
 * A link to one peer: whole messages in order, or a close. Its `path` says what carries it (a data channel, the relay's mailbox, a page);
 * every implementation passes the acceptance suite in link-suite.ts.
 */
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';

export type LinkPath = 'direct' | 'relayed' | 'in-page';
export type LinkState = 'opening' | 'open' | 'closed';

export interface LinkEvents {
  /** One whole message, at most MESH_MESSAGE_BYTES_MAX; the bytes belong to the receiver. */
  message(bytes: Uint8Array<ArrayBuffer>): void;
  open(): void;
  /** Once. `error` says why when the close was not asked for. */
  close(error?: MeshError): void;
}

export interface Link {
  readonly peer: PeerId;
  readonly path: LinkPath;
  readonly state: LinkState;
  /** Bytes handed over but not yet gone; the queue is bounded by LINK_QUEUE_BYTES_MAX, past it the link closes as too slow. */
  readonly queuedBytes: number;
  /** Takes a copy or the ownership of `message`; while opening, messages wait. Throws nothing: a broken link closes. */
  send(message: Uint8Array<ArrayBuffer>): void;
  close(): void;
}
