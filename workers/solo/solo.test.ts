import { beforeAll, describe, expect, it } from 'vitest';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { plainRegression } from '../../bench/plain-regression.ts';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { standardErrorsAhead } from './ahead.ts';
import { counting } from './counted-work.fixture.ts';
import { foldsOf } from './folds.ts';
import { figureOf } from '../trainer/goodness.ts';
import { manifestFixture } from '../manifest.fixture.ts';
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
const TWO: ManifestBody = {
  ...manifestFixture(),
  model: PLAIN,
  task: {
    kind: 'table',
    columns: Array.from({ length: 8 }, (_, i) => ({ kind: 'number' as const, name: `x${i}`, min: -1, max: 1 })),
    label: { name: 'y', classes: ['no', 'yes'] },
    picture: null,
  },
};

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

/** Rows whose class a line separates, except for a fifth that chance changes. */
function noisyRows(count: number, seed: string): { readonly x: Float32Array<ArrayBuffer>; readonly y: Int32Array<ArrayBuffer> } {
  const bytes = new Uint8Array(count * 9);
  seededBytes(seed)(bytes);
  const x = Float32Array.from({ length: count * 8 }, (_, i) => bytes[i]! / 127.5 - 1);
  const y = Int32Array.from({ length: count }, (_, row) => {
    const says = x[row * 8]! + x[row * 8 + 1]! - x[row * 8 + 2]! > 0.3 ? 1 : 0;
    return bytes[count * 8 + row]! < 51 ? 1 - says : says;
  });
  return { x, y };
}

it.each([
  ['a table, few rows', manifestFixture(), 2, 30],
  ['a table', manifestFixture(), 2, 150],
  ['a model without a hidden layer', { ...PICTURES, model: PLAIN }, 36, 700],
  ['convolutions', { ...PICTURES, model: LAYERS }, 36, 60],
] as const)('the predicted work of training alone is the actual one, or slightly more: %s', (_name, manifest, inputs, n) => {
  const counted = counting(numerics);
  const rows = {
    x: Float32Array.from({ length: n * inputs }, (_, i) => Math.sin(i * i)),
    y: Int32Array.from({ length: n }, (_, i) => i % 3),
  };
  const solo = trainSolo(counted.numerics, manifest, rows, seededBytes('rows'));
  solo.close();
  expect(counted.work()).toBeGreaterThan(0);
  expect(solo.work).toBeGreaterThan(counted.work());
  const ratio = soloWork(manifest, n) / solo.work;
  expect(ratio).toBeGreaterThanOrEqual(1);
  // Some fits end sooner than allowed.
  expect(ratio).toBeLessThan(4);
});

it('a few rows take long with large layers, and so do many rows to judge on', () => {
  const wide: ManifestBody = { ...manifestFixture(), model: { kind: 'mlp', hidden: [1000, 900], activation: 'tanh', seed: 's' } };
  expect(takesLong(manifestFixture(), 1000, 400)).toBe(false);
  expect(takesLong(wide, 60, 400)).toBe(true);
  expect(takesLong(wide, 0, 400)).toBe(false);
  expect(takesLong(wide, 0, 100_000)).toBe(true);
  expect(soloWork(wide, 0)).toBe(0);
});

describe('the rival', () => {
  it('is no worse than an independent logistic regression', () => {
    const test = noisyRows(2000, 'test');
    for (const [i, size] of [60, 250].entries()) {
      const rows = noisyRows(size, `rows ${i}`);
      const solo = trainSolo(numerics, TWO, rows, seededBytes('solo'));
      const outputs = plainRegression(rows, { classes: 2 }, 'plain')(test.x);
      const right = test.y.filter((label, row) => Number(outputs[row * 2 + 1]! > outputs[row * 2]!) === label).length / test.y.length;
      expect(figureOf(solo.goodness(test))).toBeGreaterThan(right - 0.01);
      solo.close();
    }
  });

  it('is the linear model with the usual penalty if others are better only by chance', () => {
    const test = noisyRows(2000, 'test');
    const found = ['d', 'g', 'h', 'l'].map((seed) => {
      const solo = trainSolo(numerics, TWO, noisyRows(30, seed), seededBytes('solo'));
      solo.close();
      return { kind: solo.kind, accuracy: figureOf(solo.goodness(test)) };
    });
    expect(found.map(({ kind }) => kind)).toEqual(['linear', 'linear', 'linear', 'linear']);
    // With the penalty of the least held-out loss, the last two are no better than a constant answer: 0.57 and 0.51.
    for (const { accuracy } of found) expect(accuracy).toBeGreaterThan(0.59);
  });

  it('has calibrated probabilities: with a fifth of the rows by chance, it is not certain', () => {
    const [rows, test] = [noisyRows(300, 'rows'), noisyRows(2000, 'test')];
    const solo = trainSolo(numerics, TWO, rows, seededBytes('solo'));
    const probabilities = solo.probabilities(test.x);
    const sure = test.y.reduce((sum, _, row) => sum + Math.max(probabilities[row * 2]!, probabilities[row * 2 + 1]!), 0) / test.y.length;
    expect(Math.abs(sure - figureOf(solo.goodness(test)))).toBeLessThan(0.08);
    solo.close();
  });

  it('for rows of one class is that class, more certain with more rows', () => {
    const rows = (count: number) => ({ x: noisyRows(count, 'one').x, y: new Int32Array(count).fill(1) });
    const [few, many] = [3, 300].map((count) => trainSolo(numerics, TWO, rows(count), seededBytes('solo')));
    expect([few!.kind, few!.work]).toEqual(['constant', 0]);
    const test = noisyRows(50, 'test');
    expect(figureOf(few!.goodness(test))).toBe(test.y.filter((label) => label === 1).length / 50);
    expect(few!.probabilities(test.x.subarray(0, 16))[1]).toBeCloseTo(7 / 8, 5);
    expect(many!.probabilities(test.x.subarray(0, 16))[3]).toBeCloseTo(601 / 602, 5);
  });
});

