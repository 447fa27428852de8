import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { hashBytes } from '../codec.ts';
import { CONTRIBUTORS_MAX } from '../limits.ts';
import type { ModelState } from '../model/state.ts';
import { unitSteps } from '../privacy/adaptive-clip.ts';
import { applyMean, kernelOf } from './mean.ts';

const RULE = { kind: 'mean', step: 0.5, momentum: 0.9 } as const;
const PRIVACY = { clip: 1, gridBits: 16, lot: 4, sigma: 1.5, rounds: 10 };
const state = (parameters: number[], momentum = parameters.map(() => 0)): ModelState => ({
  parameters: new Float32Array(parameters),
  momentum: new Float32Array(momentum),
});
const vector = (...steps: number[]) => new Int32Array(steps);

describe('the mean rule', () => {
  it('divides the sum by the public constants and steps against it', () => {
    // (65536 + 131072) grid steps are 3 clip norms; over 2 members x 4 examples: g = 0.375
    const next = applyMean(state([1, 1]), [vector(65536, 0), vector(131072, 0)], RULE, PRIVACY);
    expect([...next.momentum]).toEqual([0.375, 0]);
    expect([...next.parameters]).toEqual([1 - 0.5 * 0.375, 1]);
  });

  it('carries momentum, and moves by it when the updates are zero', () => {
    const next = applyMean(state([0], [2]), [vector(0)], { ...RULE, momentum: 0.5 }, PRIVACY);
    expect([next.momentum[0], next.parameters[0]]).toEqual([1, -0.5]);
  });

  it('scales with the clip norm and the grid', () => {
    const at = (clip: number, gridBits: number) =>
      applyMean(state([0]), [vector(1 << 18)], RULE, { ...PRIVACY, clip, gridBits }).momentum[0];
    expect([at(1, 16), at(0.5, 16), at(1, 18), at(1, 20)]).toEqual([1, 0.5, 0.25, 0.0625]);
  });

  it('does not depend on the order of the members, nor change what it was given', () => {
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const member = fc.int32Array({ minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 12 }), fc.array(int32, { minLength: 12, maxLength: 12 }), (vectors, keys) => {
        const before = state([0.1, -2, 3e-7, 4, 5], [0.3, 0, -1, 2e5, -7]);
        const shuffled = vectors
          .map((v, i) => ({ v, key: keys[i]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ v }) => v);
        expect(applyMean(before, shuffled, RULE, PRIVACY)).toEqual(applyMean(before, vectors, RULE, PRIVACY));
        expect(before).toEqual(state([0.1, -2, 3e-7, 4, 5], [0.3, 0, -1, 2e5, -7]));
      }),
    );
  });

  it('sums 64 members at the ends of int32 exactly', () => {
    const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
    const vectors = Array.from({ length: CONTRIBUTORS_MAX }, (_, i) => vector(low, high, i % 2 ? low : high));
    const next = applyMean(state([0, 0, 0]), vectors, { ...RULE, momentum: 0 }, { ...PRIVACY, gridBits: 8, lot: 1 });
    // The mean of the last column is -1/2 grid step: it would be lost in a float32 sum.
    expect([...next.momentum]).toEqual([low / 256, Math.fround(high / 256), -0.5 / 256]);
    expect(next.parameters.every(Number.isFinite)).toBe(true);
  });

  it('gives the same bits on every engine (and as numpy, which computed this hash too)', () => {
    let word = 1;
    const draw = () => (word = (Math.imul(word, 1664525) + 1013904223) | 0);
    const d = 501;
    let current = state(Array.from({ length: d }, () => draw() / 2 ** 32));
    for (let round = 0; round < 20; round++) {
      const vectors = Array.from({ length: 7 }, () => Int32Array.from({ length: d }, () => draw() >> 6));
      current = applyMean(current, vectors, { ...RULE, step: 0.37 }, { ...PRIVACY, clip: 0.3, lot: 319 });
    }
    const bytes = new Uint8Array(d * 8);
    const view = new DataView(bytes.buffer);
    current.parameters.forEach((v, i) => view.setFloat32(i * 8, v, true));
    current.momentum.forEach((v, i) => view.setFloat32(i * 8 + 4, v, true));
    expect(hashBytes(bytes)).toBe('Lw0ioXZtQ67dzc4s7BLNqWVs5NucdkFFEZQXmLFiXG8');
  });

  it('knows the noise in the mean: sigma clip norms of each member over the lot', () => {
    // Two members, sigma 1.5, C 1, lot 4: variance 2 * (1.5 / 8)^2 = 9/128. g = 3/8, g^2 = 9/64: half of it is noise.
    const rule = { ...RULE, momentum: 0, optimizer: { kind: 'adam', beta1: 0, beta2: 0, epsilon: 1e-6, dpBias: true } } as const;
    const before = { ...state([1]), variance: new Float32Array(1), applied: 0 };
    const next = applyMean(before, [vector(65536), vector(131072)], rule, PRIVACY);
    expect(next.variance![0]).toBe(9 / 128);
    expect(next.parameters[0]).toBe(Math.fround(1 - (0.5 * 0.375) / Math.sqrt(9 / 128)));
  });

  it('takes one number more where the clip norm adapts, and scales by the clip norm of the state', () => {
    const privacy = { ...PRIVACY, adaptive: { quantile: 0.5, rate: 0.5, share: 0.1 } };
    const { within, beyond } = unitSteps(privacy);
    const before = { ...state([0]), clip: 0.25 };
    const step = (count: number) => applyMean(before, [vector(65536, count), vector(65536, count)], RULE, privacy);
    expect(step(0)).toMatchObject({ clip: 0.25, momentum: Float32Array.of(0.0625) });
    expect(step(4 * within).clip).toBeCloseTo(0.25 * Math.exp(-0.25), 5);
    expect(step(-4 * beyond).clip).toBeCloseTo(0.25 * Math.exp(0.25), 5);
    const refused = (of: ModelState, vectors: Int32Array[]) => () => applyMean(of, vectors, RULE, privacy);
    expect(refused(state([0]), [vector(0, 0)])).toThrow(expect.objectContaining({ code: 'wrong-length' }));
    expect(refused(before, [vector(0)])).toThrow(expect.objectContaining({ code: 'wrong-length' }));
    expect(() => applyMean(state([0]), [vector(0, 0)], RULE, PRIVACY)).toThrow(expect.objectContaining({ code: 'wrong-length' }));
  });

  it('has the name of its arithmetic, the old one where nothing was added', () => {
    const optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } as const;
    const privacy = { adaptive: { quantile: 0.5, rate: 0.2, share: 0.1 } };
    const name = (rule: object, of: object = {}) => kernelOf({ rule: { ...RULE, ...rule }, privacy: of } as Parameters<typeof kernelOf>[0]);
    expect([name({}), name({ schedule: { kind: 'linear' } }), name({ optimizer })]).toEqual(['mean/1', 'mean-linear/1', 'mean-adam/1']);
    expect(name({ optimizer: { ...optimizer, dpBias: true }, schedule: { kind: 'cosine' } }, privacy)).toBe(
      'mean-adam-bc-cosine-adaptive/1',
    );
  });

  it.each([
    ['no update', [], 'out-of-bound'],
    ['too many updates', Array.from({ length: CONTRIBUTORS_MAX + 1 }, () => vector(0, 0)), 'out-of-bound'],
    ['an update of another model', [vector(0, 0), vector(0)], 'wrong-length'],
  ])('refuses %s', (_, vectors, code) => {
    expect(() => applyMean(state([0, 0]), vectors, RULE, PRIVACY)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses to leave float32 instead of writing an infinity', () => {
    expect(() => applyMean(state([3e38], [3e38]), [vector(0)], { ...RULE, step: 1000 }, PRIVACY)).toThrow(
      expect.objectContaining({ code: 'not-a-number' }),
    );
  });
});
