/**
 * A blob in pieces of bounded size, all in one buffer: the unused rest of a piece comes again at the start of the next. A million small
 * buffers would wait for the garbage collector while the file streams through; this way there are none.
 */
import { giveBack } from './give-back.ts';

export class Pieces {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #reading: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>;
  /** Bytes of the buffer that are filled. */
  #filled = 0;
  /** Of the chunk that came last, what did not fit. */
  #chunk: Uint8Array = new Uint8Array(0);
  #done = false;

  /** @param bytesMax of one piece */
  constructor(blob: Blob, bytesMax: number) {
    this.#buffer = new Uint8Array(Math.min(bytesMax, blob.size + 1));
    this.#reader = blob.stream().getReader();
    this.#reading = this.#ahead();
  }

  /** The next piece, full unless it is the last one. It is overwritten by the call after. */
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

  /** Bytes at the start of the piece that are not needed again. */
  used(count: number): void {
    this.#buffer.copyWithin(0, count, this.#filled);
    this.#filled -= count;
  }

  /** Ends the reading early. */
  close(): void {
    void this.#reader.cancel().catch(() => {});
  }

  async #receive(): Promise<void> {
    const { done, value } = await this.#reading;
    this.#done = done;
    if (value === undefined) return;
    this.#chunk = value;
    this.#reading = this.#ahead(); // while the piece is looked at
  }

  #drop(): void {
    if (this.#chunk.length > 0) giveBack(this.#chunk.buffer);
    this.#chunk = new Uint8Array(0);
  }

  #ahead(): ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> {
    const reading = this.#reader.read();
    reading.catch(() => {}); // whoever waits for it hears of it; nobody may be left to
    return reading;
  }
}
