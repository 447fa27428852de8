/** Windows of any size, stride and padding, over inputs of any size that a network may have. */
import fc from 'fast-check';
import { test } from 'vitest';
import { avgPool, depthwise, maxPool } from '../reference/layer-window.ts';
import { expectLayer } from '../testing/layer-rig.ts';
import { avgPoolOp } from './avg-pool.ts';
import { depthwiseConv2dOp } from './depthwise-conv2d.ts';
import { maxPoolOp } from './max-pool.ts';

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const windows = fc
  .record({ size: pair(1, 14), kernel: pair(1, 6), stride: pair(1, 4), padding: pair(0, 5), channels: fc.integer({ min: 1, max: 18 }) })
  .filter(({ size, kernel, padding }) =>
    [0, 1].every((side) => padding[side]! < kernel[side]! && size[side]! + 2 * padding[side]! >= kernel[side]!),
  );

test('depthwise convolutions', async () => {
  await fc.assert(
    fc.asyncProperty(windows, async ({ size: [height, width], kernel, stride, padding, channels }) => {
      const layer = { kind: 'depthwise-conv2d', channels, kernel, stride, padding } as const;
      await expectLayer({ input: { height, width, channels }, layer }, depthwiseConv2dOp, depthwise);
    }),
    { numRuns: 40 },
  );
});

test('pools', async () => {
  const inside = windows.filter(({ size, kernel }) => [0, 1].every((side) => size[side]! >= kernel[side]!));
  await fc.assert(
    fc.asyncProperty(inside, async ({ size: [height, width], kernel, stride, channels }) => {
      const input = { height, width, channels };
      await expectLayer({ input, layer: { kind: 'max-pool', kernel, stride } }, maxPoolOp, maxPool);
      await expectLayer({ input, layer: { kind: 'avg-pool', kernel, stride } }, avgPoolOp, avgPool);
    }),
    { numRuns: 40 },
  );
});
