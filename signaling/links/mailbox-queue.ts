/**
 * Both ends of the relay's mailbox, for a tab's socket or a relay's own seat: outgoing messages share one channel frame by frame, incoming
 * frames become messages per peer. The mailbox may lose frames when a socket is lost; then a message is lost.
 */
import { asMeshError, type MeshError } from '#protocol/errors';
import { MAILBOX_PARTIAL_BYTES_MAX, MAILBOX_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX, SOCKET_LEAST_BYTES_PER_S } from '#protocol/limits';
import type { PeerId } from '#protocol/identity';
import { ByteBudget } from '../byte-budget.ts';
import type { Environment } from '#protocol/driver/ports';
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

  /**
   * A message to a peer that has as much waiting as is still free is lost: many who ask and do not read fill no memory.
   * @throws MeshError frame-too-large, slow-consumer
   */
  push(to: PeerId, message: Uint8Array<ArrayBuffer>): void {
    let queue = this.#queues.get(to);
    if (queue === undefined) this.#queues.set(to, (queue = new FrameQueue()));
    let free = MAILBOX_QUEUE_BYTES_MAX - message.length;
    for (const { queuedBytes } of this.#queues.values()) free -= queuedBytes;
    if (queue.queuedBytes + message.length > free) return;
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

/** A half-arrived message may rest this long, and takes no longer than this and its bytes at the least pace. */
const HALF_MS = 15_000;

interface Half {
  readonly reassembler: Reassembler;
  readonly payer: string;
  startedAt: number;
  movedAt: number;
}

/**
 * Frames from many peers into messages. Memory for half-received messages is bounded per peer and in total, charged to the sender, and
 * temporary: a message that stops arriving is dropped.
 */
export class MailboxInbox {
  readonly #halves = new Map<PeerId, Half>();
  readonly #own = new ByteBudget(MAILBOX_PARTIAL_BYTES_MAX, MESH_MESSAGE_BYTES_MAX);
  readonly #budget: ByteBudget | null;
  readonly #environment: Environment;
  #cancel: (() => void) | null = null;

  /** @param budget of the process, by network address; null where this inbox is the only one */
  constructor(budget: ByteBudget | null, environment: Environment) {
    this.#budget = budget;
    this.#environment = environment;
  }

  /**
   * @param payer the sender's network address
   * @returns a whole message, null, or what is wrong with the frame
   */
  accept(from: PeerId, frame: Uint8Array, payer: string = from): Uint8Array<ArrayBuffer> | MeshError | null {
    const now = this.#environment.now();
    const half = this.#halves.get(from) ?? { reassembler: new Reassembler(false), payer, startedAt: now, movedAt: now };
    const before = half.reassembler.partialBytes;
    let message: Uint8Array<ArrayBuffer> | MeshError | null;
    try {
      message = half.reassembler.accept(frame);
    } catch (error) {
      half.reassembler.reset();
      message = asMeshError(error);
    }
    const after = half.reassembler.partialBytes;
    half.movedAt = now;
    if (after <= before) {
      this.#give(from, half, before - after);
      half.startedAt = now;
    } else if (!this.#take(from, half, after - before)) {
      this.#give(from, half, before);
      this.#halves.delete(from);
      return null;
    }
    if (after === 0) this.#halves.delete(from);
    else this.#halves.set(from, half);
    if (after > 0) this.#cancel ??= this.#environment.timer(HALF_MS, () => this.#sweep());
    return message;
  }

  forget(peer: PeerId): void {
    const half = this.#halves.get(peer);
    if (half === undefined) return;
    this.#halves.delete(peer);
    this.#give(peer, half, half.reassembler.partialBytes);
  }

  close(): void {
    for (const peer of this.#halves.keys()) this.forget(peer);
    this.#cancel?.();
    this.#cancel = null;
  }

  #sweep(): void {
    const now = this.#environment.now();
    for (const [peer, { movedAt, startedAt, reassembler }] of this.#halves) {
      const late = now - startedAt > HALF_MS + (1000 * reassembler.partialBytes) / SOCKET_LEAST_BYTES_PER_S;
      if (late || now - movedAt >= HALF_MS) this.forget(peer);
    }
    this.#cancel = this.#halves.size === 0 ? null : this.#environment.timer(HALF_MS, () => this.#sweep());
  }

  #take(from: PeerId, half: Half, bytes: number): boolean {
    if (!this.#own.take(from, bytes)) return false;
    if (this.#budget === null || this.#budget.take(half.payer, bytes)) return true;
    this.#own.give(from, bytes);
    return false;
  }

  #give(from: PeerId, half: Half, bytes: number): void {
    this.#own.give(from, bytes);
    this.#budget?.give(half.payer, bytes);
  }
}
