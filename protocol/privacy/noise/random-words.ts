/**
 * Random integers from an injected source of random bytes, read in blocks. The source is the device's CSPRNG
 * (crypto.getRandomValues) outside tests; this file adds no randomness and keeps no seed.
 */
import { MeshError } from '../../errors.ts';

/**
 * n uniform random bytes. `(n) => crypto.getRandomValues(new Uint8Array(n))` will do: n is at most its 65,536. The caller owns the array
 * and may wipe it.
 */
export type RandomBytes = (n: number) => Uint8Array;

const BLOCK_BYTES = 4096;
const WORDS = 2 ** 32;
const SAFE = 2 ** 53;

export class RandomWords {
  readonly #source: RandomBytes;
  #block: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(source: RandomBytes) {
    this.#source = source;
  }

  /** Uniform in 0 .. 2^32 - 1, little-endian so that a byte stream means the same everywhere. @throws MeshError internal */
  word(): number {
    if (this.#at === this.#block.byteLength) this.#refill();
    const word = this.#block.getUint32(this.#at, true);
    this.#at += 4;
    return word;
  }

  /** Exactly uniform in 0 .. n - 1: values in an incomplete last range are redrawn. @param n 1 .. 2^53 */
  below(n: number): number {
    if (n === 1) return 0;
    if (!Number.isInteger(n) || n < 1 || n > SAFE) throw new MeshError('internal', { expected: '1 .. 2^53', got: String(n) });
    const wide = n > WORDS;
    const range = wide ? SAFE : WORDS;
    const limit = range - (range % n);
    for (;;) {
      const value = wide ? (this.word() >>> 11) * WORDS + this.word() : this.word();
      if (value < limit) return value % n;
    }
  }

  #refill(): void {
    const bytes = drawChecked(this.#source, BLOCK_BYTES);
    this.#block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }
}

/**
 * A source that fails must stop the round: short blocks or one repeated byte would mean no noise at all.
 * @param n enough bytes that they never are all the same by chance. @throws MeshError internal
 */
export function drawChecked(source: RandomBytes, n: number): Uint8Array {
  const bytes = source(n);
  if (bytes.length !== n || bytes.every((byte) => byte === bytes[0])) {
    throw new MeshError('internal', { field: 'random', expected: `${n} random bytes`, got: `${bytes.length} bytes` });
  }
  return bytes;
}

/** Fisher and Yates, in place. @returns the list */
export function shuffle<L extends { readonly length: number; [at: number]: unknown }>(list: L, words: Pick<RandomWords, 'below'>): L {
  for (let i = list.length - 1; i > 0; i--) {
    const j = words.below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
