/**
 * Methods to learn from a member's own rows, each tried on folds of them and then fitted to all: a linear model with the best of a few
 * penalties, fitted to convergence, a network that stops early, and the constant. solo.ts chooses among them.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { networkOf } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { multiplicationsAnExample } from '#protocol/model/architecture';
import { shuffle, type RandomWords } from '#protocol/privacy/noise/random-words';
import type { Model, Numerics } from '#wasm/numerics';
import { AHEAD, standardErrorsAhead } from './ahead.ts';
import { fittingModel } from '../trainer/fitting-model.ts';
import { unitsHeld, type Fold } from './folds.ts';
import { fitLinear, linearOutputs, sparseRows, type LinearModel } from './linear-fit.ts';
import { pickRows } from '../loader/hold-out.ts';
import type { SoloRows } from './solo-rows.ts';

export interface Fitted {
  /** @param x rows x inputs @returns rows x outputs */
  outputs(x: Float32Array): Float32Array<ArrayBuffer>;
  close(): void;
}

/** A method's results on rows that it was not trained on. */
export interface Tried {
  readonly kind: 'constant' | 'linear' | 'network';
  /** All rows x outputs; meaningless for rows that were never held out. */
  readonly held: Float32Array<ArrayBuffer>;
  /** Fits all rows with the best settings found. */
  refit(): Fitted;
  /** Multiplications so far, in units of a compiled model's forward pass. */
  work(): number;
}

/**
 * Penalties, as multiples of 1 / rows, from strong to weak: each fit starts where the last ended. 1 is the default of many tools (their C =
 * 1).
 */
const STRENGTHS = [100, 30, 10, 3, 1, 0.3, 0.1];
/** Used without evidence for another one. */
const STRENGTH_USUAL = 3;
/** Strengths that may be worse than the best before weaker ones are skipped. */
const WORSE_MAX = 2;
const SLOPE_TO_CHOOSE = 1e-3;
const SLOPE_AT_LAST = 1e-5;
/** Cost of one multiplication of the linear fit: plain float64, forward and back, against compiled float32 four at a time. */
const LINEAR_WORK = 8;
/** Measured passes over the rows per strength, mostly an overestimate; only `linearWork` uses them. */
const PASSES_TO_CHOOSE = 20;
const PASSES_AT_LAST = 120;

/** The baseline: the median, or each class by its frequency. */
export function tryConstant(rows: SoloRows, folds: readonly Fold[]): Tried {
  const { outputs: k } = rows;
  const held = new Float32Array(rows.count * k);
  for (const fold of folds) {
    const row = rows.constant(fold.train);
    for (const at of fold.held) held.set(row, at * k);
  }
  return {
    kind: 'constant',
    held,
    refit() {
      const row = rows.constant(allOf(rows.count));
      return { outputs: (x) => Float32Array.from({ length: (x.length / rows.sparse.width) * k }, (_, i) => row[i % k]!), close: () => {} };
    },
    work: () => 0,
  };
}

export function tryLinear(rows: SoloRows, folds: readonly Fold[]): Tried {
  const { sparse, linear, outputs: k } = rows;
  let passes = 0;
  const fit = (lot: Int32Array, strength: number, slopeMax: number, start?: LinearModel) => {
    const fitted = fitLinear(sparse, lot, linear, { l2: strength / lot.length, slopeMax, start });
    passes += fitted.passes * lot.length;
    return fitted;
  };
  const tries: PenaltyTried[] = [];
  let least = Infinity;
  let starts: readonly (LinearModel | undefined)[] = folds.map(() => undefined);
  let worse = 0;
  for (const strength of folds.length === 0 ? [] : STRENGTHS) {
    const fits = folds.map(({ train }, i) => fit(train, strength, SLOPE_TO_CHOOSE, starts[i]));
    const held = new Float32Array(rows.count * k);
    for (const [i, fold] of folds.entries()) place(held, linearOutputs(fits[i]!, sparse, fold.held), fold.held, k);
    const losses = lossesOn(rows, folds, held);
    const loss = sumOf(losses);
    tries.push({ strength, held, losses, loss });
    if (loss < least) [least, worse] = [loss, 0];
    else if (++worse === WORSE_MAX) break;
    starts = fits;
  }
  const chosen = nearUsual(tries, rows, folds) ?? { strength: STRENGTH_USUAL, held: new Float32Array(rows.count * k) };
  return {
    kind: 'linear',
    held: chosen.held,
    refit() {
      const model = fit(allOf(rows.count), chosen.strength, SLOPE_AT_LAST);
      return {
        outputs: (x) => linearOutputs(model, sparseRows(x, sparse.width), allOf(x.length / sparse.width)),
        close: () => {},
      };
    },
    work: () => (LINEAR_WORK * passes * k * sparse.values.length) / Math.max(1, rows.count),
  };
}

