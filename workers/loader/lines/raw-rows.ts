/**
 * What rows of a file say before anything of it is read: 64 bits of each row's cells in their order, without the spaces around them, so
 * that a federation that reads other columns knows the row again. Separators, quotes, line ends and encodings make no difference; another
 * spelling of a number, another order of columns or a column more does.
 * Not a digest that may leave the device: row-ids.ts makes names of it.
 */
import type { RowView } from './row-view.ts';

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
    const [low, high] = view.rawWords();
    this.#words[2 * row] = low;
    this.#words[2 * row + 1] = high;
  }

  /** @returns rows x 8 bytes */
  bytes(rows: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#words.buffer, 0, rows * RAW_BYTES).slice();
  }
}
