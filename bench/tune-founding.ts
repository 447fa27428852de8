/**
 * Tests variations of the policy in protocol/presets.ts with the real trainer, noise and rule, without a network: a random search that
 * changes one setting at a time, with the same rows and noise as the policy, and the proposals of 2026-11-21. Judged by training rows that
 * nobody holds; the rows that accuracy:founding judges by are not used. Prints one line of JSON for each federation, then a summary: mean
 * difference from the policy, its standard error, and the number of trials.
 *
 *   node bench/tune-founding.ts [--seconds 600] [--only optdigits,…] [--members 3] [--epsilon 1] [--salt TEXT]
 *
 * Needs `npm run data` and `npm run build:wasm`.
 */
import { parseArgs } from 'node:util';
import { networkOf, updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { firstState } from '#protocol/robust/optimizer';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { applyMean } from '#protocol/robust/mean';
import { inputWidth, type TableTask, type Task } from '#protocol/manifest/task';
import { loadTrainingNumerics } from '#wasm/load-node';
import { syntheticRows } from '#workers/lab/synthetic-rows';
import { termsOf } from '#workers/founding/terms';
import { loadRows, type ReadableSource } from '#workers/loader/source';
import { manifestFixture } from '#workers/manifest.fixture';
import { openTrainer } from '#workers/trainer/trainer';
import type { TrainingRows } from '#workers/training-rows';
import type { DataSource } from '#workers/rows/trainer-endpoint';
import { mean, round } from '../e2e/verdict.ts';
import { deal, SETS, type SetName } from './founding-cases.ts';
import { newIdentity } from './founding-mesh.ts';
import { bodyFor } from './founding-trial.ts';
import { seededBytes } from './seeded-bytes.ts';

/** Additional inputs of a table. */
const FEATURES = 32;

type Terms = Pick<ManifestBody, 'model' | 'privacy' | 'rule'>;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    only: { type: 'string' },
    members: { type: 'string' },
    epsilon: { type: 'string' },
    salt: { type: 'string', default: 'tune' },
  },
});
const numerics = await loadTrainingNumerics();
const words = new RandomWords(seededBytes(options.salt));
const oneOf = <T>(list: readonly T[]): T => list[words.below(list.length)]!;

/** Members and rows (recordings) per member: fewer than the files have, since a part is set aside. */
const SIZES: Readonly<Record<SetName, readonly (readonly [number, number])[]>> = {
  optdigits: [[3, 200], [10, 200], [3, 600], [20, 120]], // prettier-ignore
  adult: [[3, 200], [10, 200], [3, 600], [30, 300]], // prettier-ignore
  titanic: [[3, 50], [3, 140], [10, 42]], // prettier-ignore
  indoor: [[3, 50], [10, 15]], // prettier-ignore
  mnist: [[3, 200], [10, 200]], // prettier-ignore
};

/** Another number of rounds with the same guarantee and reach. */
function withRounds({ model, privacy, rule }: Terms, rounds: number, coordinates: number): Terms {
  const sigma = Math.max(1.1, calibrateSigma({ ...privacy, rounds, coordinates }));
  return { model, privacy: { ...privacy, rounds, sigma }, rule: { ...rule, step: (rule.step * privacy.rounds) / rounds } };
}

const withStep = (terms: Terms, factor: number): Terms => ({
  ...terms,
  rule: { ...terms.rule, step: Math.min(1000, terms.rule.step * factor) },
});

/** The policy's mean step over its first. */
const MEAN_SHARE = 0.65;

/** All but the first have the same reach. */
const CHANGES: Readonly<Record<string, (terms: Terms, coordinates: number) => Terms>> = {
  'reach x 1/2': (terms) => withStep(terms, 0.5),
  'reach x 2/3': (terms) => withStep(terms, 2 / 3),
  'reach x 3/2': (terms) => withStep(terms, 1.5),
  'reach x 2': (terms) => withStep(terms, 2),
  '20 rounds': (terms, d) => withRounds(terms, 20, d),
  '60 rounds': (terms, d) => withRounds(terms, 60, d),
  'constant step': ({ rule, ...rest }) => withStep({ ...rest, rule: { ...rule, schedule: { kind: 'constant' } } }, MEAN_SHARE),
  'to nothing': ({ rule, ...rest }) => withStep({ ...rest, rule: { ...rule, schedule: { kind: 'linear' } } }, 2 * MEAN_SHARE),
  'half a cosine': ({ rule, ...rest }) => ({ ...rest, rule: { ...rule, schedule: { kind: 'cosine', floor: 0.3 } } }),
  'clip x 1/2': ({ privacy, ...rest }) => withStep({ ...rest, privacy: { ...privacy, clip: privacy.clip / 2 } }, 2),
  'clip x 2': ({ privacy, ...rest }) => withStep({ ...rest, privacy: { ...privacy, clip: privacy.clip * 2 } }, 0.5),
  'clip by layer': ({ privacy, ...rest }) => ({ ...rest, privacy: { ...privacy, perLayer: true } }),
  'momentum 0.5': ({ rule, ...rest }) => withStep({ ...rest, rule: { ...rule, momentum: 0.5 } }, 0.5 / (1 - rule.momentum)),
  Adam: ({ rule, ...rest }) => ({
    ...rest,
    rule: { ...rule, step: 0.1, momentum: 0, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 0.01, dpBias: true } },
  }),
};

