/**
 * What was made of the cells of one column, so that each spelling is judged once: a hash table in typed arrays that is asked with the
 * two hashes of a cell, and so needs no string for a question. Bounded: spellings past its size are judged each time.
 */
const SLOTS = 8192;
const ENTRIES_MAX = SLOTS / 2;

export class CellMemory {
  readonly #used = new Uint8Array(SLOTS);
  readonly #lows = new Int32Array(SLOTS);
  readonly #highs = new Int32Array(SLOTS);
  readonly #values = new Int32Array(SLOTS);
  #size = 0;

  /** What `add` was given for these hashes, or `otherwise`. */
  find(low: number, high: number, otherwise: number): number {
    let slot = slotOf(low);
    while (this.#used[slot] !== 0) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) return this.#values[slot]!;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return otherwise;
  }

  /** @param low and high: hashes that `find` does not know @returns false when there is no room for more */
  add(low: number, high: number, value: number): boolean {
    if (this.#size === ENTRIES_MAX) return false;
    let slot = slotOf(low);
    while (this.#used[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.#used[slot] = 1;
    this.#lows[slot] = low;
    this.#highs[slot] = high;
    this.#values[slot] = value;
    this.#size++;
    return true;
  }
}

function slotOf(low: number): number {
  return ((low >>> 15) ^ low) & (SLOTS - 1);
}
