/** Updates whose clip norm adapts, or is split between layers: through the real numerics, with the noise removed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf, updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { firstState } from '#protocol/robust/optimizer';
import { noiseSteps, unitSteps } from '#protocol/privacy/adaptive-clip';
import { checkUpdate, type AddNoise } from '#protocol/privacy/noise/noisy-update';
import { applyMean } from '#protocol/robust/mean';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import type { NoiseSource } from './noise-ahead.ts';
import { openTrainer } from './trainer.ts';
import type { TrainingRows } from '../training-rows.ts';

const BASE = manifestFixture();
const ADAPTIVE = { quantile: 0.5, rate: 0.3, share: 0.2 };
const body = (privacy: Partial<ManifestBody['privacy']>): ManifestBody => ({ ...BASE, privacy: { ...BASE.privacy, ...privacy } });

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

/** Points of three classes, near and far out, so that gradients have many lengths. */
function points(n: number): TrainingRows {
  const bytes = new Uint8Array(n * 2);
  seededBytes('points')(bytes);
  return {
    x: Float32Array.from(bytes, (byte, i) => ((byte - 128) / 128) ** (1 + (i % 5))),
    y: Int32Array.from({ length: n }, (_, i) => i % 3),
  };
}

/** The update without its noise: records the requests for noise, and adds none. */
function sumOf(manifest: ManifestBody, rows: TrainingRows, clip = manifest.privacy.clip) {
  const asked: [count: number, sigma: number][] = [];
  const add: AddNoise = (sum, sigma, _, into) => {
    asked.push([sum.length, sigma]);
    into.set(sum);
  };
  const source: NoiseSource = { add, addHere: add, prepare: () => {}, stop: () => {} };
  const trainer = openTrainer(numerics, manifest, { noise: source });
  try {
    trainer.hold(rows);
    const privacy = { ...manifest.privacy, clip, rate: 1 };
    const { vector } = trainer.makeUpdate(firstState(manifest).parameters, privacy, seededBytes('lot'));
    return { sum: checkUpdate(vector, updateLength(manifest), updateNormMax(manifest)), asked };
  } finally {
    trainer.close();
  }
}

const without = ({ x, y }: TrainingRows, row: number): TrainingRows => ({
  x: x.filter((_, i) => i >> 1 !== row),
  y: y.filter((_, i) => i !== row),
});
const distance = (a: Int32Array, b: Int32Array) => Math.hypot(...a.map((v, i) => v - b[i]!));

describe('an update whose clip norm adapts', () => {
  it('has one more number, and noise for the whole sensitivity on all of them', () => {
    const manifest = parseManifestBody(body({ adaptive: ADAPTIVE }));
    const { sum, asked } = sumOf(manifest, points(60));
    expect(sum.length).toBe(networkOf(manifest).parameterCount + 1);
    expect(asked).toEqual([[sum.length, noiseSteps(manifest.privacy)]]);
    expect(asked[0]![1]).toBeGreaterThan(manifest.privacy.sigma * 2 ** 16);
    const wide = sumOf(manifest, points(60), 1000).sum.at(-1);
    const narrow = sumOf(manifest, points(60), 1e-5).sum.at(-1);
    const { within, beyond } = unitSteps(manifest.privacy);
    expect([wide, narrow]).toEqual([60 * within, -60 * beyond]);
  });

  it('changes by one row, gradient and count together, by no more than the noise covers', () => {
    const manifest = body({ adaptive: ADAPTIVE });
    const { sensitivity } = unitSteps(manifest.privacy);
    const rows = points(25);
    const all = sumOf(manifest, rows).sum;
    const moved = rows.y
      .entries()
      .map(([row]) => distance(all, sumOf(manifest, without(rows, row)).sum))
      .toArray();
    expect(Math.max(...moved)).toBeLessThanOrEqual(sensitivity);
    // A clipped row reaches it: the bound is tight.
    expect(Math.max(...moved)).toBeGreaterThan(0.98 * sensitivity);
  });

  it('leads the rule to the quantile of the norms', () => {
    const manifest = body({ adaptive: { ...ADAPTIVE, quantile: 0.7 }, lot: 300, clip: 0.01 });
    const rows = points(300);
    const { within } = unitSteps(manifest.privacy);
    let state = firstState(manifest);
    const still = { ...manifest.rule, step: 1e-9 };
    let count = 0;
    for (let round = 0; round < 40; round++) {
      const { sum } = sumOf(manifest, rows, state.clip);
      count = sum.at(-1)!;
      state = applyMean(state, [sum], still, manifest.privacy);
    }
    expect(state.clip).toBeGreaterThan(0.05);
    expect(Math.abs(count)).toBeLessThan(0.03 * 300 * within * (0.7 / 0.3));
  });
});

describe('an update that is clipped layer by layer', () => {
  it('changes by one row by no more than the clip norm, split between the layers', () => {
    const manifest = parseManifestBody(body({ perLayer: true, clip: 1e-4 }));
    const [one, none] = [sumOf(manifest, points(1)).sum, new Int32Array(updateLength(manifest))];
    const total = distance(one, none);
    expect(total).toBeLessThanOrEqual(2 ** 16);
    expect(total).toBeGreaterThan(0.98 * 2 ** 16);
    // Two layers, both far beyond their bound: equal parts.
    const first = 2 * 5 + 5;
    for (const part of [one.subarray(0, first), one.subarray(first)]) {
      expect(Math.abs(Math.hypot(...part) / 2 ** 16 - Math.SQRT1_2)).toBeLessThan(0.01);
    }
    const whole = sumOf(body({ clip: 1e-4 }), points(1)).sum;
    expect(Math.abs(Math.hypot(...whole.subarray(0, first)) / 2 ** 16 - Math.SQRT1_2)).toBeGreaterThan(0.02);
  });
});
