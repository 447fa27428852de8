/**
 * `npm run prove -- accuracy:founding`: five public data sets, each founded from 200 rows as the page does (recordings from 40) and trained
 * through the session code of a real mesh, 3 and 10 members, epsilon 8, 3 and 1: accuracy of the last model beside the majority class, a
 * member alone without privacy, and the proposals of 2026-11-21. The founder's rows are used neither for training nor for testing.
 *
 *   --only NAME,…    optdigits, adult, titanic, indoor, mnist
 *   --seeds N        5 by default
 *   --keep FILE      stores finished trials, so that an interrupted run can continue
 *
 * The rows that judge here were not used for any choice: see tune-founding.ts. All seeds are judged by the same rows, so the error of a
 * gain covers seeds and rows together (two-way-error.ts): if two models differ on three of 222 rows for every seed, that is chance of the
 * rows, which the spread over seeds cannot show. The error over seeds alone is printed in brackets.
 */
import { existsSync, appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lacking, mean, round, verdict } from '../e2e/verdict.ts';
import { placeOf } from '../scripts/data-place.ts';
import { PLACES, rowsEachOf, SETS } from './founding-cases.ts';
import { runTrials } from './founding-pool.ts';
import type { Outcome, Trial } from './founding-trial.ts';
import { twoWayError, type MeanError } from './two-way-error.ts';

const TARGETS = {
  worse: 'none by more than its error: the 95 % interval of the gain, over seeds and judged rows together, lies below zero',
  gainAtEpsilonOne: 'at least 1.5 points in the mean',
  dropMost: 'at most 2 points, from the best five rounds in a row of the mean curve to its last five',
};
const GAIN_MIN = 0.015;
const DROP_MAX = 0.02;
const ROUNDS_JUDGED = 5;
const EPSILONS = [8, 3, 1];
const MEMBERS = [3, 10] as const;

const { values } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string', default: '5' }, keep: { type: 'string' } } });
const sets = SETS.filter((set) => values.only === undefined || values.only.split(',').includes(set));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => `founded/${i + 1}`);
if (!(seeds.length >= 2)) throw new Error('expected at least two seeds');
const began = performance.now();

const keyOf = ({ set, members, epsilon, seed, by }: Trial) => [set, members, epsilon, seed, by].join('/');
const found = new Map<string, Outcome>();
for (const line of values.keep !== undefined && existsSync(values.keep) ? readFileSync(values.keep, 'utf8').split('\n') : []) {
  if (line === '') continue;
  const [key, outcome] = JSON.parse(line) as [string, Outcome];
  found.set(key, outcome);
}

interface Case {
  readonly about: string;
  readonly epsilon: number;
  readonly gain: MeanError;
  readonly drop: number;
}

const absent = sets.find((set) => !existsSync(placeOf(PLACES[set]).folder));
if (absent !== undefined) lacking('accuracy:founding', PLACES[absent], TARGETS);
else {
  await runTrials(trials(), (trial, outcome) => {
    found.set(keyOf(trial), outcome);
    if (values.keep !== undefined) appendFileSync(values.keep, `${JSON.stringify([keyOf(trial), outcome])}\n`);
    process.stderr.write(`${keyOf(trial)}: ${round(outcome.accuracy, 3)}\n`);
  });
  tell(sets.flatMap((set) => MEMBERS.flatMap((members) => EPSILONS.map((epsilon) => caseOf(set, members, epsilon)))));
}

/** Trials that are not kept yet; training alone does not depend on epsilon and runs once. */
function trials(): Trial[] {
  const all = sets.flatMap((set) =>
    MEMBERS.flatMap((members) =>
      seeds.flatMap((seed) => [
        { set, members, epsilon: EPSILONS[0]!, seed, by: 'solo' as const },
        ...EPSILONS.flatMap((epsilon) => (['now', 'before'] as const).map((by) => ({ set, members, epsilon, seed, by }))),
      ]),
    ),
  );
  return all.filter((trial) => !found.has(keyOf(trial)));
}

