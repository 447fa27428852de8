import { beforeAll, expect, it } from 'vitest';
import { networkOf, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import { SHORT_ERROR } from '#wasm/grid';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { openTrainer } from './trainer.ts';
import type { TrainingRows } from '../training-rows.ts';

const K = 4;
const BASE = manifestFixture();
/** One grid step of noise: the vector is nearly the clipped sum. */
const NOISE_FREE = 2 ** -16;
const manifest = (rate: number): ManifestBody => ({
  ...BASE,
  task: { ...BASE.task, group: { column: 'x', rowsMax: K } } as ManifestBody['task'],
  privacy: { ...BASE.privacy, unit: 'group', rate, sigma: NOISE_FREE },
});
const D = 2 * 5 + 5 + 5 * 3 + 3;
const { parameters } = initialState(networkOf(BASE), 'test');

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

/** Rows far out and alike: their gradients are long and point the same way. */
const units = (sizes: readonly number[]): TrainingRows => {
  const of = sizes.flatMap((size, unit) => Array.from({ length: size }, () => unit));
  return { x: Float32Array.from(of.flatMap(() => [1, -1])), y: new Int32Array(of.length).fill(2), units: Int32Array.from(of) };
};
const update = (rows: TrainingRows, rate: number, seed = 'u') => {
  const trainer = openTrainer(numerics, manifest(rate));
  try {
    trainer.hold(rows);
    const { vector, lotSize } = trainer.makeUpdate(parameters, manifest(rate).privacy, seededBytes(seed));
    return { norm: Math.hypot(...checkUpdate(vector, D, updateNormMax(manifest(rate)))), lotSize };
  } finally {
    trainer.close();
  }
};
const slack = 4 * Math.sqrt(D);

it('a whole unit moves the sum by at most the clip norm, however many of its rows agree', () => {
  const { gridBits } = BASE.privacy;
  const full = update(units([K]), 1).norm;
  expect(full).toBeLessThanOrEqual(2 ** gridBits + slack);
  expect(full).toBeGreaterThan(0.95 * 2 ** gridBits);
  // A unit with one row is clipped no more than that.
  expect(Math.abs(update(units([1]), 1).norm - full)).toBeLessThan(slack + SHORT_ERROR * 2 ** gridBits);
  expect(update(units([K, K, K]), 1).norm).toBeGreaterThan(2.8 * 2 ** gridBits);
});

it('the gradients of a unit are added before they are clipped, not after', () => {
  // Two long gradients that nearly cancel: clipped one by one, they would leave nothing of the rest.
  const rows = { x: Float32Array.of(1, -1, 1, -0.9, -1, 1), y: Int32Array.of(2, 0, 1), units: Int32Array.of(0, 0, 0) };
  const of = manifest(1);
  const model = numerics.model({ network: networkOf(of), loss: 'cross-entropy' }, 8);
  model.setParameters(parameters);
  const mean = model.gradient(rows, Int32Array.of(0, 1, 2)).gradient;
  model.free();
  const norm = 3 * Math.hypot(...mean);
  const trainer = openTrainer(numerics, of);
  trainer.hold(rows);
  const { vector } = trainer.makeUpdate(parameters, of.privacy, seededBytes('sum'));
  trainer.close();
  const steps = checkUpdate(vector, D, updateNormMax(of));
  const scale = (2 ** of.privacy.gridBits / of.privacy.clip) * Math.min(1, of.privacy.clip / norm);
  for (const [i, g] of mean.entries()) expect(Math.abs(steps[i]! - 3 * g * scale)).toBeLessThan(32);
});

it('units are drawn, not rows: all rows of one are in the lot, or none', () => {
  const sizes = Array.from({ length: 40 }, (_, i) => update(units([K]), 0.5, `draw ${i}`).lotSize);
  expect(new Set(sizes)).toEqual(new Set([0, K]));
});

it('rows without units, a unit beyond its bound and a misplaced number are refused by name', () => {
  const { x, y } = units([2]);
  expect(() => update({ x, y }, 1)).toThrowError(expect.objectContaining({ code: 'wrong-length' }));
  expect(() => update(units([K + 1]), 1)).toThrowError(expect.objectContaining({ code: 'rows-too-many' }));
  expect(() => update({ x, y, units: Int32Array.of(0, -1) }, 1)).toThrowError(expect.objectContaining({ code: 'field-invalid' }));
});

it('holding no rows releases the previous ones', () => {
  const trainer = openTrainer(numerics, manifest(1));
  trainer.hold(units([K]));
  trainer.hold({ x: new Float32Array(0), y: new Int32Array(0) });
  const make = () => trainer.makeUpdate(parameters, manifest(1).privacy, seededBytes('none'));
  expect(make).toThrowError(expect.objectContaining({ code: 'rows-too-few' }));
  trainer.close();
});
