/**
 * The rival of the mesh: the best model that one member makes alone, without differential privacy, from rows that never leave the device
 * anyway. Joining pays only if the mesh beats it, and otherwise the page says so. It is a linear model fitted to convergence, a network
 * that stops early, or the constant: whichever does best on folds of the member's own rows, which also calibrate its probabilities. Test
 * sets take no part in any choice.
 */
import { MeshError } from '#protocol/errors';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { multiplicationsAnExample } from '#protocol/model/architecture';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { classesOf, inputWidth, outputsOf } from '#protocol/manifest/task';
import type { Numerics, Rows } from '#wasm/numerics';
import type { Goodness } from '../api.ts';
import { AHEAD, standardErrorsAhead } from './ahead.ts';
import { foldsOf, unitsHeld, type Fold } from './folds.ts';
import { FITTED_ROWS_MIN, fitTemperature } from '../trainer/calibration.ts';
import { goodnessOf, rowErrors } from '../trainer/goodness.ts';
import { softmaxRows } from '../trainer/softmax.ts';
import { linearWork, networkWork, tryConstant, tryLinear, tryNetwork, type Fitted, type Tried } from './candidates.ts';
import { soloRows } from './solo-rows.ts';
import type { TrainingRows } from '../training-rows.ts';

/** Rows are dealt into this many parts to choose by. Each is held out once, or only one if that would take long. */
const PARTS = 5;
/** Rows times inputs times outputs up to which every part is held out once. */
const EVERY_PART_MAX = 1.5e6;
/** With fewer rows the choice would be chance: it is then the linear model with the usual penalty. */
const ROWS_TO_CHOOSE = 20;
/** The hidden layer of the network if the federation's own model cannot serve. */
const HIDDEN_DEFAULT = [32];

/** `constant`: always the same answer. */
export type SoloKind = 'linear' | 'network' | 'constant';

export interface SoloModel {
  readonly kind: SoloKind;
  /** Outputs; for classes, their softmax is calibrated. @param x rows x inputs @returns rows x outputs */
  forward(x: Float32Array): Float32Array<ArrayBuffer>;
  /** For classes only. @returns rows x classes, each row sums to 1 */
  probabilities(x: Float32Array): Float32Array<ArrayBuffer>;
  goodness(rows: Rows): Goodness;
  /** Multiplications that making it took, in units of a compiled model's forward pass: what `soloWork` predicts. */
  readonly work: number;
  close(): void;
}

/**
 * @param rows at least one row; they are not changed
 * @param random deals and orders the rows; the result depends on it and the arguments alone, so everybody who asks about the same rows gets
 * the same model
 * @throws MeshError rows-too-few, model-too-large
 */
export function trainSolo(
  numerics: Numerics,
  manifest: ManifestBody,
  rows: TrainingRows,
  random: RandomFill = seededBytes('alone'),
): SoloModel {
  const n = rows.y.length;
  if (n === 0) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
  const classes = classesOf(manifest.task).length;
  const words = new RandomWords(random);
  const mine = soloRows(manifest, rows);
  const oneAnswer = rows.y.every((answer) => answer === rows.y[0]);
  const folds = n < ROWS_TO_CHOOSE || oneAnswer ? [] : foldsOf(n, rows.units, PARTS, !everyPart(manifest, n), words);
  const tried: Tried[] = [oneAnswer ? tryConstant(mine, folds) : tryLinear(mine, folds)];
  if (folds.length > 0) {
    for (const model of networksOf(manifest.model)) tried.push(tryNetwork(numerics, manifest, model, mine, folds, words));
    const constant = tryConstant(mine, folds);
    // An error's size tells more than whether a class is right: with few rows, a constant class can be right by chance.
    if (classes === 0) tried.unshift(constant);
    else tried.push(constant);
  }
  const held = folds.flatMap((fold) => [...fold.held]);
  const best = bestOf(tried, rows, manifest, folds);
  const fitted = best.refit();
  const truth = Int32Array.from(rows.y);
  const few = classes === 0 || held.length < FITTED_ROWS_MIN;
  const of = new Set(held);
  const temperature = few ? 1 : fitTemperature({ logits: best.held, truth, classes }, (row) => of.has(row));
  const work = tried.reduce((sum, one) => sum + one.work(), 0);
  return modelOf(manifest, best.kind, fitted, temperature, work);
}

function modelOf({ task }: ManifestBody, kind: SoloKind, fitted: Fitted, temperature: number, work: number): SoloModel {
  const forward = (x: Float32Array) => fitted.outputs(x).map((output) => output / temperature);
  return {
    kind,
    forward,
    probabilities: (x) => softmaxRows(forward(x), classesOf(task).length),
    goodness: ({ x, y }) => goodnessOf(rowErrors(forward(x), y, task), task),
    work,
    close: () => fitted.close(),
  };
}

/** The first, or a later one that makes smaller errors on the same rows beyond chance. */
function bestOf(tried: readonly Tried[], rows: TrainingRows, { task }: ManifestBody, folds: readonly Fold[]): Tried {
  const errorsOf = (one: Tried) => {
    const all = rowErrors(one.held, rows.y, task);
    return folds.flatMap(({ held }) => Array.from(held, (row) => all[row]!));
  };
  const units = unitsHeld(rows, folds);
  let best = tried[0]!;
  let least = errorsOf(best);
  for (const one of tried.slice(1)) {
    const errors = errorsOf(one);
    if (standardErrorsAhead(errors, least, units) > AHEAD) [best, least] = [one, errors];
  }
  return best;
}

function networksOf(own: ManifestBody['model']): ManifestBody['model'][] {
  const plain = { kind: 'mlp' as const, hidden: [...HIDDEN_DEFAULT], activation: 'tanh' as const, seed: own.seed };
  if (own.kind === 'mlp') return [own.hidden.length === 0 ? { ...own, hidden: [...HIDDEN_DEFAULT] } : own];
  return [plain, own];
}

function everyPart({ task }: ManifestBody, rows: number): boolean {
  return rows * inputWidth(task) * outputsOf(task) <= EVERY_PART_MAX;
}

/** Work that may run without being asked for: a second or two of one core. */
const UNASKED_WORK_MAX = 6e9;

/** Multiplications of trainSolo, or slightly more, in units of a compiled model's forward pass. */
export function soloWork(manifest: ManifestBody, rows: number): number {
  const { task, model } = manifest;
  const folds = rows < ROWS_TO_CHOOSE ? 0 : everyPart(manifest, rows) ? PARTS : 1;
  const networks = folds === 0 ? [] : networksOf(model);
  return (
    linearWork(rows, inputWidth(task), outputsOf(task), folds, 1 / PARTS) +
    networks.reduce((sum, one) => sum + networkWork(rows, manifest, one, folds, 1 / PARTS), 0)
  );
}

/** @param judged rows that the solo model and the mesh's are judged on */
export function takesLong(manifest: ManifestBody, rows: number, judged: number): boolean {
  return soloWork(manifest, rows) + 2 * judged * multiplicationsAnExample(networkOf(manifest)) > UNASKED_WORK_MAX;
}
