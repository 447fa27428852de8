import { expect, test } from 'vitest';
import { flat, type Shape } from '#protocol/model/architecture';
import { gelu } from '../reference/layer-point.ts';
import { openRig, plannedLayer, expectLayer } from '../testing/layer-rig.ts';
import { geluOp } from './gelu.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });

test.for<[Shape, number]>([
  [flat(5), 1],
  [image(3, 4, 3), 4],
  [image(2, 2, 16), 20],
])('values of %o up to %i and their slopes', async ([input, limit]) => {
  const draw = (random: () => number): number => (2 * random() - 1) * limit;
  await expectLayer({ input, layer: { kind: 'gelu' }, draw }, geluOp, gelu);
  await expectLayer({ input, layer: { kind: 'gelu' }, draw, isDense: true }, geluOp, gelu);
});

test('far from zero it is the value itself or zero, with a slope of 1 or 0; a NaN stays one', async () => {
  const rig = await openRig();
  const layer = plannedLayer<'gelu'>(flat(6), { kind: 'gelu' });
  const [input, output] = [rig.value(layer.input), rig.value(layer.output)];
  const op = geluOp(rig.place, layer, input, output);
  const pass = { n: 1, rows: 0, seed: 0 };
  rig.write(input, input.at, [Float64Array.from([1e30, -1e30, 50, -50, NaN, 0])]);
  rig.write(output, output.delta, [Float64Array.from([2, 2, 2, 2, 2, 2])]);
  op.forward(pass);
  op.backward(pass);
  const plain = (values: Float64Array[]): number[] => Array.from(values[0]!, (value) => value + 0); // -0 is 0
  expect(plain(rig.read(output, output.at, 1))).toEqual([Math.fround(1e30), 0, 50, 0, NaN, 0]);
  expect(plain(rig.read(input, input.delta, 1))).toEqual([2, 0, 2, 0, NaN, 1]);
});
