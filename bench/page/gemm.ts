/**
 * The contenders of `npm run prove -- bench:gemm`: C = A B in f32 by our dense kernel, both builds, and by tfjs-wasm's matMul, one thread.
 * The same file runs in a page and in Node. Ours gets B row by row and packs it into panels in every timed call; the peer may keep its
 * packing. Every product is checked against f64 before timing. Figures are the 20th percentile of short turns, for all contenders, to
 * measure the limit of the machine.
 */
import type { Kernels } from '#wasm/kernels';
import { uniform } from '#wasm/seeded-run.fixture';
import * as tf from '@tensorflow/tfjs-core';
import { alternate } from './alternate.ts';
import { startTfjs } from './tfjs-mlp.ts';

/** m x k times k x n; n a multiple of 8. */
export interface Shape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export interface Product extends Shape {
  /** By contender: plain, relaxed (if the engine has it), tfjs. */
  readonly gflops: Readonly<Record<string, number>>;
}

const SHAPES: readonly Shape[] = [
  { m: 64, k: 784, n: 128 },
  { m: 256, k: 256, n: 256 },
  { m: 512, k: 512, n: 512 },
];
const ERROR_MAX = 1e-5;

/** In a page. */
export async function run(origin: string): Promise<Product[]> {
  const read = async (name: string): Promise<ArrayBuffer> => (await fetch(`${origin}/wasm/${name}.wasm`)).arrayBuffer();
  return measureAll(read, `${origin}/tfjs/`);
}

export async function measureAll(read: (name: string) => Promise<BufferSource>, tfjsFiles: string): Promise<Product[]> {
  await startTfjs(tfjsFiles);
  const builds: [string, BufferSource][] = [
    ['plain', await read('core')],
    ['relaxed', await read('core-relaxed')],
  ];
  const products: Product[] = [];
  for (const shape of SHAPES) products.push(await measure(shape, builds));
  return products;
}

async function measure(shape: Shape, builds: readonly [string, BufferSource][]): Promise<Product> {
  const { m, k, n } = shape;
  const draw = uniform(m + n);
  const a = Float32Array.from({ length: m * k }, () => 2 * draw() - 1);
  const b = Float32Array.from({ length: k * n }, () => 2 * draw() - 1);
  const contenders: Record<string, () => void> = {};
  for (const [name, bytes] of builds) {
    if (!WebAssembly.validate(bytes)) continue;
    const { multiply, result } = await kernelProduct(bytes, shape, a, b);
    multiply();
    check(name, shape, a, b, result());
    contenders[name] = multiply;
  }
  const [left, right] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
  const product = tf.matMul(left, right);
  check('tfjs', shape, a, b, (await product.data()) as Float32Array);
  product.dispose();
  contenders['tfjs'] = () => tf.matMul(left, right).dispose();
  const ms = alternate(contenders, { turns: 100, turnMs: 3, quantile: 0.2 });
  left.dispose();
  right.dispose();
  const gflops = Object.entries(ms).map(([name, value]) => [name, (2e-6 * m * k * n) / value] as const);
  return { ...shape, gflops: Object.fromEntries(gflops) };
}

async function kernelProduct(
  bytes: BufferSource,
  { m, k, n }: Shape,
  a: Float32Array,
  b: Float32Array,
): Promise<{ multiply: () => void; result: () => Float32Array }> {
  const environment = { env: { abort: () => void 0 } };
  const kernels = (await WebAssembly.instantiate(await WebAssembly.compile(bytes), environment)).exports as unknown as Kernels;
  const aAt = Math.ceil(kernels.heapBase() / 64) * 64;
  const bAt = aAt + 4 * m * k;
  const panelsAt = bAt + 4 * k * n;
  const cAt = panelsAt + 4 * k * n;
  const scratch = cAt + 4 * m * n;
  kernels.memory.grow(Math.ceil((scratch + kernels.scratchBytes() - kernels.memory.buffer.byteLength) / 65_536));
  const buffer = kernels.memory.buffer;
  new Float32Array(buffer, aAt, m * k).set(a);
  new Float32Array(buffer, bAt, k * n).set(b);
  const multiply = (): void => {
    kernels.toPanels(k, n, bAt, panelsAt);
    kernels.dense(m, k, aAt, 4 * k, panelsAt, n / 8, cAt, 4 * n, scratch);
  };
  return { multiply, result: () => new Float32Array(buffer, cAt, m * n) };
}

/** Checks some rows and every column. @throws Error for a product that is not A B */
function check(name: string, { m, k, n }: Shape, a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let row = 0; row < m; row += 37) {
    for (let column = 0; column < n; column++) {
      let [sum, size] = [0, 0];
      for (let i = 0; i < k; i++) {
        const term = a[row * k + i]! * b[i * n + column]!;
        sum += term;
        size += Math.abs(term);
      }
      const error = Math.abs(c[row * n + column]! - sum);
      if (!(error <= ERROR_MAX * size)) throw new Error(`${name}: expected ${sum} at ${row}, ${column}, got ${c[row * n + column]}`);
    }
  }
}
