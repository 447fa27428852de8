/**
 * Federations with numeric answers, in one process without a network: founded from a sample as on the page, with the real loader, trainer,
 * noise and rule. Beside them a linear model without privacy on all members' rows, by a method that the product does not use: iteratively
 * reweighted least squares with Huber's weights, 1.345 deviations of the errors recomputed each time (Huber 1964; Holland & Welsch 1977).
 */
import { readFile } from 'node:fs/promises';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { answerOfOutput } from '#protocol/manifest/number-answer';
import type { TrainingPolicy } from '#protocol/presets';
import { numberAnswerOf, type TableTask } from '#protocol/manifest/task';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import { termsOf } from '#workers/founding/terms';
import { crossCoverage, halfWidth } from '#workers/lab/conformal';
import { loadTable } from '#workers/loader/table/table';
import { manifestFixture } from '#workers/manifest.fixture';
import { errorsOf, medianError, medianOf } from '#workers/trainer/number-errors';
import type { TrainingRows } from '#workers/training-rows';
import type { Numerics } from '#wasm/numerics';
import { shuffled } from '../e2e/tables.ts';
import { dataFile } from '../scripts/data-place.ts';
import { answerFor, columnsOf, EMPTY_FORM, taskOf } from '../web/state/founding/founding-form.ts';
import { lastModel } from './digits-federation.ts';

const ROWS_MAX = 30_000;
/** Rows of the founder's sample, half of which become the public test rows. */
const SAMPLE = 200;
const ADULT_COLUMNS =
  'age,workclass,fnlwgt,education,education-num,marital,occupation,relationship,race,sex,gain,loss,hours,country,income';

export interface NumberCase {
  readonly table: 'titanic' | 'adult';
  readonly answer: string;
  readonly members: number;
  readonly rowsEach: number;
  readonly judged: number;
}

export interface NumberOutcome {
  /** Mean absolute errors on rows that nobody trained on, with answers clamped to the public range. */
  readonly mesh: number;
  readonly huber: number;
  readonly median: number;
  /** The same with the file's answers. */
  readonly meshRaw: number;
  readonly huberRaw: number;
  /** Share of answers within 90 % intervals from the public rows; and cross-fitted on those rows only. */
  readonly coverage: number;
  readonly coverageOfPublic: number;
  readonly rows: number;
}

