/**
 * DP-SGD on one member's rows (Abadi et al. 2016), one noised update at a time: Poisson lot, clipping unit by unit on an integer grid,
 * exact discrete Gaussian noise. If the unit of privacy is a group of rows, units are drawn instead of rows, and the sum of a unit's
 * gradients is clipped as one. Pure: no I/O, clock or randomness of its own; the budget must be paid before `makeUpdate`. protocol/robust
 * combines updates; protocol/privacy/ledger keeps the bill.
 */
import { MeshError } from '#protocol/errors';
import { networkOf, updateLength, type ManifestBody } from '#protocol/manifest/manifest';
import { valuesOf, type NetworkLayer } from '#protocol/model/architecture';
import { countSteps, noiseSteps } from '#protocol/privacy/adaptive-clip';
import { encodeUpdate } from '#protocol/privacy/noise/noisy-update';
import { poissonLot } from '#protocol/privacy/noise/poisson';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { classesOf, numberAnswerOf, unitRowsMax, type Task } from '#protocol/manifest/task';
import type { Model, Numerics } from '#wasm/numerics';
import { checkAnswers } from './answers.ts';
import type { TrainingRows } from '../training-rows.ts';
import type { Goodness } from '../api.ts';
import { fittingModel, lossOf } from './fitting-model.ts';
import { LOT_ROWS } from './lot-block.ts';
import { LotThreads, type StartLotThread } from './lot-threads.ts';
import { errorsOf, meanAbsolute } from './number-errors.ts';
import { noiseInPlace, type NoiseSource } from './noise-ahead.ts';
import type { Rehearsing } from './turn.ts';

export interface Update {
  /**
   * d int32 grid steps, then the count if the clip norm adapts, little-endian: clipped and noised. Nothing else may leave the device.
   * The trainer's own memory: the next update is written over it.
   */
  readonly vector: Uint8Array<ArrayBuffer>;
  /** Rows in the lot. It is not noised, so it stays on the device. */
  readonly lotSize: number;
}

export type Evaluation = Goodness & { readonly loss: number };

/** Optional threads beside the trainer's own. */
export interface Beside {
  /** For this trainer alone, which stops it at the end. */
  readonly noise?: NoiseSource;
  readonly startLotThread?: StartLotThread | null;
}

export interface Trainer extends Rehearsing {
  readonly parameterCount: number;
  /** The rows that updates are made from; perhaps in memory that other threads share. */
  readonly held: TrainingRows | undefined;
  /** Threads that can share the next lot, including this one. */
  readonly threads: number;
  /** @param count threads to share lots among, including this one; 1 before the first call */
  useThreads(count: number): void;
  /**
   * Sets the rows that updates are made from, replacing earlier ones.
   * @throws MeshError wrong-length, rows-too-many, not-a-number, label-unknown
   */
  hold(rows: TrainingRows): void;
  /**
   * One update from one state. Each call draws a new lot and new noise, and so costs one more round of the budget.
   * @param parameters d float32 of a certified state
   * @param privacy the manifest's, with that state's clip norm if it adapts
   * @throws MeshError rows-too-few without rows; wrong-length, not-a-number for parameters that do not fit the model
   */
  makeUpdate(parameters: Float32Array, privacy: ManifestBody['privacy'], random: RandomFill): Update;
  /** Mean loss (in nats for classes), and how good the model is. The result is not noised, so for public rows only. */
  evaluate(parameters: Float32Array, rows: TrainingRows): Evaluation;
  /** Frees the memory; the trainer is unusable afterwards. */
  close(): void;
}

/** @throws MeshError model-too-large if memory does not suffice */
export function openTrainer(
  numerics: Numerics,
  manifest: ManifestBody,
  { noise = noiseInPlace(numerics), startLotThread = null }: Beside = {},
): Trainer {
  const unitRows = unitRowsMax(manifest.task);
  const model = fittingModel(numerics, { network: networkOf(manifest), loss: lossOf(manifest.task) }, LOT_ROWS, unitRows);
  return new ModelTrainer(model, new LotThreads(model, unitRows, startLotThread), noise, manifest);
}

