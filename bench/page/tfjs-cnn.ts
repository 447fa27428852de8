/**
 * The bench's peers for convolutions: the same small network on the tfjs backends that can train one in a browser. Batches are tensors
 * before timing starts.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import type { Network } from '#protocol/model/architecture';

export type TfjsBackend = 'cpu' | 'webgl' | 'wasm';

/** @throws Error if this machine has no such backend */
export async function useBackend(name: TfjsBackend): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`expected a backend ${name}, got none`);
  await tf.ready();
  if (tf.getBackend() !== name) throw new Error(`expected the backend ${name}, got ${tf.getBackend()}`);
}

export interface TfjsCnn {
  /** One SGD step by autodiff; resolves when its loss has been computed. */
  step(): Promise<number>;
  parameters(): Promise<Float32Array>;
  dispose(): void;
}

/** Supports only the layers of the bench's network. @param start d parameters in the network's order */
export function tfjsCnn(network: Network, start: Float32Array, x: Float32Array, y: Int32Array, rate: number): TfjsCnn {
  const { height, width, channels } = network.input;
  const rows = y.length;
  const images = tf.tensor4d(x, [rows, height, width, channels]);
  const targets = tf.oneHot(tf.tensor1d(y, 'int32'), network.output.channels);
  const variables = network.tensors.map(({ shape, offset, length }) =>
    tf.variable(tf.tensor(start.slice(offset, offset + length), [...shape])),
  );
  const optimizer = tf.train.sgd(rate);

  const forward = (): tf.Tensor2D => {
    let [value, at]: [tf.Tensor, number] = [images, 0];
    const next = (): tf.Variable => variables[at++]!;
    for (const layer of network.layers) {
      switch (layer.kind) {
        case 'conv2d': {
          const [padY, padX] = layer.padding;
          const padded = tf.pad(value as tf.Tensor4D, [[0, 0], [padY, padY], [padX, padX], [0, 0]]); // prettier-ignore
          value = tf.add(tf.conv2d(padded, next() as tf.Variable<tf.Rank.R4>, [...layer.stride], 'valid'), next());
          break;
        }
        case 'max-pool':
          value = tf.maxPool(value as tf.Tensor4D, [...layer.kernel], [...layer.stride], 'valid');
          break;
        case 'tanh':
          value = tf.tanh(value);
          break;
        case 'flatten':
          value = tf.reshape(value, [rows, -1]);
          break;
        case 'dense':
          value = tf.add(tf.matMul(value as tf.Tensor2D, next() as tf.Variable<tf.Rank.R2>), next());
          break;
        default:
          throw new Error(`expected a layer of the bench's network, got ${layer.kind}`);
      }
    }
    return value as tf.Tensor2D;
  };
  return {
    async step() {
      const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, forward()) as tf.Scalar, true, variables)!;
      const [value] = await loss.data();
      // Also waits for the update, which a GPU may still be computing.
      await variables[0]!.data();
      loss.dispose();
      return value!;
    },
    parameters: async () => Float32Array.from((await Promise.all(variables.map((variable) => variable.data()))).flatMap((v) => [...v])),
    dispose() {
      for (const tensor of [...variables, images, targets]) tensor.dispose();
      optimizer.dispose();
    },
  };
}
