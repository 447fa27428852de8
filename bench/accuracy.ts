/**
 * `npm run prove -- accuracy`: the engine's accuracy with all rows in one place, without privacy and with (epsilon, 1e-5)-differential
 * privacy per row: MNIST (10,000 rows), Adult, Titanic and optdigits, three seeds each, on their test rows. The recipes were chosen only on
 * training rows (tune-central.ts). Takes a quarter of an hour or more. Prints a table; the last line is JSON.
 *
 *   --only mnist,adult   some of the data sets
 */
import { lacking, mean, round, verdict } from '../e2e/verdict.ts';
import { readData, type DataName } from './central-data.ts';
import { trainAll, type Job } from './central-pool.ts';
import { chosen } from './central-recipes.ts';
import { DELTA } from './central.ts';

const NAMES: readonly DataName[] = ['mnist', 'adult', 'titanic', 'optdigits'];
const LEVELS = [Infinity, 8, 3, 1] as const;
const SEEDS = ['1', '2', '3'] as const;
const TARGETS = { mnistMin: 0.98, mnistAt3Min: 0.93, adultMin: 0.85, adultAt1Min: 0.83 } as const;

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1]!.split(',') : NAMES;
const jobs: Job[] = [];
for (const name of NAMES.filter((one) => only.includes(one))) {
  const data = await readData(name);
  if (data === null) {
    lacking('accuracy', name, TARGETS);
    process.exit();
  }
  for (const epsilon of LEVELS) {
    const { layers, recipe } = chosen(name, epsilon, data);
    for (const seed of SEEDS) jobs.push({ data: name, layers, recipe, epsilon, seed, judged: 'test' });
  }
}
const trained = await trainAll(jobs, ({ data, epsilon, seed }, { accuracy }) =>
  process.stdout.write(`${data}, epsilon ${epsilon}, seed ${seed}: ${round(accuracy)}\n`),
);

interface Row {
  readonly mean: number;
  readonly sd: number;
  readonly epsilon: number | null;
  readonly sigma: number;
  readonly epochs: number;
  readonly lot: number;
}
const table: Record<string, Row> = {};
process.stdout.write(`\n| data | epsilon (delta ${DELTA}) | accuracy | epochs | lot | sigma |\n|---|---|---|---|---|---|\n`);
for (let at = 0; at < jobs.length; at += SEEDS.length) {
  const { data, epsilon, recipe } = jobs[at]!;
  const runs = trained.slice(at, at + SEEDS.length);
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const centre = mean(accuracies);
  const row: Row = {
    mean: round(centre),
    sd: round(Math.sqrt(accuracies.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (accuracies.length - 1))),
    epsilon: epsilon === Infinity ? null : round(Math.max(...runs.map((run) => run.epsilon)), 6),
    sigma: runs[0]!.sigma,
    epochs: recipe.epochs,
    lot: recipe.lot,
  };
  table[`${data}.${epsilon === Infinity ? 'none' : epsilon}`] = row;
  const told = row.epsilon === null ? 'no privacy' : row.epsilon.toFixed(4);
  process.stdout.write(
    `| ${data} | ${told} | ${(row.mean * 100).toFixed(2)} ± ${(row.sd * 100).toFixed(2)} % | ${row.epochs} | ${row.lot} | ${row.sigma} |\n`,
  );
}
const at = (name: string, least: number): boolean | null => {
  const row = table[name];
  return row === undefined ? null : row.mean >= least;
};
const met = {
  mnist: at('mnist.none', TARGETS.mnistMin),
  mnistAt3: at('mnist.3', TARGETS.mnistAt3Min),
  adult: at('adult.none', TARGETS.adultMin),
  adultAt1: at('adult.1', TARGETS.adultAt1Min),
};
// Only selected data sets are judged.
const judged = Object.values(met);
const pass = judged.includes(false) ? false : judged.includes(null) ? null : true;
verdict('accuracy', pass, { table, met }, TARGETS);
