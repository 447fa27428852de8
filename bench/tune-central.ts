/**
 * The search behind the recipes of accuracy.ts. Everything is judged by a fifth of the training rows, a different one for each seed; test
 * rows are not used. One setting of the recipe is changed at a time and the best change is kept, until none helps. Prints one line of JSON
 * for each candidate, and the last recipe.
 *
 *   node bench/tune-central.ts mnist 3 [seeds] [turns]     needs `npm run data` and `npm run build:wasm`
 */
import { mean, round } from '../e2e/verdict.ts';
import { lackOf } from '../scripts/data-place.ts';
import { readData, type DataName } from './central-data.ts';
import { trainAll, type Job } from './central-pool.ts';
import { chosen, neighbours, type Choice } from './central-recipes.ts';

/** Smaller gains may be chance. */
const GAIN_MIN = 0.0005;

const [name, level, seedCount = '2', turns = '3'] = process.argv.slice(2);
const data = await readData(name as DataName);
if (data === null) throw new Error(lackOf(name as DataName));
const epsilon = level === 'none' ? Infinity : Number(level);
const seeds = Array.from({ length: Number(seedCount) }, (_, i) => `tune/${i + 1}`);

type Candidate = Choice & { readonly label: string };

async function judged(candidates: readonly Candidate[]): Promise<number[]> {
  const jobs = candidates.flatMap(({ label, layers, recipe }) =>
    seeds.map((seed): Job & { label: string } => ({ data: name as DataName, label, layers, recipe, epsilon, seed, judged: 'aside' })),
  );
  const trained = await trainAll(jobs, () => {});
  const means = candidates.map((_, i) => mean(trained.slice(i * seeds.length, (i + 1) * seeds.length).map(({ accuracy }) => accuracy)));
  for (const [i, { label }] of candidates.entries()) {
    process.stdout.write(`${JSON.stringify({ data: name, epsilon: level, label, accuracy: round(means[i]!) })}\n`);
  }
  return means;
}

let best: Candidate = { label: 'chosen', ...chosen(name as DataName, epsilon, data) };
let [accuracy] = await judged([best]);
for (let turn = 0; turn < Number(turns); turn++) {
  const candidates = neighbours(best, epsilon, data);
  const means = await judged(candidates);
  const top = means.indexOf(Math.max(...means));
  if (means[top]! < accuracy! + GAIN_MIN) break;
  [best, accuracy] = [candidates[top]!, means[top]!];
}
const layers = best.layers.map(({ kind }) => kind).join(' ');
process.stdout.write(`${JSON.stringify({ data: name, epsilon: level, accuracy: round(accuracy!), recipe: best.recipe, layers })}\n`);
