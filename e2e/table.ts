/**
 * `npm run prove -- e2e:table [--only titanic|adult] [--runs N]`: federations on people's own tables, founded in the page from a sample.
 * Titanic: three tabs with parts of the rest. Adult: three tabs and 27 headless members with a hundred rows each. Files are the raw
 * lines; judged on rows that nobody held.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Snapshot } from '#workers/api';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import { classesOf, type TableTask } from '#protocol/manifest/task';
import { loadTable } from '#workers/loader/table/table';
import { foundInPage, joinByAddress } from './founder.ts';
import { accuracyOf, soloAccuracy } from './optdigits.ts';
import { builtinManifest } from './publish.ts';
import { openStage, relayErrors } from './stage.ts';
import { csvOf, memberCsvs, tableFiles, type TableFiles, type TableName } from './tables.ts';
import type { Tab } from './tab.ts';
import { lacking, mean, round, verdict } from './verdict.ts';

const TABS = 3;
const EPSILON = 4;
const NAME = 'e2e:table';
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const RUNS = Number(values.runs);
const ROWS_MAX = 30_000;
const PATIENCE_MS = 600_000;
/** For the model of the last record to reach everybody. */
const MODEL_MS = 20_000;

interface Case {
  readonly table: TableName;
  readonly name: string;
  readonly members: number;
  readonly rowsEach: number;
}
const TITANIC: Case = { table: 'titanic', name: 'Who was saved', members: 3, rowsEach: 210 };
const ADULT: Case = { table: 'adult', name: 'Incomes', members: 30, rowsEach: 100 };

interface Run {
  readonly accuracy: number;
  readonly majority: number;
  readonly soloMean: number;
  readonly rounds: number;
  readonly contributorsLeast: number;
  readonly epsilon: number;
  readonly seconds: number;
  readonly sameState: boolean;
  readonly modelLateMs: number;
  readonly errors: readonly string[];
}

const ended = (s: Snapshot | null) => s?.activity === 'finished' || s?.activity === 'budget-spent';