interface Scene {
  readonly task: Task;
  readonly rows: readonly TrainingRows[];
  readonly test: TrainingRows;
}

/** Additional inputs of a table, only from public draws: cosines of random sums (Rahimi and Recht 2007), or products of random pairs. */
function withFeatures({ task, rows, test }: Scene, kind: 'cosines' | 'pairs', seed: string): Scene {
  const draws = new RandomWords(seededBytes(`features/${seed}`));
  const width = inputWidth(task);
  const uniform = () => draws.word() / 2 ** 32;
  const normal = () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
  const made = Array.from({ length: FEATURES }, () => ({
    weights: Array.from({ length: width }, () => normal() / 2),
    shift: 2 * Math.PI * uniform(),
    pair: [draws.below(width), draws.below(width)] as const,
  }));
  const all = width + FEATURES;
  const more = ({ x, y }: TrainingRows): TrainingRows => {
    const out = new Float32Array(y.length * all);
    for (let row = 0; row < y.length; row++) {
      const inputs = x.subarray(row * width, (row + 1) * width);
      out.set(inputs, row * all);
      for (const [i, { weights, shift, pair }] of made.entries()) {
        const sum = weights.reduce((total, weight, at) => total + weight * inputs[at]!, shift);
        out[row * all + width + i] = kind === 'pairs' ? inputs[pair[0]]! * inputs[pair[1]]! : Math.SQRT2 * Math.cos(sum) * 0.5;
      }
    }
    return { x: out, y };
  };
  const columns = Array.from({ length: all }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: -1, max: 1, typical: 0 }));
  return { task: { ...(task as TableTask), columns, picture: null }, rows: rows.map(more), test: more(test) };
}

/** Parameters after training on made-up rows of the task, without noise: they are public and cost no budget. */
async function pretrained(manifest: ManifestBody): Promise<Float32Array> {
  const source = syntheticRows(manifest.task, 400, 'pretraining');
  const readable = 'text' in source ? { table: source.text, synthetic: true } : source;
  const { rows } = await loadRows(readable, { ...manifest, privacy: { ...manifest.privacy, rowsMax: 10_000 } }, 0);
  const { privacy } = manifest;
  const quiet = { ...manifest, privacy: { ...privacy, sigma: 1e-3, rate: 1, lot: rows.y.length, rowsMax: 10_000 } };
  const trainer = openTrainer(numerics, quiet);
  trainer.hold(rows);
  let state = firstState(quiet);
  for (let at = 0; at < privacy.rounds; at++) {
    const vector = checkUpdate(
      trainer.makeUpdate(state.parameters, quiet.privacy, seededBytes(`pre/${at}`)).vector,
      updateLength(quiet),
      2 ** 31,
    );
    state = applyMean(state, [vector], quiet.rule, quiet.privacy);
  }
  trainer.close();
  return state.parameters;
}

async function sceneOf(set: SetName, members: number, rowsEach: number, seed: string, by: 'now' | 'before' = 'now'): Promise<Scene> {
  const dealt = await deal(set, { members, rowsEach, seed, judged: 'aside' });
  const task = dealt[by];
  const base = manifestFixture();
  const unit = task.kind === 'sequence' && task.windowsMax > 1 ? ('group' as const) : ('example' as const);
  const readable: ManifestBody = { ...base, task, privacy: { ...base.privacy, unit, rowsMax: 30_000 } };
  const load = async (source: DataSource): Promise<TrainingRows> =>
    (await loadRows('text' in source ? { table: source.text, synthetic: false } : (source as ReadableSource), readable, 0)).rows;
  return { task, rows: await Promise.all(dealt.members(task).map(load)), test: await load(dealt.test(task)) };
}

