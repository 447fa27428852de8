/**
 * The compiled engine against the oracle, for every kind of layer alone and in small networks whose sizes leave tails everywhere:
 * outputs, gradients, steps, clipped sums of rows and of units, dropout's masks, in both builds.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { SHORT_ERROR } from './grid.ts';
import { loadNumerics, loadTrainingNumerics } from './load-node.ts';
import type { Clipping, ModelSpec, Numerics } from './numerics.ts';
import { partsOf } from './reference/clipped.ts';
import { oracle } from './reference/model.ts';
import { uniform } from './seeded-run.fixture.ts';
import { clippingSuite } from './testing/clipping-suite.ts';
import { LAYERS, LOSSES, NETWORKS, parametersFor, rowsFor } from './testing/networks.ts';

let compiled: Numerics;
let relaxed: Numerics;

beforeAll(async () => {
  await buildWasm();
  compiled = await loadNumerics();
  relaxed = await loadTrainingNumerics(); // the plain build once more where this machine has nothing better
});

const BUILDS = [
  ['plain', () => compiled],
  ['relaxed', () => relaxed],
] as const;
const SPECS = [
  ...LAYERS.map(({ name, network }): [string, ModelSpec] => [name, { network, loss: 'mse' }]),
  ...NETWORKS.map(({ name, network }): [string, ModelSpec] => [name, { network, loss: 'cross-entropy' }]),
  ...LOSSES.map((loss): [string, ModelSpec] => [`${NETWORKS[0]!.name}, ${loss}`, { network: NETWORKS[0]!.network, loss }]),
];

/** Within 1e-4 of each value, or of the usual one where that is larger. */
function expectNear(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  const truth = Array.from(expected);
  const usual = Math.sqrt(truth.reduce((sum, value) => sum + value * value, 0) / Math.max(1, truth.length));
  const wrong = truth
    .map((value, i) => ({ i, value, got: got[i]! }))
    .filter((at) => !(Math.abs(at.got - at.value) <= 1e-4 * (Math.abs(at.value) + usual)));
  expect(wrong).toEqual([]);
}

/** 11 rows, blocks of 4 at most where units are single: two whole blocks and a tail. */
const COUNT = 11;
const LOT = Int32Array.from({ length: COUNT }, (_, i) => (i * 4) % COUNT);

function pair(name: string, spec: ModelSpec, numerics: Numerics, unitRows?: number) {
  const draw = uniform(name.length * 1009 + spec.network.parameterCount);
  const parameters = parametersFor(spec.network, 0.7, draw);
  const rows = rowsFor(spec, COUNT, draw);
  const [kernels, truth] = [numerics.model(spec, 4, unitRows), oracle.model(spec, 4, unitRows)];
  for (const model of [kernels, truth]) {
    model.setParameters(parameters);
    model.seedDropout(0xfedcba98);
  }
  return { kernels, truth, parameters, rows };
}

describe.each(BUILDS)('%s', (_build, numerics) => {
  describe.each(SPECS)('%s', (name, spec) => {
    test('parameters come back as they went in; outputs and scores are those of the oracle', () => {
      const { kernels, truth, parameters, rows } = pair(name, spec, numerics());
      expect(kernels.parameters()).toEqual(parameters);
      for (let again = 0; again < 2; again++) {
        expectNear(kernels.forward(rows.x), truth.forward(rows.x));
        const [got, expected] = [kernels.evaluate(rows), truth.evaluate(rows)];
        expectNear([got.loss], [expected.loss]);
        expect(got.accuracy).toBe(expected.accuracy);
      }
      kernels.free();
    });

    test('mean gradients and steps are those of the oracle', () => {
      const { kernels, truth, rows } = pair(name, spec, numerics());
      for (const lot of [LOT, LOT.subarray(0, 1), LOT.subarray(2, 8)]) {
        const [got, expected] = [kernels.gradient(rows, lot), truth.gradient(rows, lot)];
        expectNear([got.loss], [expected.loss]);
        expectNear(got.gradient, expected.gradient);
      }
      for (let step = 0; step < 3; step++) expectNear([kernels.sgdStep(rows, LOT, 0.05)], [truth.sgdStep(rows, LOT, 0.05)]);
      expectNear(kernels.parameters(), truth.parameters());
      kernels.free();
    });

    test('a model that a step took beyond all numbers is as good as new once it is given parameters', () => {
      const { kernels, parameters, rows } = pair(name, spec, numerics(), 3);
      const clipping: Clipping = { clip: 0.5, gridBits: 16, units: Int32Array.of(3, 3, 3, 1, 1) };
      const all = () => [kernels.forward(rows.x), kernels.gradient(rows, LOT).gradient, kernels.clippedSum(rows, LOT, clipping).steps];
      const before = all();
      for (const strange of [NaN, Infinity]) {
        kernels.sgdStep({ x: new Float32Array(rows.x.length).fill(strange), y: rows.y }, LOT, strange);
        kernels.setParameters(parameters);
        expect(all()).toEqual(before);
      }
      kernels.free();
    });

    test.each([
      ['rows', Array.from({ length: COUNT }, () => 1)],
      ['units of two rows', [2, 2, 2, 2, 2]],
      ['units of all sizes', [1, 7, 2, 1]],
    ])('clipped sums of %s are those of the oracle', (_units, sizes) => {
      const { kernels, truth, rows } = pair(name, spec, numerics(), Math.max(...sizes));
      for (const perLayer of [false, true]) {
        for (const clip of [1e3, 0.5]) {
          let start = 0;
          for (const size of sizes) {
            const lot = LOT.subarray(start, (start += size));
            const clipping: Clipping = { clip, gridBits: 16, perLayer, units: Int32Array.of(size) };
            const [got, expected] = [kernels.clippedSum(rows, lot, clipping), truth.clippedSum(rows, lot, clipping)];
            // In steps: rounding, what f32 does to a number of up to 2^16 of them, and the short factors.
            const off = Array.from(expected.steps, (steps, i) => Math.abs(steps - got.steps[i]!) - SHORT_ERROR * Math.abs(steps));
            expect(Math.max(...off)).toBeLessThanOrEqual(clip > 1 && size === 1 ? 1 : 2);
            expect(got.within).toBe(expected.within);
          }
        }
      }
      kernels.free();
    });
  });
});

clippingSuite('plain', () => compiled, 3000);
clippingSuite('relaxed', () => relaxed, 3000);

test('parts of the oracle and of the engine are the same layers', () => {
  // A residual network on a grid that only its smallest layers would fit: both refuse it by the largest layer.
  const { network } = NETWORKS.find(({ name }) => name === 'residual cnn')!;
  const spec: ModelSpec = { network, loss: 'mse' };
  const most = Math.max(...partsOf(network, true).map(({ from, to }) => to - from));
  const draw = uniform(1);
  for (const numerics of [compiled, oracle]) {
    const model = numerics.model(spec, 4);
    expect(() => model.clippedSum(rowsFor(spec, 1, draw), Int32Array.of(0), { clip: 1, gridBits: 3, perLayer: true })).toThrow(
      `sqrt(${most})`,
    );
    model.free();
  }
});
