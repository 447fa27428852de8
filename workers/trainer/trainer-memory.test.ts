/** What a private step leaves behind: in steady state nothing but the update, and no secret once it is made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf, updateLength } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import type { AddNoise } from '#protocol/privacy/noise/noisy-update';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { allocatedBytes } from '../../bench/allocated-bytes.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { exactNoise } from './exact-noise.ts';
import { noiseAhead, type NoiseOrder } from './noise-ahead.ts';
import { RING_BLOCK, ringWriter } from './noise-ring.ts';
import { openTrainer } from './trainer.ts';

const BASE = manifestFixture();
/** 3,075 parameters: an array for an update has 12 kB. */
const MANIFEST = { ...BASE, model: { ...BASE.model, hidden: [512] } as typeof BASE.model };
const ROWS = 900;
/** Lots of 225 rows, about: a few blocks. */
const PRIVACY = { ...MANIFEST.privacy, rate: 0.25 };
const device: RandomFill = (into) => crypto.getRandomValues(into);
const rows = { x: new Float32Array(2 * ROWS).map((_, i) => Math.sin(i)), y: new Int32Array(ROWS).map((_, i) => i % 3) };
const { parameters } = initialState(networkOf(MANIFEST), 'memory');

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

describe('a private step', () => {
  it('leaves neither its lot nor its sum, and nothing of them when the noise fails', () => {
    const seen: { lot?: Int32Array; sum?: Int32Array; asked: number } = { asked: 0 };
    const watched: Numerics = {
      model(spec, lot, unitRows) {
        const model = numerics.model(spec, lot, unitRows);
        const clippedSum = model.clippedSum.bind(model);
        model.clippedSum = (of, drawn, clipping, into) => {
          seen.lot = drawn;
          return clippedSum(of, drawn, clipping, into);
        };
        return model;
      },
    };
    const add: AddNoise = (sum, _sigma, _random, into) => {
      seen.sum = sum;
      expect([seen.lot!.some((row) => row !== 0), sum.some((value) => value !== 0)]).toEqual([true, true]);
      if (seen.asked++ > 0) throw new Error('no noise');
      into.fill(1);
    };
    const trainer = openTrainer(watched, MANIFEST, { noise: { add, addHere: add, prepare: () => {}, stop: () => {} } });
    trainer.hold(rows);
    const made = () => trainer.makeUpdate(parameters, PRIVACY, device);
    const clean = () => [seen.lot!, seen.sum!].every((secret) => secret.every((value) => value === 0));
    expect(made().vector.length).toBe(4 * updateLength(MANIFEST));
    expect(clean()).toBe(true);
    expect(made).toThrow('no noise');
    expect(clean()).toBe(true);
    trainer.close();
  });

  it('allocates at most a kilobyte', () => {
    const trainer = openTrainer(numerics, MANIFEST);
    trainer.hold(rows);
    const bytes = allocatedBytes(() => void trainer.makeUpdate(parameters, PRIVACY, device));
    trainer.close();
    expect(bytes).toBeLessThanOrEqual(1024);
  });

  it('allocates no more where its noise comes from a ring', () => {
    const orders: NoiseOrder[] = [];
    const trainer = openTrainer(numerics, MANIFEST, { noise: noiseAhead(numerics, (order) => orders.push(order)) });
    trainer.hold(rows);
    const ring = ringWriter(orders[0]!.memory);
    const { add } = exactNoise(numerics);
    const [zeros, samples] = [new Int32Array(RING_BLOCK), new Int32Array(RING_BLOCK)];
    const fill = (): void => {
      while (ring.room() >= RING_BLOCK) {
        add(zeros, orders[0]!.sigma, device, samples);
        ring.write(samples);
      }
    };
    const steps = Math.floor(RING_BLOCK / updateLength(MANIFEST));
    const asked = new Set<number>();
    const watched: RandomFill = (into) => {
      asked.add(into.length);
      device(into);
    };
    const bytes = allocatedBytes(() => void trainer.makeUpdate(parameters, PRIVACY, watched), steps, fill);
    // Blocks for the lot alone: all noise lay ready.
    expect(asked).toEqual(new Set([4096]));
    trainer.close();
    expect(bytes).toBeLessThanOrEqual(1024);
  });
});
