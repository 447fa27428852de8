/**
 * The numerics on compiled kernels: this file owns the memory and the order of calls, assembly/ does the arithmetic.
 * Rows pass through in blocks that fit the caches; the sums of a lot outlive the blocks. Forward and backward of an example do not
 * depend on its block, so clipped sums do not either.
 */
import { createArena, type Arena } from './arena.ts';
import { checkSumFits, gridFor } from './grid.ts';
import type { Kernels } from './kernels.ts';
import { fromRows, layoutFor, toRows, type LayerLayout, type Layout } from './layout.ts';
import { openNoiseKernel } from './noise.ts';
import type { Mlp, MlpSpec, Numerics, Rows } from './numerics.ts';
import { checkClass, checkDistinct, checkLot, checkParameters, countInputRows, countParameters, countRows } from './spec.ts';

/** Longer blocks leave the first-level cache in the gradient kernels, shorter ones reload the sums more often. */
const BLOCK_ROWS_MAX = 64;

/**
 * One instance with a memory of its own.
 * @throws Error for the relaxed build where the machine does not fuse: its sums on the grid rest on that
 */
export async function createNumerics(module: WebAssembly.Module): Promise<Numerics> {
  const kernels = await instantiate(module);
  if (kernels.relaxed() === 1 && kernels.fused() === 0) throw new Error('expected a machine with fused multiply-add for the relaxed build');
  const arena = createArena(kernels.memory, kernels.heapBase());
  return {
    mlp(spec, maxLot) {
      if (!Number.isInteger(maxLot) || maxLot < 1) throw new RangeError(`maxLot: expected a whole number from 1, got ${maxLot}`);
      return new CompiledMlp(kernels, arena, spec, Math.min(maxLot, BLOCK_ROWS_MAX));
    },
    noise: (tables) => openNoiseKernel(kernels, arena, tables),
  };
}

/** Whether the machine rounds once where the kernels multiply and add. */
export async function fuses(module: WebAssembly.Module): Promise<boolean> {
  return (await instantiate(module)).fused() === 1;
}

async function instantiate(module: WebAssembly.Module): Promise<Kernels> {
  // The compiler wrote these exports; there is no other source for their types.
  return (await WebAssembly.instantiate(module, ENVIRONMENT)).exports as unknown as Kernels;
}

/** Only reached when a kernel hits `unreachable` by a bug of its own. */
const ENVIRONMENT = {
  env: {
    abort: (): never => {
      throw new Error('a compiled kernel aborted');
    },
  },
};

class CompiledMlp implements Mlp {
  readonly spec: MlpSpec;
  readonly parameterCount: number;
  readonly #kernels: Kernels;
  readonly #relaxed: boolean;
  readonly #arena: Arena;
  readonly #layout: Layout;
  readonly #blockRows: number;
  /** Start of the model's block; -1 once it was given back. */
  #base: number;

  constructor(kernels: Kernels, arena: Arena, spec: MlpSpec, blockRows: number) {
    this.parameterCount = countParameters(spec);
    this.spec = { ...spec, sizes: [...spec.sizes] };
    this.#kernels = kernels;
    this.#relaxed = kernels.relaxed() === 1;
    this.#arena = arena;
    this.#blockRows = blockRows;
    this.#layout = layoutFor(spec, blockRows);
    this.#base = arena.take(this.#layout.bytes);
  }

