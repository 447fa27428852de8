import { expect, test } from 'vitest';
import { flat, type Shape } from '#protocol/model/architecture';
import { groupNorm, layerNorm } from '../reference/layer-norm.ts';
import { openRig, plannedLayer, expectLayer } from '../testing/layer-rig.ts';
import { groupNormOp } from './group-norm.ts';
import { layerNormOp } from './layer-norm.ts';
import { floatsAt } from './op.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });

test.for<[Shape, number]>([
  [image(3, 4, 12), 4],
  [image(5, 7, 8), 1],
  [image(9, 9, 5), 5],
  [image(1, 33, 18), 6],
  [image(1, 1, 10), 2],
  [image(12, 11, 16), 8],
])('group norm of %o in %i groups', async ([input, groups]) => {
  const layer = { kind: 'group-norm', groups, channels: input.channels } as const;
  await expectLayer({ input, layer }, groupNormOp, groupNorm);
  await expectLayer({ input, layer, isDense: true }, groupNormOp, groupNorm);
});

test.for<Shape>([flat(5), flat(12), flat(40), flat(301), image(3, 2, 8), image(1, 9, 3), image(2, 3, 22)])(
  'layer norm of %o',
  async (input) => {
    const layer = { kind: 'layer-norm', channels: input.channels } as const;
    await expectLayer({ input, layer }, layerNormOp, layerNorm);
    await expectLayer({ input, layer, isDense: true }, layerNormOp, layerNorm);
  },
);

test('values far from zero keep their digits, equal values become the bias', async () => {
  const [input, layer] = [image(8, 9, 6), { kind: 'group-norm', groups: 2, channels: 6 } as const];
  await expectLayer({ input, layer, draw: (random) => 8 + random() }, groupNormOp, groupNorm);
  await expectLayer({ input, layer, draw: () => 0.3 }, groupNormOp, groupNorm);
  await expectLayer({ input, layer: { kind: 'layer-norm', channels: 6 }, draw: (random) => 8 + random() }, layerNormOp, layerNorm);
  await expectLayer({ input, layer: { kind: 'layer-norm', channels: 6 }, draw: () => 0.3 }, layerNormOp, layerNorm);
});

test('a layer norm does not see what stands in the filling of its input', async () => {
  const rig = await openRig();
  const layer = plannedLayer<'layer-norm'>(flat(5), { kind: 'layer-norm', channels: 5 });
  const [input, output] = [rig.value(layer.input), rig.value(layer.output)];
  const op = layerNormOp(rig.place, layer, input, output);
  op.weights!.load(Float32Array.from([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]));
  const x = Float64Array.from([1, 2, 3, 4, 6]);
  rig.write(input, input.at, [x]);
  floatsAt(rig.place.kernels, input.at, 8)[5] = 1; // as left by a dense layer that reads the same value
  op.forward({ n: 1, rows: 0, seed: 0 });
  const expected = layerNorm.forward(layer, x, Float32Array.from([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]));
  for (const [i, value] of rig.read(output, output.at, 1)[0]!.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
});
