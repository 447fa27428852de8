/**
 * Rules over many vectors on compiled kernels (assembly/aggregate.ts): this file owns their memory, copies vectors through it in
 * stretches of coordinates, and refuses values that no rule can use. Always the plain build: recomputing gives the same bits on every
 * engine, wherever the vectors are stored. It does not choose a federation's rule or apply the result to a model.
 *
 * Callers' vectors pass through half a megabyte at a time. Held vectors are written into the kernels' memory as they arrive and are never
 * copied. (Mean; median and trimmed mean, Yin et al. 2018; squared distances as in Krum, Blanchard et al. 2017.)
 */
import { createArena, type Arena } from './arena.ts';

/** As CONTRIBUTORS_MAX of the protocol. */
const VECTORS_MAX = 64;
/** 2^56, as in the kernels. */
const VALUE_MAX = 2 ** 56;
/** Coordinates per call of a kernel, at most: processors read ahead best in long runs. */
const STRETCH = 16384;
/** Of vectors that pass, what is copied at once: it stays in the second-level cache. A whole number of the blocks of distances. */
const [PASSING_BYTES, BLOCK] = [2 ** 19, 512];
/** Vectors that a mean adds at once; of those that pass fewer, in longer runs, since longer copies are faster. */
const [MEAN_VECTORS, MEAN_PASSING] = [16, 8];
const LINE = 64;
const MEMORY_MAX = 2 ** 30;
/** Of the working block: results first, then what the sorting and the distances need. */
const SCRATCH_AT = 4 * STRETCH;
/** As much as the median asks for, which is more than the distances do. */
const WORK_BYTES = SCRATCH_AT + VECTORS_MAX * (2048 + 64);

/** Pointers and strides are bytes; assembly/aggregate.ts documents each. */
interface AggregateKernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  areSound(x: number, bytes: number): number;
  addSixteen(vectors: number, x: number, stride: number, bytes: number, sums: number, fresh: number, count: number): number;
  median(n: number, x: number, stride: number, bytes: number, scratch: number, out: number): number;
  trimmedMean(n: number, cut: number, x: number, stride: number, bytes: number, scratch: number, out: number): number;
  addDistances(n: number, x: number, stride: number, bytes: number, sums: number): number;
}

/** A value that no rule can use, and its owner. */
export class UnsoundValue extends RangeError {
  override readonly name = 'UnsoundValue';
  /** Index of the vector. */
  readonly vector: number;
  readonly coordinate: number;

  constructor(vector: number, coordinate: number, value: number) {
    super(`vectors[${vector}]: expected finite values of at most 2^56, got ${value} at ${coordinate}`);
    this.vector = vector;
    this.coordinate = coordinate;
  }
}

/**
 * Each rule takes n vectors of d values, 1 <= n <= 64, and writes d values to `into` if given.
 * @throws UnsoundValue for the first value found beyond 2^56, Infinity or NaN
 * @throws RangeError for other numbers of vectors or values
 */
