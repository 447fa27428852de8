/**
 * A model on compiled kernels: rows pass through the plan's ops in blocks that fit the caches, and the sums of a lot accumulate across
 * blocks. An example's forward and backward pass do not depend on its block, so clipped sums do not either.
 */
import { OutOfMemory, type Arena } from './arena.ts';
import { gridFor } from './grid.ts';
import type { Kernels } from './kernels.ts';
import type { Pass, Units, Weights } from './layers/op.ts';
import type { ClippedSum, Clipping, Model, ModelSpec, Rows } from './numerics.ts';
import { planModel, type Plan } from './plan.ts';
import {
  checkClass,
  checkClippedLot,
  checkLot,
  checkOutputs,
  checkParameters,
  countInputRows,
  countRows,
  inputsOf,
  outputsOf,
  targetsOf,
  UNIT_ROWS_MAX,
} from './spec.ts';

/** The rows per group of outer-sum.ts: longer blocks gain nothing there, shorter ones reload the sums more often. */
const BLOCK_ROWS_MAX = 64;
/** Bytes of one block, apart from the fixed part: about the second-level cache of one core. */
const BLOCK_BYTES = 1 << 20;
/** Bytes of one model. Manifests come from strangers, and each training thread has its own model. */
const MODEL_BYTES_MAX = 256 * 1024 * 1024;

/**
 * @param maxLot rows that usually come at once
 * @param unitRows most rows of one unit of privacy: a block holds a whole one
 * @throws OutOfMemory for a model of more than MODEL_BYTES_MAX, before anything is allocated, or if the memory cannot hold it
 */
export function openModel(kernels: Kernels, arena: Arena, spec: ModelSpec, maxLot: number, unitRows: number): Model {
  checkOutputs(spec);
  const bytesOf = (rows: number): number => planModel(kernels, spec, rows, 0).end;
  const one = bytesOf(1);
  const perRow = Math.max(1, bytesOf(2) - one);
  const fitting = Math.min(maxLot, BLOCK_ROWS_MAX, Math.max(1, Math.floor(BLOCK_BYTES / perRow)));
  const blockRows = Math.max(fitting, Math.min(unitRows, UNIT_ROWS_MAX));
  const bytes = bytesOf(blockRows);
  if (bytes > MODEL_BYTES_MAX) throw new OutOfMemory(bytes, MODEL_BYTES_MAX);
  const base = arena.take(bytes);
  return new CompiledModel(kernels, arena, spec, planModel(kernels, spec, blockRows, base), base);
}

class CompiledModel implements Model {
  readonly spec: ModelSpec;
  readonly parameterCount: number;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #plan: Plan;
  readonly #base: number;
  /** Of the block at work. */
  readonly #first: Int32Array;
  #freed = false;
  #seed = 0;

  constructor(kernels: Kernels, arena: Arena, spec: ModelSpec, plan: Plan, base: number) {
    this.parameterCount = spec.network.parameterCount;
    this.spec = spec;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#plan = plan;
    this.#base = base;
    this.#first = new Int32Array(plan.blockRows + 1);
  }

