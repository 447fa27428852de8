/**
 * Links through the relay's mailbox: they work wherever the relay's socket works. They are open while that socket has a session; when it is
 * lost they wait, and a half-sent message starts over. There is no encryption beyond the socket's TLS, so the relay could read everything;
 * therefore no link ever carries anything that the relay must not see.
 */
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { MAILBOX_WINDOW_BYTES } from '#protocol/limits';
import type { Environment } from '#protocol/driver/ports';
import { CONTROL_BYE, controlFrame, controlKind } from './framing.ts';
import type { Link, LinkEvents, LinkState } from './link.ts';
import { MailboxInbox, MailboxSender } from './mailbox-queue.ts';

/** The part of the signaling client that carries frames. */
export interface MailboxSocket {
  /** Bytes taken but not yet on the network. */
  bufferedBytes(): number;
  mailbox(to: PeerId, frame: Uint8Array): void;
}

/** All mailbox links of one socket. Its owner tells it what the socket does. */
export class Mailbox {
  readonly #links = new Map<PeerId, MailboxLink>();
  readonly #inbox: MailboxInbox;
  readonly #socket: MailboxSocket;
  readonly sender: MailboxSender;
  #open = false;

  constructor(socket: MailboxSocket, environment: Environment) {
    this.#socket = socket;
    this.#inbox = new MailboxInbox(null, environment);
    this.sender = new MailboxSender(
      {
        ready: () => socket.bufferedBytes() < MAILBOX_WINDOW_BYTES,
        frame: (to, frame) => socket.mailbox(to, frame),
      },
      environment,
    );
    this.sender.pause();
  }

  /** One link a peer; an older one to the same peer is closed. */
  link(peer: PeerId, events: LinkEvents): MailboxLink {
    this.#links.get(peer)?.close();
    const link = new MailboxLink(peer, this, events);
    this.#links.set(peer, link);
    if (this.#open) link.opened();
    return link;
  }

  /** The socket has a session, for the first time or again. */
  opened(): void {
    this.#open = true;
    this.sender.restart();
    for (const link of this.#links.values()) link.opened();
  }

  /** The socket is lost, and may come back. */
  lost(): void {
    this.#open = false;
    this.sender.pause();
    for (const link of this.#links.values()) link.waits();
  }

  /** A frame from the relay; one that belongs to no link is dropped. */
  receive(from: PeerId, frame: Uint8Array): void {
    const link = this.#links.get(from);
    if (link === undefined) return;
    if (controlKind(frame) === CONTROL_BYE) return link.ended();
    if (controlKind(frame) !== null) return;
    const message = this.#inbox.accept(from, frame);
    if (message instanceof MeshError) link.ended(message);
    else if (message !== null) link.arrived(message);
  }

  /** For links: tells the other end, and forgets. */
  release(link: MailboxLink, farewell: boolean): void {
    if (this.#links.get(link.peer) !== link) return;
    this.#links.delete(link.peer);
    this.sender.forget(link.peer);
    this.#inbox.forget(link.peer);
    if (farewell && this.#open) this.#socket.mailbox(link.peer, controlFrame(CONTROL_BYE));
  }
}

export class MailboxLink implements Link {
  readonly path = 'relayed';
  readonly peer: PeerId;
  readonly #mailbox: Mailbox;
  readonly #events: LinkEvents;
  #state: LinkState = 'opening';

  constructor(peer: PeerId, mailbox: Mailbox, events: LinkEvents) {
    this.peer = peer;
    this.#mailbox = mailbox;
    this.#events = events;
  }

  get state(): LinkState {
    return this.#state;
  }

  get queuedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#mailbox.sender.queuedBytes(this.peer);
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#state === 'closed') return;
    try {
      this.#mailbox.sender.push(this.peer, message);
    } catch (error) {
      this.#close(true, error as MeshError);
    }
  }

  close(): void {
    this.#close(true);
  }

  /** The peer has left the room: nobody is there to be told. */
  abandon(): void {
    this.#close(false);
  }

  /** The rest is for the mailbox. */
  opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#events.open();
  }

  waits(): void {
    if (this.#state === 'open') this.#state = 'opening';
  }

  arrived(message: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== 'closed') this.#events.message(message);
  }

  ended(error?: MeshError): void {
    this.#close(error !== undefined, error);
  }

  #close(farewell: boolean, error?: MeshError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#mailbox.release(this, farewell);
    this.#events.close(error);
  }
}
