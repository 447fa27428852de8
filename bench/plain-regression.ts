/**
 * Plain logistic and linear regression, the baseline for workers/solo/solo.ts: full batches, accelerated gradient descent (Nesterov 1983)
 * with backtracking and restarts (O'Donoghue and Candès 2015), until the gradient vanishes. It shares no code with the solo model; five
 * folds of the same rows choose the penalty from a few.
 */
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { seededBytes } from './seeded-bytes.ts';

export interface PlainRows {
  /** rows x width */
  readonly x: Float32Array;
  /** Classes, or numbers. */
  readonly y: Int32Array | Float32Array;
}

/** Classes: cross-entropy; numbers: Huber's loss with threshold 1. */
export type Kind = { readonly classes: number } | 'number';

const STRENGTHS = [10, 3, 1, 0.3];
const FOLDS = 5;
const SLOPE_TO_CHOOSE = 1e-3;
const SLOPE_AT_LAST = 1e-4;
const STEPS_MAX = 20_000;

/** @returns outputs for other rows, from a model fitted to all of `rows` with the best penalty by five folds */
export function plainRegression(rows: PlainRows, kind: Kind, seed: string): (x: Float32Array) => Float64Array {
  const n = rows.y.length;
  const part = dealt(n, seed);
  let best = { strength: STRENGTHS[0]!, loss: Infinity };
  for (const strength of STRENGTHS) {
    let loss = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const [train, held] = [picked(rows, (row) => part[row] !== fold), picked(rows, (row) => part[row] === fold)];
      const outputs = outputsOf(held.x, fitted(train, kind, strength / train.y.length, SLOPE_TO_CHOOSE), kind);
      for (const [row, answer] of held.y.entries()) loss += lossOf(outputs, row, answer, kind)[0];
    }
    if (loss < best.loss) best = { strength, loss };
  }
  const weights = fitted(rows, kind, best.strength / n, SLOPE_AT_LAST);
  return (x) => outputsOf(x, weights, kind);
}

/** @throws Error if it does not converge */
function fitted({ x, y }: PlainRows, kind: Kind, l2: number, slopeMax: number): Float64Array {
  const n = y.length;
  const [k, width] = [outputsAmong(kind), x.length / n];
  const evaluate = (weights: Float64Array, gradient: Float64Array | null): number => {
    const outputs = outputsOf(x, weights, kind);
    let value = 0;
    for (let i = 0; i < width * k; i++) value += (l2 / 2) * weights[i]! ** 2;
    gradient?.fill(0).set(weights.subarray(0, width * k).map((weight) => l2 * weight));
    for (let row = 0; row < n; row++) {
      const [loss, slopes] = lossOf(outputs, row, y[row]!, kind);
      value += loss / n;
      if (gradient === null) continue;
      for (let i = 0; i <= width; i++) {
        const input = i === width ? 1 : x[row * width + i]!;
        if (input !== 0) for (let c = 0; c < k; c++) gradient[i * k + c]! += (slopes[c]! * input) / n;
      }
    }
    return value;
  };
  let at = new Float64Array((width + 1) * k);
  let ahead = at;
  const gradient = new Float64Array(at.length);
  let [length, momentum] = [1, 1];
  for (let step = 0; step < STEPS_MAX; step++) {
    const value = evaluate(ahead, gradient);
    const square = gradient.reduce((sum, of) => sum + of * of, 0);
    if (gradient.every((of) => Math.abs(of) <= slopeMax)) return ahead;
    length *= 1.1;
    let next = ahead;
    for (;;) {
      next = ahead.map((weight, i) => weight - length * gradient[i]!);
      if (evaluate(next, null) <= value - (length / 2) * square + 1e-14) break;
      length /= 2;
    }
    const turned = gradient.reduce((sum, of, i) => sum + of * (next[i]! - at[i]!), 0) > 0;
    const faster = turned ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const share = turned ? 0 : (momentum - 1) / faster;
    ahead = next.map((weight, i) => weight + share * (weight - at[i]!));
    [at, momentum] = [next, faster];
  }
  throw new Error(`expected a gradient below ${slopeMax} in ${STEPS_MAX} steps`);
}

const outputsAmong = (kind: Kind): number => (kind === 'number' ? 1 : kind.classes);

function outputsOf(x: Float32Array, weights: Float64Array, kind: Kind): Float64Array {
  const k = outputsAmong(kind);
  const width = weights.length / k - 1;
  const outputs = new Float64Array((x.length / width) * k);
  for (let row = 0; row * width < x.length; row++) {
    for (let i = 0; i <= width; i++) {
      const input = i === width ? 1 : x[row * width + i]!;
      if (input !== 0) for (let c = 0; c < k; c++) outputs[row * k + c]! += input * weights[i * k + c]!;
    }
  }
  return outputs;
}

/** @returns the loss of one row, and its derivative with respect to each output */
function lossOf(outputs: Float64Array, row: number, answer: number, kind: Kind): [loss: number, slopes: readonly number[]] {
  if (kind === 'number') {
    const error = outputs[row]! - answer;
    return Math.abs(error) <= 1 ? [error ** 2 / 2, [error]] : [Math.abs(error) - 0.5, [Math.sign(error)]];
  }
  const of = outputs.subarray(row * kind.classes, (row + 1) * kind.classes);
  const top = Math.max(...of);
  const weights = Array.from(of, (output) => Math.exp(output - top));
  const sum = weights.reduce((a, b) => a + b);
  return [Math.log(sum) + top - of[answer]!, weights.map((weight, c) => weight / sum - (c === answer ? 1 : 0))];
}

function dealt(rows: number, seed: string): Int32Array {
  return shuffle(
    Int32Array.from({ length: rows }, (_, row) => row % FOLDS),
    new RandomWords(seededBytes(`plain/${seed}`)),
  );
}

function picked({ x, y }: PlainRows, wanted: (row: number) => boolean): PlainRows {
  const width = x.length / y.length;
  const list = Array.from(y.keys()).filter(wanted);
  const chosen = Float32Array.from({ length: list.length * width }, (_, i) => x[list[Math.floor(i / width)]! * width + (i % width)]!);
  return { x: chosen, y: y instanceof Int32Array ? Int32Array.from(list, (row) => y[row]!) : Float32Array.from(list, (row) => y[row]!) };
}
