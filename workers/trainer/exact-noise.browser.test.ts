/** Exact noise in a real browser: Node's bits, and the browser's own randomness. Needs build/wasm (`npm run build:wasm`). */
import { expect, test } from 'vitest';
import { momentFaults, momentsOf, samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import { loadNumerics, loadTrainingNumerics } from '#wasm/load-web';
import { both, NOISE_SHA256, seededNoise } from './exact-noise.fixture.ts';
import { exactNoise } from './exact-noise.ts';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';

test('seeded noise has Node’s golden bits in both builds, and those of exact arithmetic', async () => {
  expect(await seededNoise(await loadNumerics())).toBe(NOISE_SHA256);
  expect(await seededNoise(await loadTrainingNumerics())).toBe(NOISE_SHA256);
  const { kernel, oracle } = both(await loadNumerics(), 72_090, 2000, () => seededBytes('browser'));
  expect(kernel).toEqual(oracle);
});

test('noise from crypto.getRandomValues has the distribution’s moments', async () => {
  const n = 200_000;
  const { add } = exactNoise(await loadTrainingNumerics());
  const samples = samplesOf(add, n, 72_090, (into) => crypto.getRandomValues(into));
  expect(momentFaults(momentsOf(samples, 72_090), 72_090, n)).toEqual([]);
});