/** @returns accuracy of the last model, and of the mean of the last three tenths of all models */
function train(manifest: ManifestBody, members: readonly TrainingRows[], test: TrainingRows, seed: string, start?: Float32Array) {
  const [length, normMax] = [updateLength(manifest), updateNormMax(manifest)];
  const open = members.map((rows, i) => {
    const trainer = openTrainer(numerics, manifest);
    trainer.hold(rows);
    return { trainer, random: seededBytes(`member/${i}/${seed}`) };
  });
  let state = { ...firstState(manifest), ...(start === undefined ? {} : { parameters: start.slice() }) };
  const from = Math.floor(0.7 * manifest.privacy.rounds);
  const sum = new Float64Array(networkOf(manifest).parameterCount);
  for (let at = 0; at < manifest.privacy.rounds; at++) {
    const { parameters } = state;
    const vectors = open.map(({ trainer, random }) =>
      checkUpdate(trainer.makeUpdate(parameters, manifest.privacy, random).vector, length, normMax),
    );
    state = applyMean(state, vectors, manifest.rule, manifest.privacy);
    if (at >= from) for (let i = 0; i < sum.length; i++) sum[i]! += state.parameters[i]! / (manifest.privacy.rounds - from);
  }
  const judge = open[0]!.trainer;
  const accuracyOf = (parameters: Float32Array) => {
    const judged = judge.evaluate(parameters, test);
    return 'accuracy' in judged ? judged.accuracy : Number.NaN;
  };
  const result = { last: accuracyOf(state.parameters), averaged: accuracyOf(Float32Array.from(sum)) };
  for (const { trainer } of open) trainer.close();
  return result;
}

const found = new Map<string, number[]>();
const note = (change: string, epsilon: number, difference: number) => {
  for (const key of [change, `${change}, ε ${epsilon}`]) found.set(key, [...(found.get(key) ?? []), difference]);
};
const sets = SETS.filter((set) => options.only === undefined || options.only.split(',').includes(set));
const { id: seat } = await newIdentity();
for (const end = performance.now() + 1000 * Number(options.seconds); performance.now() < end;) {
  const set = oneOf(sets);
  const [members, rowsEach] = oneOf(SIZES[set].filter(([count]) => options.members === undefined || count === Number(options.members)));
  const epsilon = options.epsilon === undefined ? oneOf([8, 3, 1]) : Number(options.epsilon);
  const seed = `${options.salt}/${words.below(2 ** 32)}`;
  const { task, rows, test } = await sceneOf(set, members, rowsEach, seed);
  const layers = set === 'indoor' ? { layers: true as const } : {};
  const terms = termsOf(task, { epsilon, delta: 1e-5, members, rowsEach, hidden: [], ...layers }, seed);
  const manifestOf = (changed: Terms): ManifestBody => ({ ...manifestFixture(), task, ...changed });
  const policy = train(manifestOf(terms), rows, test, seed);
  note('mean of models', epsilon, policy.averaged - policy.last);
  const rival = await sceneOf(set, members, rowsEach, seed, 'before');
  const old = bodyFor(rival.task, 'before', { members, rowsEach, epsilon }, seat, seed);
  note(`proposals of 2026-11-21, ${set} ${members} x ${rowsEach}`, epsilon, train(old, rival.rows, rival.test, seed).last - policy.last);
  const names = Object.keys(CHANGES);
  if (task.kind === 'table') {
    for (const kind of ['cosines', 'pairs'] as const) {
      const wide = withFeatures({ task, rows, test }, kind, seed);
      const widened = termsOf(wide.task, { epsilon, delta: 1e-5, members, rowsEach, hidden: [] }, seed);
      note(
        `${FEATURES} ${kind}`,
        epsilon,
        train({ ...manifestOf(widened), task: wide.task }, wide.rows, wide.test, seed).last - policy.last,
      );
    }
  } else {
    const start = await pretrained(manifestOf(terms));
    note(`pre-trained, ${set}`, epsilon, train(manifestOf(terms), rows, test, seed, start).last - policy.last);
  }
  const tried = Array.from({ length: 3 }, () => oneOf(names)).map((name) => {
    const changed = CHANGES[name]!(terms, updateLength(manifestOf(terms)));
    const difference = train(manifestOf(changed), rows, test, seed).last - policy.last;
    note(name, epsilon, difference);
    return [name, round(difference)];
  });
  const about = { set, members, rowsEach, epsilon, rounds: terms.privacy.rounds, policy: round(policy.last) };
  process.stdout.write(`${JSON.stringify({ ...about, ...Object.fromEntries(tried) })}\n`);
}
for (const [name, differences] of [...found].toSorted((a, b) => (a[0] < b[0] ? -1 : 1))) {
  const middle = mean(differences);
  const variance = differences.reduce((sum, one) => sum + (one - middle) ** 2, 0) / Math.max(1, differences.length - 1);
  const error = Math.sqrt(variance / differences.length);
  process.stdout.write(`${name}: ${round(middle)} ± ${round(error)} (${differences.length})\n`);
}
