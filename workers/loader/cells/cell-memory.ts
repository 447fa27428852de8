/**
 * A cache of one column's parsed cells, so that each spelling is judged once: a hash table in typed arrays, looked up by a cell's two
 * hashes, which needs no string. It is bounded: spellings past its size are judged every time.
 */
const SLOTS = 8192;
const LAST = 4 * SLOTS - 4;
const ENTRIES_MAX = SLOTS / 2;

export class CellMemory {
  /** Four words per slot: both hashes, the value, and 1 if the slot is taken. */
  readonly #slots = new Int32Array(4 * SLOTS);
  #size = 0;

  /** The value that `add` stored for these hashes, or `otherwise`. */
  find(low: number, high: number, otherwise: number): number {
    const slots = this.#slots;
    let at = placeOf(low);
    while (slots[at + 3] !== 0) {
      if (slots[at] === low && slots[at + 1] === high) return slots[at + 2]!;
      at = (at + 4) & LAST;
    }
    return otherwise;
  }

  /** @param low and high: hashes not stored yet @returns false if the cache is full */
  add(low: number, high: number, value: number): boolean {
    if (this.#size === ENTRIES_MAX) return false;
    const slots = this.#slots;
    let at = placeOf(low);
    while (slots[at + 3] !== 0) at = (at + 4) & LAST;
    slots[at] = low;
    slots[at + 1] = high;
    slots[at + 2] = value;
    slots[at + 3] = 1;
    this.#size++;
    return true;
  }
}

/** Index of the first word of the first slot to try. */
function placeOf(low: number): number {
  return (((low >>> 15) ^ low) << 2) & LAST;
}
