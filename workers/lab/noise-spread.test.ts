import { beforeAll, describe, expect, it } from 'vitest';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { firstState, applyStep } from '#protocol/robust/optimizer';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { lastFeatures, noiseVariance, shrinkRows } from './noise-spread.ts';

const BODY = manifestFixture();
/** Enough parameters to measure a variance over them to a few percent. */
const WIDE: ManifestBody = { ...BODY, model: { kind: 'mlp', hidden: [2000], activation: 'tanh', seed: 'wide' } };

/** Variance of the parameters if every gradient is only the noise of so many members. */
function movedByNoise(manifest: ManifestBody, models: number): number {
  const { privacy, rule, rounds } = manifest;
  const words = new RandomWords(seededBytes('noise'));
  const uniform = () => (words.word() + 0.5) / 2 ** 32;
  const deviation = (privacy.sigma * privacy.clip) / privacy.lot / Math.sqrt(rounds.minContributors);
  const first = firstState(manifest);
  let state = first;
  for (let round = 0; round < models; round++) {
    const gradient = Float64Array.from(first.parameters, () => {
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      return deviation * radius * Math.cos(2 * Math.PI * uniform());
    });
    state = applyStep(state, gradient, rule, deviation ** 2, privacy.rounds);
  }
  const squares = state.parameters.map((p, i) => (p - first.parameters[i]!) ** 2);
  return squares.reduce((a, b) => a + b) / squares.length;
}

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

describe('the variance that noise gives a parameter', () => {
  it.each([
    ['one model', WIDE, 1],
    ['momentum', WIDE, 12],
    ['three members', { ...WIDE, rounds: { ...WIDE.rounds, minContributors: 3 } }, 12],
    ['a schedule', { ...WIDE, rule: { ...WIDE.rule, schedule: { kind: 'cosine', warmup: 4 } } }, 25],
  ] as const)('is what the rule makes of noise alone: %s', (_name, manifest, models) => {
    const found = movedByNoise(manifest, models);
    expect(Math.abs(noiseVariance(manifest, models) / found - 1)).toBeLessThan(0.05);
  });

  it('has the size of Adam’s steps if there is only noise, and is 0 before the first model', () => {
    const rule = { kind: 'mean', step: 0.01, momentum: 0, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } } as const;
    const ratio = noiseVariance({ ...WIDE, rule }, 20) / movedByNoise({ ...WIDE, rule }, 20);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
    expect(noiseVariance(WIDE, 0)).toBe(0);
  });
});

describe('outputs', () => {
  it('are shrunk row by row as by hand, more with larger features', () => {
    const logits = Float32Array.of(4, -4, 4, -4);
    shrinkRows(logits, Float32Array.of(0, 0, 2, 1), 0.5, 2);
    const [first, second] = [1 / Math.sqrt(1 + Math.PI / 8), 1 / Math.sqrt(1 + (Math.PI / 8) * 6)];
    for (const [i, expected] of [4 * first, -4 * first, 4 * second, -4 * second].entries()) expect(logits[i]).toBeCloseTo(expected, 6);
  });

  it('are the last layer applied to its features', () => {
    const network = networkOf(BODY);
    const { parameters } = initialState(network, 'features');
    const features = lastFeatures(numerics, network, parameters, 8)!;
    const model = numerics.model({ network, loss: 'cross-entropy' }, 8);
    model.setParameters(parameters);
    const x = Float32Array.of(0.3, -0.8, 1, 0.1);
    const [h, outputs] = [features.of(x), model.forward(x)];
    expect(h).toHaveLength(10);
    const [weight, bias] = network.tensors.slice(-2);
    for (let row = 0; row < 2; row++) {
      for (let c = 0; c < 3; c++) {
        let sum = parameters[bias!.offset + c]!;
        for (let i = 0; i < 5; i++) sum += h[5 * row + i]! * parameters[weight!.offset + 3 * i + c]!;
        expect(outputs[3 * row + c]).toBeCloseTo(sum, 5);
      }
    }
    features.free();
    model.free();
  });

  it('use the inputs themselves without hidden layers; without a final dense layer there are no features', () => {
    const flat: ManifestBody = { ...BODY, model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: 'flat' } };
    const x = Float32Array.of(1, 2);
    expect(lastFeatures(numerics, networkOf(flat), initialState(networkOf(flat), '').parameters, 8)!.of(x)).toBe(x);
    const odd: ManifestBody = {
      ...BODY,
      model: { kind: 'layers', seed: 'odd', layers: [{ kind: 'dense', inputs: 2, outputs: 3 }, { kind: 'tanh' }] },
    };
    expect(lastFeatures(numerics, networkOf(odd), initialState(networkOf(odd), '').parameters, 8)).toBeNull();
  });
});
