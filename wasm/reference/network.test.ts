/** The oracle itself: its gradients against finite differences of its loss, in f64, for every kind of layer. */
import { describe, expect, test } from 'vitest';
import { valuesOf } from '#protocol/model/architecture';
import type { ModelSpec } from '../numerics.ts';
import { uniform } from '../seeded-run.fixture.ts';
import { allLayers, LAYERS, LOSSES, NETWORKS, parametersFor, rowsFor } from '../testing/networks.ts';
import type { Values } from './layer-rule.ts';
import { lossOf } from './loss.ts';
import { gradientOf, outputsOf } from './network.ts';

/** The partial derivatives of `value` at `at`. */
function slopes(at: Values, value: (moved: Float64Array) => number): Float64Array {
  const step = 1e-5;
  return Float64Array.from(at, (_, i) => {
    const [low, high] = [Float64Array.from(at), Float64Array.from(at)];
    low[i]! -= step;
    high[i]! += step;
    return (value(high) - value(low)) / (high[i]! - low[i]!);
  });
}

/** Within one part in a million of the derivative, or of the typical one if it is small. */
function expectSlopes(gradient: Float64Array, expected: Float64Array): void {
  const usual = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0) / gradient.length);
  const wrong = Array.from(gradient, (value, i) => ({ i, value, slope: expected[i]! })).filter(
    ({ value, slope }) => !(Math.abs(value - slope) <= 1e-6 * (Math.abs(value) + usual)),
  );
  expect(wrong).toEqual([]);
}

const SPECS = [
  ...LAYERS.map(({ name, network }): [string, ModelSpec] => [name, { network, loss: 'mse' }]),
  ...NETWORKS.map(({ name, network }): [string, ModelSpec] => [name, { network, loss: 'cross-entropy' }]),
  ...LOSSES.map((loss): [string, ModelSpec] => [`${NETWORKS[0]!.name}, ${loss}`, { network: NETWORKS[0]!.network, loss }]),
];

describe.each(SPECS)('%s', (name, spec) => {
  const { network, loss } = spec;
  const draw = uniform(name.length * 131 + network.parameterCount);
  const { x: inputs, y } = rowsFor(spec, 1, draw);
  const [parameters, x] = [Float64Array.from(parametersFor(network, 0.7, draw)), Float64Array.from(inputs)];
  const mask = { seed: 3, row: 5 };
  const lossAt = (p: Values, at: Values): number => lossOf(loss, outputsOf(network, p, at, mask), y).loss;
  const { gradient, inputs: back } = gradientOf(network, loss, parameters, x, y, mask);

  test('the gradient by the parameters is the slope of the loss', () => {
    expectSlopes(
      gradient,
      slopes(parameters, (moved) => lossAt(moved, x)),
    );
    expect(gradient.some((value) => value !== 0)).toBe(true);
  });

  test.skipIf(network.layers[0]!.kind === 'embedding')('the gradient by the input is the slope of the loss', () => {
    expect(back).toHaveLength(valuesOf(network.input));
    expectSlopes(
      back,
      slopes(x, (moved) => lossAt(parameters, moved)),
    );
  });
});

test('every kind of layer is among the samples', () => {
  const kinds = new Set([...LAYERS, ...NETWORKS].flatMap(({ network }) => allLayers(network.layers).map(({ kind }) => kind)));
  const simple = ['tanh', 'relu', 'gelu', 'dropout', 'flatten', 'max-pool', 'avg-pool', 'layer-norm', 'group-norm'];
  expect([...kinds].toSorted()).toEqual([...simple, 'conv2d', 'dense', 'depthwise-conv2d', 'embedding', 'residual'].toSorted());
});
