/**
 * `npm run prove -- accuracy:solo`: the rival that a device makes alone (workers/solo.ts) beside a converged regression that shares no code
 * with it (plain-regression.ts), both from the same rows of one member and judged on the same others. In points of accuracy, means over
 * seeds. The last line is JSON.
 *
 *   --only optdigits,adult   some of the data sets
 */
import { parseArgs } from 'node:util';
import type { ManifestBody } from '#protocol/manifest';
import { imageLayers, sequenceLayers } from '#protocol/preset-layers';
import { RandomWords } from '#protocol/privacy/random-words';
import { classesOf, inputShape, type Task } from '#protocol/task';
import { loadTrainingNumerics } from '#wasm/load-node';
import { accuracyOf } from '#workers/goodness';
import { pickRows, unitCount } from '#workers/loader/hold-out';
import { manifestFixture } from '#workers/manifest.fixture';
import { trainSolo } from '#workers/solo';
import type { TrainingRows } from '#workers/trainer';
import { lacking, mean, round, verdict } from '../e2e/verdict.ts';
import { readData, type DataName } from './central-data.ts';
import { readIndoorMovement } from './indoor-movement.ts';
import { plainRegression } from './plain-regression.ts';
import { seededBytes } from './seeded-bytes.ts';

/** Rows of the member, and units of whole recordings. */
const SIZES = {
  optdigits: [50, 200, 1000, 3000],
  adult: [50, 200, 1000, 4000],
  titanic: [50, 200, 600],
  mnist: [200, 600],
  'indoor-movement': [40, 150],
};
type Name = keyof typeof SIZES;
const SEEDS: Readonly<Record<Name, number>> = { optdigits: 5, adult: 10, titanic: 20, mnist: 3, 'indoor-movement': 10 };
const BELOW_MAX = 0.005;
const TARGETS = { below: `<= ${BELOW_MAX} on every set, for each size` };
const TEST_MAX = 5000;

interface SoloSet {
  readonly task: Task;
  readonly model: ManifestBody['model'];
  readonly split: (seed: string, size: number) => { readonly mine: TrainingRows; readonly test: TrainingRows };
}

const MLP: ManifestBody['model'] = { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'solo' };

function order(count: number, seed: string): Int32Array {
  const words = new RandomWords(seededBytes(`solo rows/${seed}`));
  const list = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = words.below(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

async function open(name: Name): Promise<SoloSet | null> {
  if (name === 'indoor-movement') {
    const read = await readIndoorMovement();
    if (read === null) return null;
    const { task, rows } = read;
    const unitsOf = (list: Int32Array) => {
      const wanted = new Set(list);
      return pickRows(
        rows,
        Int32Array.from(rows.y.keys()).filter((row) => wanted.has(rows.units![row]!)),
      );
    };
    return {
      task,
      model: { kind: 'layers', layers: sequenceLayers(inputShape(task), classesOf(task).length), seed: 'solo' },
      split: (seed, size) => {
        const dealt = order(unitCount(rows), seed);
        return { mine: unitsOf(dealt.subarray(0, size)), test: unitsOf(dealt.subarray(size)) };
      },
    };
  }
  const data = await readData(name as DataName);
  if (data === null) return null;
  const classes = Array.from({ length: data.classes }, (_, i) => String(i));
  const label = { name: 'answer', classes };
  const columns = Array.from({ length: data.train.x.length / data.train.y.length }, (_, i) => ({ name: `x${i}`, min: -1, max: 1 }));
  const task: Task =
    name === 'mnist'
      ? { kind: 'image', width: 28, height: 28, colour: 'grey', background: 'dark', label }
      : { kind: 'table', columns: columns.map((column) => ({ kind: 'number' as const, ...column })), picture: null, label };
  const test = pickRows(data.test, order(data.test.y.length, 'test').subarray(0, TEST_MAX));
  return {
    task,
    model: name === 'mnist' ? { kind: 'layers', layers: imageLayers(data.input, data.classes), seed: 'solo' } : MLP,
    split: (seed, size) => ({ mine: pickRows(data.train, order(data.train.y.length, seed).subarray(0, size)), test }),
  };
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = (Object.keys(SIZES) as Name[]).filter((name) => values.only === undefined || values.only.split(',').includes(name));
const numerics = await loadTrainingNumerics();
const sets: Record<string, object> = {};
let worst = -Infinity;
for (const name of names) {
  const set = await open(name);
  if (set === null) {
    lacking('accuracy:solo', name, TARGETS);
    process.exit();
  }
  const classes = classesOf(set.task).length;
  for (const size of SIZES[name]) {
    const runs = Array.from({ length: SEEDS[name] }, (_, i) => {
      const { mine, test } = set.split(`${name}/${i}`, size);
      const began = performance.now();
      const solo = trainSolo(numerics, { ...manifestFixture(), task: set.task, model: set.model }, mine, seededBytes(`solo/${i}`));
      const seconds = (performance.now() - began) / 1000;
      const accuracy = accuracyOf(solo.goodness(test));
      solo.close();
      const outputs = plainRegression(mine, { classes }, String(i))(test.x);
      const right = test.y.filter((label, row) => {
        const of = outputs.subarray(row * classes, (row + 1) * classes);
        return of.indexOf(Math.max(...of)) === label;
      });
      return { kind: solo.kind, accuracy, plain: right.length / test.y.length, seconds };
    });
    const [solo, plain] = [mean(runs.map((run) => run.accuracy)), mean(runs.map((run) => run.plain))];
    const networks = runs.filter(({ kind }) => kind === 'network').length;
    worst = Math.max(worst, plain - solo);
    const figures = {
      solo: round(solo),
      plain: round(plain),
      networks,
      of: runs.length,
      seconds: round(mean(runs.map((run) => run.seconds)), 1),
    };
    sets[`${name}.${size}`] = figures;
    process.stdout.write(`${name}, ${size}: ${JSON.stringify(figures)}\n`);
  }
}
verdict('accuracy:solo', worst <= BELOW_MAX, { below: round(worst), sets }, TARGETS);
