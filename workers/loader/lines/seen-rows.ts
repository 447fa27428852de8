/**
 * Counts how often each row was seen, by a 64-bit hash of what the model sees. Open addressing in typed arrays, 12 bytes per slot, avoids a
 * million objects for a million rows. Past its bound, new rows are no longer remembered and count as seen for the first time. It does not
 * prove two rows equal: different rows share a hash with probability 2^-64.
 */
import { plainText } from '../cells/cell.ts';
import { giveBack } from './give-back.ts';

const SLOTS_MIN = 1024;
const SLOTS_MAX = 2 ** 22;
const FILLED_MAX = 0.75;

export class SeenRows {
  /** Three words per slot: both halves of the hash, and how often it was seen; 0 marks a free slot. */
  #slots = new Int32Array(3 * SLOTS_MIN);
  #mask = SLOTS_MIN - 1;
  #distinct = 0;

  /** @returns how often it was seen before */
  add(lowHalf: number, highHalf: number): number {
    const slots = this.#slots;
    const [low, high] = [lowHalf | 0, highHalf | 0];
    const at = this.#find(low, high);
    if (slots[at + 2] !== 0) return slots[at + 2]!++;
    if (this.#distinct >= FILLED_MAX * SLOTS_MAX) return 0;
    slots[at] = low;
    slots[at + 1] = high;
    slots[at + 2] = 1;
    this.#distinct++;
    if (this.#distinct > FILLED_MAX * this.#mask && this.#mask + 1 < SLOTS_MAX) this.#grow();
    return 0;
  }

  /** Index of the hash, or of the free slot for it. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    let slot = spread(low, high) & this.#mask;
    while (slots[3 * slot + 2] !== 0 && (slots[3 * slot] !== low || slots[3 * slot + 1] !== high)) slot = (slot + 1) & this.#mask;
    return 3 * slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] !== 0) this.#slots.set(old.subarray(from, from + 3), this.#find(old[from]!, old[from + 1]!));
    }
    giveBack(old.buffer);
  }
}

/** The finaliser of MurmurHash3 (Appleby): each input bit flips about half of the output bits. */
export function spread(a: number, b: number): number {
  let h = Math.imul(a ^ (b >>> 15) ^ (b << 17), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A row's draw for a sample: uniform in [0, 2^53), from its hash and the number of equal rows before it. */
export function drawOf(low: number, high: number, copies: number): number {
  const a = spread(low ^ Math.imul(copies + 1, 0x9e3779b1), high);
  const b = spread(high ^ Math.imul(copies + 1, 0x7feb352d), a);
  return (a >>> 5) * 2 ** 26 + (b >>> 6);
}

/** Draws and unit names are whole numbers below this. */
export const DRAWS = 2 ** 53;

/** Spellings that differ in case or spaces name one unit, as do 7 and 7.0: merging two units is safe, splitting one is not. */
export function unitName(cell: string): number {
  const number = Number(cell);
  const name = Number.isNaN(number) ? plainText(cell) : String(number);
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < name.length; i++) {
    low = Math.imul(low ^ name.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ name.charCodeAt(i), 0x5bd1e995);
    high ^= high >>> 13;
  }
  return (spread(low, high) >>> 5) * 2 ** 26 + (spread(high, low) >>> 6);
}