it('recordings with many windows each count as few, however many rows they make', () => {
  const kinds = ['a', 'b', 'd', 'e'].map((seed) => {
    const windows = 8;
    const few = noisyRows(24, seed);
    const rows = {
      x: Float32Array.from({ length: few.x.length * windows }, (_, i) => few.x[Math.floor(i / (8 * windows)) * 8 + (i % 8)]!),
      y: Int32Array.from({ length: 24 * windows }, (_, row) => few.y[Math.floor(row / windows)]!),
      units: Int32Array.from({ length: 24 * windows }, (_, row) => Math.floor(row / windows)),
    };
    const solo = trainSolo(numerics, TWO, rows, seededBytes('solo'));
    solo.close();
    return solo.kind;
  });
  expect(kinds).toEqual(['linear', 'linear', 'linear', 'linear']);
});

describe('the rival for answers that are numbers', () => {
  const NUMBERS: ManifestBody = {
    ...TWO,
    task: { ...TWO.task, label: { name: 'price', number: { min: 0, max: 160, loss: 'huber' } } } as ManifestBody['task'],
  };

  /** In units of a sixteenth of the range, from its middle. */
  const priced = (count: number, seed: string, of: (x: Float32Array, at: number) => number) => {
    const { x } = noisyRows(count, seed);
    return { x, y: Float32Array.from({ length: count }, (_, row) => of(x, row * 8)) };
  };

  it('finds a line, a bend if there is one, and the median if there is no pattern', () => {
    const line = (x: Float32Array, at: number) => 2 * x[at]! - x[at + 1]! + x[at + 7]! / 4;
    const bend = (x: Float32Array, at: number) => 5 * Math.abs(x[at]!) - 2;
    const noise = (x: Float32Array, at: number) => ((x[at]! * 7919) % 1) * 3;
    const found = [line, bend, noise].map((of) => {
      const solo = trainSolo(numerics, NUMBERS, priced(300, 'rows', of), seededBytes('solo'));
      const goodness = solo.goodness(priced(500, 'test', of));
      solo.close();
      return { kind: solo.kind, error: 'error' in goodness ? goodness.error : NaN };
    });
    expect(found[0]).toMatchObject({ kind: 'linear', error: expect.closeTo(0, 1) });
    // A line's error is twelve and a half.
    expect(found[1]!.kind).toBe('network');
    expect(found[1]!.error).toBeLessThan(11);
    expect(found[2]!.error).toBeLessThan(16);
  });

  it('is the median if a line leads only by chance with few rows', () => {
    const kinds = ['a', 'b', 'c'].map((seed) => {
      const bytes = new Uint8Array(40);
      seededBytes(`answers ${seed}`)(bytes);
      const rows = { x: noisyRows(40, seed).x, y: Float32Array.from(bytes, (byte) => byte / 32 - 4) };
      const solo = trainSolo(numerics, NUMBERS, rows, seededBytes('solo'));
      solo.close();
      return solo.kind;
    });
    expect(kinds).toEqual(['constant', 'constant', 'constant']);
  });
});

it('rows of one unit prove no more than one row: a lead is counted by units', () => {
  const [errors, than] = [
    [0, 0, 1, 0, 0],
    [1, 1, 0, 1, 0],
  ];
  const each = standardErrorsAhead(errors!, than!, [0, 1, 2, 3, 4]);
  expect(each).toBe(1);
  const often = (list: readonly number[]) => list.flatMap((error) => Array<number>(50).fill(error));
  expect(standardErrorsAhead(often(errors!), often(than!), often([0, 1, 2, 3, 4]))).toBeCloseTo(each, 10);
  expect(standardErrorsAhead(than!, errors!, [0, 1, 2, 3, 4])).toBe(-each);
  expect(standardErrorsAhead(than!, than!, [0, 1, 2, 3, 4])).toBe(0);
});

it('folds keep units whole, and hold out every row once', () => {
  const units = Int32Array.from({ length: 60 }, (_, row) => row % 12);
  const folds = foldsOf(60, units, 5, false, new RandomWords(seededBytes('folds')));
  expect(folds.flatMap(({ held }) => [...held]).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, row) => row));
  for (const { train, held } of folds) {
    expect(train.length + held.length).toBe(60);
    const seen = new Set(Array.from(train, (row) => units[row]!));
    expect(held.some((row) => seen.has(units[row]!))).toBe(false);
  }
  expect(foldsOf(60, units, 5, true, new RandomWords(seededBytes('folds')))).toHaveLength(1);
  // Too few units to hold out one in each part.
  expect(foldsOf(60, units.fill(0), 5, false, new RandomWords(seededBytes('folds')))).toEqual([]);
});
