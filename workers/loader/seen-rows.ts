/**
 * How often each row was seen, by a 64-bit hash of what it says to the model: open addressing in typed arrays, 12 bytes a slot, so a
 * million rows are no million objects. Past its bound new rows are no longer remembered, only counted as seen for the first time.
 * Not a proof that two rows are equal: two different ones share a hash once in 2^64 pairs.
 */
const SLOTS_MIN = 1024;
const SLOTS_MAX = 2 ** 22;
const FILLED_MAX = 0.75;

export class SeenRows {
  #hashes = new Uint32Array(2 * SLOTS_MIN);
  #counts = new Uint32Array(SLOTS_MIN);
  #distinct = 0;

  /** @returns how often it was seen before */
  add(low: number, high: number): number {
    const mask = this.#counts.length - 1;
    let slot = spread(low, high) & mask;
    while (this.#counts[slot] !== 0) {
      if (this.#hashes[2 * slot] === low >>> 0 && this.#hashes[2 * slot + 1] === high >>> 0) return this.#counts[slot]!++;
      slot = (slot + 1) & mask;
    }
    if (this.#distinct >= FILLED_MAX * SLOTS_MAX) return 0;
    this.#hashes[2 * slot] = low;
    this.#hashes[2 * slot + 1] = high;
    this.#counts[slot] = 1;
    this.#distinct++;
    if (this.#distinct > FILLED_MAX * this.#counts.length && this.#counts.length < SLOTS_MAX) this.#grow();
    return 0;
  }

  #grow(): void {
    const [hashes, counts] = [this.#hashes, this.#counts];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#counts = new Uint32Array(2 * counts.length);
    const mask = this.#counts.length - 1;
    for (let from = 0; from < counts.length; from++) {
      if (counts[from] === 0) continue;
      let slot = spread(hashes[2 * from]!, hashes[2 * from + 1]!) & mask;
      while (this.#counts[slot] !== 0) slot = (slot + 1) & mask;
      this.#hashes[2 * slot] = hashes[2 * from]!;
      this.#hashes[2 * slot + 1] = hashes[2 * from + 1]!;
      this.#counts[slot] = counts[from]!;
    }
  }
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input moves half of the output's. */
export function spread(a: number, b: number): number {
  let h = Math.imul(a ^ (b >>> 15) ^ (b << 17), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Place of a row in the draw of a sample: uniform in [0, 2^53), from what it says and how many equal rows came before it. */
export function drawOf(low: number, high: number, copies: number): number {
  const a = spread(low ^ Math.imul(copies + 1, 0x9e3779b1), high);
  const b = spread(high ^ Math.imul(copies + 1, 0x7feb352d), a);
  return (a >>> 5) * 2 ** 26 + (b >>> 6);
}
