/**
 * Random integers from an injected source of random bytes, read in blocks. The source is the device's CSPRNG
 * (crypto.getRandomValues) outside tests; this file adds no randomness and keeps no seed.
 */
import { MeshError } from '../../errors.ts';

/**
 * Fills memory that its caller owns, and wipes, with uniform random bytes. `(into) => crypto.getRandomValues(into)` will do: `into` has at
 * most its 65,536 bytes. Fresh memory for each call would cost more than the randomness.
 */
export type RandomFill = (into: Uint8Array<ArrayBuffer>) => void;

const BLOCK_BYTES = 4096;
const WORDS = 2 ** 32;
const SAFE = 2 ** 53;
/** So many times the same byte comes by chance once in 2^120. */
const NEVER_SAME = 16;

export class RandomWords {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #source: RandomFill;
  #at = BLOCK_BYTES;

  constructor(source: RandomFill = none) {
    this.#source = source;
  }

  /** Draws from another source from now on, in the same memory, and forgets what is left of the one before. */
  drawFrom(source: RandomFill): this {
    this.wipe();
    this.#source = source;
    return this;
  }

  /** Zeroes what was drawn, used or not; the next word is drawn anew. */
  wipe(): void {
    this.#block.fill(0);
    this.#at = BLOCK_BYTES;
  }

  /** Uniform in 0 .. 2^32 - 1, little-endian so that a byte stream means the same everywhere. @throws MeshError internal */
  word(): number {
    if (this.#at === BLOCK_BYTES) this.#refill();
    const word = this.#view.getUint32(this.#at, true);
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
    drawChecked(this.#source, this.#block);
    this.#at = 0;
  }
}

function none(): never {
  throw new MeshError('internal', { field: 'random', expected: 'drawFrom() first' });
}

/**
 * A source that fails must stop the round: bytes that it left out, or one repeated byte, would mean no noise at all. What lay in the
 * memory is zeroed first, so that a source which leaves it as it was gives zeros, and never a block a second time.
 * @param into NEVER_SAME bytes at least. @throws MeshError internal
 */
export function drawChecked(source: RandomFill, into: Uint8Array<ArrayBuffer>): void {
  into.fill(0);
  source(into);
  if (allSame(into, 0) || allSame(into, into.length - NEVER_SAME)) {
    into.fill(0);
    throw new MeshError('internal', { field: 'random', expected: `${into.length} random bytes`, got: 'one byte again and again' });
  }
}

function allSame(bytes: Uint8Array, from: number): boolean {
  for (let i = 1; i < NEVER_SAME; i++) if (bytes[from + i] !== bytes[from]) return false;
  return true;
}

/** Fisher and Yates, in place. @returns the list */
export function shuffle<L extends { readonly length: number; [at: number]: unknown }>(list: L, words: Pick<RandomWords, 'below'>): L {
  for (let i = list.length - 1; i > 0; i--) {
    const j = words.below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
