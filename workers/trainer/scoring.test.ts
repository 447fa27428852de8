import { expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, signBody } from '#protocol/identity';
import { networkOf } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { encodeState, initialState } from '#protocol/model/state';
import { writeSafetensors } from '#protocol/model/safetensors';
import { manifestFixture } from '../manifest.fixture.ts';
import { guessingOf, Scoring } from './scoring.ts';
import { until } from '../peer/session.fixture.ts';
import type { TrainerEndpoint } from '../rows/trainer-endpoint.ts';

it('scores in order, says why a model has no score, and clears that with the next one', async () => {
  const steward = await identityOf(await generateKeyPair(false));
  const file = writeSafetensors([
    { name: 'x', shape: [2, 2], values: Float32Array.of(0, 1, 1, 0) },
    { name: 'y', shape: [2], values: Int32Array.of(0, 1) },
  ]);
  const testSet = { hash: hashBytes(file), bytes: file.length, rows: 2, synthetic: true };
  const manifest = await openManifest(await signBody(steward, { ...manifestFixture(), steward: steward.id, testSet }));
  const answers = [() => Promise.reject(new MeshError('not-found')), async () => file.map((b) => b ^ 1), async () => file];
  const trainer = { evaluate: async () => ({ ok: true, value: { loss: 1, accuracy: 0.5 } }) } as unknown as TrainerEndpoint;
  const scoring = new Scoring(manifest, { blob: () => answers.shift()!(), trainer }, () => {});
  const network = networkOf(manifest.body);
  const state = encodeState(network, initialState(network, 'test'));
  scoring.offer(1, state);
  await until('no relay', () => scoring.problem?.code === 'not-found');
  scoring.offer(2, state);
  await until('another file', () => scoring.problem?.code === 'blob-mismatch');
  expect(scoring.guessing).toBeNull();
  scoring.offer(3, state);
  await until('a score', () => scoring.scores.length === 1);
  scoring.offer(4, state);
  await until('two scores', () => scoring.scores.length === 2);
  expect(scoring.scores.map((s) => s.round)).toEqual([3, 4]);
  expect(scoring.problem).toBeNull();
  expect(scoring.guessing).toBe(0.5);
});

it('knows the score of always predicting the most frequent class', () => {
  expect(guessingOf(Int32Array.of(2, 0, 2, 1, 2), manifestFixture().task)).toBe(0.6);
});
