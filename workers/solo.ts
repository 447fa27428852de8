/**
 * The honest rival of the mesh: the best model that one member trains alone, without differential privacy, on the rows that stay
 * at home anyway. Joining is worth something only where the mesh beats it, and the page says so where it does not.
 * Mini-batch SGD with heavy-ball momentum and weight decay; the better of the federation's network and a logistic regression, each at
 * two step sizes, by accuracy on a fifth of the member's own rows. No test set takes part in a choice.
 */
import { MeshError } from '#protocol/errors';
import { networkOf, type ManifestBody } from '#protocol/manifest';
import { initialState } from '#protocol/model';
import { multiplicationsAnExample } from '#protocol/network';
import { RandomWords, type RandomBytes } from '#protocol/privacy/random-words';
import { classesOf } from '#protocol/task';
import type { Model, Numerics } from '#wasm/numerics';
import { fittingModel } from './fitting-model.ts';
import { softmaxRows } from './softmax.ts';
import type { TrainingRows } from './trainer.ts';

/** Fixed before any comparison: usual values for small tables, good enough that more epochs or other values gain little. */
const BATCH = 32;
const MOMENTUM = 0.9;
const WEIGHT_DECAY = 5e-4;
const STEPS = [0.02, 0.1];
/** Batches of one training, kept between these numbers of epochs. */
const BATCHES_GOAL = 1200;
const EPOCHS_MIN = 5;
const EPOCHS_MAX = 60;
/** Rows kept aside to choose between candidates; below HELD_OUT_MIN of them the choice would be luck. */
const HELD_OUT_SHARE = 0.2;
const HELD_OUT_MIN = 10;
/** The hidden layer of the rival where the federation's own model has none. */
const HIDDEN_DEFAULT = [32];

interface Candidate {
  readonly kind: SoloModel['kind'];
  readonly model: ManifestBody['model'];
  readonly step: number;
}

export interface SoloModel {
  readonly kind: 'network' | 'logistic';
  /** Step size that was chosen. */
  readonly step: number;
  /** Fraction of rows whose class is guessed right. */
  accuracy(rows: TrainingRows): number;
  /** @param x rows x inputs. @returns rows x classes, each row sums to 1 */
  probabilities(x: Float32Array): Float32Array<ArrayBuffer>;
  close(): void;
}

/**
 * @param rows at least one row; they are not changed
 * @param random orders the rows; the result depends on it and the arguments alone
 * @throws MeshError rows-too-few, model-too-large
 */
export function trainSolo(numerics: Numerics, manifest: ManifestBody, rows: TrainingRows, random: RandomBytes): SoloModel {
  const n = rows.y.length;
  if (n === 0) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
  const words = new RandomWords(random);
  const order = shuffled(
    Int32Array.from({ length: n }, (_, i) => i),
    words,
  );
  const held = Math.floor(n * HELD_OUT_SHARE);
  const candidates = candidatesOf(manifest.model);
  let best = candidates[0]!;
  if (held >= HELD_OUT_MIN) {
    const mine = order.slice(held);
    const aside = pick(rows, order.subarray(0, held));
    let top = -1;
    for (const candidate of candidates) {
      const model = train(numerics, manifest, candidate, rows, mine, words);
      const { accuracy } = model.evaluate(aside);
      model.free();
      if (accuracy > top) [top, best] = [accuracy, candidate];
    }
  }
  const model = train(numerics, manifest, best, rows, order, words);
  return {
    kind: best.kind,
    step: best.step,
    accuracy: (test) => model.evaluate(test).accuracy,
    probabilities: (x) => softmaxRows(model.forward(x), classesOf(manifest.task).length),
    close: () => model.free(),
  };
}

function candidatesOf(own: ManifestBody['model']): Candidate[] {
  const plain: ManifestBody['model'] = { kind: 'mlp', hidden: [], activation: 'tanh', seed: own.seed };
  const rival = own.kind === 'mlp' && own.hidden.length === 0 ? { ...own, hidden: [...HIDDEN_DEFAULT] } : own;
  return STEPS.flatMap((step) => [
    { kind: 'logistic' as const, model: plain, step },
    { kind: 'network' as const, model: rival, step },
  ]);
}

function epochsOf(rows: number): number {
  return Math.min(EPOCHS_MAX, Math.max(EPOCHS_MIN, Math.ceil((BATCHES_GOAL * BATCH) / rows)));
}

/** What may be trained although nobody asked: a second or two of one core. */
const UNASKED_WORK_MAX = 4e9;
/** Multiplications for each parameter that a batch takes beside those of its rows: an embedding has many that no row multiplies. */
const STEP_WORK = 4;

/**
 * Multiplications of all forward passes that trainSolo trains by, the costliest candidate taken for the chosen one; with them grows all
 * else that it does.
 */
export function soloWork(manifest: ManifestBody, rows: number): number {
  if (rows === 0) return 0;
  const rowWork = candidatesOf(manifest.model).map(({ model }) => {
    const network = networkOf({ task: manifest.task, model });
    return multiplicationsAnExample(network) + (STEP_WORK * network.parameterCount) / BATCH;
  });
  const held = Math.floor(rows * HELD_OUT_SHARE);
  const last = epochsOf(rows) * rows;
  // Where nothing is kept aside to choose by, the first is taken.
  if (held < HELD_OUT_MIN) return last * rowWork[0]!;
  return last * Math.max(...rowWork) + epochsOf(rows - held) * (rows - held) * rowWork.reduce((sum, work) => sum + work, 0);
}

/** @param judged rows that the model alone and one of the mesh are judged on */
export function takesLong(manifest: ManifestBody, rows: number, judged: number): boolean {
  return soloWork(manifest, rows) + 2 * judged * multiplicationsAnExample(networkOf(manifest)) > UNASKED_WORK_MAX;
}

function train(
  numerics: Numerics,
  manifest: ManifestBody,
  { model: described, step }: Candidate,
  rows: TrainingRows,
  mine: Int32Array,
  words: RandomWords,
): Model {
  const network = networkOf({ task: manifest.task, model: described });
  const model = fittingModel(numerics, { network, loss: 'cross-entropy' }, BATCH);
  const { parameters, momentum } = initialState(network, described.seed);
  const epochs = epochsOf(mine.length);
  const gradient = new Float32Array(network.parameterCount);
  const order = mine.slice();
  let batch = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffled(order, words);
    for (let at = 0; at < order.length; at += BATCH) {
      model.seedDropout(batch++);
      model.setParameters(parameters);
      model.gradient(rows, order.subarray(at, at + BATCH), gradient);
      momentumStep(parameters, momentum, gradient, step);
    }
  }
  model.setParameters(parameters);
  return model;
}

function momentumStep(parameters: Float32Array, momentum: Float32Array, gradient: Float32Array, step: number): void {
  for (let i = 0; i < parameters.length; i++) {
    momentum[i] = MOMENTUM * momentum[i]! + step * (gradient[i]! + WEIGHT_DECAY * parameters[i]!);
    parameters[i]! -= momentum[i]!;
  }
}

/** Fisher and Yates, in place. */
function shuffled(order: Int32Array, words: RandomWords): Int32Array {
  for (let i = order.length - 1; i > 0; i--) {
    const j = words.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function pick({ x, y }: TrainingRows, order: Int32Array): TrainingRows {
  const width = x.length / y.length;
  const picked = { x: new Float32Array(order.length * width), y: new Int32Array(order.length) };
  for (const [i, row] of order.entries()) {
    picked.x.set(x.subarray(row * width, (row + 1) * width), i * width);
    picked.y[i] = y[row]!;
  }
  return picked;
}
