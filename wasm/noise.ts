/**
 * The memory of the noise kernel (assembly/discrete-gaussian.ts): its tables, one block of random words, and the samples made from it.
 * Random words and samples are secrets; their memory is zeroed before it is released. The caller provides the tables and handles the
 * candidates that the kernel leaves open.
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
const WORDS_AT = TABLES.progress + 8;
const SAMPLES_AT = WORDS_AT + CANDIDATES_MAX * CANDIDATE_BYTES;
const BYTES = SAMPLES_AT + CANDIDATES_MAX * 4;

/** @throws RangeError for tables of another size, or if the memory cannot grow */
export function openNoiseKernel(kernels: Kernels, arena: Arena, tables: NoiseTables): NoiseKernel {
  const { slots, sure, ratios, width, shift, slack, reciprocal } = tables;
  if ([slots, sure, ratios].some((table) => table.length !== SLOTS)) throw new RangeError(`tables: expected ${SLOTS} values each`);
  const base = arena.take(BYTES);
  const words = (at: number, length: number): Uint32Array => new Uint32Array(kernels.memory.buffer, base + at, length);
  words(0, SLOTS).set(slots);
  words(TABLES.sure, SLOTS).set(sure);
  words(TABLES.ratios, SLOTS).set(ratios);
  words(TABLES.scalars, 4).set([width, 2 ** 32 % width, shift, slack]);
  new BigUint64Array(kernels.memory.buffer, base + TABLES.reciprocal, 1)[0] = reciprocal;
  let live = true;
  return {
    settle(bytes, candidate, into, made) {
      const candidates = bytes.length / CANDIDATE_BYTES - candidate;
      if (!live) throw new Error('expected a noise kernel in use, got one that was freed');
      if (!Number.isInteger(candidates) || candidates < 0 || candidates > CANDIDATES_MAX) {
        throw new RangeError(`bytes: expected at most ${CANDIDATES_MAX} candidates, got ${bytes.length} bytes`);
      }
      const room = Math.min(into.length - made, candidates);
      const [from, samples] = [base + WORDS_AT, base + SAMPLES_AT];
      new Uint8Array(kernels.memory.buffer, from).set(bytes.subarray(candidate * CANDIDATE_BYTES));
      kernels.settleNoise(base, from, from + candidates * CANDIDATE_BYTES, samples, samples + 4 * room);
      const [word, sample] = words(TABLES.progress, 2) as unknown as [number, number];
      const count = (sample - samples) / 4;
      into.set(new Int32Array(kernels.memory.buffer, samples, count), made);
      return { candidate: candidate + (word - from) / CANDIDATE_BYTES, made: made + count };
    },
    free() {
      if (!live) return;
      live = false;
      new Uint8Array(kernels.memory.buffer, base, BYTES).fill(0);
      arena.release(base);
    },
  };
}
