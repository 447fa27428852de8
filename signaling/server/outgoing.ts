/**
 * What waits to go out on one socket. Each sender has a lane, and lanes take turns, so that no sender holds up another; a lane may queue as
 * much as is still free. What does not fit is lost to the sender and not blamed on the socket's owner. Arrivals and departures wait as
 * their net effect, so that they never pile up. Bytes are charged to the sender's address, and a seat's bytes to whoever asked for them. It
 * has no clock: the owner sets marks and decides whether a socket is too slow; what waited from one mark to the next is then dropped.
 */
import type { PeerId } from '#protocol/identity';
import type { ServerMessage } from '#protocol/wire';
import type { ByteBudget } from '../byte-budget.ts';
import { FRAME_HEADER_BYTES, FrameQueue } from '../links/framing.ts';

/** Bytes handed to the socket and not yet sent; the rest waits here, where lanes can take turns. */
const WINDOW_BYTES = 64 * 1024;
/** Memory cost of a frame: a factor per byte for allocator and garbage collector, as measured in a flood, plus a constant. */
const BYTE_COST = 1.25;
const FRAME_COST = 256;

export interface OutgoingOptions {
  readonly budget: ByteBudget;
  /** The socket's own address: what a seat sends it is charged to it. */
  readonly address: string;
  /** Bytes that may wait. */
  readonly limit: number;
  /** Hands one frame over; `done` is called once it is sent or never will be. */
  write(data: string | Uint8Array, done: () => void): void;
  /** A seat's frame as the mailbox carries it. */
  wrap(from: PeerId, frame: Uint8Array): Uint8Array;
}

interface Frame {
  readonly data: string | Uint8Array;
  readonly cost: number;
  readonly payer: string;
  /** Marks before it came. */
  readonly marks: number;
  next: Frame | null;
}

interface Lane {
  first: Frame;
  last: Frame;
  bytes: number;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #lanes = new Map<PeerId, Lane>();
  readonly #seats = new Map<PeerId, FrameQueue>();
  /** `again`: left, then rejoined. */
  readonly #presence = new Map<PeerId, 'joined' | 'left' | 'again'>();
  readonly #charged = new Map<string, number>();
  #inFlight = 0;
  #waiting = 0;
  #gone = 0;
  #dropped = 0;
  #marks = 0;
  #seatsTurn = false;
  #closed = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Bytes that wait here or in the socket. */
  get bytes(): number {
    return this.#waiting + this.#inFlight;
  }

  /** Bytes that ever went. */
  get gone(): number {
    return this.#gone;
  }

  /** Frames and messages that found no place. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The relay's own message to this socket: at once, before everything queued. */
  say(message: ServerMessage): void {
    this.#write(JSON.stringify(message), 0, this.#options.address);
  }