interface PenaltyTried {
  readonly strength: number;
  /** All rows x outputs. */
  readonly held: Float32Array<ArrayBuffer>;
  /** Of held-out rows, and their sum. */
  readonly losses: readonly number[];
  readonly loss: number;
}

/**
 * Between the usual penalty and the one with the least loss, the first that is not worse than that by more than chance: with few rows the
 * least loss often belongs to a penalty that is far too strong or too weak. Undefined if none was tried.
 */
function nearUsual(tries: readonly PenaltyTried[], rows: SoloRows, folds: readonly Fold[]): PenaltyTried | undefined {
  const best = tries.reduce((least, { loss }, i) => (loss < tries[least]!.loss ? i : least), 0);
  const found = tries.findIndex(({ strength }) => strength <= STRENGTH_USUAL);
  let at = found < 0 ? tries.length - 1 : found;
  const units = unitsHeld(rows, folds);
  while (at !== best && standardErrorsAhead(tries[best]!.losses, tries[at]!.losses, units) > AHEAD) at += Math.sign(best - at);
  return tries[at];
}

/** What `tryLinear` and its refit take, nearly at most. @param folds 0 if there are too few rows to choose by */
export function linearWork(rows: number, inputs: number, outputs: number, folds: number, share: number): number {
  const choosing = STRENGTHS.length * PASSES_TO_CHOOSE * folds * (1 - share) * rows;
  return LINEAR_WORK * (choosing + PASSES_AT_LAST * rows) * inputs * outputs;
}

/** Usual values (Kingma and Ba 2015; Loshchilov and Hutter 2019), fixed before any comparison; a cosine lowers the step to nothing. */
const BATCH = 32;
const STEP = 0.005;
const [MEAN_DECAY, SQUARE_DECAY, TINY] = [0.9, 0.999, 1e-8];
const WEIGHT_DECAY = 0.05;
/** Batches of one training, within these numbers of epochs. */
const BATCHES_GOAL = 1200;
const EPOCHS_MIN = 5;
const EPOCHS_MAX = 200;
/** How often a training is evaluated: it may stop at each of these. */
const LOOKS = 10;
/** Multiplications per parameter of a batch, besides those of its rows: an embedding has many parameters that no row multiplies. */
const STEP_WORK = 8;

/**
 * @param described the network, with the task's inputs and outputs
 * @param folds at least one
 * @throws MeshError model-too-large
 */
