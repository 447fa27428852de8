import { expect, it } from 'vitest';
import type { ManifestBody } from '#protocol/manifest';
import { multiplicationsAnExample } from '#protocol/network';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../bench/seeded-bytes.ts';
import { manifestFixture } from './manifest.fixture.ts';
import { soloWork, takesLong, trainSolo } from './solo.ts';

const PLAIN: ManifestBody['model'] = { kind: 'mlp', hidden: [], activation: 'tanh', seed: 's' };
const LAYERS: ManifestBody['model'] = {
  kind: 'layers',
  layers: [
    { kind: 'conv2d', inChannels: 1, outChannels: 4, kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
    { kind: 'relu' },
    { kind: 'flatten' },
    { kind: 'dense', inputs: 144, outputs: 3 },
  ],
  seed: 's',
};
const PICTURES: ManifestBody = {
  ...manifestFixture(),
  task: { kind: 'image', width: 6, height: 6, colour: 'grey', background: 'light', label: { name: 'a', classes: ['a', 'b', 'c'] } },
};

/** Multiplications of the rows that really are trained on. */
function counting(numerics: Numerics): { readonly numerics: Numerics; readonly work: () => number } {
  let work = 0;
  const model: Numerics['model'] = (spec, ...about) => {
    const made = numerics.model(spec, ...about);
    const each = multiplicationsAnExample(spec.network);
    const gradient = made.gradient.bind(made);
    made.gradient = (rows, lot, into) => {
      work += lot.length * each;
      return gradient(rows, lot, into);
    };
    return made;
  };
  return { numerics: { ...numerics, model }, work: () => work };
}

it.each([
  ['a table, few rows', manifestFixture(), 2, 30],
  ['a table', manifestFixture(), 2, 150],
  ['a model without a hidden layer', { ...PICTURES, model: PLAIN }, 36, 700],
  ['convolutions', { ...PICTURES, model: LAYERS }, 36, 60],
] as const)('the work of training alone is what is done, or little more: %s', async (_name, manifest, inputs, n) => {
  const { numerics, work } = counting(await loadNumerics());
  const rows = {
    x: Float32Array.from({ length: n * inputs }, (_, i) => Math.sin(i * i)),
    y: Int32Array.from({ length: n }, (_, i) => i % 3),
  };
  trainSolo(numerics, manifest, rows, seededBytes('rows')).close();
  expect(work()).toBeGreaterThan(0);
  const ratio = soloWork(manifest, n) / work();
  expect(ratio).toBeGreaterThanOrEqual(1);
  // The chosen one may be the cheapest of all, and parameters are counted once more.
  expect(ratio).toBeLessThan(2.2);
});

it('few rows of a network with large layers take long, and so do many rows to judge on', () => {
  const wide: ManifestBody = { ...manifestFixture(), model: { kind: 'mlp', hidden: [1000, 900], activation: 'tanh', seed: 's' } };
  expect(takesLong(manifestFixture(), 1000, 400)).toBe(false);
  expect(takesLong(wide, 60, 400)).toBe(true);
  expect(takesLong(wide, 0, 400)).toBe(false);
  expect(takesLong(wide, 0, 100_000)).toBe(true);
  expect(soloWork(wide, 0)).toBe(0);
});
