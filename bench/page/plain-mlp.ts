/**
 * The bench's plain JavaScript contender: one hidden ReLU layer, softmax cross-entropy, SGD, as Float32Array loops with sequential inner
 * loops. Careful code without WebAssembly, not tiled by hand.
 */

export interface PlainMlp {
  /** p -= step * mean gradient of the lot. */
  step(lot: Int32Array, step: number): void;
  /** d values: weight (in x out), bias, layer by layer. */
  parameters(): Float32Array;
}

export function plainMlp(sizes: readonly [number, number, number], start: Float32Array, x: Float32Array, y: Int32Array): PlainMlp {
  const [inputs, width, outputs] = sizes;
  const all = start.slice();
  const hidden = {
    inputs,
    outputs: width,
    weights: all.subarray(0, inputs * width),
    bias: all.subarray(inputs * width, (inputs + 1) * width),
  };
  const rest = all.subarray((inputs + 1) * width);
  const last = { inputs: width, outputs, weights: rest.subarray(0, width * outputs), bias: rest.subarray(width * outputs) };
  return {
    parameters: () => all,
    step(lot, step) {
      const rows = lot.length;
      const a = new Float32Array(rows * inputs);
      for (let m = 0; m < rows; m++) a.set(x.subarray(lot[m]! * inputs, (lot[m]! + 1) * inputs), m * inputs);
      const h = forward(a, rows, hidden);
      for (let i = 0; i < h.length; i++) if (h[i]! < 0) h[i] = 0;
      const delta = forward(h, rows, last);
      for (let m = 0; m < rows; m++) softmaxDelta(delta.subarray(m * outputs, (m + 1) * outputs), y[lot[m]!]!);
      const before = backward(delta, rows, last);
      for (let i = 0; i < h.length; i++) if (h[i] === 0) before[i] = 0;
      descend(h, delta, rows, last, step / rows);
      descend(a, before, rows, hidden, step / rows);
    },
  };
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

function forward(a: Float32Array, rows: number, { inputs, outputs, weights, bias }: Layer): Float32Array {
  const z = new Float32Array(rows * outputs);
  for (let m = 0; m < rows; m++) {
    z.set(bias, m * outputs);
    for (let k = 0; k < inputs; k++) {
      const value = a[m * inputs + k]!;
      for (let n = 0, to = m * outputs, from = k * outputs; n < outputs; n++) z[to + n]! += value * weights[from + n]!;
    }
  }
  return z;
}

/** In place: outputs -> softmax(outputs) - target. */
function softmaxDelta(z: Float32Array, target: number): void {
  let [top, sum] = [-Infinity, 0];
  for (const value of z) if (value > top) top = value;
  for (let n = 0; n < z.length; n++) sum += z[n] = Math.exp(z[n]! - top);
  for (let n = 0; n < z.length; n++) z[n]! /= sum;
  z[target]! -= 1;
}

function backward(delta: Float32Array, rows: number, { inputs, outputs, weights }: Layer): Float32Array {
  const before = new Float32Array(rows * inputs);
  for (let m = 0; m < rows; m++) {
    for (let k = 0; k < inputs; k++) {
      let sum = 0;
      for (let n = 0; n < outputs; n++) sum += delta[m * outputs + n]! * weights[k * outputs + n]!;
      before[m * inputs + k] = sum;
    }
  }
  return before;
}

function descend(a: Float32Array, delta: Float32Array, rows: number, { inputs, outputs, weights, bias }: Layer, step: number): void {
  for (let m = 0; m < rows; m++) {
    const from = m * outputs;
    for (let n = 0; n < outputs; n++) bias[n]! -= step * delta[from + n]!;
    for (let k = 0; k < inputs; k++) {
      const factor = step * a[m * inputs + k]!;
      for (let n = 0, to = k * outputs; n < outputs; n++) weights[to + n]! -= factor * delta[from + n]!;
    }
  }
}
