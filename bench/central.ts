/**
 * One data set in one place: training with the engine, without privacy or under (epsilon, delta) by DP-SGD like a federation of one:
 * Poisson lots, exact clipping on the grid, exact discrete noise, a public divisor. Used by accuracy.ts and tune-central.ts.
 */
import type { Layer } from '#protocol/model/layers';
import { initialState } from '#protocol/model/state';
import { planNetwork, type Shape } from '#protocol/model/architecture';
import { applyStep } from '#protocol/robust/optimizer';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import { poissonLot } from '#protocol/privacy/noise/poisson';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { epsilonOf } from '#protocol/privacy/rdp';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { exactNoise } from '#workers/trainer/exact-noise';
import type { TrainingRows } from '#workers/training-rows';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from './seeded-bytes.ts';

/** Steps of the grid per clip norm. */
const GRID_BITS = 16;
export const DELTA = 1e-5;

export interface Recipe {
  /** Expected rows of a lot (Poisson), or the rows of a batch (without privacy). */
  readonly lot: number;
  readonly epochs: number;
  readonly rule: Omit<ManifestBody['rule'], 'kind'>;
  /** C */
  readonly clip: number;
  /** The share of last steps whose parameters are averaged into the model; 0: only the last parameters. */
  readonly average?: number;
  /** Maximum shift of a picture in pixels, drawn anew at each use. Its gradient is still that of one row. */
  readonly shift?: number;
}

export interface Trained {
  /** On the judging rows. */
  readonly accuracy: number;
  /** The accountant's figure for the noise that was used; Infinity without noise. */
  readonly epsilon: number;
  readonly sigma: number;
}

export interface Problem {
  readonly input: Shape;
  readonly layers: readonly Layer[];
  readonly train: TrainingRows;
  readonly test: TrainingRows;
}

/** @param epsilon Infinity for no privacy */
export function trainCentral(
  numerics: Numerics,
  { input, layers, train, test }: Problem,
  recipe: Recipe,
  epsilon: number,
  seed: string,
): Trained {
  const network = planNetwork(input, layers);
  const model = numerics.model({ network, loss: 'cross-entropy' }, recipe.lot);
  const n = train.y.length;
  const rate = Math.min(1, recipe.lot / n);
  const rounds = Math.max(1, Math.round(recipe.epochs / rate));
  const sigma = epsilon === Infinity ? 0 : sigmaByRenyi({ epsilon, delta: DELTA, rate, rounds });
  const noiseVariance = ((sigma * recipe.clip) / recipe.lot) ** 2;
  const random = seededBytes(`central/${seed}`);
  const noise = exactNoise(numerics);
  const rule = { kind: 'mean', ...recipe.rule } as const;
  const d = network.parameterCount;
  const first = initialState(network, seed);
  let state = { ...first, variance: new Float32Array(d), applied: 0 };
  const [steps, noised] = [new Int32Array(d), new Int32Array(d)];
  const averageFrom = Math.floor(rounds * (1 - (recipe.average ?? 0)));
  const sum = new Float64Array(d);
  const words = new RandomWords(random);
  const view = (lot: Int32Array): { rows: TrainingRows; lot: Int32Array } =>
    recipe.shift === undefined ? { rows: train, lot } : shifted(train, lot, input, recipe.shift, words);
  const batches = epsilon === Infinity ? shuffledBatches(n, recipe.lot, words) : undefined;
  for (let round = 0; round < rounds; round++) {
    model.setParameters(state.parameters);
    model.seedDropout(round);
    let gradient: Float64Array;
    if (batches !== undefined) {
      const batch = view(batches());
      gradient = Float64Array.from(model.gradient(batch.rows, batch.lot).gradient);
    } else {
      const { rows, lot } = view(poissonLot(n, rate, new RandomWords(random)));
      model.clippedSum(rows, lot, { clip: recipe.clip, gridBits: GRID_BITS }, steps);
      noise.add(steps, sigmaOnGrid(sigma, GRID_BITS), random, noised);
      gradient = Float64Array.from(noised, (value) => (value * recipe.clip) / 2 ** GRID_BITS / recipe.lot);
    }
    state = { ...state, ...applyStep(state, gradient, rule, noiseVariance, rounds) };
    if (round >= averageFrom) for (let i = 0; i < d; i++) sum[i]! += state.parameters[i]!;
  }
  const last = averageFrom < rounds ? Float32Array.from(sum, (value) => value / (rounds - averageFrom)) : state.parameters;
  model.setParameters(last);
  const { accuracy } = model.evaluate(test);
  model.free();
  noise.release();
  return { accuracy, sigma, epsilon: epsilon === Infinity ? Infinity : epsilonOf([{ rate, sigma, rounds }], DELTA).epsilon };
}

/** Every row once per epoch, in a new random order each time. */
function shuffledBatches(n: number, size: number, words: RandomWords): () => Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let at = n;
  return () => {
    if (at >= n) {
      shuffle(order, words);
      at = 0;
    }
    const batch = order.slice(at, at + size);
    at += size;
    return batch;
  };
}

/** The pictures of a lot, each shifted by whole pixels and padded with zeros. */
function shifted(
  { x, y }: TrainingRows,
  lot: Int32Array,
  { height, width, channels }: Shape,
  most: number,
  words: RandomWords,
): { rows: TrainingRows; lot: Int32Array } {
  const size = height * width * channels;
  const pictures = new Float32Array(lot.length * size);
  for (const [i, row] of lot.entries()) {
    const [down, right] = [words.below(2 * most + 1) - most, words.below(2 * most + 1) - most];
    const [left, columns] = [Math.max(0, right), width - Math.abs(right)];
    for (let to = Math.max(0, down); to < Math.min(height, height + down); to++) {
      const from = row * size + ((to - down) * width + Math.max(0, -right)) * channels;
      pictures.set(x.subarray(from, from + columns * channels), i * size + (to * width + left) * channels);
    }
  }
  return { rows: { x: pictures, y: Int32Array.from(lot, (row) => y[row]!) }, lot: Int32Array.from(lot.keys()) };
}