/** Header and rows; null if the data is absent. */
async function linesOf(table: NumberCase['table']): Promise<readonly [string, readonly string[]] | null> {
  const [file, header] = table === 'titanic' ? ['titanic.csv', null] : ['adult-train.csv', ADULT_COLUMNS];
  const text = await readFile(dataFile(table, file), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return header === null ? [lines[0]!, lines.slice(1)] : [header, lines];
}

/** @param change to founding's proposal @returns null if the data is absent */
export async function runNumbers(
  numerics: Numerics,
  { table, answer, members, rowsEach, judged }: NumberCase,
  seed: string,
  change: (policy: TrainingPolicy) => TrainingPolicy = (same) => same,
): Promise<NumberOutcome | null> {
  const found = await linesOf(table);
  if (found === null) return null;
  const [header, all] = found;
  const order = shuffled(all, seed);
  const csv = (from: number, count: number) => [header, ...order.slice(from, from + count)].join('\n');
  const task = await founded(csv(0, SAMPLE), answer);
  const number = numberAnswerOf(task)!;
  const rowsOf = async (from: number, count: number): Promise<TrainingRows> => (await loadTable(csv(from, count), task, ROWS_MAX)).rows;
  // With a range that includes everything, answers are not clamped.
  const wide = { ...number, min: -1e6, max: 1e6 };
  const unlimited = async (from: number, count: number): Promise<Float64Array> => {
    const { rows } = await loadTable(csv(from, count), { ...task, label: { ...task.label, number: wide } } as TableTask, ROWS_MAX);
    return Float64Array.from(rows.y, (y) => answerOfOutput(y, wide));
  };
  const starts = Array.from({ length: members }, (_, i) => SAMPLE + i * rowsEach);
  const rows = await Promise.all(starts.map((from) => rowsOf(from, rowsEach)));
  const shown = await rowsOf(0, SAMPLE / 2);
  const last = SAMPLE + members * rowsEach;
  const [test, truth] = [await rowsOf(last, judged), await unlimited(last, judged)];

  const { model, privacy, rule } = termsOf(task, { epsilon: 3, delta: 1e-5, members, rowsEach, hidden: [] }, seed);
  const manifest: ManifestBody = { ...manifestFixture(), task, model, ...change({ privacy, rule }) };
  const parameters = lastModel(numerics, manifest, rows, seed);
  const answers = (of: TrainingRows) => linear(of, parameters).map((output) => answerOfOutput(output, number));
  const rival = linear(
    test,
    huberLinear(
      rows,
      (await Promise.all(starts.map((from) => unlimited(from, rowsEach)))).flatMap((y) => [...y]),
    ),
  );
  const limited = (values: Float64Array) => values.map((value) => Math.min(number.max, Math.max(number.min, value)));
  const off = (predicted: Float64Array, from: Float64Array) => predicted.map((value, row) => Math.abs(value - from[row]!));
  const sizes = off(answers(test), limited(truth));
  const ofShown = errorsOf(Float32Array.from(linear(shown, parameters)), shown.y, number);
  const width = halfWidth(ofShown);
  return {
    mesh: mean(sizes),
    huber: mean(off(limited(rival), limited(truth))),
    median: medianError(test.y, number),
    meshRaw: mean(off(answers(test), truth)),
    huberRaw: mean(off(rival, truth)),
    coverage: sizes.filter((size) => size <= width).length / sizes.length,
    coverageOfPublic: crossCoverage(Float32Array.from(linear(shown, parameters)), shown.y, number),
    rows: test.y.length,
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The task that the page proposes for the sample once its answer is chosen. */
async function founded(csv: string, answer: string): Promise<TableTask> {
  const columns = columnsOf(inferSchema(await readSample(new File([csv], 'sample.csv'))));
  const label = columns.findIndex(({ name }) => name === answer);
  return taskOf({ ...EMPTY_FORM, source: 'file', columns, label, answer: answerFor(columns[label]) }) as TableTask;
}

/** @param weights of the inputs, then the intercept @returns one output per row */
function linear({ x, y }: TrainingRows, weights: ArrayLike<number>): Float64Array {
  const width = x.length / y.length;
  return Float64Array.from(y, (_, row) => {
    let sum = weights[width]!;
    for (let i = 0; i < width; i++) sum += x[row * width + i]! * weights[i]!;
    return sum;
  });
}

const TUNING = 1.345;
/** The median absolute deviation of a normal distribution, in deviations. */
const NORMAL_MAD = 0.6745;
const PASSES_MAX = 200;
const SETTLED = 1e-7;
/** A tiny penalty: fully listed categories sum to the intercept. */
const RIDGE = 1e-6;

/** @param answers of all rows, in the answer's own unit @returns weights of the inputs, then the intercept */
function huberLinear(members: readonly TrainingRows[], answers: readonly number[]): Float64Array {
  const rows = { x: Float32Array.from(members.flatMap(({ x }) => [...x])), y: Float32Array.from(answers) };
  const width = rows.x.length / answers.length;
  let weights = new Float64Array(width + 1);
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const errors = linear(rows, weights).map((value, row) => value - answers[row]!);
    const deviation = medianOf(errors.map(Math.abs)) / NORMAL_MAD || 1;
    const counts = errors.map((error) => (pass === 0 ? 1 : Math.min(1, (TUNING * deviation) / Math.abs(error))));
    const next = leastSquares(rows.x, width, answers, counts);
    const moved = Math.max(...next.map((weight, i) => Math.abs(weight - weights[i]!)));
    weights = next;
    if (moved < SETTLED * (1 + deviation)) break;
  }
  return weights;
}

/** Weighted, by the normal equations and Cholesky. */
function leastSquares(x: Float32Array, width: number, answers: readonly number[], counts: Float64Array): Float64Array<ArrayBuffer> {
  const n = width + 1;
  const [gram, right] = [new Float64Array(n * n), new Float64Array(n)];
  for (let i = 0; i < n; i++) gram[i * n + i] = RIDGE * answers.length;
  for (const [row, answer] of answers.entries()) {
    const inputs = [...x.subarray(row * width, (row + 1) * width), 1];
    for (let i = 0; i < n; i++) {
      const scaled = inputs[i]! * counts[row]!;
      if (scaled === 0) continue;
      right[i]! += scaled * answer;
      for (let j = 0; j <= i; j++) gram[i * n + j]! += scaled * inputs[j]!;
    }
  }
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) for (let i = j; i < n; i++) gram[i * n + j]! -= gram[i * n + k]! * gram[j * n + k]!;
    const root = Math.sqrt(gram[j * n + j]!);
    for (let i = j; i < n; i++) gram[i * n + j]! /= root;
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) right[i]! -= gram[i * n + k]! * right[k]!;
    right[i]! /= gram[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) right[i]! -= gram[k * n + i]! * right[k]!;
    right[i]! /= gram[i * n + i]!;
  }
  return right;
}
