/** The oracle on networks small enough to check by hand. */
import { describe, expect, test } from 'vitest';
import type { Layer } from '#protocol/model/layers';
import { flat, planNetwork, type Shape } from '#protocol/model/architecture';
import { keeps, thresholdOf } from '../dropout-mask.ts';
import type { Loss, Rows } from '../numerics.ts';
import { uniform } from '../seeded-run.fixture.ts';
import { NETWORKS, parametersFor, rowsFor } from '../testing/networks.ts';
import { lossOf } from './loss.ts';
import { oracle } from './model.ts';
import { gradientOf, outputsOf } from './network.ts';

const image = (height: number, width: number, channels = 1): Shape => ({ height, width, channels });
const given = (input: Shape, layers: readonly Layer[], parameters: readonly number[], x: readonly number[]) =>
  Array.from(outputsOf(planNetwork(input, layers), Float64Array.from(parameters), Float64Array.from(x)));
/** Outputs are the parameters, so gradients with respect to outputs appear as gradients of the first layer. */
const gradients = (input: Shape, layers: readonly Layer[], parameters: readonly number[], x: readonly number[], y: readonly number[]) => {
  const network = planNetwork(input, layers);
  return gradientOf(network, 'mse', Float64Array.from(parameters), Float64Array.from(x), Float64Array.from(y));
};

const GRID = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const square = { kind: 'conv2d', inChannels: 1, outChannels: 1, kernel: [2, 2], stride: [1, 1], padding: [0, 0] } satisfies Layer;
/** An identity layer, so that the network has parameters. */
const same: Layer = { ...square, kernel: [1, 1] };
const SAME = [1, 0];

describe('convolutions', () => {
  test('are correlations: the kernel is not turned', () => {
    // w = (1 2; 3 4), bias 10: the first window sees 1 2 4 5.
    expect(given(image(3, 3), [square], [1, 2, 3, 4, 10], GRID)).toEqual([47, 57, 77, 87]);
  });

  test('see zeros beyond the edge, and start every stride', () => {
    const layer: Layer = { ...square, stride: [2, 2], padding: [1, 1] };
    // Windows at rows and columns -1 and 1: the first sees only the 1, with the kernel's last weight.
    expect(given(image(3, 3), [layer], [1, 2, 3, 4, 0], GRID)).toEqual([4, 3 * 2 + 4 * 3, 2 * 4 + 4 * 7, 77 - 10 + 10]);
  });

  test('add up over the input channels, which lie together', () => {
    const layer: Layer = { ...square, kernel: [1, 1], inChannels: 2, outChannels: 2 };
    // (in, out): w = (1 10; 100 1000); the positions hold (1, 2) and (3, 4).
    expect(given(image(1, 2, 2), [layer], [1, 10, 100, 1000, 0.5, 0.25], [1, 2, 3, 4])).toEqual([201.5, 2010.25, 403.5, 4030.25]);
  });

  test('depthwise keep the channels apart', () => {
    const layer: Layer = { kind: 'depthwise-conv2d', channels: 2, kernel: [1, 2], stride: [1, 1], padding: [0, 0] };
    // Channel 0: 1 * 1 + 3 * 10 + 0; channel 1: 2 * 2 + 4 * 20 + 7.
    expect(given(image(1, 2, 2), [layer], [1, 2, 10, 20, 0, 7], [1, 2, 3, 4])).toEqual([31, 91]);
  });
});

describe('pools', () => {
  const pool = (kind: 'max-pool' | 'avg-pool', kernel: [number, number], stride: [number, number]): Layer => ({ kind, kernel, stride });

  test('take the largest or the mean of each whole window, and leave the rest out', () => {
    const x = [...GRID, 50, -3, 50]; // 3 columns, 4 rows; a stride of 2 never reaches the third column
    expect(given(image(4, 3), [same, pool('max-pool', [2, 2], [2, 2])], SAME, x)).toEqual([5, 50]);
    expect(given(image(4, 3), [same, pool('avg-pool', [2, 2], [2, 2])], SAME, x)).toEqual([3, (7 + 8 + 50 - 3) / 4]);
  });

  test('of equals the first in rows wins the gradient', () => {
    const { inputs } = gradients(image(2, 2), [same, pool('max-pool', [2, 2], [1, 1])], SAME, [1, 7, 7, 7], [6]);
    expect(Array.from(inputs)).toEqual([0, 1, 0, 0]);
  });

  test('a mean hands the gradient to all alike, a position in two windows twice', () => {
    const { inputs } = gradients(image(1, 3), [same, pool('avg-pool', [1, 2], [1, 1])], SAME, [2, 4, 8], [2, 4]);
    expect(Array.from(inputs)).toEqual([0.5, 1.5, 1]); // the outputs are 3 and 6
  });

  test('what is no number comes through a max-pool', () => {
    for (const x of [
      [NaN, 1],
      [1, NaN],
    ])
      expect(given(image(1, 2), [same, pool('max-pool', [1, 2], [1, 1])], SAME, x)).toEqual([NaN]);
  });
});