export function tryNetwork(
  numerics: Numerics,
  manifest: ManifestBody,
  described: ManifestBody['model'],
  rows: SoloRows,
  folds: readonly Fold[],
  words: RandomWords,
): Tried {
  const network = networkOf({ task: manifest.task, model: described });
  const each = multiplicationsAnExample(network) + (STEP_WORK * network.parameterCount) / BATCH;
  let work = 0;
  const open = () => fittingModel(numerics, { network, loss: rows.network }, BATCH);
  const k = rows.outputs;
  const looks = Array.from({ length: LOOKS }, () => new Float32Array(rows.count * k));
  for (const { train, held } of folds) {
    const model = open();
    const { x } = pickRows(rows, held);
    work +=
      each *
      train.length *
      trainNetwork(model, rows, described.seed, train, words, LOOKS, (look) => {
        place(looks[look]!, model.forward(x), held, k);
      });
    model.free();
  }
  const losses = looks.map((held) => sumOf(lossesOn(rows, folds, held)));
  const best = losses.indexOf(Math.min(...losses));
  return {
    kind: 'network',
    held: looks[Math.max(0, best)]!,
    refit() {
      const model = open();
      const all = allOf(rows.count);
      work += each * rows.count * trainNetwork(model, rows, described.seed, all, words, Math.max(0, best) + 1, () => {});
      return { outputs: (x) => model.forward(x), close: () => model.free() };
    },
    work: () => work,
  };
}

/** What `tryNetwork` takes, and its refit at most. */
export function networkWork(rows: number, manifest: ManifestBody, described: ManifestBody['model'], folds: number, share: number): number {
  const network = networkOf({ task: manifest.task, model: described });
  const each = multiplicationsAnExample(network) + (STEP_WORK * network.parameterCount) / BATCH;
  const train = (1 - share) * rows;
  return each * (folds * train * epochsOf(train) + rows * epochsOf(rows));
}

function epochsOf(rows: number): number {
  return Math.min(EPOCHS_MAX, Math.max(EPOCHS_MIN, Math.ceil((BATCHES_GOAL * BATCH) / rows)));
}

/** @param until the evaluation after which it stops @returns epochs that it took */
function trainNetwork(
  model: Model,
  rows: SoloRows,
  seed: string,
  lot: Int32Array,
  words: RandomWords,
  until: number,
  look: (number: number) => void,
): number {
  const { parameters } = initialState(model.spec.network, seed);
  const count = parameters.length;
  const [means, squares, gradient] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  const order = lot.slice();
  const perEpoch = Math.ceil(order.length / BATCH);
  const batches = epochsOf(order.length) * perEpoch;
  let looked = 0;
  for (let batch = 0; batch < batches && looked < until; batch++) {
    const at = (batch % perEpoch) * BATCH;
    if (at === 0) shuffle(order, words);
    model.seedDropout(batch);
    model.setParameters(parameters);
    model.gradient(rows, order.subarray(at, at + BATCH), gradient);
    const step = (STEP * (1 + Math.cos((Math.PI * batch) / batches))) / 2;
    const unbias = Math.sqrt(1 - SQUARE_DECAY ** (batch + 1)) / (1 - MEAN_DECAY ** (batch + 1));
    for (let i = 0; i < count; i++) {
      const slope = gradient[i]!;
      means[i] = MEAN_DECAY * means[i]! + (1 - MEAN_DECAY) * slope;
      squares[i] = SQUARE_DECAY * squares[i]! + (1 - SQUARE_DECAY) * slope * slope;
      parameters[i]! -= step * ((unbias * means[i]!) / (Math.sqrt(squares[i]!) + TINY) + WEIGHT_DECAY * parameters[i]!);
    }
    while (looked < until && (batch + 1) * LOOKS >= (looked + 1) * batches) {
      model.setParameters(parameters);
      look(looked++);
    }
  }
  return (looked / LOOKS) * epochsOf(order.length);
}

const allOf = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, of) => sum + of, 0);

/** In the order of `unitsHeld`. */
function lossesOn(rows: SoloRows, folds: readonly Fold[], held: Float32Array): number[] {
  return folds.flatMap((fold) => Array.from(fold.held, (row) => rows.loss(row, held, row * rows.outputs)));
}

/** Puts these rows' outputs at their own places among all rows. */
function place(all: Float32Array, outputs: Float32Array, lot: Int32Array, k: number): void {
  for (const [i, row] of lot.entries()) all.set(outputs.subarray(i * k, (i + 1) * k), row * k);
}
