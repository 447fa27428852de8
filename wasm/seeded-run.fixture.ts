/**
 * A training run that is the same on every engine, for golden tests: seeded rows, 100 clipped steps and 20 plain ones, and one
 * hash over all that came out. Only exact operations outside the kernels, so a different hash means different kernel bits.
 */
import { flat, perceptron, planNetwork } from '#protocol/network';
import type { Loss, Model, Numerics, Rows } from './numerics.ts';

/** A perceptron in short. */
export interface MlpSpec {
  /** [inputs, ...hidden, outputs] */
  readonly sizes: readonly number[];
  readonly activation: 'tanh' | 'relu';
  readonly loss: Loss;
}

export function openMlp(numerics: Numerics, { sizes, activation, loss }: MlpSpec, maxLot: number): Model {
  return numerics.model({ network: planNetwork(flat(sizes[0]!), perceptron(sizes, activation)), loss }, maxLot);
}

/** Of the plain SIMD build. It changes when kernel arithmetic changes, and then rounds pin another kernel too. */
export const SEEDED_RUN_SHA256 = '6f27d4d6409084d5089423beba033977ab5f953fd56902ceb84d8acb6ef19ffa';

const SPECS: readonly MlpSpec[] = [
  { sizes: [19, 33, 10, 5], activation: 'tanh', loss: 'cross-entropy' },
  { sizes: [19, 12, 3], activation: 'relu', loss: 'mse' },
];
const ROWS = 150;
const GRID_BITS = 16;

/** @returns SHA-256 in hex */
export async function seededRun(numerics: Numerics): Promise<string> {
  const parts = SPECS.flatMap((spec, i) => train(numerics, spec, uniform(i + 1)));
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Rows around per-class centres; targets that the inputs say something about. */
export function seededRows(spec: MlpSpec, count: number, draw: () => number): Rows {
  const [inputs, outputs] = [spec.sizes[0]!, spec.sizes.at(-1)!];
  const x = Float32Array.from({ length: count * inputs }, () => 2 * draw() - 1);
  if (spec.loss === 'mse') return { x, y: Float32Array.from({ length: count * outputs }, (_, i) => x[i % x.length]! + draw()) };
  const y = Int32Array.from({ length: count }, () => Math.floor(draw() * outputs));
  for (const [row, label] of y.entries()) x[row * inputs + (label % inputs)]! += 1;
  return { x, y };
}

/** Uniform in [-limit, limit). */
export function seededParameters(count: number, limit: number, draw: () => number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => (2 * draw() - 1) * limit);
}

/** Uniform doubles in [0, 1) from a 32-bit xorshift (Marsaglia 2003). Not for anything secret. */
export function uniform(seed: number): () => number {
  let word = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) / 2 ** 32;
  };
}

function train(numerics: Numerics, spec: MlpSpec, draw: () => number): Float32Array<ArrayBuffer>[] {
  const mlp = openMlp(numerics, spec, ROWS);
  const rows = seededRows(spec, ROWS, draw);
  const parameters = seededParameters(mlp.parameterCount, 0.4, draw);
  mlp.setParameters(parameters);
  for (let step = 0; step < 100; step++) {
    const lot = Int32Array.from({ length: ROWS }, (_, row) => row).filter(() => draw() < 0.3);
    const sum = mlp.clippedSum(rows, lot, { clip: 1, gridBits: GRID_BITS }).steps;
    for (const [i, steps] of sum.entries()) parameters[i]! -= steps / 2 ** (GRID_BITS + 6);
    mlp.setParameters(parameters);
  }
  const losses = Float32Array.from({ length: 20 }, (_, step) => mlp.sgdStep(rows, Int32Array.of(step, step + 20, step + 99), 0.05));
  const out = [parameters, losses, mlp.parameters(), mlp.forward(rows.x), Float32Array.of(mlp.evaluate(rows).loss)];
  mlp.free();
  return out;
}
