/**
 * The numerics as other folders see them. Two implementations share this interface: the AssemblyScript kernels (core.ts) and the
 * plain-TypeScript oracle (reference/network.ts) that the kernels are tested against.
 */

import type { Network } from '#protocol/model/architecture';
import type { AddStreams } from '#protocol/secagg/streams';
import type { Aggregator } from './aggregate.ts';

export interface ModelSpec {
  readonly network: Network;
  /**
   * cross-entropy: softmax over the outputs, targets are class numbers. The others have n x outputs values as targets and are sums over
   * the outputs: bce: -t log s(z) - (1 - t) log(1 - s(z)), s the logistic function, t in [0, 1]; mse: half the squared error;
   * huber: the same up to an error of 1, beyond it |error| - 1/2 (Huber 1964).
   */
  readonly loss: Loss;
}

export type Loss = 'cross-entropy' | 'bce' | 'mse' | 'huber';

export interface Rows {
  /** n x inputs, row-major; an input of height x width x channels lies row by row, channels together. */
  readonly x: Float32Array;
  /** n class numbers (cross-entropy), or n x outputs values. */
  readonly y: Int32Array | Float32Array;
}

export interface Clipping {
  /** C, 1e-30 to 1e30: the L2 norm that one unit's gradient is clipped to. */
  readonly clip: number;
  /** 1 to 20: steps of the integer grid per clip norm, as a power of two. 2^gridBits must exceed sqrt(d) / 2 (`perLayer`: see there). */
  readonly gridBits: number;
  /**
   * Rows of each unit of privacy, in the order of the lot, which lists each unit's rows together: their gradients are added first and
   * clipped as one. Absent: each row is a unit. At most UNIT_ROWS_MAX rows per unit.
   */
  readonly units?: Int32Array;
  /**
   * Clips each of L layers with parameters separately to C / sqrt(L) (McMahan et al. 2018), instead of all together to C. The sensitivity
   * stays C.
   */
  readonly perLayer?: boolean;
}

export interface ClippedSum {
  /** d int32 in grid steps: multiply by clip / 2^gridBits. */
  readonly steps: Int32Array<ArrayBuffer>;
  /** Units whose gradient was within C before clipping (per layer: all parts were). As private as the sum. */
  readonly within: number;
}

export interface Model {
  readonly spec: ModelSpec;
  /** d, in the order of `spec.network.tensors`. */
  readonly parameterCount: number;
  /** @param parameters d values. @throws RangeError for another length */
  setParameters(parameters: Float32Array): void;
  parameters(): Float32Array<ArrayBuffer>;
  /** Selects dropout's next masks: they depend only on this number, the row and the position. Initially 0. */
  seedDropout(seed: number): void;
  /**
   * Sum over the lot's units of gradients, each clipped to L2 norm C and rounded to the integer grid of 2^gridBits steps per C; the
   * clip leaves room for rounding, so one unit moves the sum by at most 2^gridBits in L2. A unit with a non-finite gradient adds zero.
   * Integer sums: exact, and independent of the order of the lot.
   * @param lot rows, each at most once; any length including 0, as from Poisson sampling; 2^gridBits times its units must be below 2^31
   * @param into d int32 to write to instead of a new array
   * @throws RangeError if an argument is outside these bounds, or rows and spec disagree
   */
  clippedSum(rows: Rows, lot: Int32Array, clipping: Clipping, into?: Int32Array<ArrayBuffer>): ClippedSum;
  /**
   * Mean gradient of the lot, and the mean loss (no privacy). An empty lot gives zeros and NaN.
   * @param into d values to write to instead of a new array
   * @throws RangeError if rows, lot and spec disagree
   */
  gradient(rows: Rows, lot: Int32Array, into?: Float32Array<ArrayBuffer>): { loss: number; gradient: Float32Array<ArrayBuffer> };
  /**
   * One plain SGD step on the mean gradient of the lot (no privacy): p -= step * mean. An empty lot changes nothing.
   * @returns mean loss before the step, NaN for an empty lot
   * @throws RangeError if rows, lot and spec disagree
   */
  sgdStep(rows: Rows, lot: Int32Array, step: number): number;
  /** @param x n x inputs. @returns outputs (logits or values), n x outputs */
  forward(x: Float32Array): Float32Array<ArrayBuffer>;
  /** Mean loss, and the fraction of rows whose largest output is the target (cross-entropy only, else NaN). NaN for no rows. */
  evaluate(rows: Rows): { loss: number; accuracy: number };
  /** Gives the memory back; the object is unusable afterwards. */
  free(): void;
}

/** The kernel's tables of an envelope (described in protocol/privacy/noise/gaussian-envelope.ts): 512 u32 each. */
export interface NoiseTables {
  readonly slots: Uint32Array;
  readonly sure: Uint32Array;
  readonly ratios: Uint32Array;
  readonly width: number;
  readonly shift: number;
  readonly slack: number;
  readonly reciprocal: bigint;
}

/** Its arrays lie in the memory of the numerics: when that grows, as for another model, they are others. */
export interface NoiseKernel {
  /** 12 random bytes for each of 5461 candidates. */
  readonly words: Uint8Array<ArrayBuffer>;
  /** In grid steps: what samples are added to. */
  readonly sums: Int32Array<ArrayBuffer>;
  /** Where `settle` got to: the first candidate that is not settled, and the first sum without noise. */
  readonly candidate: number;
  readonly made: number;
  /**
   * Settles candidates of exact noise in order, from `candidate` to `candidates`, and adds each sample to the next of the sums, from `made`
   * to `count`. It ends early before a candidate that its integer bounds do not decide, or whose sum would not fit 32 bits.
   * @throws RangeError for numbers beyond `words` or `sums`
   */
  settle(candidate: number, candidates: number, made: number, count: number): void;
  /** Room for as many samples that were made elsewhere, each with its top bit flipped, so that none is 0. */
  readonly ready: Int32Array<ArrayBuffer>;
  /**
   * Adds the first `count` of those to as many sums, and zeroes them. @returns whether each was a sample, and fitted its sum; the sums are
   * of no use where one was not @throws RangeError for more than there are
   */
  addReady(count: number): 'added' | 'no-sample' | 'beyond';
  /** Zeroes the memory and gives it back: random words and sums lay in it. */
  free(): void;
}

export interface Numerics {
  /**
   * A model with zero parameters.
   * @param maxLot rows that usually come at once; sizes the scratch memory, longer lots pass through in blocks
   * @param unitRows most rows of one unit of privacy, 1 to UNIT_ROWS_MAX; 1 if absent
   * @throws RangeError
   * @throws OutOfMemory (arena.ts), naming the bytes, for a model beyond 256 MiB or the memory (1 GiB for all models of one instance)
   */
  model(spec: ModelSpec, maxLot: number, unitRows?: number): Model;
  /**
   * The kernel for exact noise on up to `count` sums, where there is a compiled one.
   * @throws RangeError for tables of another size, or out of memory
   */
  noise?(tables: NoiseTables, count: number): NoiseKernel;
  /** Mask streams, where there is a compiled kernel for them. @throws also for a vector in the memory of the numerics */
  readonly addStreams?: AddStreams;
  /** Rules over many vectors, on kernels in a file of their own, which each call reads. Always the plain build. */
  aggregator?(): Promise<Aggregator>;
}
