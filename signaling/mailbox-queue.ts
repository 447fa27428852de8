/**
 * Both ends of the relay's mailbox, whoever sits there (a tab's socket, a relay's own seat): outgoing messages share one way out
 * frame by frame, incoming frames become messages a peer. The mailbox may lose frames when a socket is lost; then a message is lost.
 */
import { asMeshError, type MeshError } from '#protocol/errors';
import { MAILBOX_PARTIAL_BYTES_MAX } from '#protocol/limits';
import type { PeerId } from '#protocol/identity';
import type { Environment } from './environment.ts';
import { FrameQueue, Reassembler } from './framing.ts';

/** How often a full way out is looked at again; sockets do not tell when they have drained. */
const POLL_MS = 4;

export interface MailboxOutlet {
  /** True while one more frame to this peer may be handed over. */
  ready(to: PeerId): boolean;
  frame(to: PeerId, frame: Uint8Array<ArrayBuffer>): void;
}

/** Messages to many peers over one way out, in turns, so that a large one holds nobody up. */
export class MailboxSender {
  readonly #queues = new Map<PeerId, FrameQueue>();
  readonly #outlet: MailboxOutlet;
  readonly #environment: Environment;
  #cancel: (() => void) | null = null;
  #paused = false;

  constructor(outlet: MailboxOutlet, environment: Environment) {
    this.#outlet = outlet;
    this.#environment = environment;
  }

  queuedBytes(to: PeerId): number {
    return this.#queues.get(to)?.queuedBytes ?? 0;
  }

  /** @throws MeshError frame-too-large, slow-consumer */
  push(to: PeerId, message: Uint8Array<ArrayBuffer>): void {
    let queue = this.#queues.get(to);
    if (queue === undefined) this.#queues.set(to, (queue = new FrameQueue()));
    queue.push(message);
    if (this.#cancel === null) this.#pump();
  }

  forget(to: PeerId): void {
    this.#queues.delete(to);
  }

  /** The way out was lost and is back: half-sent messages begin again. */
  restart(): void {
    this.#paused = false;
    for (const queue of this.#queues.values()) queue.restart();
    this.#pump();
  }

  /** There is no way out until `restart`: messages wait. */
  pause(): void {
    this.#paused = true;
    this.#stop();
  }

  /** Hands over what there is room for, and looks again later if something is left. */
  #pump(): void {
    this.#stop();
    if (this.#paused) return;
    let moved = true;
    while (moved) {
      moved = false;
      for (const [to, queue] of this.#queues) {
        if (queue.queuedBytes === 0 || !this.#outlet.ready(to)) continue;
        const frame = queue.next();
        if (frame === null) continue;
        this.#outlet.frame(to, frame);
        moved = true;
      }
    }
    for (const queue of this.#queues.values()) {
      if (queue.queuedBytes === 0) continue;
      this.#cancel = this.#environment.timer(POLL_MS, () => this.#pump());
      return;
    }
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}

/** Frames from many peers; what all half-arrived messages keep is bounded together. */
export class MailboxInbox {
  readonly #partial = new Map<PeerId, Reassembler>();
  #bytes = 0;

  /** @returns a whole message, null, or what is wrong with the frame */
  accept(from: PeerId, frame: Uint8Array): Uint8Array<ArrayBuffer> | MeshError | null {
    const reassembler = this.#partial.get(from) ?? new Reassembler(false);
    const before = reassembler.partialBytes;
    let message: Uint8Array<ArrayBuffer> | MeshError | null;
    try {
      message = reassembler.accept(frame);
    } catch (error) {
      reassembler.reset();
      message = asMeshError(error);
    }
    this.#bytes += reassembler.partialBytes - before;
    if (reassembler.partialBytes === 0) this.#partial.delete(from);
    else this.#partial.set(from, reassembler);
    while (this.#bytes > MAILBOX_PARTIAL_BYTES_MAX) this.forget(this.#partial.keys().next().value!);
    return message;
  }

  forget(peer: PeerId): void {
    this.#bytes -= this.#partial.get(peer)?.partialBytes ?? 0;
    this.#partial.delete(peer);
  }
}
