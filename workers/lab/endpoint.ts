/**
 * The lab, with results that can cross a worker boundary: in a page it has its own thread (lab.worker.ts), in Node it is called directly.
 * It reads what is on this device and sends nothing; what depends on the platform is injected.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { decodeParameters, initialState } from '#protocol/model/state';
import { multiplicationsAnExample } from '#protocol/model/architecture';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { readSafetensorsMetadata } from '#protocol/model/safetensors';
import { classesOf, numberAnswerOf, type NumberAnswer, type Task } from '#protocol/manifest/task';
import type { Model, Numerics } from '#wasm/numerics';
import type { Result } from '../api.ts';
import { fittingModel, lossOf } from '../trainer/fitting-model.ts';
import { largest } from '../trainer/goodness.ts';
import { fileStem } from '../peer/model-file.ts';
import type { KeptRows } from '../rows/loaded-rows.ts';
import { pickRows } from '../loader/hold-out.ts';
import { openTestSet } from '../trainer/scoring.ts';
import type { TrainingRows } from '../training-rows.ts';
import { softmaxRows } from '../trainer/softmax.ts';
import { answered } from '../answered.ts';
import type { LabWorker, NumberPrediction, NumberScores, Prediction, Scores, TryInput } from './api.ts';
import { predictPictures, predictTable } from './batch.ts';
import { predictRecordings } from './batch-recordings.ts';
import { FITTED_ROWS_MIN, fittedRows, fitTemperature } from '../trainer/calibration.ts';
import { modelCard, type Calibration } from './card.ts';
import { ownCheck } from './check.ts';
import { CONFORMAL_ROWS_MIN, halfWidth, intervalAround, oneOfEach } from './conformal.ts';
import { scoreNumbers } from './number-scores.ts';
import { classPredicting, numberPredicting, type Predicting } from './prediction-file.ts';
import { errorsOf } from '../trainer/number-errors.ts';
import { answerOfOutput } from '#protocol/manifest/number-answer';
import { compareSolo } from './comparison.ts';
import { claimsOf, fittingParameters, modelBytes } from './opened-file.ts';
import { lastFeatures, noiseVariance, shrinkRows, type Features } from './noise-spread.ts';
import { cellInputs, pixelInputs } from './predict.ts';
import { rehearse } from './rehearsal.ts';
import { scoresOf } from './scores.ts';
import { typicalCells } from './typical.ts';

/** Rows that usually come at once. */
const LOT = 256;

export interface LabPlace {
  readonly numerics: Promise<Numerics>;
  readonly random: RandomFill;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  keptRows(federation: Hash): Promise<KeptRows | null>;
  /** Reads a picture's file into the task's pixels: width x height x colours bytes. */
  readPicture(picture: Blob, task: Task): Promise<Uint8Array<ArrayBuffer>>;
}

/** A model as read. */
interface Read {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  /** Null for a person's own file, about which nothing is known. */
  readonly round: number | null;
  /** Models up to this one. */
  readonly models: number;
  readonly state: Hash | null;
  readonly file: Hash | null;
  readonly parameters: Float32Array<ArrayBuffer>;
}

/** The model being tried. */
interface Open extends Read {
  readonly model: Model;
  readonly calibration: Calibration;
  /** Scales the noise's variance; null if probabilities are calibrated in another way. */
  readonly features: Features | null;
}

