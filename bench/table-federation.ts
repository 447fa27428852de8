/**
 * Federations on real tables in one process, without a network: the schema that the page proposes for a sample, real loader, trainer, noise
 * and rule. Used by the accuracy test.
 */
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { tablePolicy, type TrainingPolicy } from '#protocol/presets';
import { loadTable } from '#workers/loader/table/table';
import { manifestFixture } from '#workers/manifest.fixture';
import { guessingOf } from '#workers/trainer/scoring';
import type { TrainingRows } from '#workers/training-rows';
import type { Numerics } from '#wasm/numerics';
import { csvOf, memberCsvs, proposedTask, shuffled, tableFiles, type TableName } from '../e2e/tables.ts';
import { trainAlone, trainTogether } from './digits-federation.ts';

const LINEAR: ManifestBody['model'] = { kind: 'mlp', hidden: [], activation: 'tanh', seed: '' };
const ROWS_MAX = 30_000;
/** Rows set aside for choices. */
const ASIDE_MAX = 4000;

export interface Scenario {
  readonly table: TableName;
  readonly epsilon: number;
  readonly members: number;
  readonly rowsEach: number;
}

/** The two of e2e:table. */
export const TITANIC: Scenario = { table: 'titanic', epsilon: 4, members: 3, rowsEach: 210 };
export const ADULT: Scenario = { table: 'adult', epsilon: 4, members: 30, rowsEach: 100 };

export interface Outcome {
  readonly together: number;
  /** The best model of a member alone without privacy, mean over members; optional, because it takes longer. */
  alone(): number;
  /** Share of the larger class in the judged rows. */
  readonly majority: number;
}

export interface TableBench {
  readonly manifest: ManifestBody;
  /** @param judged by training rows that no member holds, or by the rows that are only for reports */
  run(judged: 'aside' | 'held-out', seed: string, change?: (policy: TrainingPolicy) => TrainingPolicy): Promise<Outcome>;
}

/** null if the data is absent */
export async function openTable(numerics: Numerics, scenario: Scenario): Promise<TableBench | null> {
  const { table, epsilon, members, rowsEach } = scenario;
  const files = await tableFiles(table);
  if (files === null) return null;
  const task = await proposedTask(files, table);
  const columns = task.columns.filter((column) => column.kind !== 'ignored').length;
  const parameters = networkOf({ task, model: LINEAR }).parameterCount;
  const policy = tablePolicy({ epsilon, delta: 1e-5, members, rowsEach, inputs: columns, lengthSquared: columns / 2, parameters });
  const rowsOf = async (csv: string): Promise<TrainingRows> => (await loadTable(csv, task, ROWS_MAX)).rows;
  const manifestFor = ({ privacy, rule }: TrainingPolicy, seed: string): ManifestBody => ({
    ...manifestFixture(),
    task,
    privacy,
    rule,
    model: { ...LINEAR, seed },
  });
  return {
    manifest: manifestFor(policy, 'report'),
    async run(judged, seed, change = (same) => same) {
      const aside = shuffled(files.training, seed).slice(members * rowsEach, members * rowsEach + ASIDE_MAX);
      const test = await rowsOf(csvOf(files, judged === 'aside' ? aside : files.heldOut));
      const rows = await Promise.all(memberCsvs(files, members, rowsEach, seed).map(rowsOf));
      const manifest = manifestFor(change(policy), seed);
      return {
        together: trainTogether(numerics, manifest, rows, test, seed),
        alone: () => trainAlone(numerics, manifest, rows, test, seed),
        majority: guessingOf(test.y, manifest.task),
      };
    },
  };
}
