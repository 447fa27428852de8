/**
 * A 64-bit hash of each row's cells in order, before parsing and without the spaces around them, so that a federation that reads other
 * columns recognises the row. Separators, quotes, line ends and encodings make no difference; another spelling of a number, another order
 * of columns or an extra column does. The hash must not leave the device: row-ids.ts makes names from it.
 */
import type { RowView } from './row-view.ts';

const ROWS_MIN = 1024;
export const RAW_BYTES = 8;

export class RawRows {
  #words = new Uint32Array(2 * ROWS_MIN);

  /** @param row index among the kept rows; noted again if another row replaces it */
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
