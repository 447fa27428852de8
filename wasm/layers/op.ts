/**
 * A layer as the engine sees it: where its values lie, and the kernel calls that take a block of examples through it, forward and backward.
 * Layers know nothing of lots, clipping or memory: plan.ts places them, model.ts runs them.
 */
import type { Shape } from '#protocol/model/architecture';
import type { Kernels } from '../kernels.ts';

/**
 * The values at one point of the network for a block of examples: float32, row by row, channels together. Addresses and strides are bytes,
 * multiples of 16. Channels are padded to whole vectors of 8 (`step`), except in the network's own input, which is dense. Every op writes
 * its whole output and its input's whole delta, including the padding. For values with several positions the padding is zero while all
 * numbers are finite; behind a flat value a dense layer puts its constant 1.
 */
export interface Value {
  readonly shape: Shape;
  readonly at: number;
  /** From example to example. */
  readonly stride: number;
  /** From position to position; positions of an example lie without gaps. A flat value has one position, and step = stride. */
  readonly step: number;
  /** d loss / d value, laid out alike. 0 if nobody needs it: no earlier layer has parameters. */
  readonly delta: number;
}

/** One pass of a block through the network. */
export interface Pass {
  /** Examples in the block. */
  readonly n: number;
  /** Their row numbers, n int32 at this address, and the seed of dropout's masks. 0 outside training: then dropout does nothing. */
  readonly rows: number;
  readonly seed: number;
}

/** A layer's kernels at fixed addresses. */
export interface Op {
  forward(pass: Pass): void;
  /** Computes the input's delta, if it has one, from the output's. Follows the forward pass of the same block. */
  backward(pass: Pass): void;
  readonly weights?: Weights;
}

/** The examples of a block by units of privacy: unit u is rows first[u] .. first[u + 1]. */
export interface Units {
  readonly count: number;
  readonly first: Int32Array;
  /** True if each unit is one row. */
  readonly single: boolean;
}

/** The parameters of a layer and their gradients. */
export interface Weights {
  /** Copy this layer's part of all d values in and out. */
  load(parameters: Float32Array): void;
  store(parameters: Float32Array): void;
  /** Sets the sums below to zero. Sums of floats and of grid steps share their memory. */
  clearSums(): void;
  /** norms[u] += an upper bound, in floating point too, of the squared L2 norm of unit u's gradient; f64 at this address. */
  addNorms(units: Units, norms: number): void;
  /**
   * Sums of grid steps += each unit's gradient times its factor (f64 at this address), rounded to the nearest integer. A unit whose
   * factor is 0 adds zero whatever its numbers are. Follows `addNorms`, once; may overwrite deltas.
   */
  addSteps(units: Units, factors: number, gridBits: number): void;
  /** Sums += the gradients of all examples of the block. */
  addGradients(n: number): void;
  /** Writes this layer's part of the sums: int32 or float32, depending on what was added. */
  storeSums(into: Int32Array | Float32Array): void;
  /** weights += factor * sums. */
  step(factor: number): void;
  /** Last block of a plain step: weights += factor * (sums + the block's gradients), without storing the sums. */
  addGradientsAndStep?(n: number, factor: number): void;
  /** Parameters. */
  readonly count: number;
}

/** Memory for ops. */
export interface Place {
  readonly kernels: Kernels;
  /** Examples of one block at most. */
  readonly blockRows: number;
  /** Address of `scratchBytes` that any kernel call may overwrite. */
  readonly scratch: number;
  /** Address of zeroed bytes, a multiple of 64. */
  bytes(count: number): number;
}

export const positionsOf = ({ height, width }: Shape): number => height * width;
/** Panels of 8 columns. */
export const panelsOf = (columns: number): number => Math.ceil(columns / 8);

export function floatsAt(kernels: Kernels, at: number, count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(kernels.memory.buffer as ArrayBuffer, at, count);
}
