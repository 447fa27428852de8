import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { initialState } from '#protocol/model/state';
import { sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import { applyMean } from '#protocol/robust/mean';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { trainSolo } from '../solo/solo.ts';
import { openTrainer, type Trainer } from './trainer.ts';
import type { TrainingRows } from '../training-rows.ts';
import { figureOf } from './goodness.ts';

const MANIFEST = manifestFixture();
const NETWORK = networkOf(manifestFixture());
const D = 2 * 5 + 5 + 5 * 3 + 3;

/** Three classes in three corners of the square, slightly blurred. */
function corners(n: number, seed: string): TrainingRows {
  const random = seededBytes(seed);
  const x = new Float32Array(n * 2);
  const y = new Int32Array(n);
  const centres = [
    [-0.7, -0.7],
    [0.7, -0.7],
    [0, 0.7],
  ] as const;
  const bytes = new Uint8Array(3);
  for (let i = 0; i < n; i++) {
    random(bytes);
    const [cls, dx, dy] = bytes;
    y[i] = cls! % 3;
    x[i * 2] = centres[y[i]!]![0] + (dx! - 128) / 600;
    x[i * 2 + 1] = centres[y[i]!]![1] + (dy! - 128) / 600;
  }
  return { x, y };
}

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

function withTrainer<T>(manifest: ManifestBody, use: (trainer: Trainer) => T): T {
  const trainer = openTrainer(numerics, manifest);
  try {
    return use(trainer);
  } finally {
    trainer.close();
  }
}

const { parameters } = initialState(NETWORK, 'test');
const withPrivacy = (changes: Partial<ManifestBody['privacy']>): ManifestBody => ({
  ...MANIFEST,
  privacy: { ...MANIFEST.privacy, ...changes },
});
const deviation = (values: Int32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

function updates(manifest: ManifestBody, rows: TrainingRows, times: number, seed: string): { all: Int32Array; lots: number[] } {
  return withTrainer(manifest, (trainer) => {
    trainer.hold(rows);
    const random = seededBytes(seed);
    const all = new Int32Array(D * times);
    const lots = [];
    for (let i = 0; i < times; i++) {
      const { vector, lotSize } = trainer.makeUpdate(parameters, manifest.privacy, random);
      all.set(checkUpdate(vector, D, updateNormMax(manifest)), i * D);
      lots.push(lotSize);
    }
    return { all, lots };
  });
}

describe('an update', () => {
  it('is d little-endian int32 within the bound that receivers check, determined by the random bytes', () => {
    const first = updates(MANIFEST, corners(90, 'rows'), 3, 'a').all;
    expect(updates(MANIFEST, corners(90, 'rows'), 3, 'a').all).toEqual(first);
    expect(updates(MANIFEST, corners(90, 'rows'), 3, 'b').all).not.toEqual(first);
  });

  it('of an empty lot is noise of the full deviation', () => {
    const manifest = withPrivacy({ rate: 1e-6 });
    const { all, lots } = updates(manifest, corners(9, 'rows'), 60, 'empty');
    expect(lots.every((size) => size === 0)).toBe(true);
    const expected = sigmaOnGrid(manifest.privacy.sigma, manifest.privacy.gridBits);
    // Relative error of a deviation from n samples: 1 / sqrt(2n); five of them.
    expect(Math.abs(deviation(all) / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * all.length));
  });

  it('draws a new lot near the rate, and new noise, at every call', () => {
    const { all, lots } = updates(MANIFEST, corners(400, 'rows'), 50, 'lots');
    const mean = lots.reduce((a, b) => a + b) / lots.length;
    expect(Math.abs(mean - 400 * MANIFEST.privacy.rate)).toBeLessThan(5 * Math.sqrt((400 * 0.25 * 0.75) / 50));
    expect(new Set(lots).size).toBeGreaterThan(5);
    expect(new Set(all.subarray(0, D).map((v, i) => v - all[D + i]!)).size).toBeGreaterThan(1);
  });

  it('is the clipped sum of the lot plus noise: one more row changes it by at most the clip norm', () => {
    const rows = corners(40, 'rows');
    const manifest = withPrivacy({ rate: 1 });
    const fewer = { x: rows.x.slice(0, 39 * 2), y: rows.y.slice(0, 39) };
    const noiseOf = (some: TrainingRows) => {
      const sum = withTrainer(manifest, (trainer) => {
        trainer.hold(some);
        return checkUpdate(trainer.makeUpdate(parameters, manifest.privacy, seededBytes('same')).vector, D, updateNormMax(manifest));
      });
      const model = numerics.model({ network: NETWORK, loss: 'cross-entropy' }, 64);
      model.setParameters(parameters);
      const everyone = Int32Array.from({ length: some.y.length }, (_, i) => i);
      const { clip, gridBits } = manifest.privacy;
      const clipped = model.clippedSum(some, everyone, { clip, gridBits }).steps;
      model.free();
      return { noise: sum.map((v, i) => v - clipped[i]!), clipped };
    };
    const [all, less] = [noiseOf(rows), noiseOf(fewer)];
    expect(deviation(all.noise)).toBeGreaterThan(0.5 * sigmaOnGrid(manifest.privacy.sigma, manifest.privacy.gridBits));
    const moved = Math.hypot(...all.clipped.map((v, i) => v - less.clipped[i]!));
    expect(moved).toBeLessThanOrEqual(2 ** manifest.privacy.gridBits);
    expect(moved).toBeGreaterThan(0);
  });

  it('needs rows, and parameters of this model', () => {
    withTrainer(MANIFEST, (trainer) => {
      const make = (p: Float32Array) => () => trainer.makeUpdate(p, MANIFEST.privacy, seededBytes('x'));
      expect(make(parameters)).toThrow(expect.objectContaining({ code: 'rows-too-few' }));
      trainer.hold(corners(10, 'rows'));
      expect(make(parameters.slice(1))).toThrow(expect.objectContaining({ code: 'wrong-length' }));
      expect(make(parameters.map(() => NaN))).toThrow(expect.objectContaining({ code: 'not-a-number' }));
    });
  });

  it.each([
    ['more rows than the manifest allows', corners(1001, 'rows'), 'rows-too-many'],
    ['inputs of another table', { x: new Float32Array(9), y: new Int32Array(3) }, 'wrong-length'],
    ['a class that the manifest has not', { x: new Float32Array(2), y: Int32Array.of(3) }, 'label-unknown'],
    ['a number that is none', { x: Float32Array.of(0, NaN), y: Int32Array.of(0) }, 'not-a-number'],
  ])('is never made from %s', (_, rows, code) => {
    withTrainer(MANIFEST, (trainer) => {
      expect(() => trainer.hold(rows)).toThrow(expect.objectContaining({ code }));
    });
  });
});

describe('training', () => {
  it('by three members reaches what the corners allow, although each update is noised', () => {
    const test = corners(300, 'test');
    const members = ['a', 'b', 'c'].map((name) => {
      const trainer = openTrainer(numerics, MANIFEST);
      trainer.hold(corners(900, name));
      return { trainer, random: seededBytes(`noise ${name}`) };
    });
    let state = initialState(NETWORK, 'test');
    const before = members[0]!.trainer.evaluate(state.parameters, test);
    for (let round = 0; round < 30; round++) {
      const vectors = members.map(({ trainer, random }) =>
        checkUpdate(trainer.makeUpdate(state.parameters, MANIFEST.privacy, random).vector, D, updateNormMax(MANIFEST)),
      );
      state = applyMean(state, vectors, MANIFEST.rule, MANIFEST.privacy);
    }
    const after = members[0]!.trainer.evaluate(state.parameters, test);
    for (const { trainer } of members) trainer.close();
    expect(figureOf(after)).toBeGreaterThan(0.9);
    expect(after.loss).toBeLessThan(before.loss);
  });

  it('alone and without noise is as good as the corners allow, and depends only on its arguments', () => {
    const rows = corners(200, 'a');
    const accuracies = [1, 2].map(() => {
      const solo = trainSolo(numerics, MANIFEST, rows, seededBytes('solo'));
      const accuracy = figureOf(solo.goodness(corners(300, 'test')));
      solo.close();
      return accuracy;
    });
    expect(accuracies[0]).toBeGreaterThan(0.95);
    expect(accuracies[1]).toBe(accuracies[0]);
  });

  it('alone picks the MLP if no line can separate the classes', () => {
    const bytes = new Uint8Array(600);
    seededBytes('square')(bytes);
    const x = Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
    const y = Int32Array.from({ length: 300 }, (_, i) => (x[i * 2]! * x[i * 2 + 1]! > 0 ? 1 : 0)); // exclusive or of the signs
    const solo = trainSolo(numerics, MANIFEST, { x, y }, seededBytes('xor'));
    expect(solo.kind).toBe('network');
    solo.close();
  });

  it('alone works on a single row, and needs one', () => {
    const one = { x: Float32Array.of(0.5, 0.5), y: Int32Array.of(1) };
    const solo = trainSolo(numerics, MANIFEST, one, seededBytes('one'));
    expect(figureOf(solo.goodness(one))).toBe(1);
    solo.close();
    const none = { x: new Float32Array(0), y: new Int32Array(0) };
    expect(() => trainSolo(numerics, MANIFEST, none, seededBytes('none'))).toThrow(expect.objectContaining({ code: 'rows-too-few' }));
  });
});

it('the manifest of these tests is legal', () => {
  expect(parseManifestBody(MANIFEST)).toEqual(MANIFEST);
});

it('a rehearsal computes as much as requested, and leaves rows, parameters and the randomness of updates alone', () => {
  const made = (rehearse: boolean) =>
    withTrainer(MANIFEST, (trainer) => {
      trainer.hold(corners(90, 'rows'));
      const random = seededBytes('same');
      trainer.makeUpdate(parameters, MANIFEST.privacy, random);
      if (rehearse) {
        trainer.rehearseLot(300);
        trainer.rehearseNoise(seededBytes('other'));
      }
      return trainer.makeUpdate(parameters, MANIFEST.privacy, random).vector;
    });
  expect(made(true)).toEqual(made(false));
});
