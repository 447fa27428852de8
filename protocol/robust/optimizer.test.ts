import { describe, expect, it } from 'vitest';
import { hashBytes } from '../codec.ts';
import type { ManifestBody } from '../manifest/manifest.ts';
import { networkOf } from '../manifest/manifest.ts';
import { decodeState, encodeState, type ModelState } from '../model/state.ts';
import { cosineOfPi, firstState, applyStep, powerOf, stepShare } from './optimizer.ts';
import { manifestFixture } from '#workers/manifest.fixture';

const ADAM = { kind: 'adam', beta1: 0.5, beta2: 0.75, epsilon: 0.5 } as const;
const rule = (changes: Partial<ManifestBody['rule']> = {}): ManifestBody['rule'] => ({ kind: 'mean', step: 0.5, momentum: 0, ...changes });
const state = (parameters: number[], changes: Partial<ModelState> = {}): ModelState => ({
  parameters: new Float32Array(parameters),
  momentum: new Float32Array(parameters.length),
  ...changes,
});
const adamState = (parameters: number[]) => state(parameters, { variance: new Float32Array(parameters.length), applied: 0 });
const g = (...values: number[]) => new Float64Array(values);

/** Values as the bytes of doubles, hashed. */
function hashOf(values: readonly number[]): string {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat64(i * 8, value, true);
  return hashBytes(bytes);
}

describe('a schedule', () => {
  const shares = (schedule: NonNullable<ManifestBody['rule']['schedule']>, rounds: number, models: number) =>
    Array.from({ length: models }, (_, applied) => stepShare(schedule, applied, rounds));

  it('falls in equal parts to its floor by the last round, and stays there', () => {
    expect(shares({ kind: 'linear' }, 4, 6)).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
    expect(shares({ kind: 'linear', floor: 0.5 }, 4, 6)).toEqual([1, 0.875, 0.75, 0.625, 0.5, 0.5]);
  });

  it('rises first, where there is a warm-up', () => {
    expect(shares({ kind: 'constant', warmup: 4 }, 8, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(shares({ kind: 'linear', warmup: 2 }, 6, 8)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25, 0, 0]);
  });

  it('by half a cosine is at half in the middle, and flat at both ends', () => {
    const half = shares({ kind: 'cosine' }, 100, 101);
    expect(half[0]).toBeCloseTo(1, 15);
    expect(half[50]).toBe(0.5);
    expect(half[100]).toBeCloseTo(0, 15);
    expect(1 - half[1]!).toBeLessThan(3e-4);
    expect(shares({ kind: 'cosine', floor: 0.2 }, 2, 3)[1]).toBeCloseTo(0.6, 15);
  });

  it('has the same bits on every engine (and in Python, which computed this hash too)', () => {
    const values = Array.from({ length: 1001 }, (_, i) => cosineOfPi(i / 1000));
    for (const [i, value] of values.entries()) expect(Math.abs(value - Math.cos((Math.PI * i) / 1000))).toBeLessThan(1e-15);
    expect(hashOf(values)).toBe('ENglvaAKd9Abh-ozAw0xuSk5lGLbBkYyVgPFcES69DA');
  });

  it('is counted by models that were made', () => {
    const scheduled = rule({ momentum: 0.5, schedule: { kind: 'linear' } });
    // m = 1, then 1.5, then 1.75; steps of 0.5, 0.25 and none.
    let at = state([0], { applied: 0 });
    const seen = [1, 2, 3].map(() => (at = applyStep(at, g(1), scheduled, 0, 2)).parameters[0]);
    expect(seen).toEqual([-0.5, -0.875, -0.875]);
    expect(at.applied).toBe(3);
    expect(() => applyStep(state([0]), g(1), scheduled, 0, 2)).toThrow(
      expect.objectContaining({ code: 'wrong-length', detail: expect.objectContaining({ field: 'state.applied' }) }),
    );
  });
});

describe('Adam', () => {
  it('steps by moments that are told apart from their start at zero', () => {
    const adam = rule({ optimizer: ADAM });
    // m = 0.25, v = 0.0625; corrected 0.5 and 0.25: the divisor is 0.5 + 0.5.
    const first = applyStep(adamState([1]), g(0.5), adam, 0.1, 10);
    expect([first.parameters[0], first.momentum[0], first.variance![0], first.applied]).toEqual([0.75, 0.25, 0.0625, 1]);
    // m = -0.375, v = 0.296875; corrected by 3/4 and 7/16: -0.5 over sqrt(19/28) + 0.5.
    const second = applyStep(first, g(-1), adam, 0.1, 10);
    expect([second.momentum[0], second.variance![0], second.applied]).toEqual([-0.375, 0.296875, 2]);
    expect(second.parameters[0]).toBe(Math.fround(0.75 + 0.25 / (Math.sqrt(19 / 28) + 0.5)));
  });

  it('takes the known noise off the second moment, down to a floor', () => {
    const corrected = rule({ optimizer: { ...ADAM, epsilon: 0.125, dpBias: true } });
    // g^2 less the noise is 1/16, so the divisor is 1/4, with nothing added.
    expect(applyStep(adamState([1]), g(0.5), corrected, 0.1875, 10).parameters[0]).toBe(1 - 0.5 * (0.5 / 0.25));
    // Less than nothing is left: the divisor is epsilon.
    const floored = applyStep(adamState([1]), g(0.5), corrected, 0.5, 10);
    expect([floored.variance![0], floored.parameters[0]]).toEqual([-0.0625, 1 - 0.5 * (0.5 / 0.125)]);
  });

  it('with the correction sees no moment in pure noise, and without it sees the noise', () => {
    const d = 20_000;
    let word = 7;
    const uniform = () => (word = (Math.imul(word, 1664525) + 1013904223) | 0) / 2 ** 31;
    const noise = 1 / 3; // the variance of a uniform value in [-1, 1]
    const after = (dpBias: boolean) => {
      const optimizer = { ...ADAM, beta2: 0.9, ...(dpBias ? { dpBias: true as const } : {}) };
      let at = adamState(Array.from({ length: d }, () => 0));
      for (let round = 0; round < 10; round++) {
        at = applyStep(at, new Float64Array(d).map(uniform), rule({ optimizer }), noise, 10);
      }
      return at.variance!.reduce((sum, v) => sum + v, 0) / d / (1 - powerOf(0.9, 10));
    };
    expect(Math.abs(after(true))).toBeLessThan(0.01);
    expect(Math.abs(after(false) - noise)).toBeLessThan(0.01);
  });

  it('gives the same bits on every engine (and in Python, which computed this hash too)', () => {
    let word = 1;
    const draw = () => (word = (Math.imul(word, 1664525) + 1013904223) | 0);
    const d = 101;
    const adam = rule({
      step: 0.01,
      optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-4, dpBias: true },
      schedule: { kind: 'cosine', warmup: 3, floor: 0.1 },
    });
    let at = adamState(Array.from({ length: d }, () => draw() / 2 ** 32));
    for (let round = 0; round < 25; round++)
      at = applyStep(
        at,
        Float64Array.from({ length: d }, () => draw() / 2 ** 33),
        adam,
        0.003,
        20,
      );
    const bytes = new Uint8Array(d * 12);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < d; i++) {
      for (const [j, list] of [at.parameters, at.momentum, at.variance!].entries()) view.setFloat32(i * 12 + j * 4, list[i]!, true);
    }
    expect(hashBytes(bytes)).toBe('hWe8onvNDKqOoyXhAontZesafY5IlMYSZWB8k7sXGAg');
  });

  it('refuses the state of another rule, and to leave float32', () => {
    const adam = rule({ optimizer: ADAM });
    expect(() => applyStep(state([0], { applied: 0 }), g(1), adam, 0, 2)).toThrow(
      expect.objectContaining({ code: 'wrong-length', detail: expect.objectContaining({ field: 'state.variance' }) }),
    );
    expect(() => applyStep(adamState([0]), g(1e30), adam, 0, 2)).toThrow(expect.objectContaining({ code: 'not-a-number' }));
  });
});