  setParameters(parameters: Float32Array): void {
    checkParameters(parameters, this.parameterCount);
    const { layers, weights: weightsAt, sums, panelBytes } = this.#layout;
    const base = this.#live();
    // The sums are free between calls.
    toRows(layers, parameters, this.#floats(sums, panelBytes / 4));
    for (const { inner, outputs, weights } of layers) {
      this.#kernels.toPanels(inner, outputs, base + sums + weights, base + weightsAt + weights);
    }
    this.#turn();
  }

  parameters(): Float32Array<ArrayBuffer> {
    const { layers, weights: weightsAt, sums, panelBytes } = this.#layout;
    const base = this.#live();
    for (const { inner, panels, weights } of layers) {
      this.#kernels.fromPanels(inner, panels, base + weightsAt + weights, base + sums + weights);
    }
    return fromRows(layers, this.#floats(sums, panelBytes / 4), new Float32Array(this.parameterCount)) as Float32Array<ArrayBuffer>;
  }

  clippedSum(
    rows: Rows,
    lot: Int32Array,
    clip: number,
    gridBits: number,
    into = new Int32Array(this.parameterCount),
  ): Int32Array<ArrayBuffer> {
    checkParameters(into, this.parameterCount, 'into');
    const rowCount = countRows(this.spec, rows);
    checkLot(lot, rowCount);
    checkDistinct(lot, rowCount);
    checkSumFits(lot.length, gridBits);
    const grid = gridFor(this.parameterCount, clip, gridBits);
    const { layers, sums, norms, panelBytes } = this.#layout;
    const base = this.#live();
    for (let start = 0; start < lot.length; start += this.#blockRows) {
      const n = this.#gather(rows, lot.subarray(start, start + this.#blockRows));
      this.#forward(n);
      this.#backward(n);
      new Float64Array(this.#kernels.memory.buffer, base + norms, n).fill(0);
      for (const { inner, input, inputStride, outputs, delta, deltaStride } of layers) {
        this.#kernels.addGhostNorms(n, inner, base + input, inputStride, outputs, base + delta, deltaStride, base + norms);
      }
      this.#kernels.clipFactors(n, base + norms, grid.reach, grid.scale);
      for (const layer of layers) this.#addToGrid(n, layer, start === 0, gridBits);
    }
    if (lot.length === 0) return into.fill(0);
    const steps = new Int32Array(this.#kernels.memory.buffer, base + sums, panelBytes / 4);
    return fromRows(layers, steps, into) as Int32Array<ArrayBuffer>;
  }

  sgdStep(rows: Rows, lot: Int32Array, step: number): number {
    checkLot(lot, countRows(this.spec, rows));
    const { layers, sums: sumsAt, weights: weightsAt } = this.#layout;
    const base = this.#live();
    let loss = 0;
    for (let start = 0; start < lot.length; start += this.#blockRows) {
      const n = this.#gather(rows, lot.subarray(start, start + this.#blockRows));
      this.#forward(n);
      loss += this.#backward(n);
      // The last block's sums are never written down: they go straight into the weights.
      const last = start + n === lot.length;
      for (const { inner, input, inputStride, delta, deltaStride, panels, weights } of layers) {
        const [sums, target] = [base + sumsAt + weights, last ? base + weightsAt + weights : 0];
        const fresh = Number(start === 0);
        const factor = -step / lot.length;
        this.#kernels.gradientSum(n, inner, base + input, inputStride, base + delta, deltaStride, panels, sums, fresh, target, factor);
      }
    }
    if (lot.length > 0) this.#turn();
    return loss / lot.length;
  }

  forward(x: Float32Array): Float32Array<ArrayBuffer> {
    const count = countInputRows(this.spec, x);
    const outputs = this.spec.sizes.at(-1)!;
    const { output, outputStride } = this.#layout;
    const result = new Float32Array(count * outputs);
    for (let start = 0; start < count; start += this.#blockRows) {
      const n = Math.min(this.#blockRows, count - start);
      for (let m = 0; m < n; m++) this.#putInput(x, start + m, m);
      this.#forward(n);
      for (let m = 0; m < n; m++) result.set(this.#floats(output + m * outputStride, outputs), (start + m) * outputs);
    }
    return result;
  }

  evaluate(rows: Rows): { loss: number; accuracy: number } {
    const count = countRows(this.spec, rows);
    const all = Int32Array.from({ length: count }, (_, row) => row);
    const { output, outputStride, targets } = this.#layout;
    const base = this.#live();
    let [loss, hits] = [0, 0];
    for (let start = 0; start < count; start += this.#blockRows) {
      const n = this.#gather(rows, all.subarray(start, start + this.#blockRows));
      this.#forward(n);
      loss += this.#lossDelta(n);
      if (this.spec.loss === 'mse') continue;
      hits += this.#kernels.hits(n, this.spec.sizes.at(-1)!, base + output, outputStride, base + targets);
    }
    return { loss: loss / count, accuracy: this.spec.loss === 'mse' ? NaN : hits / count };
  }

  free(): void {
    this.#arena.release(this.#live());
    this.#base = -1;
  }

  #live(): number {
    if (this.#base < 0) throw new Error('expected a model in use, got one that was freed');
    return this.#base;
  }

  /** A view made anew each time: the memory may have grown. */
  #floats(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#kernels.memory.buffer as ArrayBuffer, this.#live() + at, length);
  }

  /** Clips a block's deltas of one layer and adds its outer products to the integer sums. */
  #addToGrid(n: number, layer: LayerLayout, fresh: boolean, gridBits: number): void {
    const { inner, outputs, panels, inputStride, deltaStride } = layer;
    const base = this.#live();
    const [input, delta, factors] = [base + layer.input, base + layer.delta, base + this.#layout.norms];
    const sums = base + this.#layout.sums + layer.weights;
    this.#kernels.applyFactors(n, inner, input, inputStride, outputs, delta, deltaStride, factors);
    if (this.#relaxed) this.#kernels.makeOdd(n, outputs, delta, deltaStride);
    this.#kernels.gridSum(n, inner, input, inputStride, delta, deltaStride, panels, sums, Number(fresh), gridBits);
  }

  #putInput(x: Float32Array, row: number, m: number): void {
    const { inputs, inner, input, inputStride } = this.#layout.layers[0]!;
    const to = this.#floats(input + m * inputStride, inner);
    to.set(x.subarray(row * inputs, (row + 1) * inputs));
    to[inputs] = 1;
  }

  /** Copies the rows of a block and their targets in. @returns how many */
  #gather(rows: Rows, block: Int32Array): number {
    const outputs = this.spec.sizes.at(-1)!;
    const squared = this.spec.loss === 'mse';
    const values = this.#floats(this.#layout.targets, squared ? block.length * outputs : 0);
    const classes = new Int32Array(this.#kernels.memory.buffer, this.#live() + this.#layout.targets, squared ? 0 : block.length);
    for (const [m, row] of block.entries()) {
      this.#putInput(rows.x, row, m);
      if (squared) values.set(rows.y.subarray(row * outputs, (row + 1) * outputs), m * outputs);
      else classes[m] = checkClass(rows.y[row]!, outputs);
    }
    return block.length;
  }

  /** Keeps the transposes true to the weights. */
  #turn(): void {
    const base = this.#live();
    for (const { inputs, outputs, weights, turned, turnedPanels } of this.#layout.layers) {
      if (turnedPanels > 0) this.#kernels.transpose(inputs, outputs, base + this.#layout.weights + weights, base + turned);
    }
  }

  #forward(n: number): void {
    const base = this.#live();
    const { layers, output, outputStride, weights: weightsAt } = this.#layout;
    const activate = this.spec.activation === 'tanh' ? this.#kernels.tanhRows : this.#kernels.reluRows;
    for (const [i, { inner, input, inputStride, weights, panels, outputs }] of layers.entries()) {
      const next = layers[i + 1];
      const [to, stride] = next === undefined ? [output, outputStride] : [next.input, next.inputStride];
      this.#kernels.dense(n, inner, base + input, inputStride, base + weightsAt + weights, panels, base + to, stride);
      if (next !== undefined) activate(n, outputs, base + to, stride);
    }
  }

  /** The last layer's deltas. @returns the sum of the rows' losses */
  #lossDelta(n: number): number {
    const base = this.#live();
    const { layers, output, outputStride, targets } = this.#layout;
    const { outputs, delta, deltaStride } = layers.at(-1)!;
    const kernel = this.spec.loss === 'mse' ? this.#kernels.squaredDelta : this.#kernels.softmaxDelta;
    return kernel(n, outputs, base + output, outputStride, base + targets, base + delta, deltaStride);
  }

  /** All layers' deltas. @returns the sum of the rows' losses */
  #backward(n: number): number {
    const base = this.#live();
    const loss = this.#lossDelta(n);
    const { layers } = this.#layout;
    const derive = this.spec.activation === 'tanh' ? this.#kernels.tanhDelta : this.#kernels.reluDelta;
    for (let i = layers.length - 1; i > 0; i--) {
      const { inputs, outputs, input, inputStride, turned, turnedPanels, delta, deltaStride } = layers[i]!;
      const before = layers[i - 1]!;
      this.#kernels.dense(n, outputs, base + delta, deltaStride, base + turned, turnedPanels, base + before.delta, before.deltaStride);
      derive(n, inputs, base + input, inputStride, base + before.delta, before.deltaStride);
    }
    return loss;
  }
}