async function run({ table, name, members, rowsEach }: Case, files: TableFiles, turn: number): Promise<Run> {
  const stage = await openStage();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-members-'));
  const headless: HeadlessPeer[] = [];
  try {
    const { browser, relay } = stage;
    const sample = { name: `${table}.csv`, text: csvOf(files, files.sample) };
    const address = await foundInPage(browser, relay.url, { name, sample, epsilon: EPSILON, members, rowsEach });
    const manifest = await builtinManifest(relay.url, name);
    const federation = federationId(manifest);
    const csvs = memberCsvs(files, members, rowsEach, String(turn));
    const began = performance.now();
    for (const [i, text] of csvs.slice(TABS).entries()) {
      headless.push(await openHeadlessPeer({ relay: relay.url, folder: join(folder, String(i)), federation, data: { text } }));
    }
    const tabs: Tab[] = [];
    for (const [i, text] of csvs.slice(0, TABS).entries()) {
      tabs.push(await joinByAddress(browser, address, { name: `part-${i + 1}.csv`, text }));
    }
    const { last, modelLateMs } = await untilEnded(tabs, headless);
    const seconds = (performance.now() - began) / 1000;
    const contributors = last[0]!.rounds.filter(({ kind }) => kind === 'model').map((line) => line.contributors);
    const model = await tabs[0]!.download();
    return {
      ...(await judge(model, manifest, files, csvs)),
      rounds: last[0]!.models,
      contributorsLeast: Math.min(...contributors),
      epsilon: Math.max(...last.map((s) => s.budget.spent)),
      seconds,
      sameState: last[0]!.state !== null && new Set(last.map((s) => s.state)).size === 1,
      modelLateMs,
      errors: [...tabs.flatMap((tab) => tab.errors), ...relayErrors(relay.log)],
    };
  } finally {
    for (const peer of headless) await peer.close();
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Until every member has spent the budget and all stand at the same round. A member that was not in the last round, or lacked an update
 * of it, then fetches the model that the record names: it has a while for that, and is judged by what it holds.
 * @returns the snapshots, and how long the last one took to have its model
 */
async function untilEnded(tabs: readonly Tab[], headless: readonly HeadlessPeer[]): Promise<{ last: Snapshot[]; modelLateMs: number }> {
  const end = Date.now() + PATIENCE_MS;
  let since: number | null = null;
  for (;;) {
    const all = [...(await Promise.all(tabs.map((tab) => tab.snapshot()))), ...headless.map((peer) => peer.snapshot())];
    if (all.every((s) => s !== null && ended(s)) && new Set(all.map((s) => s!.round)).size === 1) {
      since ??= Date.now();
      const modelLateMs = Date.now() - since;
      if (all.every((s) => s!.state !== null) || modelLateMs > MODEL_MS) return { last: all as Snapshot[], modelLateMs };
    } else {
      since = null;
    }
    if (Date.now() > end) {
      throw new Error(
        `not ended: ${all.map((s) => (s === null ? 'nothing' : `${s.activity} ${s.round} ${s.problem?.code ?? ''}`)).join(', ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function judge(model: Uint8Array, manifest: ManifestBody, files: TableFiles, csvs: readonly string[]) {
  const { rows } = await loadTable(csvOf(files, files.heldOut), manifest.task as TableTask, ROWS_MAX);
  const counts = classesOf(manifest.task).map((_, label) => rows.y.filter((y) => y === label).length);
  const solo: number[] = [];
  for (const csv of csvs) solo.push(await soloAccuracy(csv, manifest, rows));
  return { accuracy: await accuracyOf(model, manifest, rows), majority: Math.max(...counts) / rows.y.length, soloMean: mean(solo) };
}

async function prove(what: Case): Promise<Run[] | null> {
  const files = await tableFiles(what.table);
  if (files === null) return null;
  const runs: Run[] = [];
  for (let turn = 1; turn <= RUNS; turn++) {
    const result = await run(what, files, turn);
    runs.push(result);
    process.stdout.write(`${what.table} ${turn}: ${JSON.stringify({ ...result, accuracy: round(result.accuracy) })}\n`);
  }
  return runs;
}

type Found = ReturnType<typeof figuresOf>;

function figuresOf({ members }: Case, runs: readonly Run[]) {
  const over = (of: (run: Run) => number) => round(mean(runs.map(of)));
  return {
    accuracy: over((r) => r.accuracy),
    accuracies: runs.map((r) => round(r.accuracy)),
    majority: over((r) => r.majority),
    soloMean: over((r) => r.soloMean),
    members,
    contributorsLeast: Math.min(...runs.map((r) => r.contributorsLeast)),
    rounds: over((r) => r.rounds),
    epsilon: round(Math.max(...runs.map((r) => r.epsilon)), 6),
    seconds: over((r) => r.seconds),
    sameState: runs.every((r) => r.sameState),
    modelLateMs: Math.max(...runs.map((r) => r.modelLateMs)),
    errors: runs.flatMap((r) => r.errors).length,
  };
}

async function main(): Promise<void> {
  const sound = { epsilon: `<= ${EPSILON}`, sameState: true, errors: 0 };
  const cases = [
    { what: TITANIC, target: { accuracy: '>= majority + 0.1', ...sound }, learned: (f: Found) => f.accuracy >= f.majority + 0.1 },
    {
      what: ADULT,
      target: { accuracy: '>= 0.8 and > soloMean', members: 30, ...sound },
      learned: (f: Found) => f.accuracy >= 0.8 && f.accuracy > f.soloMean,
    },
  ].filter(({ what }) => values.only === undefined || values.only === what.table);
  const targets = Object.fromEntries(cases.map(({ what, target }) => [what.table, target]));
  const figures: Record<string, Found> = {};
  let pass = cases.length > 0;
  for (const { what, learned } of cases) {
    const runs = await prove(what);
    if (runs === null) return lacking(NAME, what.table, targets);
    const found = figuresOf(what, runs);
    figures[what.table] = found;
    pass &&= learned(found) && found.epsilon <= EPSILON && found.sameState && found.errors === 0;
  }
  verdict(NAME, pass, figures, targets);
}

await main();
process.exit();