  /** A reply that only this socket asked for: at once, or never if the socket takes nothing. */
  reply(bytes: number, send: (done: () => void) => void): void {
    if (this.#inFlight < WINDOW_BYTES) this.#hand(bytes, send, 0, this.#options.address);
  }

  joined(peer: PeerId): void {
    const before = this.#presence.get(peer);
    if (before === 'left') this.#dropLane(peer); // of the stay that is over
    this.#presence.set(peer, before === 'left' || before === 'again' ? 'again' : 'joined');
    this.#pump();
  }

  left(peer: PeerId): void {
    this.#dropSeat(peer);
    if (this.#presence.get(peer) === 'joined') {
      this.#presence.delete(peer); // nothing was said of it, and nothing will be
      this.#dropLane(peer);
    } else this.#presence.set(peer, 'left');
    this.#pump();
  }

  /** A frame from another peer, built only if it fits. @param payer the address it is charged to */
  frame(from: PeerId, payer: string, bytes: number, make: () => string | Uint8Array): void {
    const cost = Math.ceil(bytes * BYTE_COST) + FRAME_COST;
    const own = this.#lanes.get(from)?.bytes ?? 0;
    if (this.#closed || own + cost > this.#options.limit - this.bytes - cost || !this.#take(payer, cost)) {
      this.#dropped++;
      return;
    }
    const frame: Frame = { data: make(), cost, payer, marks: this.#marks, next: null };
    const lane = this.#lanes.get(from);
    if (lane === undefined) this.#lanes.set(from, { first: frame, last: frame, bytes: cost });
    else {
      lane.last = lane.last.next = frame;
      lane.bytes += cost;
    }
    this.#waiting += cost;
    this.#pump();
  }

  /** A whole message from a seat of this relay, or nothing of it. */
  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#closed) return;
    let queue = this.#seats.get(from);
    if (queue === undefined) this.#seats.set(from, (queue = new FrameQueue()));
    const { address } = this.#options;
    const cost = bytes.length + FRAME_HEADER_BYTES;
    if (!this.#take(address, cost)) return void this.#dropped++;
    try {
      queue.push(bytes);
      this.#waiting += cost;
    } catch {
      this.#dropped++;
      this.#give(address, cost);
    }
    this.#pump();
  }

  /**
   * @param slow drops what others have had waiting here since the previous mark, and what this socket asked seats for. A sender may lose
   * frames to a slow socket; the socket loses nothing else.
   */
  mark(slow: boolean): void {
    if (slow) {
      for (const peer of this.#lanes.keys()) this.#dropLane(peer, this.#marks);
      for (const peer of this.#seats.keys()) this.#dropSeat(peer);
    }
    this.#marks++;
  }

  /** Nothing more goes out; what waited is given back. */
  close(): void {
    this.#closed = true;
    for (const [payer, bytes] of this.#charged) this.#options.budget.give(payer, bytes);
    this.#charged.clear();
    this.#lanes.clear();
    this.#seats.clear();
    this.#presence.clear();
    this.#waiting = 0;
  }

  #pump(): void {
    while (!this.#closed && this.#inFlight < WINDOW_BYTES && (this.#sayPresence() || this.#sendNext()));
  }

  /** Seats and peers in turns. */
  #sendNext(): boolean {
    this.#seatsTurn = !this.#seatsTurn;
    return this.#seatsTurn ? this.#sendSeat() || this.#sendPeer() : this.#sendPeer() || this.#sendSeat();
  }

  #sayPresence(): boolean {
    for (const [peer, change] of this.#presence) {
      if (change === 'left' && this.#lanes.has(peer)) continue; // after its last words
      this.#presence.delete(peer);
      if (change !== 'joined') this.say({ t: 'peer-left', peer });
      if (change !== 'left') this.say({ t: 'peer-joined', peer });
      return true;
    }
    return false;
  }

  #sendSeat(): boolean {
    for (const [from, queue] of this.#seats) {
      const before = queue.queuedBytes;
      const frame = queue.next();
      if (frame === null) continue;
      this.#seats.delete(from);
      this.#seats.set(from, queue); // its turn comes after the others'
      const cost = before - queue.queuedBytes;
      this.#waiting -= cost;
      this.#write(this.#options.wrap(from, frame), cost, this.#options.address);
      return true;
    }
    return false;
  }

  #sendPeer(): boolean {
    for (const [from, lane] of this.#lanes) {
      const { first } = lane;
      this.#lanes.delete(from);
      if (first.next !== null) {
        lane.first = first.next;
        lane.bytes -= first.cost;
        this.#lanes.set(from, lane);
      }
      this.#waiting -= first.cost;
      this.#write(first.data, first.cost, first.payer);
      return true;
    }
    return false;
  }

  #write(data: string | Uint8Array, cost: number, payer: string): void {
    this.#hand(data.length, (done) => this.#options.write(data, done), cost, payer);
  }

  #hand(bytes: number, send: (done: () => void) => void, cost: number, payer: string): void {
    const weight = Math.max(bytes, cost);
    this.#inFlight += weight;
    send(() => {
      this.#inFlight -= weight;
      this.#gone += weight;
      if (this.#closed) return; // given back already
      this.#give(payer, cost);
      this.#pump();
    });
  }

  /** @param marks drops what arrived before this many marks; by default all */
  #dropLane(peer: PeerId, marks = Infinity): void {
    const lane = this.#lanes.get(peer);
    if (lane === undefined) return;
    let frame: Frame | null = lane.first;
    for (; frame !== null && frame.marks < marks; frame = frame.next) {
      this.#waiting -= frame.cost;
      lane.bytes -= frame.cost;
      this.#give(frame.payer, frame.cost);
    }
    if (frame === null) this.#lanes.delete(peer);
    else lane.first = frame;
  }

  #dropSeat(peer: PeerId): void {
    const left = this.#seats.get(peer)?.queuedBytes ?? 0;
    this.#seats.delete(peer);
    this.#waiting -= left;
    this.#give(this.#options.address, left);
  }

  #take(payer: string, bytes: number): boolean {
    if (!this.#options.budget.take(payer, bytes)) return false;
    this.#charged.set(payer, (this.#charged.get(payer) ?? 0) + bytes);
    return true;
  }

  #give(payer: string, bytes: number): void {
    this.#options.budget.give(payer, bytes);
    const left = (this.#charged.get(payer) ?? 0) - bytes;
    if (left > 0) this.#charged.set(payer, left);
    else this.#charged.delete(payer);
  }
}