export function openLabEndpoint(place: LabPlace): LabWorker {
  let current: Open | null = null;
  /** Calls run one after another: the model must not change during a prediction. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<Result<T>> => {
    const run = turn.then(() => answered(work));
    turn = run;
    return run;
  };
  const withOpen = <T>(work: (open: Open, numerics: Numerics) => T | Promise<T>): Promise<Result<T>> =>
    inTurn(async () => {
      if (current === null) throw new MeshError('internal', { expected: 'open() first' });
      return work(current, await place.numerics);
    });
  const use = async (about: Read, test: TrainingRows | null): Promise<void> => {
    const few = numberAnswerOf(about.manifest.task) !== null && (test?.y.length ?? 0) < CONFORMAL_ROWS_MIN;
    const aside = few ? ((await place.keptRows(about.federation))?.heldOut ?? null) : null;
    const next = calibrated(await place.numerics, about, test, aside);
    current?.model.free();
    current?.features?.free();
    current = next;
  };

  return {
    open: (federation, manifest, file, testSet) =>
      inTurn(async () => {
        const about = readModel(federation, manifest, file);
        const test = publicRows(manifest, testSet);
        await use({ federation, manifest, ...about }, test);
        const { round, models, state } = about;
        return { round, models, state, typical: typicalCells(manifest.task, test?.x ?? null) };
      }),
    openFile: (federation, manifest, file, testSet) =>
      inTurn(async () => {
        const bytes = await modelBytes(file);
        const parameters = fittingParameters(manifest, bytes);
        const about = { federation, manifest, parameters, round: null, models: 0, state: null, file: hashBytes(bytes) };
        const test = publicRows(manifest, testSet);
        await use(about, test);
        return { ...claimsOf(federation, manifest, bytes), typical: typicalCells(manifest.task, test?.x ?? null) };
      }),
    predict: (input) => withOpen((open) => predictOne(open, input, place)),
    predictFile: (file) =>
      withOpen((open) => {
        const { task } = open.manifest;
        if (task.kind === 'sequence') return predictRecordings([file], task, (x) => probabilities(open, x));
        if (task.kind !== 'table') throw new MeshError('field-invalid', { field: 'file', expected: 'pictures', got: 'a table' });
        return predictTable(file, file.name, task, (inputs) => predictingOf(open, inputs));
      }),
    predictPictures: (files) =>
      withOpen((open) => {
        const { task } = open.manifest;
        return predictPictures(
          files,
          task,
          (picture) => place.readPicture(picture, task),
          (x) => probabilities(open, x),
        );
      }),
    predictRecordings: (files) => withOpen((open) => predictRecordings(files, open.manifest.task, (x) => probabilities(open, x))),
    score: (testSet) => withOpen((open) => judged(open, openTestSet(open.manifest, testSet), place.random)),
    compareSolo: (testSet, unasked) =>
      withOpen(async ({ federation, manifest, model }, numerics) => {
        const kept = await place.keptRows(federation);
        if (kept === null) return null;
        const test = testSet === null ? null : openTestSet(manifest, testSet);
        return compareSolo(numerics, manifest, model, kept, test, unasked);
      }),
    check: (column) =>
      withOpen(async (open, numerics) => {
        const kept = await place.keptRows(open.federation);
        if (kept === null || kept.heldOut.y.length === 0) return null;
        return ownCheck(numerics, open.manifest, open.model, (x) => probabilities(open, x), kept, column, place.random);
      }),
    rehearse: (options, listener) =>
      withOpen(({ manifest }, numerics) => rehearse(numerics, manifest, options, place.random, place.now, listener)),
    card: (scores) => withOpen((open) => cardOf(open, scores)),
  };
}

function probabilities(open: Open, x: Float32Array): Float32Array {
  const { model, manifest, calibration } = open;
  const classes = classesOf(manifest.task).length;
  const outputs = model.forward(x);
  if (calibration.kind === 'test-set') return softmaxRows(scaled(outputs, calibration.temperature), classes);
  shrink(open, outputs, x);
  return softmaxRows(outputs, classes);
}

/** Shrinks outputs by the noise, if that is how they are calibrated. */
function shrink({ manifest, calibration, features }: Open, outputs: Float32Array<ArrayBuffer>, x: Float32Array): void {
  if (features === null || calibration.kind !== 'noise') return;
  shrinkRows(outputs, features.of(x), calibration.variance, outputs.length / classesOf(manifest.task).length);
}

function judged(open: Open, { x, y }: TrainingRows, random: RandomFill): Scores | NumberScores {
  const outputs = open.model.forward(x);
  const number = numberAnswerOf(open.manifest.task);
  if (number !== null) return scoreNumbers(outputs, y, number, new RandomWords(random));
  // With too few rows to fit a temperature, the scores must judge the shrunk outputs that people see.
  if (y.length < FITTED_ROWS_MIN) shrink(open, outputs, x);
  return scoresOf(outputs, y, classesOf(open.manifest.task).length);
}

function scaled(outputs: Float32Array<ArrayBuffer>, temperature: number): Float32Array<ArrayBuffer> {
  return outputs.map((output) => output / temperature);
}

/** Null without a test set, or if its bytes differ from the manifest's; `score` reports those. */
function publicRows(manifest: ManifestBody, testSet: Uint8Array | null): TrainingRows | null {
  if (testSet === null || manifest.testSet === null || hashBytes(testSet) !== manifest.testSet.hash) return null;
  return openTestSet(manifest, testSet);
}

/**
 * @param test rows that calibrate the answers if there are enough, or null
 * @param aside rows that this device kept aside, which give intervals of numbers if the test set is too small
 */
function calibrated(numerics: Numerics, about: Read, test: TrainingRows | null, aside: TrainingRows | null): Open {
  const { manifest, models, parameters } = about;
  const network = networkOf(manifest);
  const model = fittingModel(numerics, { network, loss: lossOf(manifest.task) }, LOT);
  model.setParameters(parameters);
  const number = numberAnswerOf(manifest.task);
  if (number !== null) return { ...about, model, features: null, calibration: conformal(model, number, test, aside) };
  if (test !== null && test.y.length >= FITTED_ROWS_MIN) {
    const classes = classesOf(manifest.task).length;
    const { x, y } = pickRows(test, fittedRows(test.y.length, classes, multiplicationsAnExample(network)));
    const outputs = { logits: model.forward(x), truth: y, classes };
    return { ...about, model, features: null, calibration: { kind: 'test-set', temperature: fitTemperature(outputs) } };
  }
  const features = models > 0 ? lastFeatures(numerics, network, parameters, LOT) : null;
  const calibration: Calibration = features === null ? { kind: 'none' } : { kind: 'noise', variance: noiseVariance(manifest, models) };
  return { ...about, model, features, calibration };
}

function conformal(model: Model, number: NumberAnswer, test: TrainingRows | null, aside: TrainingRows | null): Calibration {
  const on = test !== null && test.y.length >= CONFORMAL_ROWS_MIN ? 'test-set' : 'held-out';
  const all = on === 'test-set' ? test : aside;
  const rows = all === null ? null : pickRows(all, oneOfEach(all.y.length, all.units));
  if (rows === null || rows.y.length < CONFORMAL_ROWS_MIN) return { kind: 'none' };
  return { kind: 'conformal', on, rows: rows.y.length, width: halfWidth(errorsOf(model.forward(rows.x), rows.y, number)) };
}

function predictedNumber({ manifest, calibration }: Open, output: number): Pick<NumberPrediction, 'value' | 'interval'> {
  const number = numberAnswerOf(manifest.task)!;
  const value = answerOfOutput(output, number);
  if (calibration.kind !== 'conformal') return { value, interval: null };
  const { width, rows, on } = calibration;
  return { value, interval: { ...intervalAround(output, width, number), rows, on } };
}

function predictingOf(open: Open, inputs: number): Predicting {
  const { task } = open.manifest;
  if (numberAnswerOf(task) === null) return classPredicting(classesOf(task), inputs, (x) => probabilities(open, x));
  return numberPredicting(
    inputs,
    (x) => open.model.forward(x),
    (output) => predictedNumber(open, output),
  );
}

async function predictOne(open: Open, input: TryInput, place: LabPlace): Promise<Prediction> {
  const { task } = open.manifest;
  const seen =
    'drawing' in input ? Uint8Array.from(input.drawing) : 'picture' in input ? await place.readPicture(input.picture, task) : null;
  const x = 'cells' in input ? cellInputs(task, input.cells) : pixelInputs(task, seen!);
  if (numberAnswerOf(task) !== null) return { ...predictedNumber(open, open.model.forward(x)[0]!), seen: null };
  const p = probabilities(open, x);
  return { probabilities: Array.from(p), best: largest(p, 0, p.length), seen };
}

/** @throws MeshError wrong-federation for a person's own file */
function cardOf(open: Open, scores: Scores | NumberScores | null): { readonly name: string; readonly text: string } {
  const { round, federation } = open;
  if (round === null) throw new MeshError('wrong-federation', { field: 'model', expected: federation, got: 'a file' });
  return { name: `${fileStem(open.manifest.name)}-round-${round}.md`, text: modelCard({ ...open, round, scores }) };
}

/** @throws MeshError wrong-federation, field-invalid for the round or the count of models; wrong-length, not-a-number, frame-malformed naming the tensor */
function readModel(
  federation: Hash,
  manifest: ManifestBody,
  model: Uint8Array | null,
): Pick<Open, 'parameters' | 'models' | 'state' | 'file'> & { readonly round: number } {
  const network = networkOf(manifest);
  const first = { round: 0, models: 0, state: null, file: null };
  if (model === null) return { parameters: initialState(network, manifest.model.seed).parameters, ...first };
  const about = readSafetensorsMetadata(model);
  const from = about.get('federation');
  if (from !== federation) throw new MeshError('wrong-federation', { field: 'model', expected: federation, got: from ?? 'no federation' });
  const round = countIn(about, 'round', 999_999_999);
  const models = countIn(about, 'models', manifest.privacy.rounds);
  const state = (about.get('state') ?? null) as Hash | null;
  return { parameters: decodeParameters(network, model), round, models, state, file: hashBytes(model) };
}

function countIn(about: ReadonlyMap<string, string>, name: string, most: number): number {
  const said = about.get(name) ?? '';
  if (/^\d{1,9}$/.test(said) && Number(said) <= most) return Number(said);
  throw new MeshError('field-invalid', { field: `model.${name}`, expected: `a number up to ${most}`, got: said || 'nothing' });
}
