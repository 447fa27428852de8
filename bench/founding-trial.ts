/** Trains one federation on public data, with today's proposals or those of 2026-11-21, and records its curve; or its members alone. */
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { writeSafetensors } from '#protocol/model/safetensors';
import { classesOf, inputShape, inputWidth, unitRowsMax, type Task } from '#protocol/manifest/task';
import { sequenceLayers } from '#protocol/model/preset-layers';
import { TEST_SET_BYTES_MAX } from '#protocol/limits';
import type { Numerics } from '#wasm/numerics';
import { bodyOf } from '../workers/founding/draft.ts';
import { fittingModel, lossOf } from '../workers/trainer/fitting-model.ts';
import { figureOf, rowErrors } from '../workers/trainer/goodness.ts';
import { loadRows, type ReadableSource } from '../workers/loader/source.ts';
import { LOT_ROWS } from '../workers/trainer/lot-block.ts';
import { guessingOf } from '../workers/trainer/scoring.ts';
import { trainSolo } from '../workers/solo/solo.ts';
import type { DataSource } from '../workers/rows/trainer-endpoint.ts';
import type { TrainingRows } from '../workers/training-rows.ts';
import { EMPTY_FORM, policyOf } from '../web/state/founding/founding-form.ts';
import { mean } from '../e2e/verdict.ts';
import { deal, rowsEachOf, type SetName } from './founding-cases.ts';
import { newIdentity, trainInMesh, type Curve } from './founding-mesh.ts';
import { policyOf20261121 } from './presets-2026-11-21/policy.ts';
import { seededBytes } from './seeded-bytes.ts';

export interface Trial {
  readonly set: SetName;
  readonly members: 3 | 10;
  readonly epsilon: number;
  readonly seed: string;
  readonly by: 'now' | 'before' | 'solo';
}

export interface Outcome {
  readonly curve: Curve;
  /** Of the last model; of the mean member alone. */
  readonly accuracy: number;
  /** Correct answers of the last model in each unit of judged rows, and rows per unit; empty for members alone. */
  readonly hits: readonly number[];
  readonly sizes: readonly number[];
  readonly majority: number;
  readonly rounds: number;
}

const SOLO_MEMBERS = 3;

export async function runTrial(numerics: Promise<Numerics>, trial: Trial): Promise<Outcome> {
  const { set, members, epsilon, seed, by } = trial;
  const rowsEach = rowsEachOf(set, members);
  const dealt = await deal(set, { members, rowsEach, seed, judged: 'test' });
  const task = by === 'before' ? dealt.before : dealt.now;
  const seat = await newIdentity();
  const founded = bodyFor(task, by, { members, rowsEach, epsilon }, seat.id, seed);
  const test = await rowsOf(dealt.test(task), founded);
  const majority = guessingOf(test.y, task);
  const sources = dealt.members(task);
  if (by === 'solo') {
    const mine = await Promise.all(sources.slice(0, SOLO_MEMBERS).map((source) => rowsOf(source, founded)));
    const accuracy = mean(await Promise.all(mine.map((rows, i) => alone(numerics, founded, rows, test, `${seed}/${i}`))));
    return { curve: [], accuracy, hits: [], sizes: [], majority, rounds: 0 };
  }
  const { bytes, about } = testSetOf(test, inputWidth(task));
  const body = parseManifestBody({ ...founded, testSet: about });
  const { curve, parameters } = await trainInMesh(numerics, seat, body, sources, bytes);
  const model = fittingModel(await numerics, { network: networkOf(body), loss: lossOf(task) }, LOT_ROWS);
  model.setParameters(parameters);
  const judged = { x: test.x.subarray(0, about.rows * inputWidth(task)), y: test.y.subarray(0, about.rows) };
  const errors = rowErrors(model.forward(judged.x), judged.y, task);
  model.free();
  return { curve, ...byUnit(errors, test.units), accuracy: 1 - mean([...errors]), majority, rounds: body.privacy.rounds };
}

