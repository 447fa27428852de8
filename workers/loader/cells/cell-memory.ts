/**
 * A cache of what the cells of one column were parsed to, so that each spelling is judged once: a hash table in typed arrays, looked up by
 * a cell's two hashes, so that a lookup needs no string. It is bounded: spellings past its size are judged every time.
 */
const SLOTS = 8192;
const LAST = 4 * SLOTS - 4;
const ENTRIES_MAX = SLOTS / 2;

export class CellMemory {
  /** Four words per slot, side by side: both hashes, the value, and 1 where it is taken. */
  readonly #slots = new Int32Array(4 * SLOTS);
  #size = 0;

  /** What `add` was given for these hashes, or `otherwise`. */
  find(low: number, high: number, otherwise: number): number {
    const slots = this.#slots;
    let at = placeOf(low);
    while (slots[at + 3] !== 0) {
      if (slots[at] === low && slots[at + 1] === high) return slots[at + 2]!;
      at = (at + 4) & LAST;
    }
    return otherwise;
  }

  /** @param low and high: hashes that `find` does not know @returns false when there is no room for more */
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

/** The word that the first slot to look at begins with. */
function placeOf(low: number): number {
  return (((low >>> 15) ^ low) << 2) & LAST;
}
