/**
 * The bench's other peer: the same MLP on @jax-js/jax, wasm backend, jit over grad and the update, as in its tutorial. It runs in two ways:
 * kernels called in this thread one after the other, or in a pool of workers over shared memory. Batches are arrays before timing starts.
 */
import { defaultDevice, grad, init, jit, nn, numpy as np, tree } from '@jax-js/jax';

type Parameters = [w1: np.Array, b1: np.Array, w2: np.Array, b2: np.Array];

export interface JaxBatch {
  readonly x: np.Array;
  /** One-hot. */
  readonly y: np.Array;
}

export interface JaxMlp {
  /** In this thread. */
  step(batch: JaxBatch): void;
  /** On its pool of workers; resolves once the new parameters are ready. */
  stepInPool(batch: JaxBatch): Promise<void>;
  parameters(): Float32Array;
  dispose(): void;
}

/** @throws Error if its wasm backend does not start */
export async function startJax(): Promise<void> {
  const devices = await init('wasm');
  if (!devices.includes('wasm')) throw new Error(`expected the wasm backend of jax-js, got ${devices.join(', ')}`);
  defaultDevice('wasm');
}

export function jaxBatch(x: Float32Array, y: Int32Array, lot: Int32Array, inputs: number, outputs: number): JaxBatch {
  const rows = new Float32Array(lot.length * inputs);
  const targets = new Float32Array(lot.length * outputs);
  for (const [m, row] of lot.entries()) {
    rows.set(x.subarray(row * inputs, (row + 1) * inputs), m * inputs);
    targets[m * outputs + y[row]!] = 1;
  }
  return { x: np.array(rows).reshape([lot.length, inputs]), y: np.array(targets).reshape([lot.length, outputs]) };
}

/** Its functions take ownership of arrays: `ref` adds an owner. */
function loss([w1, b1, w2, b2]: Parameters, x: np.Array, y: np.Array): np.Array {
  const rows = x.shape[0]!;
  const z = np.dot(nn.relu(np.dot(x, w1).add(b1)), w2).add(b2);
  return np.sum(nn.logSoftmax(z, 1).mul(y)).mul(-1 / rows);
}

export function jaxMlp(sizes: readonly [number, number, number], start: Float32Array, rate: number): JaxMlp {
  const [inputs, width, outputs] = sizes;
  let at = 0;
  const take = (...shape: number[]): np.Array => np.array(start.slice(at, (at += shape.reduce((a, b) => a * b)))).reshape(shape);
  let parameters: Parameters = [take(inputs, width), take(width), take(width, outputs), take(outputs)];
  const update = jit((before: Parameters, x: np.Array, y: np.Array): Parameters => {
    const gradients = grad(loss)(tree.ref(before), x, y) as Parameters;
    return before.map((value, i) => value.sub(gradients[i]!.mul(rate))) as Parameters;
  });
  const next = ({ x, y }: JaxBatch): void => {
    parameters = update(parameters, x.ref, y.ref) as Parameters;
  };
  return {
    step(batch) {
      next(batch);
      // All outputs come from one list of kernels, so reading the shortest runs them all.
      parameters[3].ref.dataSync();
    },
    async stepInPool(batch) {
      next(batch);
      await parameters[3].blockUntilReady();
      await parameters[0].blockUntilReady();
    },
    parameters: () => Float32Array.from(parameters.flatMap((tensor) => [...(tensor.ref.dataSync() as Float32Array)])),
    dispose: () => tree.dispose(parameters),
  };
}
