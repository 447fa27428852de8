/** The oracle's clipping: the sensitivity that noise is calibrated to, and vectors computed by hand. */
import { expect, test } from 'vitest';
import { flat, perceptron, planNetwork } from '#protocol/model/architecture';
import { gridFor } from '../grid.ts';
import { clippingSuite } from '../testing/clipping-suite.ts';
import { NETWORKS } from '../testing/networks.ts';
import { clippedSteps, partsOf } from './clipped.ts';
import { oracle } from './model.ts';

clippingSuite('oracle', () => oracle, 400);

const WHOLE = [{ from: 0, to: 3 }];

test('within the norm a gradient is only rounded, halves to even', () => {
  // 1024 steps per 1024.
  const { steps, within } = clippedSteps(Float64Array.of(0.5, 1.5, -2.5), WHOLE, { clip: 1024, gridBits: 10 });
  expect(Array.from(steps, (step) => step + 0)).toEqual([0, 2, -2]);
  expect(within).toBe(true);
});

test('beyond it a gradient keeps its direction', () => {
  const { steps, within } = clippedSteps(Float64Array.of(3, -4, 12), WHOLE, { clip: 2, gridBits: 16 });
  const { reach } = gridFor(3, 2, 16);
  expect(Array.from(steps)).toEqual([3, -4, 12].map((part) => Math.round((reach * part) / 13)));
  expect(within).toBe(false);
});

test('parts are clipped to equal shares, each on its own', () => {
  const parts = [
    { from: 0, to: 2 },
    { from: 2, to: 3 },
  ];
  // Shares of sqrt(2) / sqrt(2) = 1: the first part, of length 5, is cut; the second is left.
  const { steps, within } = clippedSteps(Float64Array.of(3, 4, 0.5), parts, { clip: Math.SQRT2, gridBits: 16 });
  const { reach, scale } = gridFor(2, Math.SQRT2, 16, Math.SQRT1_2);
  expect(reach / scale).toBeCloseTo(1, 4);
  expect(Array.from(steps)).toEqual([Math.round(0.6 * reach), Math.round(0.8 * reach), Math.round(0.5 * scale)]);
  expect(within).toBe(false);
  expect(clippedSteps(Float64Array.of(0.6, 0.8, 1), parts, { clip: Math.SQRT2 * 1.001, gridBits: 16 }).within).toBe(true);
});

test('one number that is none anywhere, or a length that is none: all parts are zero', () => {
  const parts = [
    { from: 0, to: 1 },
    { from: 1, to: 3 },
  ];
  for (const gradient of [Float64Array.of(1, 1, NaN), Float64Array.of(-Infinity, 1, 1), Float64Array.of(1, 1e200, 1)]) {
    expect(clippedSteps(gradient, parts, { clip: 1, gridBits: 16 })).toEqual({ steps: new Int32Array(3), within: false });
  }
});

test('a grid too coarse for one layer alone is refused', () => {
  const network = planNetwork(flat(30), perceptron([30, 30, 1], 'tanh'));
  expect(() => clippedSteps(new Float64Array(961), partsOf(network, false), { clip: 1, gridBits: 4 })).not.toThrow();
  expect(() => clippedSteps(new Float64Array(961), partsOf(network, true), { clip: 1, gridBits: 4 })).toThrow(/sqrt\(930\)/);
});

test('a layer is its weight and its bias; layers inside blocks count, layers without parameters do not', () => {
  const { network } = NETWORKS.find(({ name }) => name === 'residual cnn')!;
  const [conv, norm, depthwise, dense] = [3 * 3 * 3 * 3 + 3, 6, 3 * 3 + 3, 3 * 4 + 4];
  const starts = [0, conv, conv + norm, conv + norm + depthwise, conv + norm + depthwise + dense];
  expect(partsOf(network, true)).toEqual(starts.slice(1).map((to, i) => ({ from: starts[i], to })));
  expect(partsOf(network, false)).toEqual([{ from: 0, to: network.parameterCount }]);
});