export interface Aggregator {
  /** Sums in f32 in the order of the vectors, four at a time: in another order the last bits may differ. */
  mean(vectors: readonly Float32Array[], into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /** By coordinate, exact; for an even number of vectors the mean of the middle two. The order of the vectors does not matter. */
  median(vectors: readonly Float32Array[], into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /**
   * By coordinate, the mean without the `cut` smallest and the `cut` largest. The order of the vectors does not matter.
   * @param cut a whole number from 0, below n / 2
   */
  trimmedMean(vectors: readonly Float32Array[], cut: number, into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /**
   * Squared distances of all pairs, n x n, symmetric, 0 on the diagonal and between equal vectors. The relative error is at most 1e-4,
   * typically about 1e-6; differences of a coordinate below 2^-63 are underestimated or lost.
   */
  distances(vectors: readonly Float32Array[]): Float64Array<ArrayBuffer>;
  /**
   * Memory for vectors that arrive one by one: n x d x 4 bytes until `free`.
   * @throws RangeError naming the bytes if they do not fit the memory (1 GiB for one aggregator)
   */
  hold(count: number, length: number): HeldVectors;
}

/** The same rules over vectors stored in the kernels' memory. */
export interface HeldVectors {
  /**
   * Where to write vector i: d values, initially zero. Do not keep it: another `hold` may detach it, and after `free` the memory is reused.
   */
  vector(index: number): Float32Array<ArrayBuffer>;
  mean(into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  median(into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  trimmedMean(cut: number, into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  distances(): Float64Array<ArrayBuffer>;
  /** Gives the memory back; the object is unusable afterwards. */
  free(): void;
}

/** @param module aggregate.wasm */
export async function createAggregator(module: WebAssembly.Module): Promise<Aggregator> {
  const environment = { env: { abort: () => void 0 } };
  // The compiler wrote these exports; there is no other source for their types.
  const kernels = (await WebAssembly.instantiate(module, environment)).exports as unknown as AggregateKernels;
  const arena = createArena(kernels.memory, kernels.heapBase());
  const work = arena.take(WORK_BYTES);
  const passing = <T>(vectors: readonly Float32Array[], rule: (from: Source) => T, atOnce = VECTORS_MAX): T => {
    const source = passSource(kernels, arena, vectors, atOnce);
    try {
      return rule(source);
    } finally {
      arena.release(source.base);
    }
  };
  return {
    mean: (vectors, into) => passing(vectors, (from) => mean(kernels, work, from, into), MEAN_PASSING),
    median: (vectors, into) => passing(vectors, (from) => median(kernels, work, from, into)),
    trimmedMean: (vectors, cut, into) => passing(vectors, (from) => trimmedMean(kernels, work, from, cut, into)),
    distances: (vectors) => passing(vectors, (from) => distances(kernels, work, from)),
    hold(count, length) {
      const source = heldSource(arena, count, length);
      let live = true;
      const held = (): Source => {
        if (!live) throw new Error('expected held vectors in use, got some that were freed');
        return source;
      };
      return {
        vector(index) {
          if (!Number.isInteger(index) || index < 0 || index >= count) {
            throw new RangeError(`index: expected a whole number from 0 to ${count - 1}, got ${index}`);
          }
          return new Float32Array(kernels.memory.buffer as ArrayBuffer, held().base + index * source.stride, length);
        },
        mean: (into) => mean(kernels, work, held(), into),
        median: (into) => median(kernels, work, held(), into),
        trimmedMean: (cut, into) => trimmedMean(kernels, work, held(), cut, into),
        distances: () => distances(kernels, work, held()),
        free() {
          arena.release(held().base);
          live = false;
        },
      };
    },
  };
}

/** Vectors as the kernels see them. */
interface Source {
  readonly count: number;
  readonly length: number;
  readonly base: number;
  readonly stride: number;
  /** That a kernel takes at once: at most so many vectors, and so many coordinates of each. */
  readonly together: number;
  readonly coordinates: number;
  /** Loads `there` coordinates from `start` on of vectors from `first` on. @returns the address of the first one's */
  bring(start: number, there: number, first: number, vectors: number): number;
}

/** An odd number of cache lines; otherwise vectors of some lengths would all share a few cache sets. */
const strideFor = (length: number): number => (Math.ceil((4 * length) / LINE) | 1) * LINE;
/** Whole cache lines: what is left of the last one holds zeros. */
const bytesOf = (coordinates: number): number => LINE * Math.ceil((4 * coordinates) / LINE);

function checkShape(count: number, length: number): void {
  if (!Number.isInteger(count) || count < 1 || count > VECTORS_MAX) {
    throw new RangeError(`vectors: expected 1 to ${VECTORS_MAX}, got ${count}`);
  }
  if (!Number.isInteger(length) || length < 1) throw new RangeError(`length: expected a whole number from 1, got ${length}`);
}

/** @param atOnce of the vectors, those that lie in the kernels' memory together */
function passSource(kernels: AggregateKernels, arena: Arena, vectors: readonly Float32Array[], atOnce: number): Source {
  const [count, length] = [vectors.length, vectors[0]?.length ?? 1];
  checkShape(count, length);
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== length) throw new RangeError(`vectors[${i}]: expected ${length} values, got ${vector.length}`);
  }
  const together = Math.min(atOnce, count);
  const coordinates = Math.min(STRETCH, BLOCK * Math.floor(PASSING_BYTES / (4 * BLOCK * together)));
  const stride = strideFor(Math.min(coordinates, length));
  const base = arena.take(together * stride);
  return {
    count,
    length,
    base,
    stride,
    together,
    coordinates,
    bring(start, there, first, taken) {
      const room = new Float32Array(kernels.memory.buffer, base, (taken * stride) / 4);
      for (let i = 0; i < taken; i++) {
        const vector = vectors[first + i]!;
        const at = (i * stride) / 4;
        room.set(there === length ? vector : vector.subarray(start, start + there), at);
        if (there % 16 > 0) room.fill(0, at + there, at + bytesOf(there) / 4);
      }
      return base;
    },
  };
}

function heldSource(arena: Arena, count: number, length: number): Source {
  checkShape(count, length);
  const stride = strideFor(length);
  const bytes = count * stride;
  if (arena.used + bytes > MEMORY_MAX) throw new RangeError(`hold: expected vectors of at most ${MEMORY_MAX} bytes, got ${bytes}`);
  const base = arena.take(bytes);
  return {
    count,
    length,
    base,
    stride,
    together: count,
    coordinates: STRETCH,
    bring: (start, _, first) => base + first * stride + 4 * start,
  };
}

/** The first value that no rule can use of what was brought: `vectors` of them from `first` on, from coordinate `start` on. */
function refuse(kernels: AggregateKernels, x: number, stride: number, bytes: number, start: number, first: number, vectors: number): never {
  for (let i = 0; i < vectors; i++) {
    if (kernels.areSound(x + i * stride, bytes) === 1) continue;
    const values = new Float32Array(kernels.memory.buffer, x + i * stride, bytes / 4);
    const at = values.findIndex((value) => !(Math.abs(value) <= VALUE_MAX));
    throw new UnsoundValue(first + i, start + at, values[at]!);
  }
  throw new Error('a kernel refused values that are sound');
}

/** @param step computes a piece at x, of vectors from `first` on, into the results. @returns 0 when it met an unsound value */
function byCoordinate(
  kernels: AggregateKernels,
  work: number,
  source: Source,
  into: Float32Array<ArrayBuffer> | undefined,
  step: (x: number, bytes: number, first: number, vectors: number) => number,
  most = VECTORS_MAX,
): Float32Array<ArrayBuffer> {
  const { length, count, stride, coordinates } = source;
  const atOnce = Math.min(most, source.together);
  const results = into ?? new Float32Array(length);
  if (results.length !== length) throw new RangeError(`into: expected ${length} values, got ${results.length}`);
  for (let start = 0; start < length; start += coordinates) {
    const there = Math.min(coordinates, length - start);
    for (let first = 0; first < count; first += atOnce) {
      const vectors = Math.min(atOnce, count - first);
      const x = source.bring(start, there, first, vectors);
      if (step(x, bytesOf(there), first, vectors) === 0) refuse(kernels, x, stride, bytesOf(there), start, first, vectors);
    }
    results.set(new Float32Array(kernels.memory.buffer, work, there), start);
  }
  return results;
}

function mean(kernels: AggregateKernels, work: number, source: Source, into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { count, stride } = source;
  const add = (x: number, bytes: number, first: number, vectors: number): number =>
    kernels.addSixteen(vectors, x, stride, bytes, work, Number(first === 0), first + vectors === count ? count : 0);
  return byCoordinate(kernels, work, source, into, add, MEAN_VECTORS);
}

function median(kernels: AggregateKernels, work: number, source: Source, into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { count, stride } = source;
  return byCoordinate(kernels, work, source, into, (x, bytes) => kernels.median(count, x, stride, bytes, work + SCRATCH_AT, work));
}

function trimmedMean(
  kernels: AggregateKernels,
  work: number,
  source: Source,
  cut: number,
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const { count, stride } = source;
  if (!Number.isInteger(cut) || cut < 0 || 2 * cut >= count) {
    throw new RangeError(`cut: expected a whole number from 0, less than half of ${count} vectors, got ${cut}`);
  }
  return byCoordinate(kernels, work, source, into, (x, bytes) =>
    kernels.trimmedMean(count, cut, x, stride, bytes, work + SCRATCH_AT, work),
  );
}

function distances(kernels: AggregateKernels, work: number, source: Source): Float64Array<ArrayBuffer> {
  const { count, stride, length, coordinates } = source;
  const sumsAt = work + SCRATCH_AT;
  new Float64Array(kernels.memory.buffer, sumsAt, VECTORS_MAX * VECTORS_MAX).fill(0);
  for (let start = 0; start < length; start += coordinates) {
    const there = Math.min(coordinates, length - start);
    const x = source.bring(start, there, 0, count);
    const bytes = bytesOf(there);
    if (kernels.addDistances(count, x, stride, bytes, sumsAt) === 0) refuse(kernels, x, stride, bytes, start, 0, count);
  }
  const sums = new Float64Array(kernels.memory.buffer, sumsAt, VECTORS_MAX * VECTORS_MAX);
  const all = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) all[i * count + j] = all[j * count + i] = sums[i * VECTORS_MAX + j]!;
  }
  return all;
}
