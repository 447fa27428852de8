/**
 * What protocol/presets.ts says about tables, walked again with the real trainer, on the schema that the page proposes for a sample.
 *
 *   node bench/tune-table.ts            reaches around the policy's, and its other choices one by one, judged on training rows set aside
 *   node bench/tune-table.ts --report   accuracy of the policy on the held-out rows, mean of five seeds, beside solo training
 *
 * The held-out rows take part in the report only. Needs `npm run data` and `npm run build:wasm`. The last line is JSON.
 */
import { calibrateSigma } from '#protocol/privacy/calibration';
import type { TrainingPolicy } from '#protocol/presets';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { lackOf } from '../house/data-place.ts';
import { ADULT, openTable, TITANIC, type Scenario, type TableBench } from './table-federation.ts';

const SCENARIOS: readonly Scenario[] = [
  { ...TITANIC, rowsEach: 160 },
  { ...TITANIC, rowsEach: 160, epsilon: 1 },
  { ...TITANIC, rowsEach: 50, epsilon: 2 },
  ADULT,
  { ...ADULT, epsilon: 1 },
  { ...ADULT, members: 3, rowsEach: 300, epsilon: 1 },
  { ...ADULT, members: 3, rowsEach: 50, epsilon: 1 },
  { ...ADULT, members: 3, rowsEach: 3000 },
];
const SEEDS = { titanic: 8, adult: 3 } as const;
const REPORT_SEEDS = 5;
/** Factors of the policy's step. */
const REACHES = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4] as const;

const say = (line: string) => process.stdout.write(`${line}\n`);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const rounded = (v: number) => Number(v.toFixed(4));
const seedsOf = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));

type Change = (policy: TrainingPolicy) => TrainingPolicy;

const withStep =
  (factor: number): Change =>
  (policy) => ({ ...policy, rule: { ...policy.rule, step: policy.rule.step * factor } });
/** The same reach with another clip. */
const withClip =
  (clip: number): Change =>
  (policy) => ({
    ...policy,
    privacy: { ...policy.privacy, clip },
    rule: { ...policy.rule, step: (policy.rule.step * policy.privacy.clip) / clip },
  });
/** The same reach and guarantee in another number of rounds. */
const withRounds =
  (rounds: number): Change =>
  ({ privacy, rule, hidden }) => ({
    privacy: { ...privacy, rounds, sigma: calibrateSigma({ ...privacy, rounds }) },
    rule: { ...rule, step: (rule.step * privacy.rounds) / rounds },
    hidden,
  });
const withHidden =
  (...hidden: number[]): Change =>
  (policy) => ({ ...policy, hidden });

const CHANGES: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(REACHES.map((factor) => [`reach x ${factor}`, withStep(factor)])),
  'clip 0.25': withClip(0.25),
  'clip 0.5': withClip(0.5),
  'clip 2': withClip(2),
  'clip 4': withClip(4),
  '10 rounds': withRounds(10),
  '40 rounds': withRounds(40),
  'hidden 8': withHidden(8),
  'hidden 16': withHidden(16),
};

async function tune(bench: TableBench, seeds: readonly string[]): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [name, change] of Object.entries(CHANGES)) {
    const runs = await Promise.all(seeds.map((seed) => bench.run('aside', seed, change)));
    result[name] = rounded(mean(runs.map((run) => run.together)));
    result['majority'] ??= rounded(mean(runs.map((run) => run.majority)));
  }
  return result;
}

async function report(bench: TableBench): Promise<object> {
  const together: number[] = [];
  const alone: number[] = [];
  let majority = 0;
  for (const seed of seedsOf(REPORT_SEEDS)) {
    const outcome = await bench.run('held-out', seed);
    together.push(rounded(outcome.together));
    alone.push(outcome.alone());
    majority = outcome.majority;
  }
  return { together: rounded(mean(together)), seeds: together, alone: rounded(mean(alone)), majority: rounded(majority) };
}

async function main(numerics: Numerics): Promise<void> {
  const reporting = process.argv.includes('--report');
  const results: object[] = [];
  for (const scenario of reporting ? [TITANIC, ADULT] : SCENARIOS) {
    const bench = await openTable(numerics, scenario);
    if (bench === null) throw new Error(lackOf(scenario.table));
    const { privacy, rule } = bench.manifest;
    const reach = rounded((rule.step * privacy.rounds) / (1 - rule.momentum));
    const chosen = { ...scenario, rounds: privacy.rounds, sigma: privacy.sigma, reach };
    const found = reporting ? await report(bench) : await tune(bench, seedsOf(SEEDS[scenario.table]));
    results.push({ ...chosen, ...found });
    say(JSON.stringify(results.at(-1)));
  }
  say(JSON.stringify(results));
}

await main(await loadNumerics());
