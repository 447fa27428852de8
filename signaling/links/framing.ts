/**
 * Messages cut into frames of 16 KiB and reassembled. A data frame is kind (1 byte), sequence number (u32), remaining bytes of the message
 * (u32), payload; a control frame is one byte. Big-endian. No encryption and no retransmission: the channel below keeps order, and a
 * channel that loses data (the relay's mailbox) loses whole messages.
 */
import { MeshError } from '#protocol/errors';
import { LINK_FRAME_PAYLOAD_BYTES, LINK_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';

export const FRAME_HEADER_BYTES = 9;
export const FRAME_BYTES_MAX = FRAME_HEADER_BYTES + LINK_FRAME_PAYLOAD_BYTES;

/** Control frames: a heartbeat, its answer, and an orderly end. */
export const CONTROL_PING = 1;
export const CONTROL_PONG = 2;
export const CONTROL_BYE = 3;
const DATA_START = 16;
const DATA_MORE = 17;

export function controlFrame(kind: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(kind);
}

/** The kind of a control frame, or null for anything longer. */
export function controlKind(frame: Uint8Array): number | null {
  return frame.length === 1 ? frame[0]! : null;
}

/** Messages on their way out of one link, cut when the channel has room: the queue is the only copy of what waits. */
export class FrameQueue {
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  #sequence = 0;
  /** Bytes of the first message that are cut already. */
  #cut = 0;
  #started = false;
  #bytes = 0;

  /** Bytes not yet cut into frames, headers included so that empty messages count too. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** @throws MeshError frame-too-large, slow-consumer: the link must close */
  push(message: Uint8Array<ArrayBuffer>): void {
    if (message.length > MESH_MESSAGE_BYTES_MAX) {
      throw new MeshError('frame-too-large', { expected: `at most ${MESH_MESSAGE_BYTES_MAX} bytes`, got: String(message.length) });
    }
    const cost = message.length + FRAME_HEADER_BYTES;
    if (this.#bytes + cost > LINK_QUEUE_BYTES_MAX) {
      throw new MeshError('slow-consumer', { expected: `at most ${LINK_QUEUE_BYTES_MAX} bytes waiting`, got: String(this.#bytes + cost) });
    }
    this.#waiting.push(message);
    this.#bytes += cost;
  }

  /** The next frame, in memory of its own (it may be transferred), or null when nothing waits. */
  next(): Uint8Array<ArrayBuffer> | null {
    const message = this.#waiting[0];
    if (message === undefined) return null;
    const left = message.length - this.#cut;
    const size = Math.min(left, LINK_FRAME_PAYLOAD_BYTES);
    const frame = new Uint8Array(FRAME_HEADER_BYTES + size);
    const view = new DataView(frame.buffer);
    view.setUint8(0, this.#started ? DATA_MORE : DATA_START);
    view.setUint32(1, this.#sequence);
    view.setUint32(5, left);
    frame.set(message.subarray(this.#cut, this.#cut + size), FRAME_HEADER_BYTES);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#started = true;
    this.#cut += size;
    this.#bytes -= size;
    if (this.#cut === message.length) {
      this.#waiting.shift();
      this.#bytes -= FRAME_HEADER_BYTES;
      this.#cut = 0;
      this.#started = false;
    }
    return frame;
  }

  /** Begins the half-sent message again: the channel was lost and another one took its place. */
  restart(): void {
    this.#bytes += this.#cut;
    this.#cut = 0;
    this.#started = false;
  }

  /** Takes back every message that did not leave as a whole, and empties the queue. */
  takeBack(): Uint8Array<ArrayBuffer>[] {
    const all = this.#waiting.splice(0);
    this.#bytes = 0;
    this.#cut = 0;
    this.#started = false;
    return all;
  }
}

/**
 * Frames into messages. `strict` is for channels that lose nothing: a gap is an error. Otherwise a gap drops the broken message
 * and the next start is taken. Keeps what really arrived, never what a header promises.
 */
export class Reassembler {
  readonly #strict: boolean;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #sequence = 0;
  #left = -1;
  #bytes = 0;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  get partialBytes(): number {
    return this.#bytes;
  }

  /** @returns the message that this frame completed, or null. @throws MeshError frame-malformed, frame-too-large */
  accept(frame: Uint8Array): Uint8Array<ArrayBuffer> | null {
    if (frame.length < FRAME_HEADER_BYTES) throw malformed(`a frame of at least ${FRAME_HEADER_BYTES} bytes`, String(frame.length));
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const kind = view.getUint8(0);
    const sequence = view.getUint32(1);
    const left = view.getUint32(5);
    const size = frame.length - FRAME_HEADER_BYTES;
    if (kind !== DATA_START && kind !== DATA_MORE) throw malformed('a known kind of frame', String(kind));
    if (left > MESH_MESSAGE_BYTES_MAX) {
      throw new MeshError('frame-too-large', { expected: `at most ${MESH_MESSAGE_BYTES_MAX} bytes`, got: String(left) });
    }
    if (size !== Math.min(left, LINK_FRAME_PAYLOAD_BYTES)) throw malformed('a full payload', `${size} of ${left} bytes`);
    if (kind === DATA_START) {
      if (this.#strict && (this.#left >= 0 || sequence !== this.#sequence)) throw malformed(`frame ${this.#sequence}`, String(sequence));
      this.reset();
    } else if (this.#left !== left || sequence !== this.#sequence) {
      if (this.#strict) throw malformed(`frame ${this.#sequence}`, String(sequence));
      this.reset();
      return null;
    }
    this.#sequence = (sequence + 1) >>> 0;
    this.#chunks.push(frame.slice(FRAME_HEADER_BYTES) as Uint8Array<ArrayBuffer>);
    this.#bytes += size;
    this.#left = left - size;
    return this.#left === 0 ? this.#complete() : null;
  }

  /** Drops the message that has not arrived as a whole. */
  reset(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#left = -1;
  }

  #complete(): Uint8Array<ArrayBuffer> {
    const chunks = this.#chunks;
    const bytes = this.#bytes;
    this.reset();
    if (chunks.length === 1) return chunks[0]!;
    const message = new Uint8Array(bytes);
    let at = 0;
    for (const chunk of chunks) {
      message.set(chunk, at);
      at += chunk.length;
    }
    return message;
  }
}

function malformed(expected: string, got: string): MeshError {
  return new MeshError('frame-malformed', { field: 'frame', expected, got });
}
