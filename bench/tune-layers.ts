/**
 * Tests the constants of the picture and sequence presets with the real trainer, noise and rule in federations without a network: MNIST
 * with ten members and UCI Indoor User Movement Prediction with three, linear models against the presets' networks, steps around the
 * policy's. Judged by training rows that no member holds; the test rows of MNIST are not used. One line of JSON for each.
 *
 *   node bench/tune-layers.ts mnist 4 [seeds] [with]     needs `npm run data` and `npm run build:wasm`; `with`: names a model or a step
 */
import { readFile } from 'node:fs/promises';
import type { Layer } from '#protocol/model/layers';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { imageLayers, sequenceLayers } from '#protocol/model/preset-layers';
import { classesOf, inputShape, inputWidth, type SequenceTask, type Task } from '#protocol/manifest/task';
import { tablePolicy } from '#protocol/presets';
import { loadTrainingNumerics } from '#wasm/load-node';
import { inferRecordings } from '#workers/founding/infer-recordings';
import { readRecordingSample } from '#workers/founding/recording-sample';
import { pickRows } from '#workers/loader/hold-out';
import { loadRecordingFiles } from '#workers/loader/recording/sequence-files';
import { filesOfZip } from '#workers/loader/lines/zip';
import { manifestFixture } from '#workers/manifest.fixture';
import type { TrainingRows } from '#workers/training-rows';
import { mean, round } from '../e2e/verdict.ts';
import { dataFile, lackOf } from '../scripts/data-place.ts';
import { readData, setAside } from './central-data.ts';
import { withNorms } from './with-norms.ts';
import { trainAlone, trainTogether } from './digits-federation.ts';

interface Scene {
  readonly task: Task;
  readonly members: readonly TrainingRows[];
  readonly test: TrainingRows;
  /** Units of privacy per member. */
  readonly unitsEach: number;
  readonly groupRows: number;
}

async function mnist(seed: string): Promise<Scene> {
  const all = await readData('mnist');
  if (all === null) throw new Error(lackOf('mnist'));
  const { train, test } = setAside(all, seed);
  const classes = Array.from({ length: 10 }, (_, i) => String(i));
  const task: Task = { kind: 'image', width: 28, height: 28, colour: 'grey', background: 'dark', label: { name: 'digit', classes } };
  const each = Math.floor(train.y.length / 10);
  const members = Array.from({ length: 10 }, (_, m) =>
    pickRows(
      train,
      Array.from({ length: each }, (_row, i) => m * each + i),
    ),
  );
  return { task, members, test, unitsEach: each, groupRows: 1 };
}

/** Every fourth recording is for judging, the others are dealt to three members. */
async function indoor(seed: string): Promise<Scene> {
  const files = await filesOfZip(new Blob([await readFile(dataFile('indoor-movement', 'IndoorMovement.zip'))]), '');
  const guess = inferRecordings(await readRecordingSample(files));
  const task: SequenceTask = {
    kind: 'sequence',
    channels: guess.channels.filter(({ read }) => read).map(({ name, min, max, typical }) => ({ name, min, max, typical })),
    length: guess.length,
    hop: guess.hop,
    windowsMax: guess.windowsMax,
    recording: guess.recording,
    label: { name: guess.label, classes: [...guess.classes] },
  };
  const { rows } = await loadRecordingFiles(files, task, 30_000);
  const units = rows.units!;
  const count = Math.max(...units) + 1;
  const shift = Number(seed.replaceAll(/\D/g, ''));
  const partOf = (unit: number): number => ((unit * 7919 + shift * 104_729) % count) % 12;
  const pick = (parts: readonly number[]): TrainingRows => {
    const list = Array.from(units.keys()).filter((row) => parts.includes(partOf(units[row]!)));
    return pickRows(rows, list);
  };
  const members = [[0, 1, 2], [3, 4, 5], [6, 7, 8]].map(pick); // prettier-ignore
  return { task, members, test: pick([9, 10, 11]), unitsEach: Math.floor(count / 4), groupRows: task.windowsMax };
}

const [name, level, seedCount = '2', only = ''] = process.argv.slice(2);
const epsilon = Number(level);
const numerics = await loadTrainingNumerics();
const seeds = Array.from({ length: Number(seedCount) }, (_, i) => `tune/${i + 1}`);
const scenes = await Promise.all(seeds.map((seed) => (name === 'mnist' ? mnist(seed) : indoor(seed))));

const layersOf = ({ task }: Scene): Layer[] =>
  (task.kind === 'sequence' ? sequenceLayers : imageLayers)(inputShape(task), classesOf(task).length);
const MODELS: Readonly<Record<string, (scene: Scene) => ManifestBody['model']>> = {
  linear: () => ({ kind: 'mlp', hidden: [], activation: 'tanh', seed: '' }),
  hidden: () => ({ kind: 'mlp', hidden: [32], activation: 'tanh', seed: '' }),
  network: (scene) => ({ kind: 'layers', layers: layersOf(scene), seed: '' }),
  'network with norms': (scene) => ({ kind: 'layers', layers: withNorms(layersOf(scene)), seed: '' }),
};
const STEPS = [0.25, 0.5, 1, 2, 4] as const;

function manifestOf(scene: Scene, model: ManifestBody['model'], factor: number, seed: string): ManifestBody {
  const { task, members, unitsEach, groupRows } = scene;
  const inputs = inputWidth(task);
  const parameters = networkOf({ task, model }).parameterCount;
  const goal = {
    parameters,
    lengthSquared: inputs / 2,
    epsilon,
    delta: 1e-5,
    members: members.length,
    rowsEach: unitsEach,
    inputs,
    groupRows,
  };
  const { privacy, rule } = tablePolicy({ ...goal, layers: model.kind === 'layers', hidden: model.kind === 'mlp' ? model.hidden : [] });
  return { ...manifestFixture(), task, privacy, rule: { ...rule, step: rule.step * factor }, model: { ...model, seed } };
}

for (const [label, modelOf] of Object.entries(MODELS)) {
  for (const factor of STEPS) {
    if (only !== '' && only !== label && only !== String(factor)) continue;
    const accuracies = scenes.map((scene, i) =>
      trainTogether(numerics, manifestOf(scene, modelOf(scene), factor, seeds[i]!), scene.members, scene.test, seeds[i]!),
    );
    process.stdout.write(`${JSON.stringify({ name, epsilon, model: label, step: factor, accuracy: round(mean(accuracies)) })}\n`);
  }
}
if (only === 'alone') {
  const alone = scenes.map((scene, i) =>
    trainAlone(numerics, manifestOf(scene, MODELS['network']!(scene), 1, seeds[i]!), scene.members, scene.test, seeds[i]!),
  );
  process.stdout.write(`${JSON.stringify({ name, model: 'alone without privacy', accuracy: round(mean(alone)) })}\n`);
}
