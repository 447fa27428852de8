/**
 * The oracle: the numerics of numerics.ts in plain TypeScript, one example after the other, with each gradient written out. Arithmetic is
 * f64 between f32 parameters and f32 results, so it is more accurate than the kernels, and slow.
 */
import type { Network } from '#protocol/model/architecture';
import { gridFor } from '../grid.ts';
import type { ClippedSum, Clipping, Model, ModelSpec, Numerics, Rows } from '../numerics.ts';
import { checkClippedLot, checkLot, checkOutputs, checkParameters, countInputRows, countRows, inputsOf, targetsOf } from '../spec.ts';
import { clippedSteps, partsOf } from './clipped.ts';
import { lossOf } from './loss.ts';
import { gradientOf, outputsOf } from './network.ts';

export const oracle: Numerics = { model: (spec) => new OracleModel(spec) };

class OracleModel implements Model {
  readonly spec: ModelSpec;
  readonly parameterCount: number;
  readonly #network: Network;
  #parameters: Float32Array<ArrayBuffer>;
  #seed = 0;

  constructor(spec: ModelSpec) {
    checkOutputs(spec);
    this.spec = spec;
    this.#network = spec.network;
    this.parameterCount = spec.network.parameterCount;
    this.#parameters = new Float32Array(this.parameterCount);
  }

  setParameters(parameters: Float32Array): void {
    checkParameters(parameters, this.parameterCount);
    this.#parameters = new Float32Array(parameters);
  }

  parameters(): Float32Array<ArrayBuffer> {
    return this.#parameters.slice();
  }

  seedDropout(seed: number): void {
    this.#seed = seed >>> 0;
  }

  clippedSum(rows: Rows, lot: Int32Array, clipping: Clipping, into = new Int32Array(this.parameterCount)): ClippedSum {
    checkParameters(into, this.parameterCount, 'into');
    const starts = checkClippedLot(this.spec, rows, lot, clipping);
    const { clip, gridBits, perLayer = false } = clipping;
    const parts = partsOf(this.#network, perLayer);
    for (const { from, to } of parts) gridFor(to - from, clip, gridBits, 1 / Math.sqrt(parts.length));
    into.fill(0);
    let within = 0;
    for (let unit = 0; unit + 1 < starts.length; unit++) {
      const gradient = new Float64Array(this.parameterCount);
      for (const row of lot.subarray(starts[unit]!, starts[unit + 1]!)) {
        for (const [i, value] of this.#gradientAt(rows, row).gradient.entries()) gradient[i]! += value;
      }
      const clipped = clippedSteps(gradient, parts, clipping);
      for (const [i, steps] of clipped.steps.entries()) into[i]! += steps;
      if (clipped.within) within++;
    }
    return { steps: into, within };
  }

  gradient(
    rows: Rows,
    lot: Int32Array,
    into = new Float32Array(this.parameterCount),
  ): { loss: number; gradient: Float32Array<ArrayBuffer> } {
    checkParameters(into, this.parameterCount, 'into');
    const { loss, mean } = this.#meanGradient(rows, lot);
    into.set(mean);
    return { loss, gradient: into };
  }

  sgdStep(rows: Rows, lot: Int32Array, step: number): number {
    const { loss, mean } = this.#meanGradient(rows, lot);
    this.#parameters = this.#parameters.map((value, i) => value - step * mean[i]!);
    return loss;
  }

  forward(x: Float32Array): Float32Array<ArrayBuffer> {
    const [count, inputs] = [countInputRows(this.spec, x), inputsOf(this.spec)];
    const outputs = Array.from({ length: count }, (_, row) =>
      outputsOf(this.#network, this.#parameters, x.subarray(row * inputs, (row + 1) * inputs)),
    );
    return Float32Array.from(outputs.flatMap((values) => Array.from(values)));
  }

  evaluate(rows: Rows): { loss: number; accuracy: number } {
    const count = countRows(this.spec, rows);
    let [total, hits] = [0, 0];
    for (let row = 0; row < count; row++) {
      const { x, y } = this.#example(rows, row);
      const z = outputsOf(this.#network, this.#parameters, x);
      total += lossOf(this.spec.loss, z, y).loss;
      if (z.indexOf(z.reduce((most, value) => Math.max(most, value), -Infinity)) === y[0]) hits++;
    }
    return { loss: total / count, accuracy: this.spec.loss === 'cross-entropy' ? hits / count : NaN };
  }

  free(): void {
    this.#parameters = new Float32Array(0);
  }

  #example({ x, y }: Rows, row: number): Rows {
    const [inputs, targets] = [inputsOf(this.spec), targetsOf(this.spec)];
    return { x: x.subarray(row * inputs, (row + 1) * inputs), y: y.subarray(row * targets, (row + 1) * targets) };
  }

  #gradientAt(rows: Rows, row: number): { readonly loss: number; readonly gradient: Float64Array } {
    const { x, y } = this.#example(rows, row);
    return gradientOf(this.#network, this.spec.loss, this.#parameters, x, y, { seed: this.#seed, row });
  }

  #meanGradient(rows: Rows, lot: Int32Array): { readonly loss: number; readonly mean: Float64Array } {
    checkLot(lot, countRows(this.spec, rows));
    const mean = new Float64Array(this.parameterCount);
    let total = 0;
    for (const row of lot) {
      const { loss, gradient } = this.#gradientAt(rows, row);
      for (const [i, value] of gradient.entries()) mean[i]! += value / lot.length;
      total += loss;
    }
    return { loss: total / lot.length, mean };
  }
}
