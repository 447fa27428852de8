/**
 * What the lines of one recording say before anything of them is read: 64 bits of all their cells in their order, so that a federation with
 * other channels knows the recording again. As raw-rows.ts: devices keep names made of it for good, so the hash stays what it is.
 */
import type { RowView } from './row-view.ts';
import { spread } from './seen-rows.ts';

/** The two halves of such a name. */
export type RawWords = readonly [low: number, high: number];

export class RawLines {
  #low = 0x811c9dc5 | 0;
  #high = 0x9747b28c | 0;

  /** @param skip places of the cells that name the recording and its answer; -1 for none */
  note({ bytes, starts, ends }: RowView, count: number, skip: readonly number[]): void {
    let [low, high] = [this.#low, this.#high];
    for (let i = 0; i < count; i++) {
      if (skip.includes(i)) continue;
      let end = ends[i]!;
      while (end > starts[i]! && bytes[end - 1]! <= 32) end--;
      for (let at = starts[i]!; at < end; at++) {
        low = Math.imul(low ^ bytes[at]!, 0x01000193);
        high = Math.imul(high ^ bytes[at]!, 0x5bd1e995);
        high ^= high >>> 15;
      }
      low = Math.imul(low ^ 0x11f, 0x01000193); // no byte: where a cell ends
      high = Math.imul(high ^ 0x11f, 0x5bd1e995);
    }
    this.#low = low;
    this.#high = high;
  }

  words(): RawWords {
    return [spread(this.#low, this.#high), spread(this.#high, this.#low ^ 0x2545f491)];
  }
}
