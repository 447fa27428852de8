import { describe, expect, test } from 'vitest';
import { flat, valuesOf, type Shape } from '#protocol/model/architecture';
import { keeps, thresholdOf } from '../dropout-mask.ts';
import { openRig, plannedLayer } from '../testing/layer-rig.ts';
import { dropoutOp } from './dropout.ts';

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });
const ROWS = [4_000_000, 0, 17];
const LAYER = 3;

async function open(shape: Shape, rate: number, isDense = false) {
  const rig = await openRig();
  const layer = plannedLayer<'dropout'>(shape, { kind: 'dropout', rate });
  const [input, output] = [rig.value(shape, isDense), rig.value(shape)];
  const op = dropoutOp(rig.place, layer, input, output, LAYER);
  const rows = rig.place.bytes(64);
  new Int32Array(rig.place.kernels.memory.buffer, rows, ROWS.length).set(ROWS);
  const x = ROWS.map((_, m) => Float64Array.from({ length: valuesOf(shape) }, (_v, i) => 1 + i + 100 * m));
  rig.write(input, input.at, x);
  return { rig, op, input, output, rows, x };
}

describe.for([0.25, 0.5, 0.9])('at a rate of %f', (rate) => {
  test.for([flat(5), flat(19), image(3, 2, 5), image(2, 5, 16)])('%o is masked alike forward and back', async (shape) => {
    const { rig, op, input, output, rows, x } = await open(shape, rate);
    const pass = { n: ROWS.length, rows, seed: 0xdeadbeef };
    const masked = x.map((values, m) =>
      values.map((value, i) => {
        const isKept = keeps(pass.seed, ROWS[m]!, LAYER, i, thresholdOf(rate));
        return isKept ? Math.fround(value * Math.fround(1 / (1 - rate))) : 0;
      }),
    );
    op.forward(pass);
    expect(rig.read(output, output.at, pass.n)).toEqual(masked);
    rig.write(output, output.delta, x);
    op.backward(pass);
    expect(rig.read(input, input.delta, pass.n)).toEqual(masked);
  });
});

test.for([false, true])('outside of training, and at rate 0, values pass as they are (dense input: %s)', async (isDense) => {
  for (const [rate, inTraining] of [
    [0.5, false],
    [0, true],
  ] as const) {
    const { rig, op, output, rows, x } = await open(image(2, 3, 3), rate, isDense);
    op.forward({ n: ROWS.length, rows: inTraining ? rows : 0, seed: 5 });
    expect(rig.read(output, output.at, ROWS.length)).toEqual(x);
  }
});

test('another seed draws another mask', async () => {
  const { rig, op, output, rows } = await open(flat(64), 0.5);
  op.forward({ n: 3, rows, seed: 1 });
  const first = rig.read(output, output.at, 3);
  op.forward({ n: 3, rows, seed: 2 });
  expect(rig.read(output, output.at, 3)).not.toEqual(first);
});
