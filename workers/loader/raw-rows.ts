/**
 * What rows of a file say before anything of it is read: 64 bits of each row's cells in their order, without the spaces around them, so
 * that a federation that reads other columns knows the row again. Separators, quotes, line ends and encodings make no difference; another
 * spelling of a number, another order of columns or a column more does.
 * Two different rows share it once in 2^64 pairs. Devices keep names made of it for good: with another hash, rows that have spent their
 * budget would be taken for new ones by every other federation. Not a digest that may leave the device: row-ids.ts makes names of it.
 */
import type { RowView } from './row-view.ts';
import { spread } from './seen-rows.ts';

const ROWS_MIN = 1024;
export const RAW_BYTES = 8;

export class RawRows {
  #words = new Uint32Array(2 * ROWS_MIN);

  /** @param row where it is kept; noted again when another one takes its place */
  note(view: RowView, row: number): void {
    if (2 * row >= this.#words.length) {
      const grown = new Uint32Array(2 * this.#words.length);
      grown.set(this.#words);
      this.#words = grown;
    }
    const { bytes, starts, ends } = view;
    const count = view.width(0);
    let [low, high] = [0x811c9dc5, 0x9747b28c];
    for (let i = 0; i < count; i++) {
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
    this.#words[2 * row] = spread(low, high);
    this.#words[2 * row + 1] = spread(high, low ^ 0x2545f491);
  }

  /** @returns rows x 8 bytes */
  bytes(rows: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#words.buffer, 0, rows * RAW_BYTES).slice();
  }
}
