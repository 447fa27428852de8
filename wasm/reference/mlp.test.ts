/** The oracle itself: its gradients against finite differences of its loss, and one network worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { MlpSpec, Rows } from '../numerics.ts';
import { seededParameters, seededRows, uniform } from '../seeded-run.ts';
import { gradientOf, oracle } from './mlp.ts';

const CASES: MlpSpec[] = [
  [3, 2],
  [4, 5, 3],
  [3, 4, 5, 2],
  [2, 3, 4, 3, 2],
].flatMap((sizes) =>
  (['tanh', 'relu'] as const).flatMap((activation) => (['cross-entropy', 'mse'] as const).map((loss) => ({ sizes, activation, loss }))),
);

test.each(CASES)('$sizes $activation $loss: the gradient is the slope of the loss', (spec) => {
  const draw = uniform(spec.sizes.length + 40);
  const mlp = oracle.mlp(spec, 1);
  const parameters = seededParameters(mlp.parameterCount, 0.8, draw);
  const rows = seededRows(spec, 1, draw);
  const lossAt = (i: number, value: number): number => {
    const moved = parameters.slice();
    moved[i] = value;
    mlp.setParameters(moved);
    return mlp.evaluate(rows).loss;
  };
  const { gradient, loss } = gradientOf(spec, parameters, rows);
  mlp.setParameters(parameters);
  expect(mlp.evaluate(rows).loss).toBe(loss);
  for (const [i, slope] of gradient.entries()) {
    // Parameters are f32: the difference is over the numbers that were really set.
    const [low, high] = [Math.fround(parameters[i]! - 2 ** -10), Math.fround(parameters[i]! + 2 ** -10)];
    expect(slope).toBeCloseTo((lossAt(i, high) - lossAt(i, low)) / (high - low), 4);
  }
  expect(gradient.some((slope) => slope !== 0)).toBe(true);
});

describe('a network of one input, one hidden unit and two classes', () => {
  const spec: MlpSpec = { sizes: [1, 1, 2], activation: 'relu', loss: 'cross-entropy' };
  // h = relu(2x + 1), z = (h, 0); for x = 1: z = (3, 0).
  const parameters = Float32Array.of(2, 1, 1, 0, 0, 0);
  const rows: Rows = { x: Float32Array.of(1), y: Int32Array.of(1) };

  test('outputs, loss and gradient are as on paper', () => {
    const mlp = oracle.mlp(spec, 1);
    mlp.setParameters(parameters);
    expect(Array.from(mlp.forward(rows.x))).toEqual([3, 0]);
    const p = 1 / (1 + Math.exp(-3));
    expect(mlp.evaluate(rows)).toEqual({ loss: expect.closeTo(-Math.log(1 - p), 12) as number, accuracy: 0 });
    const { gradient } = gradientOf(spec, parameters, rows);
    for (const [i, value] of [p, p, 3 * p, -3 * p, p, -p].entries()) expect(gradient[i]).toBeCloseTo(value, 12);
  });

  test('a step goes down the gradient', () => {
    const mlp = oracle.mlp(spec, 1);
    mlp.setParameters(parameters);
    const before = mlp.sgdStep(rows, Int32Array.of(0), 0.1);
    expect(mlp.evaluate(rows).loss).toBeLessThan(before);
  });
});