/** @param errors of rows: 0 or 1 @param units of the rows; absent if each row is its own */
function byUnit(errors: Float64Array, units?: Int32Array): Pick<Outcome, 'hits' | 'sizes'> {
  const count = units === undefined ? errors.length : Math.max(...units.subarray(0, errors.length)) + 1;
  const [hits, sizes] = [Array.from({ length: count }, () => 0), Array.from({ length: count }, () => 0)];
  for (const [row, error] of errors.entries()) {
    const unit = units?.[row] ?? row;
    hits[unit]! += 1 - error;
    sizes[unit]! += 1;
  }
  return { hits, sizes };
}

interface Goal {
  readonly members: number;
  readonly rowsEach: number;
  readonly epsilon: number;
}

/** As drafted by the create page: its form's policy with the founder's numbers of members and rows and epsilon. */
export function bodyFor(task: Task, by: Trial['by'], { members, rowsEach, epsilon }: Goal, seat: PeerId, seed: string): ManifestBody {
  const model = task.kind === 'sequence' ? 'layers' : EMPTY_FORM.policy.model;
  const policy = policyOf({
    ...EMPTY_FORM,
    policy: { ...EMPTY_FORM.policy, epsilon, members: String(members), rowsEach: String(rowsEach), model },
  });
  const draft = {
    name: 'Founded',
    description: 'A federation of a proof.',
    region: 'local',
    task,
    policy,
    rounds: { minContributors: members, maxContributors: members, joinWindowMs: 10, deadlineMs: 60_000 },
    seats: { kind: 'home' as const, relays: [seat] },
    consent: 'Public rows.',
    testShare: 0,
  };
  const body = bodyOf(draft, { steward: seat, nonce: seed, testSet: null });
  return by === 'before' ? { ...body, ...termsBefore(task, policy, seed) } : body;
}

function termsBefore(task: Task, policy: ReturnType<typeof policyOf>, seed: string): Pick<ManifestBody, 'model' | 'privacy' | 'rule'> {
  const layers = task.kind === 'sequence';
  const model: ManifestBody['model'] = layers
    ? { kind: 'layers', layers: sequenceLayers(inputShape(task), classesOf(task).length), seed }
    : { kind: 'mlp', hidden: [], activation: 'tanh', seed };
  const inputs = task.kind === 'table' ? task.columns.filter(({ kind }) => kind !== 'ignored').length : inputWidth(task);
  const parameters = networkOf({ task, model }).parameterCount;
  return { model, ...policyOf20261121({ ...policy, inputs, parameters, groupRows: unitRowsMax(task), layers }) };
}

export async function rowsOf(source: DataSource, body: ManifestBody): Promise<TrainingRows> {
  const readable = 'text' in source ? { table: source.text, synthetic: false } : (source as ReadableSource);
  // There are more judged rows than a member may bring.
  return (await loadRows(readable, { ...body, privacy: { ...body.privacy, rowsMax: 10_000 } }, 0)).rows;
}

async function alone(
  numerics: Promise<Numerics>,
  body: ManifestBody,
  rows: TrainingRows,
  test: TrainingRows,
  seed: string,
): Promise<number> {
  const solo = trainSolo(await numerics, body, rows, seededBytes(`solo/${seed}`));
  const accuracy = figureOf(solo.goodness(test));
  solo.close();
  return accuracy;
}

/** The maximum of a public test set. */
export function testSetOf({ x, y }: TrainingRows, width: number) {
  const rows = Math.min(y.length, Math.floor((TEST_SET_BYTES_MAX - 1024) / (4 * width + 4)));
  const bytes = writeSafetensors([
    { name: 'x', shape: [rows, width], values: x.slice(0, rows * width) },
    { name: 'y', shape: [rows], values: y.slice(0, rows) },
  ]);
  return { bytes, about: { hash: hashBytes(bytes), bytes: bytes.length, rows, synthetic: false } };
}