  setParameters(parameters: Float32Array): void {
    checkParameters(parameters, this.parameterCount);
    for (const weights of this.#weights()) weights.load(parameters);
  }

  parameters(): Float32Array<ArrayBuffer> {
    const parameters = new Float32Array(this.parameterCount);
    for (const weights of this.#weights()) weights.store(parameters);
    return parameters;
  }

  seedDropout(seed: number): void {
    this.#seed = seed >>> 0;
  }

  clippedSum(rows: Rows, lot: Int32Array, clipping: Clipping, into = new Int32Array(this.parameterCount)): ClippedSum {
    checkParameters(into, this.parameterCount, 'into');
    const starts = checkClippedLot(this.spec, rows, lot, clipping);
    const { clip, gridBits, perLayer = false } = clipping;
    const layers = this.#weights();
    const share = perLayer ? 1 / Math.sqrt(layers.length) : 1;
    /** Layers that are clipped together. */
    const parts = perLayer ? layers.map((weights) => [weights]) : [layers];
    const grids = parts.map((part) => gridFor(sizeOf(part), clip, gridBits, share));
    for (const weights of layers) weights.clearSums();
    let within = 0;
    for (const block of this.#blocks(starts)) {
      const pass = this.#gather(rows, lot.subarray(block.start, block.end), true);
      this.#forward(pass);
      this.#backward(pass);
      const { count } = block.units;
      const norms = parts.map((part, i) => {
        const at = this.#plan.norms + i * this.#plan.blockRows * 8;
        new Float64Array(this.#kernels.memory.buffer, at, count).fill(0);
        for (const weights of part) weights.addNorms(block.units, at);
        return at;
      });
      within += this.#countWithin(norms, count, (clip * share) ** 2);
      for (const [i, at] of norms.entries()) this.#kernels.clipFactors(count, at, grids[i]!.reach, grids[i]!.scale);
      for (const [i, part] of parts.entries()) for (const weights of part) weights.addSteps(block.units, norms[i]!, gridBits);
    }
    if (lot.length === 0) into.fill(0);
    else for (const weights of layers) weights.storeSums(into);
    return { steps: into, within };
  }

  gradient(
    rows: Rows,
    lot: Int32Array,
    into = new Float32Array(this.parameterCount),
  ): { loss: number; gradient: Float32Array<ArrayBuffer> } {
    checkParameters(into, this.parameterCount, 'into');
    checkLot(lot, countRows(this.spec, rows));
    for (const weights of this.#weights()) weights.clearSums();
    let loss = 0;
    for (let start = 0; start < lot.length; start += this.#plan.blockRows) {
      const pass = this.#gather(rows, lot.subarray(start, start + this.#plan.blockRows), true);
      this.#forward(pass);
      loss += this.#backward(pass);
      for (const weights of this.#plan.weights) weights.addGradients(pass.n);
    }
    for (const weights of this.#plan.weights) weights.storeSums(into);
    for (let i = 0; i < into.length; i++) into[i]! /= Math.max(1, lot.length);
    return { loss: loss / lot.length, gradient: into };
  }

  sgdStep(rows: Rows, lot: Int32Array, step: number): number {
    checkLot(lot, countRows(this.spec, rows));
    for (const weights of this.#weights()) weights.clearSums();
    const factor = -step / lot.length;
    let loss = 0;
    for (let start = 0; start < lot.length; start += this.#plan.blockRows) {
      const pass = this.#gather(rows, lot.subarray(start, start + this.#plan.blockRows), true);
      this.#forward(pass);
      loss += this.#backward(pass);
      const last = start + pass.n === lot.length;
      for (const weights of this.#plan.weights) {
        if (last && weights.addGradientsAndStep !== undefined) {
          weights.addGradientsAndStep(pass.n, factor);
        } else {
          weights.addGradients(pass.n);
          if (last) weights.step(factor);
        }
      }
    }
    return loss / lot.length;
  }

  forward(x: Float32Array): Float32Array<ArrayBuffer> {
    const count = countInputRows(this.spec, x);
    this.#live();
    const outputs = outputsOf(this.spec);
    const { output, blockRows } = this.#plan;
    const result = new Float32Array(count * outputs);
    for (let start = 0; start < count; start += blockRows) {
      const n = Math.min(blockRows, count - start);
      this.#putInputs(
        x,
        Int32Array.from({ length: n }, (_, m) => start + m),
      );
      this.#forward({ n, rows: 0, seed: 0 });
      for (let m = 0; m < n; m++) result.set(this.#floats(output.at + m * output.stride, outputs), (start + m) * outputs);
    }
    return result;
  }

  evaluate(rows: Rows): { loss: number; accuracy: number } {
    const count = countRows(this.spec, rows);
    this.#live();
    const { output, blockRows, targets } = this.#plan;
    const classed = this.spec.loss === 'cross-entropy';
    let [loss, hits] = [0, 0];
    for (let start = 0; start < count; start += blockRows) {
      const block = Int32Array.from({ length: Math.min(blockRows, count - start) }, (_, i) => start + i);
      const pass = this.#gather(rows, block, false);
      this.#forward(pass);
      loss += this.#lossDelta(pass.n);
      if (classed) hits += this.#kernels.hits(pass.n, outputsOf(this.spec), output.at, output.stride, targets);
    }
    return { loss: loss / count, accuracy: classed ? hits / count : NaN };
  }

  free(): void {
    this.#live();
    this.#arena.release(this.#base);
    this.#freed = true;
  }

  #live(): void {
    if (this.#freed) throw new Error('expected a model in use, got one that was freed');
  }

  #weights(): readonly Weights[] {
    this.#live();
    return this.#plan.weights;
  }

  /** A new view each time: the memory may have grown. */
  #floats(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#kernels.memory.buffer as ArrayBuffer, at, length);
  }

  /** Splits the lot into blocks of whole units. @param starts of the units in the lot, and the lot's end */
  *#blocks(starts: readonly number[]): Generator<{ start: number; end: number; units: Units }> {
    const { blockRows } = this.#plan;
    for (let from = 0; from + 1 < starts.length;) {
      const start = starts[from]!;
      let to = from;
      while (to + 1 < starts.length && starts[to + 1]! - start <= blockRows) to++;
      if (to === from) {
        throw new RangeError(`units: expected at most ${blockRows} rows each, as the model was made for, got ${starts[from + 1]! - start}`);
      }
      const first = this.#first.subarray(0, to + 1 - from);
      for (let u = from; u <= to; u++) first[u - from] = starts[u]! - start;
      const end = starts[to]!;
      yield { start, end, units: { count: to - from, first, single: to - from === end - start } };
      from = to;
    }
  }

  /** Units whose squared norms are all at most `most`. If one is not finite, all become infinite, so the whole unit adds zero. */
  #countWithin(norms: readonly number[], count: number, most: number): number {
    const squares = norms.map((at) => new Float64Array(this.#kernels.memory.buffer, at, count));
    let within = 0;
    for (let u = 0; u < count; u++) {
      let largest = 0;
      for (const part of squares) largest = Math.max(largest, part[u]!); // NaN stays
      if (largest <= most) within++;
      if (largest < Infinity) continue;
      for (const part of squares) part[u] = Infinity;
    }
    return within;
  }

  /** Copies the inputs of row rows[m] to place m of the block. */
  #putInputs(x: Float32Array, rows: Int32Array): void {
    const inputs = inputsOf(this.spec);
    const { at, stride } = this.#plan.input;
    const block = this.#floats(at, (rows.length * stride) / 4);
    for (let m = 0; m < rows.length; m++) block.set(x.subarray(rows[m]! * inputs, (rows[m]! + 1) * inputs), (m * stride) / 4);
  }

  /** Copies the rows of a block and their targets in. */
  #gather(rows: Rows, block: Int32Array, training: boolean): Pass {
    const targets = targetsOf(this.spec);
    const classed = this.spec.loss === 'cross-entropy';
    const values = this.#floats(this.#plan.targets, classed ? 0 : block.length * targets);
    const classes = new Int32Array(this.#kernels.memory.buffer, this.#plan.targets, classed ? block.length : 0);
    this.#putInputs(rows.x, block);
    for (let m = 0; m < block.length; m++) {
      const row = block[m]!;
      if (classed) classes[m] = checkClass(rows.y[row]!, outputsOf(this.spec));
      else values.set(rows.y.subarray(row * targets, (row + 1) * targets), m * targets);
    }
    if (!training) return { n: block.length, rows: 0, seed: 0 };
    new Int32Array(this.#kernels.memory.buffer, this.#plan.rows, block.length).set(block);
    return { n: block.length, rows: this.#plan.rows, seed: this.#seed };
  }

  #forward(pass: Pass): void {
    for (const op of this.#plan.ops) op.forward(pass);
  }

  /** All deltas. @returns the sum of the rows' losses */
  #backward(pass: Pass): number {
    const loss = this.#lossDelta(pass.n);
    const { ops } = this.#plan;
    for (let i = ops.length - 1; i >= 0; i--) ops[i]!.backward(pass);
    return loss;
  }

  /** The output's deltas. @returns the sum of the rows' losses */
  #lossDelta(n: number): number {
    const { at, stride, delta } = this.#plan.output;
    const { softmaxDelta, logisticDelta, squaredDelta, huberDelta } = this.#kernels;
    // The padding too: a NaN left there by an earlier block must not reach this one.
    new Uint8Array(this.#kernels.memory.buffer, delta, n * stride).fill(0);
    const kernel = { 'cross-entropy': softmaxDelta, bce: logisticDelta, mse: squaredDelta, huber: huberDelta }[this.spec.loss];
    return kernel(n, outputsOf(this.spec), at, stride, this.#plan.targets, delta, stride);
  }
}

function sizeOf(weights: readonly Weights[]): number {
  return weights.reduce((sum, { count }) => sum + count, 0);
}