class ModelTrainer implements Trainer {
  readonly parameterCount: number;
  readonly #model: Model;
  readonly #lots: LotThreads;
  readonly #noise: NoiseSource;
  readonly #privacy: ManifestBody['privacy'];
  readonly #sigma: number;
  /** A lot's sum, which is zeroed once it is noised, and the update. */
  readonly #sum: Int32Array<ArrayBuffer>;
  readonly #gradient: Int32Array<ArrayBuffer>;
  readonly #update: Int32Array<ArrayBuffer>;
  readonly #words = new RandomWords();
  readonly #inputs: number;
  readonly #task: Task;
  readonly #rowsMax: number;
  readonly #unitRows: number;
  readonly #dropsOut: boolean;
  #units: Int32Array | undefined;
  /** Room for a lot of all units, and where they have several rows, for those and for how many each has. */
  #drawn = new Int32Array(0);
  #lotRows = new Int32Array(0);
  #lotUnits = new Int32Array(0);
  /** Rows of each unit; absent if each row is its own. */
  #members: readonly Int32Array[] | undefined;

  constructor(model: Model, lots: LotThreads, noise: NoiseSource, manifest: ManifestBody) {
    const { network } = model.spec;
    this.parameterCount = model.parameterCount;
    this.#model = model;
    this.#lots = lots;
    this.#noise = noise;
    this.#privacy = manifest.privacy;
    this.#sigma = noiseSteps(manifest.privacy);
    this.#sum = new Int32Array(updateLength(manifest));
    this.#gradient = this.#sum.subarray(0, this.parameterCount);
    this.#update = new Int32Array(this.#sum.length);
    this.#inputs = valuesOf(network.input);
    this.#task = manifest.task;
    this.#dropsOut = dropsOut(network.layers);
    this.#rowsMax = manifest.privacy.rowsMax;
    this.#unitRows = unitRowsMax(manifest.task);
  }

