/**
 * `npm run prove -- accuracy:regression`: three numeric answers, epsilon 3, repeated random splits, each founded from 200 rows as the page
 * does. Mean absolute error beside that of a converged Huber linear model without privacy on all members' rows, and the median's; coverage
 * of 90 % intervals from 100 public rows, on rows that nobody trained on.
 *
 *   --splits N       20 by default
 *   --only ANSWER    Fare, Age or hours
 */
import { parseArgs } from 'node:util';
import { loadNumerics } from '#wasm/load-node';
import { lacking, mean, round, verdict } from '../e2e/verdict.ts';
import { runNumbers, type NumberCase, type NumberOutcome } from './number-federation.ts';

const CASES: readonly NumberCase[] = [
  { table: 'titanic', answer: 'Fare', members: 3, rowsEach: 160, judged: 211 },
  { table: 'titanic', answer: 'Age', members: 3, rowsEach: 160, judged: 211 },
  { table: 'adult', answer: 'hours', members: 10, rowsEach: 300, judged: 2000 },
];
const RATIO_MAX = 1.1;
const LEVEL = 0.9;
const ERRORS_MAX = 2;
const TARGETS = { ratio: `at most ${RATIO_MAX}`, coverage: `within ${ERRORS_MAX} standard errors of ${LEVEL}` };

const { values } = parseArgs({ options: { splits: { type: 'string', default: '20' }, only: { type: 'string' } } });
const splits = Number(values.splits);
const numerics = await loadNumerics();
const began = performance.now();
const figures: Record<string, unknown> = { epsilon: 3, splits };
let pass = true;
let absent: NumberCase['table'] | null = null;
for (const one of CASES.filter(({ answer }) => values.only === undefined || answer === values.only)) {
  const outcomes: NumberOutcome[] = [];
  for (let split = 1; split <= splits; split++) {
    const outcome = await runNumbers(numerics, one, `split/${split}`);
    if (outcome === null) absent = one.table;
    else outcomes.push(outcome);
  }
  if (absent !== null) break;
  tell(one, outcomes);
}
if (absent !== null) lacking('accuracy:regression', absent, TARGETS);
else verdict('accuracy:regression', pass, { ...figures, seconds: Math.round((performance.now() - began) / 1000) }, TARGETS);

function tell({ answer, members, rowsEach }: NumberCase, outcomes: readonly NumberOutcome[]): void {
  const all = (of: keyof NumberOutcome) => outcomes.map((outcome) => outcome[of]);
  const [ratio, coverage, error] = [mean(all('mesh')) / mean(all('huber')), mean(all('coverage')), standardError(all('coverage'))];
  const fair = Math.abs(coverage - LEVEL) <= ERRORS_MAX * error;
  pass &&= ratio <= RATIO_MAX && fair;
  figures[answer] = {
    members: `${members} x ${rowsEach}`,
    mesh: round(mean(all('mesh')), 3),
    huber: round(mean(all('huber')), 3),
    median: round(mean(all('median')), 3),
    ratio: round(ratio, 3),
    ratioUnlimited: round(mean(all('meshRaw')) / mean(all('huberRaw')), 3),
    coverage: round(coverage, 3),
    coverageError: round(error, 4),
    coverageOfPublic: round(mean(all('coverageOfPublic')), 3),
  };
  process.stdout.write(`${answer}: ${JSON.stringify(figures[answer])}\n`);
}

function standardError(list: readonly number[]): number {
  const centre = mean(list);
  return Math.sqrt(list.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (list.length - 1) / list.length);
}
