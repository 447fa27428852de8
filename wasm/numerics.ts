/**
 * The numerics as the rest of the house sees them. Two implementations answer to this interface: the AssemblyScript kernels
 * (core.ts) and the plain-TypeScript oracle (reference/mlp.ts) that the kernels are tested against.
 */

export interface MlpSpec {
  /** [inputs, ...hidden, outputs] */
  readonly sizes: readonly number[];
  readonly activation: 'tanh' | 'relu';
  /** cross-entropy: softmax over the outputs, targets are class numbers; mse: half the squared error, targets are values. */
  readonly loss: 'cross-entropy' | 'mse';
}

export interface Rows {
  /** n x inputs, row-major. */
  readonly x: Float32Array;
  /** n class numbers (cross-entropy), or n x outputs values (mse). */
  readonly y: Int32Array | Float32Array;
}

export interface Mlp {
  readonly spec: MlpSpec;
  /** d, in the order weight (in x out, row-major), bias, layer by layer. */
  readonly parameterCount: number;
  /** @param parameters d values. @throws RangeError for another length */
  setParameters(parameters: Float32Array): void;
  parameters(): Float32Array<ArrayBuffer>;
  /**
   * Sum over the lot of per-example gradients, each clipped to L2 norm `clip` by its ghost norm and rounded to the integer grid of
   * 2^gridBits steps per `clip`; the clip leaves room for rounding, so one example moves the sum by at most 2^gridBits in L2.
   * An example with a non-finite gradient adds zero. Integer sums: exact, and independent of the order of the lot.
   * @param lot rows, each at most once; any length, 0 too, as Poisson sampling gives them
   * @param clip C, 1e-30 to 1e30
   * @param gridBits 1 to 20; 2^gridBits must exceed sqrt(d) / 2, and 2^gridBits times the lot stay below 2^31
   * @param into d int32 to write to instead of a new array
   * @returns d int32 in grid steps: multiply by clip / 2^gridBits
   * @throws RangeError when an argument is outside these bounds, or rows and spec disagree
   */
  clippedSum(rows: Rows, lot: Int32Array, clip: number, gridBits: number, into?: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer>;
  /**
   * One plain SGD step on the mean gradient of the lot (no privacy): p -= step * mean. An empty lot changes nothing.
   * @returns mean loss before the step, NaN for an empty lot
   * @throws RangeError when rows, lot and spec disagree
   */
  sgdStep(rows: Rows, lot: Int32Array, step: number): number;
  /** @param x n x inputs. @returns outputs (logits or values), n x outputs */
  forward(x: Float32Array): Float32Array<ArrayBuffer>;
  /** Mean loss, and the fraction of rows whose largest output is the target (cross-entropy only, else NaN). NaN for no rows. */
  evaluate(rows: Rows): { loss: number; accuracy: number };
  /** Gives the memory back; the object is unusable afterwards. */
  free(): void;
}

/** What the kernel needs of an envelope (protocol/privacy/gaussian-envelope.ts describes each): 512 u32 a table. */
export interface NoiseTables {
  readonly slots: Uint32Array;
  readonly sure: Uint32Array;
  readonly ratios: Uint32Array;
  readonly width: number;
  readonly shift: number;
  readonly slack: number;
  readonly reciprocal: bigint;
}

export interface NoiseKernel {
  /**
   * Settles candidates of exact noise in order, until it meets one that its integer bounds do not decide, or none or no room is left.
   * @param bytes 12 random bytes for each of at most 5461 candidates
   * @param candidate the first that is not settled yet
   * @param into samples in grid steps, from index `made` on
   * @returns the first candidate that is not settled now, and the samples in `into`
   * @throws RangeError for other bytes
   */
  settle(bytes: Uint8Array, candidate: number, into: Int32Array, made: number): { readonly candidate: number; readonly made: number };
  /** Zeroes the memory and gives it back: random words and samples lay in it. */
  free(): void;
}

export interface Numerics {
  /**
   * A model with zero parameters.
   * @param maxLot rows that usually come at once; sizes the scratch memory, longer lots pass through in blocks
   * @throws RangeError for sizes that make no network, or a model that does not fit the memory (1 GiB for all models of one instance)
   */
  mlp(spec: MlpSpec, maxLot: number): Mlp;
  /** The kernel for exact noise, where there is a compiled one. @throws RangeError for tables of another size, or out of memory */
  noise?(tables: NoiseTables): NoiseKernel;
}
