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

export interface Numerics {
  /**
   * A model with zero parameters.
   * @param maxLot rows that usually come at once; sizes the scratch memory, longer lots pass through in blocks
   * @throws RangeError for sizes that make no network, or a model that does not fit the memory (1 GiB for all models of one instance)
   */
  mlp(spec: MlpSpec, maxLot: number): Mlp;
}
