import { test } from 'vitest';
import type { Shape } from '#protocol/model/architecture';
import { depthwise } from '../reference/layer-window.ts';
import { expectLayer } from '../testing/layer-rig.ts';
import { depthwiseConv2dOp } from './depthwise-conv2d.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });
type Pair = [number, number];

test.for<[string, Shape, Pair, Pair, Pair]>([
  ['one channel', image(4, 3, 1), [2, 2], [1, 1], [0, 0]],
  ['padding all around', image(9, 11, 8), [3, 3], [1, 1], [1, 1]],
  ['padding as wide as it may be', image(5, 6, 5), [3, 4], [1, 1], [2, 3]],
  ['stride 2', image(8, 13, 12), [3, 3], [2, 2], [1, 1]],
  ['a stride longer than the kernel', image(9, 8, 3), [2, 1], [3, 2], [1, 0]],
  ['a kernel larger than the input', image(2, 3, 9), [3, 5], [1, 1], [1, 2]],
  ['a sequence', image(1, 21, 17), [1, 5], [1, 1], [0, 2]],
  ['stride along one side', image(6, 7, 4), [3, 2], [1, 2], [0, 1]],
])('%s: outputs, deltas and gradients', async ([, input, kernel, stride, padding]) => {
  const layer = { kind: 'depthwise-conv2d', channels: input.channels, kernel, stride, padding } as const;
  await expectLayer({ input, layer }, depthwiseConv2dOp, depthwise);
  await expectLayer({ input, layer, isDense: true }, depthwiseConv2dOp, depthwise);
});