function caseOf(set: Trial['set'], members: 3 | 10, epsilon: number): Case {
  const outcomes = (by: Trial['by'], at = epsilon) => seeds.map((seed) => found.get(keyOf({ set, members, epsilon: at, seed, by }))!);
  const [now, before, solo] = [outcomes('now'), outcomes('before'), outcomes('solo', EPSILONS[0]!)];
  const scores = (list: readonly Outcome[]) => list.map(({ accuracy }) => accuracy);
  const { sizes } = now[0]!;
  if ([...now, ...before].some((outcome) => outcome.sizes.join() !== sizes.join())) throw new Error(`expected the same rows of ${set}`);
  const gain = twoWayError(
    now.map(({ hits }, i) => hits.map((right, unit) => right - before[i]!.hits[unit]!)),
    sizes,
  );
  const drop = dropOf(now);
  const told = (list: readonly Outcome[]) => `${percent(mean(scores(list)))} ± ${percent(spread(scores(list)))}`;
  process.stdout.write(
    `${set.padEnd(9)} ${String(members).padStart(2)} x ${String(rowsEachOf(set, members)).padEnd(3)} ε ${epsilon}  now ${told(now)}  before ${told(before)}  ` +
      `gain ${percent(gain.mean)} ± ${percent(gain.error)} (${percent(gain.seedsError)}), 95 % ± ${percent(gain.half)} (${percent(gain.seedsHalf)})  ` +
      `alone ${told(solo)}  majority ${percent(mean(now.map(({ majority }) => majority)))}  ` +
      `T ${now[0]!.rounds}  drop ${percent(drop)} (before ${percent(dropOf(before))})\n`,
  );
  return { about: `${set} ${members} ε ${epsilon}`, epsilon, gain, drop };
}

/** Drop of the mean curve over seeds, from its best consecutive rounds to its last ones. */
function dropOf(outcomes: readonly Outcome[]): number {
  const sums = new Map<number, { total: number; count: number }>();
  for (const [at, accuracy] of outcomes.flatMap(({ curve }) => curve)) {
    const { total, count } = sums.get(at) ?? { total: 0, count: 0 };
    sums.set(at, { total: total + accuracy, count: count + 1 });
  }
  const curve = [...sums].toSorted((a, b) => a[0] - b[0]).map(([, { total, count }]) => total / count);
  const windows = curve.map((_, i) => mean(curve.slice(Math.max(0, i + 1 - ROUNDS_JUDGED), i + 1))).slice(ROUNDS_JUDGED - 1);
  return Math.max(...windows) - windows.at(-1)!;
}

function tell(cases: readonly Case[]): void {
  const worse = cases.filter(({ gain }) => gain.mean < -gain.half).map(({ about }) => about);
  const worseBySeeds = cases.filter(({ gain }) => gain.mean < -gain.seedsHalf).map(({ about }) => about);
  const dropMost = Math.max(...cases.map(({ drop }) => drop));
  const gainAtEpsilonOne = mean(cases.filter(({ epsilon }) => epsilon === 1).map(({ gain }) => gain.mean));
  const figures = {
    cases: cases.length,
    seeds: seeds.length,
    worse,
    worseBySeeds,
    gainAtEpsilonOne: round(gainAtEpsilonOne),
    gainMean: round(mean(cases.map(({ gain }) => gain.mean))),
    dropMost: round(dropMost),
    seconds: Math.round((performance.now() - began) / 1000),
  };
  verdict('accuracy:founding', worse.length === 0 && gainAtEpsilonOne >= GAIN_MIN && dropMost <= DROP_MAX, figures, TARGETS);
}

function spread(list: readonly number[]): number {
  const middle = mean(list);
  return Math.sqrt(list.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, list.length - 1));
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
