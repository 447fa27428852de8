import { beforeAll, expect, test } from 'vitest';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { bytesOfUpdate } from '#protocol/privacy/ledger/promise';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { draftFixture, RELAY } from '../founding/draft.fixture.ts';
import { bodyOf } from '../founding/draft.ts';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import type { RehearsalStep } from './api.ts';
import { rehearse } from './rehearsal.ts';
import { figureOf } from '../trainer/goodness.ts';

const BASE = manifestFixture();
const policy = { epsilon: 8, delta: 1e-5, rate: 0.5, rounds: 20 };
const MANIFEST: ManifestBody = {
  ...BASE,
  model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: BASE.model.seed },
  task: {
    kind: 'table',
    columns: ['a', 'b', 'c'].map((name) => ({ kind: 'number' as const, name, min: 0, max: 1 })),
    label: { name: 'y', classes: ['no', 'yes'] },
    picture: null,
  },
  privacy: { ...BASE.privacy, ...policy, sigma: Math.max(1.1, sigmaByRenyi(policy)), clip: 0.5, lot: 150, rowsMax: 1000 },
  rule: { kind: 'mean', step: 4, momentum: 0.5 },
};

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

test('goes through every round, learns something, and times its own part', async () => {
  const steps: RehearsalStep[] = [];
  let clock = 0;
  const last = await rehearse(
    numerics,
    MANIFEST,
    { members: 3, rowsEach: 300 },
    seededBytes('r'),
    () => (clock += 5),
    (step) => {
      steps.push(step);
      return true;
    },
  );
  expect(steps.map((step) => step.round)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(figureOf(last)).toBeGreaterThan(0.75);
  expect(last.updateMs).toBeCloseTo(5 / 3, 9);
  expect(last.updateBytes).toBe(bytesOfUpdate(MANIFEST));
});

test('learns to tell recordings apart with a network of layers and recordings as units', async () => {
  const task = sequenceTask({ length: 32, hop: 16, label: { name: 'what', classes: ['a', 'b', 'c'] } });
  const draft = draftFixture({ task, policy: { epsilon: 8, delta: 1e-5, members: 3, rowsEach: 100, hidden: [], layers: true } });
  const manifest = parseManifestBody(bodyOf(draft, { steward: RELAY as never, nonce: 'n', testSet: null }));
  const last = await rehearse(
    numerics,
    manifest,
    { members: 3, rowsEach: 200 },
    seededBytes('r'),
    () => 0,
    ({ round }) => round < 25,
  );
  expect(figureOf(last)).toBeGreaterThan(0.7); // chance is a third
});

test('learns with layers, Adam, a schedule and an adaptive clip norm too', async () => {
  const layers: ManifestBody = {
    ...MANIFEST,
    model: {
      kind: 'layers',
      seed: 'layers',
      layers: [
        { kind: 'dense', inputs: 3, outputs: 8 },
        { kind: 'layer-norm', channels: 8 },
        { kind: 'tanh' },
        { kind: 'residual', layers: [{ kind: 'dense', inputs: 8, outputs: 8 }, { kind: 'gelu' }, { kind: 'dropout', rate: 0.1 }] },
        { kind: 'dense', inputs: 8, outputs: 2 },
      ],
    },
    privacy: { ...MANIFEST.privacy, clip: 0.1, adaptive: { quantile: 0.5, rate: 0.3, share: 0.1 } },
    rule: {
      kind: 'mean',
      step: 0.2,
      momentum: 0,
      optimizer: { kind: 'adam', beta1: 0.8, beta2: 0.9, epsilon: 0.002, dpBias: true },
      schedule: { kind: 'cosine', warmup: 2, floor: 0.1 },
    },
  };
  const last = await rehearse(
    numerics,
    parseManifestBody(layers),
    { members: 3, rowsEach: 300 },
    seededBytes('r'),
    () => 0,
    () => true,
  );
  expect(figureOf(last)).toBeGreaterThan(0.75);
  expect(last.updateBytes).toBeGreaterThan(4 * (3 * 8 + 8 + 16 + 8 * 8 + 8 + 8 * 2 + 2 + 1));
});

test('stops on request', async () => {
  const last = await rehearse(
    numerics,
    MANIFEST,
    { members: 2, rowsEach: 50 },
    seededBytes('r'),
    () => 0,
    (step) => step.round < 3,
  );
  expect(last.round).toBe(3);
});

test('refuses zero members, and more rows than the federation allows, by name', async () => {
  const run = (members: number, rowsEach: number) =>
    rehearse(
      numerics,
      MANIFEST,
      { members, rowsEach },
      seededBytes('r'),
      () => 0,
      () => true,
    );
  await expect(run(0, 50)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: 'members' } });
  await expect(run(2, 1001)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: 'rowsEach', got: '1001' } });
});