describe('the first state', () => {
  it('has what its rule keeps, in its file too', () => {
    const base = manifestFixture();
    const keys = (changes: Partial<ManifestBody>) => Object.keys(firstState({ ...base, ...changes })).sort();
    expect(keys({})).toEqual(['momentum', 'parameters']);
    expect(keys({ rule: rule({ schedule: { kind: 'linear' } }) })).toEqual(['applied', 'momentum', 'parameters']);
    const adaptive = { quantile: 0.5, rate: 0.2, share: 0.1 };
    const all = { ...base, rule: rule({ optimizer: ADAM }), privacy: { ...base.privacy, adaptive } };
    expect(firstState(all)).toMatchObject({ applied: 0, clip: 0.5, variance: new Float32Array(33) });
    expect(decodeState(networkOf(all), encodeState(networkOf(all), firstState(all)))).toEqual(firstState(all));
  });
});

it('powers are those of repeated multiplication', () => {
  for (const [base, n] of [
    [0.5, 0],
    [0.5, 1],
    [0.5, 10],
    [0.75, 7],
    [0.999, 1000],
  ] as const) {
    let product = 1;
    for (let i = 0; i < n; i++) product *= base;
    expect(Math.abs(powerOf(base, n) / product - 1)).toBeLessThan(1e-12);
  }
  expect(powerOf(0.9999, 2 ** 31 - 1)).toBe(0);
});
