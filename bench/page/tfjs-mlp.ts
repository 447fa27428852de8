/**
 * The bench's peer: the same MLP on @tensorflow/tfjs-backend-wasm, SIMD, one thread, trained in every way that its users could choose.
 * Batches are tensors before timing starts (ours gathers its rows during timing).
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** `files`: a folder's URL or path with the backend's .wasm files, ending with a slash. */
export async function startTfjs(files: string): Promise<void> {
  // The build without threads: the threaded one is no faster with one thread, and not available in Node.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths(files);
  await tf.setBackend('wasm');
  await tf.ready();
  if (tf.getBackend() !== 'wasm') throw new Error(`expected the wasm backend, got ${tf.getBackend()}`);
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('expected tfjs to use SIMD');
}

export interface TfjsBatch {
  readonly x: tf.Tensor2D;
  /** One-hot. */
  readonly y: tf.Tensor2D;
}

export function tfjsBatch(x: Float32Array, y: Int32Array, lot: Int32Array, inputs: number, outputs: number): TfjsBatch {
  const rows = new Float32Array(lot.length * inputs);
  const targets = new Float32Array(lot.length * outputs);
  for (const [m, row] of lot.entries()) {
    rows.set(x.subarray(row * inputs, (row + 1) * inputs), m * inputs);
    targets[m * outputs + y[row]!] = 1;
  }
  return { x: tf.tensor2d(rows, [lot.length, inputs]), y: tf.tensor2d(targets, [lot.length, outputs]) };
}

/** Ways to take one SGD step. `autodiff` and `fused` are the library's own training, `hand` is derived and tuned by hand. */
export const TFJS_WAYS = ['autodiff', 'fused', 'hand'] as const;
type TfjsWay = (typeof TFJS_WAYS)[number];

export interface TfjsMlp {
  step(way: TfjsWay, batch: TfjsBatch): void;
  /** DP-SGD as its users write it: a gradient per example by autodiff, clipped to `clip`, summed, noised, one step. */
  privateStep(batch: TfjsBatch, clip: number, sigma: number): void;
  parameters(): Float32Array;
  dispose(): void;
}

export function tfjsMlp(sizes: readonly [number, number, number], start: Float32Array, rate: number): TfjsMlp {
  const [inputs, width, outputs] = sizes;
  let at = 0;
  const take = (count: number): Float32Array => start.slice(at, (at += count));
  const w1 = tf.variable(tf.tensor2d(take(inputs * width), [inputs, width]));
  const b1 = tf.variable(tf.tensor1d(take(width)));
  const w2 = tf.variable(tf.tensor2d(take(width * outputs), [width, outputs]));
  const b2 = tf.variable(tf.tensor1d(take(outputs)));
  const variables = [w1, b1, w2, b2];
  const optimizer = tf.train.sgd(rate);

  const forward = (x: tf.Tensor2D): [tf.Tensor2D, tf.Tensor2D] => {
    const h = tf.fused.matMul({ a: x, b: w1, bias: b1, activation: 'relu' }) as tf.Tensor2D;
    return [h, tf.fused.matMul({ a: h, b: w2, bias: b2 }) as tf.Tensor2D];
  };
  const plainForward = (x: tf.Tensor2D): tf.Tensor2D =>
    tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x, w1), b1)) as tf.Tensor2D, w2), b2) as tf.Tensor2D;
  const loss = (z: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar => tf.losses.softmaxCrossEntropy(y, z) as tf.Scalar;
  const down = (variable: tf.Variable, gradient: tf.Tensor): void => variable.assign(tf.sub(variable, gradient));

  /** Explicit transposes, since a matMul with transposed arguments does not reach the fast path of this backend. */
  const hand = ({ x, y }: TfjsBatch): void => {
    const [h, z] = forward(x);
    const delta = tf.mul(tf.sub(tf.softmax(z), y), tf.scalar(rate / x.shape[0])) as tf.Tensor2D;
    const before = tf.mul(tf.matMul(delta, tf.transpose(w2)), tf.step(h)) as tf.Tensor2D;
    down(w2, tf.matMul(tf.transpose(h), delta));
    down(b2, tf.sum(delta, 0));
    down(w1, tf.matMul(tf.transpose(x), before));
    down(b1, tf.sum(before, 0));
  };
  const ways: Readonly<Record<TfjsWay, (batch: TfjsBatch) => void>> = {
    autodiff: ({ x, y }) => void optimizer.minimize(() => loss(plainForward(x), y), false, variables),
    fused: ({ x, y }) => void optimizer.minimize(() => loss(forward(x)[1], y), false, variables),
    hand: (batch) => tf.tidy(() => hand(batch)),
  };
  return {
    step: (way, batch) => ways[way](batch),
    privateStep: ({ x, y }, clip, sigma) =>
      tf.tidy(() => {
        const rows = x.shape[0];
        let sums: tf.Tensor[] = variables.map((variable) => tf.zeros(variable.shape));
        for (let m = 0; m < rows; m++) {
          const before = sums;
          sums = tf.tidy(() => {
            const [one, target] = [tf.slice2d(x, [m, 0], [1, -1]), tf.slice2d(y, [m, 0], [1, -1])];
            const { grads } = tf.variableGrads(() => loss(forward(one)[1], target), variables);
            const gradients = variables.map((variable) => grads[variable.name]!);
            const square = gradients.map((gradient) => tf.sum(tf.square(gradient))).reduce((a, b) => tf.add(a, b));
            const factor = tf.minimum(1, tf.div(clip, tf.sqrt(square)));
            return gradients.map((gradient, i) => tf.add(before[i]!, tf.mul(gradient, factor)));
          });
          tf.dispose(before);
        }
        for (const [i, variable] of variables.entries()) {
          const noised = sigma === 0 ? sums[i]! : tf.add(sums[i]!, tf.randomNormal(variable.shape, 0, sigma * clip));
          down(variable, tf.mul(noised, tf.scalar(rate / rows)));
        }
      }),
    parameters: () => Float32Array.from(variables.flatMap((variable) => [...variable.dataSync()])),
    dispose() {
      for (const variable of variables) variable.dispose();
      optimizer.dispose();
    },
  };
}
