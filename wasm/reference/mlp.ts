/**
 * The oracle: the same numerics in plain TypeScript, written to be read. Every example's gradient is written out as d numbers,
 * clipped, rounded and added, as Abadi et al. 2016 (arXiv:1607.00133, algorithm 1) states DP-SGD.
 * Arithmetic is f64 between f32 parameters and f32 results, so it is nearer to the truth than the kernels; it is not fast.
 */
import { checkSumFits, gridFor } from '../grid.ts';
import type { Mlp, MlpSpec, Numerics, Rows } from '../numerics.ts';
import { checkClass, checkDistinct, checkLot, checkParameters, countInputRows, countParameters, countRows } from '../spec.ts';

export const oracle: Numerics = { mlp: (spec) => new OracleMlp(spec) };

/** One example: its inputs, and its target as one class or as `outputs` values. */
interface Example {
  readonly x: Float32Array;
  readonly y: Int32Array | Float32Array;
}

/** Activations of every layer, the inputs first, the outputs (before the loss) last. */
function activations(spec: MlpSpec, parameters: Float32Array, x: Float32Array): Float64Array[] {
  const list = [Float64Array.from(x)];
  let offset = 0;
  for (let layer = 1; layer < spec.sizes.length; layer++) {
    const [inputs, outputs] = [spec.sizes[layer - 1]!, spec.sizes[layer]!];
    const a = list.at(-1)!;
    const last = layer === spec.sizes.length - 1;
    list.push(
      new Float64Array(outputs).map((_, n) => {
        let z = parameters[offset + inputs * outputs + n]!;
        for (let k = 0; k < inputs; k++) z += a[k]! * parameters[offset + k * outputs + n]!;
        return last ? z : activate(spec, z);
      }),
    );
    offset += (inputs + 1) * outputs;
  }
  return list;
}

/** Loss of one example, and its derivative by each output. */
function lossOf(spec: MlpSpec, z: Float64Array, y: Example['y']): { loss: number; delta: Float64Array } {
  if (spec.loss === 'mse') {
    const delta = z.map((value, n) => value - y[n]!);
    return { loss: delta.reduce((sum, error) => sum + 0.5 * error * error, 0), delta };
  }
  const target = checkClass(y[0]!, z.length);
  const top = z.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = z.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return {
    loss: Math.log(total) - (z[target]! - top),
    delta: powers.map((power, n) => power / total - (n === target ? 1 : 0)),
  };
}

/** d loss / d parameter of one example, in the order of the parameters; and its loss. */
export function gradientOf(spec: MlpSpec, parameters: Float32Array, example: Example): { loss: number; gradient: Float64Array } {
  const layers = activations(spec, parameters, example.x);
  const gradient = new Float64Array(parameters.length);
  const { loss, delta: last } = lossOf(spec, layers.at(-1)!, example.y);
  let delta = last;
  let offset = parameters.length;
  for (let layer = spec.sizes.length - 1; layer > 0; layer--) {
    const [inputs, outputs] = [spec.sizes[layer - 1]!, spec.sizes[layer]!];
    offset -= (inputs + 1) * outputs;
    const a = layers[layer - 1]!;
    for (let n = 0; n < outputs; n++) {
      for (let k = 0; k < inputs; k++) gradient[offset + k * outputs + n] = a[k]! * delta[n]!;
      gradient[offset + inputs * outputs + n] = delta[n]!;
    }
    if (layer === 1) break;
    const above = delta;
    delta = a.map((value, k) => {
      let sum = 0;
      for (let n = 0; n < outputs; n++) sum += above[n]! * parameters[offset + k * outputs + n]!;
      return sum * slope(spec, value);
    });
  }
  return { loss, gradient };
}

/** Clips to `reach` steps, scales to steps, rounds; all zero when the gradient is not finite. */
export function clippedSteps(gradient: Float64Array, clip: number, gridBits: number): Int32Array {
  const { scale, reach } = gridFor(gradient.length, clip, gridBits);
  const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm)) return new Int32Array(gradient.length);
  const factor = norm * scale > reach ? reach / norm : scale;
  return Int32Array.from(gradient, (value) => roundHalfEven(value * factor));
}

class OracleMlp implements Mlp {
  readonly spec: MlpSpec;
  readonly parameterCount: number;
  #parameters: Float32Array<ArrayBuffer>;

  constructor(spec: MlpSpec) {
    this.parameterCount = countParameters(spec);
    this.spec = { ...spec, sizes: [...spec.sizes] };
    this.#parameters = new Float32Array(this.parameterCount);
  }

  setParameters(parameters: Float32Array): void {
    checkParameters(parameters, this.parameterCount);
    this.#parameters = new Float32Array(parameters);
  }

  parameters(): Float32Array<ArrayBuffer> {
    return this.#parameters.slice();
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
    gridFor(this.parameterCount, clip, gridBits);
    const sum = into.fill(0);
    for (const row of lot) {
      const { gradient } = gradientOf(this.spec, this.#parameters, this.#example(rows, row));
      for (const [i, steps] of clippedSteps(gradient, clip, gridBits).entries()) sum[i]! += steps;
    }
    return sum;
  }

  sgdStep(rows: Rows, lot: Int32Array, step: number): number {
    checkLot(lot, countRows(this.spec, rows));
    const mean = new Float64Array(this.parameterCount);
    let total = 0;
    for (const row of lot) {
      const { loss, gradient } = gradientOf(this.spec, this.#parameters, this.#example(rows, row));
      for (const [i, value] of gradient.entries()) mean[i]! += value / lot.length;
      total += loss;
    }
    this.#parameters = this.#parameters.map((value, i) => value - step * mean[i]!);
    return total / lot.length;
  }

  forward(x: Float32Array): Float32Array<ArrayBuffer> {
    const { sizes } = this.spec;
    const [inputs, outputs, count] = [sizes[0]!, sizes.at(-1)!, countInputRows(this.spec, x)];
    const result = new Float32Array(count * outputs);
    for (let row = 0; row < count; row++) {
      result.set(activations(this.spec, this.#parameters, x.subarray(row * inputs, (row + 1) * inputs)).at(-1)!, row * outputs);
    }
    return result;
  }

  evaluate(rows: Rows): { loss: number; accuracy: number } {
    const count = countRows(this.spec, rows);
    let [total, hits] = [0, 0];
    for (let row = 0; row < count; row++) {
      const { x, y } = this.#example(rows, row);
      const z = activations(this.spec, this.#parameters, x).at(-1)!;
      total += lossOf(this.spec, z, y).loss;
      if (z.indexOf(Math.max(...z)) === y[0]) hits++;
    }
    return { loss: total / count, accuracy: this.spec.loss === 'mse' ? NaN : hits / count };
  }

  free(): void {
    this.#parameters = new Float32Array(0);
  }

  #example({ x, y }: Rows, row: number): Example {
    const inputs = this.spec.sizes[0]!;
    const targets = this.spec.loss === 'mse' ? this.spec.sizes.at(-1)! : 1;
    return { x: x.subarray(row * inputs, (row + 1) * inputs), y: y.subarray(row * targets, (row + 1) * targets) };
  }
}

function activate(spec: MlpSpec, z: number): number {
  return spec.activation === 'tanh' ? Math.tanh(z) : Math.max(z, 0);
}

/** Derivative of the activation, given its value. */
function slope(spec: MlpSpec, value: number): number {
  return spec.activation === 'tanh' ? 1 - value * value : value > 0 ? 1 : 0;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
