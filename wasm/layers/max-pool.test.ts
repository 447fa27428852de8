import { expect, test } from 'vitest';
import type { Layer } from '#protocol/model/layers';
import type { Shape } from '#protocol/model/architecture';
import { maxPool } from '../reference/layer-window.ts';
import { openRig, plannedLayer, expectLayer } from '../testing/layer-rig.ts';
import { maxPoolOp } from './max-pool.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });
const pool = (kernel: [number, number], stride: [number, number]): Extract<Layer, { kind: 'max-pool' }> => ({
  kind: 'max-pool',
  kernel,
  stride,
});

test.for<[string, Shape, [number, number], [number, number]]>([
  ['windows that cover the input', image(6, 4, 5), [2, 2], [2, 2]],
  ['a rest that no window reaches', image(7, 5, 12), [2, 2], [2, 2]],
  ['gaps between windows', image(7, 9, 8), [2, 1], [3, 3]],
  ['overlapping windows', image(6, 7, 3), [3, 2], [1, 2]],
  ['a sequence', image(1, 11, 17), [1, 3], [1, 2]],
  ['windows of one value', image(3, 3, 1), [1, 1], [1, 1]],
])('%s: the largest value and its gradient', async ([, input, kernel, stride]) => {
  await expectLayer({ input, layer: pool(kernel, stride) }, maxPoolOp, maxPool);
  await expectLayer({ input, layer: pool(kernel, stride), isDense: true }, maxPoolOp, maxPool);
});

test('of equal values the first in rows gets the gradient', async () => {
  // Only three values, so nearly every window has ties.
  const draw = (random: () => number): number => Math.floor(3 * random());
  await expectLayer({ input: image(6, 6, 9), layer: pool([3, 3], [2, 2]), draw }, maxPoolOp, maxPool);
});

test('a NaN at any place of the window comes out', async () => {
  const rig = await openRig();
  const layer = plannedLayer<'max-pool'>(image(1, 3, 2), pool([1, 3], [1, 1]));
  const [input, output] = [rig.value(layer.input), rig.value(layer.output)];
  const op = maxPoolOp(rig.place, layer, input, output);
  for (const at of [0, 2, 4]) {
    const x = Float64Array.from([5, 1, 6, 2, 7, 3]);
    x[at] = NaN;
    rig.write(input, input.at, [x]);
    op.forward({ n: 1, rows: 0, seed: 0 });
    expect(Array.from(rig.read(output, output.at, 1)[0]!)).toEqual([NaN, 3]);
  }
});