test('an embedding looks tokens up; what is no token is zeros and learns nothing', () => {
  const layer: Layer = { kind: 'embedding', vocabulary: 3, width: 2 };
  const [table, x] = [
    [1, 2, 3, 4, 5, 6],
    [2, 0, 2, 3, -1, 0.5, NaN, Infinity],
  ];
  expect(given(image(1, 8), [layer], table!, x!)).toEqual([5, 6, 1, 2, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const { gradient } = gradients(
    image(1, 8),
    [layer],
    table!,
    x!,
    Array.from({ length: 16 }, () => -1),
  );
  // output - target: 6 7, 2 3, 6 7, and ones that reach no input.
  expect(Array.from(gradient)).toEqual([2, 3, 0, 0, 12, 14]);
});

describe('norms', () => {
  const unit = 1 / Math.sqrt(1 + 1e-5); // of a set with variance 1

  test('layer norm works over the channels of one position', () => {
    const layer: Layer = { kind: 'layer-norm', channels: 2 };
    const out = given(image(1, 2, 2), [layer], [1, 2, 0, 10], [1, 3, -10, -8]);
    for (const [i, value] of [-unit, 10 + 2 * unit, -unit, 10 + 2 * unit].entries()) expect(out[i]).toBeCloseTo(value, 12);
  });

  test('group norm works over all positions of neighbouring channels', () => {
    const layer: Layer = { kind: 'group-norm', groups: 2, channels: 4 };
    // Groups: channels 0 and 1 hold 1 1 3 3, channels 2 and 3 hold 5 5 5 5.
    const out = given(image(1, 2, 4), [layer], [1, 1, 1, 1, 0, 0, 0, 0.5], [1, 1, 5, 5, 3, 3, 5, 5]);
    for (const [i, value] of [-unit, -unit, 0, 0.5, unit, unit, 0, 0.5].entries()) expect(out[i]).toBeCloseTo(value, 12);
  });
});

test('activations', () => {
  const x = [-2, -0.5, 0, 1];
  const at = (kind: 'tanh' | 'relu' | 'gelu') => given(image(1, 4), [same, { kind }], SAME, x);
  expect(at('relu')).toEqual([0, 0, 0, 1]);
  expect(at('tanh')).toEqual(x.map(Math.tanh));
  // Values of the tanh form; the exact GELU of 1 is 0.841345.
  for (const [i, value] of [-0.045402305, -0.154285988, 0, 0.841191991].entries()) expect(at('gelu')[i]).toBeCloseTo(value, 8);
});

test('a residual block adds what it got', () => {
  const block: Layer = { kind: 'residual', layers: [{ ...same }, { kind: 'relu' }] };
  expect(given(image(1, 3), [block], [2, 1], [-4, 0, 3])).toEqual([-4, 1, 10]);
  const { gradient, inputs } = gradients(image(1, 3), [block], [2, 1], [-4, 0, 3], [-5, 0, 9]); // delta 1 1 1
  expect(Array.from(gradient)).toEqual([3, 2]);
  expect(Array.from(inputs)).toEqual([1, 3, 3]);
});

describe('dropout', () => {
  const rate = 0.5;
  const layers: Layer[] = [
    { kind: 'residual', layers: [{ kind: 'tanh' }] },
    { kind: 'dropout', rate },
    { kind: 'dense', inputs: 40, outputs: 1 },
  ];
  const network = planNetwork(flat(40), layers);
  const rows: Rows = { x: new Float32Array(120).fill(1), y: new Float32Array(3).fill(-1) };

  test('follows the mask of its seed, row and number, the layers inside a block counted', () => {
    const model = oracle.model({ network, loss: 'huber' }, 1);
    model.seedDropout(77);
    // delta is 1 (zero outputs, target -1): each weight's gradient is its input.
    const { gradient } = model.gradient(rows, Int32Array.of(2));
    const value = (1 + Math.tanh(1)) / (1 - rate);
    const expected = Array.from({ length: 40 }, (_, i) => (keeps(77, 2, 2, i, thresholdOf(rate)) ? Math.fround(value) : 0));
    expect(Array.from(gradient.subarray(0, 40))).toEqual(expected);
    expect(expected).toContain(0);
    expect(model.gradient(rows, Int32Array.of(1)).gradient).not.toEqual(gradient);
    model.seedDropout(78);
    expect(model.gradient(rows, Int32Array.of(2)).gradient).not.toEqual(gradient);
  });

  test('is for training: outputs and scores do not depend on the seed, clipped sums and steps do', () => {
    const spec = { network, loss: 'mse' as const };
    const [one, two] = [1, 2].map((seed) => {
      const model = oracle.model(spec, 1);
      model.setParameters(parametersFor(network, 0.5, uniform(4)));
      model.seedDropout(seed);
      const before = [model.forward(rows.x), model.evaluate(rows)];
      const sum = model.clippedSum(rows, Int32Array.of(0, 1), { clip: 10, gridBits: 16 });
      model.sgdStep(rows, Int32Array.of(0, 1), 0.1);
      return { before, sum, after: model.parameters() };
    });
    expect(one!.before).toEqual(two!.before);
    expect(one!.sum).not.toEqual(two!.sum);
    expect(one!.after).not.toEqual(two!.after);
  });
});

describe('losses', () => {
  const at = (loss: Loss, z: readonly number[], y: readonly number[]) => lossOf(loss, Float64Array.from(z), Float64Array.from(y));

  test('cross-entropy of two classes is that of the logistic function', () => {
    const p = 1 / (1 + Math.exp(-3));
    const { loss, delta } = at('cross-entropy', [3, 0], [1]);
    expect(loss).toBeCloseTo(-Math.log(1 - p), 12);
    expect(delta[0]).toBeCloseTo(p, 12);
    expect(delta[1]).toBeCloseTo(-p, 12);
    expect(at('cross-entropy', [3e8, 0], [0]).loss).toBe(0);
  });

  test('bce takes targets between 0 and 1 and outputs of any size', () => {
    const s = 1 / (1 + Math.exp(-2));
    const { loss, delta } = at('bce', [2, 0], [0.25, 1]);
    expect(loss).toBeCloseTo(-0.25 * Math.log(s) - 0.75 * Math.log(1 - s) + Math.log(2), 12);
    expect(Array.from(delta)).toEqual([expect.closeTo(s - 0.25, 12), -0.5]);
    expect(at('bce', [1000, -1000], [1, 0])).toEqual({ loss: 0, delta: Float64Array.of(0, 0) });
    expect(at('bce', [-1000], [1])).toEqual({ loss: 1000, delta: Float64Array.of(-1) });
  });

  test('mse is half the squared error, huber goes on straight from an error of 1', () => {
    expect(at('mse', [3, 1], [1, 1.5])).toEqual({ loss: 2.125, delta: Float64Array.of(2, -0.5) });
    expect(at('huber', [3, 1, 2, -9], [1, 1.5, 1, 0])).toEqual({ loss: 1.5 + 0.125 + 0.5 + 8.5, delta: Float64Array.of(1, -0.5, 1, -1) });
  });

  test.each(['cross-entropy', 'bce', 'mse', 'huber'] as const)('%s: an output that is no number has no loss', (loss) => {
    const { loss: value, delta } = at(loss, [NaN, 1], [1, 0]);
    expect(value).toBeNaN();
    expect(delta.some(Number.isNaN)).toBe(true);
  });
});

describe.each(NETWORKS)('$name', ({ network }) => {
  const spec = { network, loss: 'cross-entropy' } as const;
  const draw = uniform(network.parameterCount);
  const model = oracle.model(spec, 8);
  model.setParameters(parametersFor(network, 0.5, draw));
  const rows = rowsFor(spec, 6, draw);
  const lot = Int32Array.of(4, 1, 5);

  test('a step goes against the mean gradient, which goes down', () => {
    const before = model.parameters();
    const { loss, gradient } = model.gradient(rows, lot);
    expect(model.sgdStep(rows, lot, 0.01)).toBe(loss);
    expect(model.parameters()).not.toEqual(before);
    for (const [i, value] of model.parameters().entries()) expect(value).toBeCloseTo(before[i]! - 0.01 * gradient[i]!, 6);
    expect(model.gradient(rows, lot).loss).toBeLessThan(loss);
  });

  test('the loss and hits of all rows are those of their outputs', () => {
    const z = model.forward(rows.x);
    const outputs = z.length / 6;
    const each = Array.from(rows.y, (label, row) => ({ label, z: Float64Array.from(z.subarray(row * outputs, (row + 1) * outputs)) }));
    const { loss, accuracy } = model.evaluate(rows);
    expect(loss).toBeCloseTo(
      each.reduce((sum, { label, z: own }) => sum + lossOf('cross-entropy', own, Int32Array.of(label)).loss, 0) / 6,
      5,
    );
    expect(accuracy).toBeCloseTo(each.filter(({ label, z: own }) => own.indexOf(Math.max(...own)) === label).length / 6, 12);
  });

  test('an empty lot has no loss and moves nothing', () => {
    const before = model.parameters();
    expect(model.sgdStep(rows, new Int32Array(), 1)).toBeNaN();
    expect(model.parameters()).toEqual(before);
    expect(model.gradient(rows, new Int32Array())).toEqual({ loss: NaN, gradient: new Float32Array(model.parameterCount) });
  });
});
