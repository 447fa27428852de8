import { test } from 'vitest';
import type { Shape } from '#protocol/model/architecture';
import { avgPool } from '../reference/layer-window.ts';
import { expectLayer } from '../testing/layer-rig.ts';
import { avgPoolOp } from './avg-pool.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });

test.for<[string, Shape, [number, number], [number, number]]>([
  ['windows that cover the input', image(6, 4, 5), [2, 2], [2, 2]],
  ['a rest that no window reaches', image(7, 5, 12), [2, 3], [2, 3]],
  ['gaps between windows', image(7, 9, 8), [2, 1], [3, 3]],
  ['overlapping windows', image(6, 7, 3), [3, 2], [1, 2]],
  ['one window over everything', image(7, 5, 17), [7, 5], [1, 1]],
])('%s: the mean, and the gradient shared out evenly', async ([, input, kernel, stride]) => {
  await expectLayer({ input, layer: { kind: 'avg-pool', kernel, stride } }, avgPoolOp, avgPool);
  await expectLayer({ input, layer: { kind: 'avg-pool', kernel, stride }, isDense: true }, avgPoolOp, avgPool);
});
