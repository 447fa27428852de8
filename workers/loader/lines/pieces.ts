/**
 * A blob in pieces of bounded size, all in one buffer: the unused rest of a piece moves to the start of the next. A million small buffers
 * would wait for the garbage collector while the file streams.
 */
import { giveBack } from './give-back.ts';

export class Pieces {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #reading: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>;
  /** Filled bytes of the buffer. */
  #filled = 0;
  /** The part of the last chunk that did not fit. */
  #chunk: Uint8Array = new Uint8Array(0);
  #done = false;

  /** @param bytesMax size limit of one piece */
  constructor(blob: Blob, bytesMax: number) {
    this.#buffer = new Uint8Array(Math.min(bytesMax, blob.size + 1));
    this.#reader = blob.stream().getReader();
    this.#reading = this.#ahead();
  }

  /** The next piece, full unless it is the last. The next call overwrites it. */
  async next(): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly last: boolean }> {
    while (!this.#done && this.#filled < this.#buffer.length) {
      if (this.#chunk.length === 0) await this.#receive();
      const some = this.#chunk.subarray(0, this.#buffer.length - this.#filled);
      this.#buffer.set(some, this.#filled);
      this.#filled += some.length;
      if (some.length < this.#chunk.length) this.#chunk = this.#chunk.subarray(some.length);
      else this.#drop();
    }
    return { bytes: this.#buffer.subarray(0, this.#filled), last: this.#done };
  }

  /** Drops bytes from the start of the piece. */
  used(count: number): void {
    this.#buffer.copyWithin(0, count, this.#filled);
    this.#filled -= count;
  }

  /** Stops reading early. */
  close(): void {
    void this.#reader.cancel().catch(() => {});
  }

  async #receive(): Promise<void> {
    const { done, value } = await this.#reading;
    this.#done = done;
    if (value === undefined) return;
    this.#chunk = value;
    this.#reading = this.#ahead(); // reads ahead while the caller works on this piece
  }

  #drop(): void {
    if (this.#chunk.length > 0) giveBack(this.#chunk.buffer);
    this.#chunk = new Uint8Array(0);
  }

  #ahead(): ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> {
    const reading = this.#reader.read();
    reading.catch(() => {}); // `next` reports it; after `close` nobody awaits it
    return reading;
  }
}