  get held(): TrainingRows | undefined {
    const rows = this.#lots.rows as TrainingRows | undefined; // what hold() got, or its copy in shared memory
    return rows && { ...rows, ...(this.#units === undefined ? {} : { units: this.#units }) };
  }

  get threads(): number {
    return this.#lots.count;
  }

  useThreads(count: number): void {
    this.#lots.use(count);
  }

  hold(rows: TrainingRows): void {
    if (rows.y.length > this.#rowsMax) {
      throw new MeshError('rows-too-many', { expected: `at most ${this.#rowsMax} rows`, got: String(rows.y.length) });
    }
    this.#checkRows(rows);
    // Without rows there are no units: this is how rows are released.
    this.#members = this.#unitRows > 1 && rows.y.length > 0 ? unitMembers(rows, this.#unitRows) : undefined;
    this.#lots.hold({ x: rows.x, y: rows.y });
    this.#units = rows.units;
    this.#drawn = new Int32Array(this.#members?.length ?? rows.y.length);
    this.#lotRows = new Int32Array(this.#members === undefined ? 0 : rows.y.length);
    this.#lotUnits = new Int32Array(this.#members?.length ?? 0);
    if (rows.y.length > 0) this.#noise.prepare(this.#sum.length, this.#sigma);
    else this.#noise.stop();
  }

  makeUpdate(parameters: Float32Array, privacy: ManifestBody['privacy'], random: RandomFill): Update {
    const { rows } = this.#lots;
    if (rows === undefined || rows.y.length === 0) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
    this.#setParameters(parameters);
    const { clip, gridBits, perLayer = false } = privacy;
    try {
      const drawn = poissonLot(this.#drawn.length, privacy.rate, this.#words.drawFrom(random), this.#drawn);
      const { lot, ...units } = this.#members === undefined ? { lot: drawn } : this.#unitLot(this.#members, drawn);
      if (this.#dropsOut) this.#lots.seedDropout(this.#words.drawFrom(random).word());
      const { within } = this.#lots.clippedSum(lot, { clip, gridBits, perLayer, ...units }, this.#gradient);
      if (privacy.adaptive !== undefined) this.#sum[this.parameterCount] = countSteps(privacy, drawn.length, within);
      // An empty lot's zeros are noised like any sum: nobody may learn that nobody was drawn.
      this.#noise.add(this.#sum, noiseSteps(privacy), random, this.#update);
      return { vector: encodeUpdate(this.#update), lotSize: lot.length };
    } finally {
      for (const secret of [this.#sum, this.#drawn, this.#lotRows, this.#lotUnits]) secret.fill(0);
      this.#words.wipe();
    }
  }

  rehearseLot(rows: number): void {
    const random = seededBytes('made-up rows');
    const x = Float32Array.from({ length: rows * this.#inputs }, (_, i) => ((i * 37) % 101) / 101);
    const classes = classesOf(this.#task).length;
    const y = classes === 0 ? new Float32Array(rows).fill(0.5) : Int32Array.from({ length: rows }, (_, i) => i % classes);
    const { clip, gridBits, perLayer = false } = this.#privacy;
    const full = Math.floor(rows / this.#unitRows);
    const units = this.#unitRows === 1 ? {} : { units: new Int32Array(full).fill(this.#unitRows) };
    const lot = Int32Array.from({ length: full * this.#unitRows }, (_, i) => i);
    this.#setParameters(new Float32Array(this.parameterCount));
    if (this.#dropsOut) this.#lots.seedDropout(this.#words.drawFrom(random).word());
    this.#lots.model.clippedSum({ x, y }, lot, { clip, gridBits, perLayer, ...units });
  }

  rehearseNoise(random: RandomFill): void {
    this.#noise.addHere(this.#sum, this.#sigma, random, this.#update);
  }

  evaluate(parameters: Float32Array, rows: TrainingRows): Evaluation {
    this.#checkRows(rows);
    this.#setParameters(parameters);
    const number = numberAnswerOf(this.#task);
    const { model } = this.#lots;
    const { loss, accuracy } = model.evaluate(rows);
    return number === null ? { loss, accuracy } : { loss, error: meanAbsolute(errorsOf(model.forward(rows.x), rows.y, number)) };
  }

  close(): void {
    this.#lots.close();
    this.#noise.stop();
    this.#model.free();
  }

  /** The rows of the drawn units, unit by unit, and how many each has. */
  #unitLot(members: readonly Int32Array[], drawn: Int32Array): { readonly lot: Int32Array; readonly units: Int32Array } {
    let size = 0;
    for (let i = 0; i < drawn.length; i++) {
      const rows = members[drawn[i]!]!;
      this.#lotRows.set(rows, size);
      this.#lotUnits[i] = rows.length;
      size += rows.length;
    }
    return { lot: this.#lotRows.subarray(0, size), units: this.#lotUnits.subarray(0, drawn.length) };
  }

  #setParameters(parameters: Float32Array): void {
    if (parameters.length !== this.parameterCount) {
      throw new MeshError('wrong-length', { field: 'parameters', expected: String(this.parameterCount), got: String(parameters.length) });
    }
    if (!allFinite(parameters)) throw new MeshError('not-a-number', { field: 'parameters' });
    this.#lots.setParameters(parameters);
  }

  #checkRows({ x, y }: TrainingRows): void {
    if (x.length !== y.length * this.#inputs) {
      throw new MeshError('wrong-length', { field: 'rows', expected: `${y.length} x ${this.#inputs} inputs`, got: String(x.length) });
    }
    if (!allFinite(x)) throw new MeshError('not-a-number', { field: 'rows' });
    checkAnswers(y, this.#task, 'rows');
  }
}

/** A loop, since `every` calls a function for each of them. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return false;
  return true;
}

/** @throws MeshError wrong-length, rows-too-many for a unit beyond its bound */
function unitMembers({ y, units }: TrainingRows, rowsMax: number): Int32Array[] {
  if (units === undefined || units.length !== y.length) {
    throw new MeshError('wrong-length', {
      field: 'rows.units',
      expected: `a unit for each of ${y.length} rows`,
      got: String(units?.length),
    });
  }
  const lists: number[][] = [];
  for (const [row, unit] of units.entries()) {
    if (!(unit >= 0 && unit < y.length))
      throw new MeshError('field-invalid', { field: 'rows.units', expected: 'units from 0', got: String(unit) });
    (lists[unit] ??= []).push(row);
  }
  // Numbers without rows are not units.
  return Array.from(lists, (rows = []) => rows).flatMap((rows) => {
    if (rows.length === 0) return [];
    if (rows.length > rowsMax) {
      throw new MeshError('rows-too-many', { field: 'rows.units', expected: `at most ${rowsMax} rows a unit`, got: String(rows.length) });
    }
    return Int32Array.from(rows);
  });
}

function dropsOut(layers: readonly NetworkLayer[]): boolean {
  return layers.some((layer) => layer.kind === 'dropout' || (layer.kind === 'residual' && dropsOut(layer.layers)));
}
