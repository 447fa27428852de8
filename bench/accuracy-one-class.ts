/**
 * `npm run prove -- accuracy:one-class`: members with rows of one class each, through the session code of a real mesh, beside the same rows
 * dealt at random to as many members with as many rows. Digits 0 to 9, one per member; Adult's two answers. The last line is JSON.
 *
 * --only optdigits|adult --seeds N --epsilon 8,3,1
 */
import { parseArgs } from 'node:util';
import { parseManifestBody } from '#protocol/manifest/open';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { inputWidth } from '#protocol/manifest/task';
import { loadTrainingNumerics } from '#wasm/load-node';
import { figureOf } from '#workers/trainer/goodness';
import { guessingOf } from '#workers/trainer/scoring';
import { trainSolo } from '#workers/solo/solo';
import { lacking, mean, round, verdict } from '../e2e/verdict.ts';
import { deal, type SetName } from './founding-cases.ts';
import { newIdentity, trainInMesh } from './founding-mesh.ts';
import { bodyFor, rowsOf, testSetOf } from './founding-trial.ts';
import { seededBytes } from './seeded-bytes.ts';

const MEMBERS = 10;
const ROWS_EACH = 200;
const BELOW_MAX = 0.05;
const TARGETS = { below: `<= ${BELOW_MAX} in every case` };

type Name = Extract<SetName, 'optdigits' | 'adult'>;
type Way = 'one class' | 'shuffled';

/** Lines of each member; both ways deal the same lines to the same numbers of members and rows. */
function membersOf(lines: readonly string[], way: Way, seed: string): string[][] {
  const classes = Map.groupBy(lines, (line) => line.split(',').at(-1)!.trim());
  // Each class gets members in proportion to its rows, which they share.
  const parts = [...classes.values()].flatMap((own) => {
    const count = Math.max(1, Math.round((own.length / lines.length) * MEMBERS));
    return Array.from({ length: count }, (_, i) => own.filter((_line, at) => at % count === i));
  });
  if (parts.length !== MEMBERS) throw new Error(`expected ${MEMBERS} members, got ${parts.length}`);
  if (way === 'one class') return parts;
  const all = shuffle(parts.flat(), new RandomWords(seededBytes(`dealt/${seed}`)));
  return parts.map(({ length }) => all.splice(0, length));
}

async function run(name: Name, way: Way, epsilon: number, seed: string) {
  const one = await deal(name, { members: 1, rowsEach: MEMBERS * ROWS_EACH, seed, judged: 'test' });
  const [all] = one.members(one.now);
  if (!('text' in all!)) throw new Error('expected a table');
  const lines = all.text.split('\n').filter((line) => !line.startsWith('#'));
  const members = membersOf(lines, way, seed);
  const seat = await newIdentity();
  const founded = bodyFor(one.now, 'now', { members: MEMBERS, rowsEach: ROWS_EACH, epsilon }, seat.id, `${way}/${seed}`);
  const test = await rowsOf(one.test(one.now), founded);
  const { bytes, about } = testSetOf(test, inputWidth(one.now));
  const body = parseManifestBody({ ...founded, testSet: about });
  const sources = members.map((own) => ({ text: own.join('\n') }));
  const { curve } = await trainInMesh(numerics, seat, body, sources, bytes);
  const solo = trainSolo(await numerics, body, await rowsOf(sources[0]!, body));
  const alone = figureOf(solo.goodness(test));
  solo.close();
  return { accuracy: curve.at(-1)![1], majority: guessingOf(test.y, one.now), alone };
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, seeds: { type: 'string', default: '3' }, epsilon: { type: 'string', default: '8,3,1' } },
});
const numerics = loadTrainingNumerics();
const cases: Record<string, object> = {};
let worst = -Infinity;
for (const name of ['optdigits', 'adult'] as const) {
  if (values.only !== undefined && values.only !== name) continue;
  for (const epsilon of values.epsilon.split(',').map(Number)) {
    const found: Record<Way, number[]> = { 'one class': [], shuffled: [] };
    const beside = { majority: 0, alone: 0 };
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      for (const way of ['one class', 'shuffled'] as const) {
        const { accuracy, majority, alone } = await run(name, way, epsilon, String(seed)).catch((error: unknown) => {
          if ((error as { code?: string }).code !== 'ENOENT') throw error;
          lacking('accuracy:one-class', name, TARGETS);
          process.exit();
        });
        found[way].push(accuracy);
        if (way === 'one class') Object.assign(beside, { majority: round(majority), alone: round(alone) });
      }
    }
    const told = (accuracies: readonly number[]) => {
      const centre = mean(accuracies);
      const spread = Math.sqrt(accuracies.reduce((sum, of) => sum + (of - centre) ** 2, 0) / Math.max(1, accuracies.length - 1));
      return { mean: round(centre), sd: round(spread) };
    };
    const figures = { oneClass: told(found['one class']), shuffled: told(found.shuffled), ...beside };
    worst = Math.max(worst, figures.shuffled.mean - figures.oneClass.mean);
    cases[`${name}, epsilon ${epsilon}`] = figures;
    process.stdout.write(`${name}, epsilon ${epsilon}: ${JSON.stringify(figures)}\n`);
  }
}
verdict('accuracy:one-class', worst <= BELOW_MAX, { members: MEMBERS, below: round(worst), cases }, TARGETS);
