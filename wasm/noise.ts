/**
 * The memory of the noise kernel (assembly/discrete-gaussian.ts): its tables, one block of random words, and the sums that samples are
 * added to. Random words and sums are secrets: who fills them wipes them, and their memory is zeroed before it is released. The caller
 * provides the tables and handles the candidates that the kernel leaves open.
 */
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';
import type { NoiseKernel, NoiseTables } from './numerics.ts';

const SLOTS = 512;
/** Three u32. */
const CANDIDATE_BYTES = 12;
const CANDIDATES_MAX = 5461;
/** As in the kernel: three arrays by slot, four u32, a u64, two u32 of progress. */
const TABLES = { sure: 4 * SLOTS, ratios: 8 * SLOTS, scalars: 12 * SLOTS, reciprocal: 12 * SLOTS + 16, progress: 12 * SLOTS + 24 };
/** Multiples of 64: no array shares a cache line with another. */
const WORDS_AT = 13 * 512;
const SUMS_AT = WORDS_AT + 65_536;
const FREED = 'expected a noise kernel in use, got one that was freed';

/** @throws RangeError for tables of another size, or if the memory cannot grow */
export function openNoiseKernel(kernels: Kernels, arena: Arena, tables: NoiseTables, count: number): NoiseKernel {
  const { slots, sure, ratios, width, shift, slack, reciprocal } = tables;
  if ([slots, sure, ratios].some((table) => table.length !== SLOTS)) throw new RangeError(`tables: expected ${SLOTS} values each`);
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`count: expected a whole number from 1, got ${count}`);
  const base = arena.take(SUMS_AT + 4 * count);
  const words = (at: number, length: number): Uint32Array => new Uint32Array(kernels.memory.buffer, base + at, length);
  words(0, SLOTS).set(slots);
  words(TABLES.sure, SLOTS).set(sure);
  words(TABLES.ratios, SLOTS).set(ratios);
  words(TABLES.scalars, 4).set([width, 2 ** 32 % width, shift, slack]);
  new BigUint64Array(kernels.memory.buffer, base + TABLES.reciprocal, 1)[0] = reciprocal;
  return new CompiledNoise(kernels, arena, base, count);
}

class CompiledNoise implements NoiseKernel {
  candidate = 0;
  made = 0;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #base: number;
  readonly #count: number;
  #freed = false;
  #words = new Uint8Array(0);
  #sums = new Int32Array(0);
  #progress = new Uint32Array(0);
  /** Taken when it is first asked for: only one who has samples from elsewhere needs it. */
  #readyAt = 0;
  #ready = new Int32Array(0);

  constructor(kernels: Kernels, arena: Arena, base: number, count: number) {
    this.#kernels = kernels;
    this.#arena = arena;
    this.#base = base;
    this.#count = count;
  }

  get words(): Uint8Array<ArrayBuffer> {
    this.#look();
    return this.#words;
  }

  get sums(): Int32Array<ArrayBuffer> {
    this.#look();
    return this.#sums;
  }

  get ready(): Int32Array<ArrayBuffer> {
    if (this.#freed) throw new Error(FREED);
    if (this.#readyAt === 0) this.#readyAt = this.#arena.take(4 * this.#count);
    const buffer = this.#kernels.memory.buffer as ArrayBuffer;
    if (this.#ready.buffer !== buffer) this.#ready = new Int32Array(buffer, this.#readyAt, this.#count);
    return this.#ready;
  }

  addReady(count: number): 'added' | 'no-sample' | 'beyond' {
    if (!(count >= 0 && count <= this.ready.length)) throw new RangeError(`expected at most ${this.#count} samples, got ${count}`);
    const found = this.#kernels.addReady(count, this.#readyAt, this.#base + SUMS_AT);
    return found === 0 ? 'added' : found === 1 ? 'no-sample' : 'beyond';
  }

  settle(candidate: number, candidates: number, made: number, count: number): void {
    this.#look();
    if (
      !(candidate >= 0 && candidate <= candidates && candidates <= CANDIDATES_MAX && made >= 0 && made <= count && count <= this.#count)
    ) {
      throw new RangeError(
        `expected at most ${CANDIDATES_MAX} candidates and ${this.#count} sums, got ${candidate} of ${candidates} and ${made} of ${count}`,
      );
    }
    const [words, sums] = [this.#base + WORDS_AT, this.#base + SUMS_AT];
    this.#kernels.settleNoise(
      this.#base,
      words + candidate * CANDIDATE_BYTES,
      words + candidates * CANDIDATE_BYTES,
      sums + 4 * made,
      sums + 4 * count,
    );
    this.candidate = (this.#progress[0]! - words) / CANDIDATE_BYTES;
    this.made = (this.#progress[1]! - sums) / 4;
  }

  free(): void {
    if (this.#freed) return;
    this.words.fill(0);
    this.sums.fill(0);
    if (this.#readyAt > 0) {
      this.ready.fill(0);
      this.#arena.release(this.#readyAt);
    }
    this.#freed = true;
    this.#arena.release(this.#base);
  }

  /** Makes the views again if the memory has grown. */
  #look(): void {
    if (this.#freed) throw new Error(FREED);
    const buffer = this.#kernels.memory.buffer as ArrayBuffer;
    if (this.#words.buffer === buffer) return;
    this.#words = new Uint8Array(buffer, this.#base + WORDS_AT, CANDIDATES_MAX * CANDIDATE_BYTES);
    this.#sums = new Int32Array(buffer, this.#base + SUMS_AT, this.#count);
    this.#progress = new Uint32Array(buffer, this.#base + TABLES.progress, 2);
  }
}
