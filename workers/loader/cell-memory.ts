/**
 * What was made of the cells of one column, so that each spelling is judged once: a hash table in typed arrays that is asked with the
 * two hashes of a cell, and so needs no string for a question. Bounded: spellings past its size are judged each time.
 */
const SLOTS = 8192;
const ENTRIES_MAX = SLOTS / 2;

export class CellMemory<T> {
  /** Entry of each slot, from 1; 0 is a free slot. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #lows = new Int32Array(SLOTS);
  readonly #highs = new Int32Array(SLOTS);
  readonly #values: T[] = [];

  find(low: number, high: number): T | undefined {
    let slot = slotOf(low);
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) return this.#values[entry - 1];
      slot = (slot + 1) & (SLOTS - 1);
    }
    return undefined;
  }

  /** @param low and high: hashes that `find` does not know */
  add(low: number, high: number, value: T): void {
    if (this.#values.length === ENTRIES_MAX) return;
    let slot = slotOf(low);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.#lows[slot] = low;
    this.#highs[slot] = high;
    this.#slots[slot] = this.#values.push(value);
  }
}

function slotOf(low: number): number {
  return ((low >>> 15) ^ low) & (SLOTS - 1);
}
