/**
 * What protocol/presets.ts says about founded federations, walked around again with the real trainer, noise and rule, without a network: a
 * random search, and one thing changed at a time against the policy with the same rows and the same noise. Judged by rows of the training
 * files that nobody holds; the rows that accuracy:founding judges by take no part. One line of JSON for each federation, then a summary:
 * mean difference to the policy, its standard error, and how often.
 *
 *   node bench/tune-founding.ts [--seconds 600] [--only optdigits,…] [--salt TEXT]      needs `npm run data` and `npm run build:wasm`
 */
import { parseArgs } from 'node:util';
import { networkOf, updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest';
import { firstState } from '#protocol/optimizer';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { checkUpdate } from '#protocol/privacy/noisy-update';
import { RandomWords } from '#protocol/privacy/random-words';
import { applyMean } from '#protocol/robust/mean';
import { loadTrainingNumerics } from '#wasm/load-node';
import { termsOf } from '#workers/founding/terms';
import { loadRows, type ReadableSource } from '#workers/loader/source';
import { manifestFixture } from '#workers/manifest.fixture';
import { openTrainer, type TrainingRows } from '#workers/trainer';
import type { DataSource } from '#workers/trainer-endpoint';
import { mean, round } from '../e2e/verdict.ts';
import { deal, SETS, type SetName } from './founding-cases.ts';
import { seededBytes } from './seeded-bytes.ts';

type Terms = Pick<ManifestBody, 'model' | 'privacy' | 'rule'>;

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, only: { type: 'string' }, salt: { type: 'string', default: 'tune' } },
});
const numerics = await loadTrainingNumerics();
const words = new RandomWords(seededBytes(options.salt));
const oneOf = <T>(list: readonly T[]): T => list[words.below(list.length)]!;

/** Members and rows (recordings) each: fewer than the files have, since a part is set aside. */
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
  return { model, privacy: { ...privacy, rounds, sigma }, rule: { ...rule, step: (rule.step * (privacy.rounds + 1)) / (rounds + 1) } };
}

const withStep = (terms: Terms, factor: number): Terms => ({
  ...terms,
  rule: { ...terms.rule, step: Math.min(1000, terms.rule.step * factor) },
});

/** The same reach in each but for the first. */
const CHANGES: Readonly<Record<string, (terms: Terms, coordinates: number) => Terms>> = {
  'reach x 1/2': (terms) => withStep(terms, 0.5),
  'reach x 2/3': (terms) => withStep(terms, 2 / 3),
  'reach x 3/2': (terms) => withStep(terms, 1.5),
  'reach x 2': (terms) => withStep(terms, 2),
  '20 rounds': (terms, d) => withRounds(terms, 20, d),
  '60 rounds': (terms, d) => withRounds(terms, 60, d),
  'constant step': ({ rule, ...rest }) => withStep({ ...rest, rule: { ...rule, schedule: { kind: 'constant' } } }, 0.5),
  'half a cosine': ({ rule, ...rest }) => ({ ...rest, rule: { ...rule, schedule: { kind: 'cosine' } } }),
  'clip x 1/2': ({ privacy, ...rest }) => withStep({ ...rest, privacy: { ...privacy, clip: privacy.clip / 2 } }, 2),
  'clip x 2': ({ privacy, ...rest }) => withStep({ ...rest, privacy: { ...privacy, clip: privacy.clip * 2 } }, 0.5),
  'clip by layer': ({ privacy, ...rest }) => ({ ...rest, privacy: { ...privacy, perLayer: true } }),
  'momentum 0.5': ({ rule, ...rest }) => withStep({ ...rest, rule: { ...rule, momentum: 0.5 } }, 0.5 / (1 - rule.momentum)),
  Adam: ({ rule, ...rest }) => ({
    ...rest,
    rule: { ...rule, step: 0.1, momentum: 0, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 0.01, dpBias: true } },
  }),
};

async function sceneOf(set: SetName, members: number, rowsEach: number, seed: string) {
  const dealt = await deal(set, { members, rowsEach, seed, judged: 'aside' });
  const task = dealt.now;
  const base = manifestFixture();
  const unit = task.kind === 'sequence' && task.windowsMax > 1 ? ('group' as const) : ('example' as const);
  const readable: ManifestBody = { ...base, task, privacy: { ...base.privacy, unit, rowsMax: 30_000 } };
  const load = async (source: DataSource): Promise<TrainingRows> =>
    (await loadRows('text' in source ? { table: source.text, synthetic: false } : (source as ReadableSource), readable, 0)).rows;
  return { task, rows: await Promise.all(dealt.members(task).map(load)), test: await load(dealt.test(task)) };
}

/** @returns accuracy of the last model, and of the mean of the last three tenths of all models */
function train(manifest: ManifestBody, members: readonly TrainingRows[], test: TrainingRows, seed: string) {
  const [length, normMax] = [updateLength(manifest), updateNormMax(manifest)];
  const open = members.map((rows, i) => {
    const trainer = openTrainer(numerics, manifest);
    trainer.hold(rows);
    return { trainer, random: seededBytes(`member/${i}/${seed}`) };
  });
  let state = firstState(manifest);
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
for (const end = performance.now() + 1000 * Number(options.seconds); performance.now() < end;) {
  const set = oneOf(sets);
  const [members, rowsEach] = oneOf(SIZES[set]);
  const epsilon = oneOf([8, 3, 1]);
  const seed = `${options.salt}/${words.below(1000)}`;
  const { task, rows, test } = await sceneOf(set, members, rowsEach, seed);
  const layers = set === 'indoor' ? { layers: true as const } : {};
  const terms = termsOf(task, { epsilon, delta: 1e-5, members, rowsEach, hidden: [], ...layers }, seed);
  const manifestOf = (changed: Terms): ManifestBody => ({ ...manifestFixture(), task, ...changed });
  const policy = train(manifestOf(terms), rows, test, seed);
  note('mean of models', epsilon, policy.averaged - policy.last);
  const names = Object.keys(CHANGES);
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
