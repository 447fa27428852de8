/**
 * A training run that is the same on every engine, for golden tests: seeded rows, 100 clipped steps and 20 plain ones, and one hash over
 * all results. Only exact operations outside the kernels, so a different hash means different kernel bits.
 */
import { flat, perceptron, planNetwork, valuesOf } from '#protocol/model/architecture';
import type { Loss, Model, ModelSpec, Numerics, Rows } from './numerics.ts';

/** A perceptron, abbreviated. */
export interface MlpSpec {
  /** [inputs, ...hidden, outputs] */
  readonly sizes: readonly number[];
  readonly activation: 'tanh' | 'relu';
  readonly loss: Loss;
}

export function openMlp(numerics: Numerics, spec: MlpSpec, maxLot: number): Model {
  return numerics.model(mlp(spec), maxLot);
}

const mlp = ({ sizes, activation, loss }: MlpSpec): ModelSpec => ({
  network: planNetwork(flat(sizes[0]!), perceptron(sizes, activation)),
  loss,
});

/** Every layer that takes pictures or sequences, in two small networks. */
const PICTURES: ModelSpec = {
  network: planNetwork({ height: 9, width: 7, channels: 3 }, [
    { kind: 'conv2d', inChannels: 3, outChannels: 12, kernel: [3, 3], stride: [1, 2], padding: [1, 0] },
    { kind: 'group-norm', groups: 3, channels: 12 },
    { kind: 'tanh' },
    {
      kind: 'residual',
      layers: [{ kind: 'depthwise-conv2d', channels: 12, kernel: [3, 3], stride: [1, 1], padding: [1, 1] }, { kind: 'gelu' }],
    },
    { kind: 'max-pool', kernel: [2, 2], stride: [2, 1] },
    { kind: 'dropout', rate: 0.25 },
    { kind: 'flatten' },
    { kind: 'dense', inputs: 96, outputs: 5 },
  ]),
  loss: 'cross-entropy',
};
const WORDS: ModelSpec = {
  network: planNetwork({ height: 1, width: 12, channels: 1 }, [
    { kind: 'embedding', vocabulary: 9, width: 6 },
    { kind: 'layer-norm', channels: 6 },
    { kind: 'conv2d', inChannels: 6, outChannels: 8, kernel: [1, 3], stride: [1, 1], padding: [0, 1] },
    { kind: 'relu' },
    { kind: 'avg-pool', kernel: [1, 12], stride: [1, 1] },
    { kind: 'dense', inputs: 8, outputs: 3 },
  ]),
  loss: 'huber',
};

/**
 * Networks to train, and the golden bits of the plain SIMD build. They change with the kernels' arithmetic; rounds must then pin another
 * kernel.
 */
export const SEEDED_RUNS = {
  perceptrons: {
    specs: [
      mlp({ sizes: [19, 33, 10, 5], activation: 'tanh', loss: 'cross-entropy' }),
      mlp({ sizes: [19, 12, 3], activation: 'relu', loss: 'mse' }),
    ],
    sha256: 'b345a6136cfec66ff422820fa9986e78704a8e2c5851b1eb207a4c47fb0c9c94',
  },
  layers: { specs: [PICTURES, WORDS], sha256: 'd35b246689a3fe6b876600227db5715dc10dc60fe33e352b9449487f880aff6c' },
} as const satisfies Record<string, { readonly specs: readonly ModelSpec[]; readonly sha256: string }>;
export type SeededRun = keyof typeof SEEDED_RUNS;
const ROWS = 150;
const GRID_BITS = 16;

/** @returns SHA-256 in hex */
export async function seededRun(numerics: Numerics, name: SeededRun): Promise<string> {
  const parts = SEEDED_RUNS[name].specs.flatMap((spec, i) => train(numerics, spec, uniform(i + 1)));
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Rows around per-class centres; targets that depend on the inputs. */
export function seededRows({ sizes, loss }: Pick<MlpSpec, 'sizes' | 'loss'>, count: number, draw: () => number): Rows {
  const [inputs, outputs] = [sizes[0]!, sizes.at(-1)!];
  const x = Float32Array.from({ length: count * inputs }, () => 2 * draw() - 1);
  if (loss !== 'cross-entropy') return { x, y: Float32Array.from({ length: count * outputs }, (_, i) => x[i % x.length]! + draw()) };
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

function train(numerics: Numerics, spec: ModelSpec, draw: () => number): Float32Array<ArrayBuffer>[] {
  const model = numerics.model(spec, ROWS);
  const { input, output, layers } = spec.network;
  const rows = seededRows({ sizes: [valuesOf(input), output.channels], loss: spec.loss }, ROWS, draw);
  // Integers from -2 to 10: some are not in the vocabulary.
  if (layers[0]!.kind === 'embedding') for (const [i, value] of rows.x.entries()) rows.x[i] = Math.floor(value * 6) + 4;
  const parameters = seededParameters(model.parameterCount, 0.4, draw);
  model.setParameters(parameters);
  for (let step = 0; step < 100; step++) {
    model.seedDropout(step);
    const lot = Int32Array.from({ length: ROWS }, (_, row) => row).filter(() => draw() < 0.3);
    const sum = model.clippedSum(rows, lot, { clip: 1, gridBits: GRID_BITS }).steps;
    for (const [i, steps] of sum.entries()) parameters[i]! -= steps / 2 ** (GRID_BITS + 6);
    model.setParameters(parameters);
  }
  const losses = Float32Array.from({ length: 20 }, (_, step) => model.sgdStep(rows, Int32Array.of(step, step + 20, step + 99), 0.05));
  const out = [parameters, losses, model.parameters(), model.forward(rows.x), Float32Array.of(model.evaluate(rows).loss)];
  model.free();
  return out;
}
