/** The compiled losses with several outputs, against the oracle and at their extremes. */
import { describe, expect, test } from 'vitest';
import { flat } from '#protocol/model/architecture';
import { lossOf } from './reference/loss.ts';
import { uniform } from './seeded-run.fixture.ts';
import { near, openRig } from './testing/layer-rig.ts';
import { floatsAt } from './layers/op.ts';

const KERNELS = { bce: 'logisticDelta', huber: 'huberDelta', mse: 'squaredDelta' } as const;
type ValueLoss = keyof typeof KERNELS;

async function run(loss: ValueLoss, z: readonly Float64Array[], targets: readonly Float64Array[]) {
  const rig = await openRig();
  const { kernels, bytes } = rig.place;
  const outputs = z[0]!.length;
  const value = rig.value(flat(outputs));
  rig.write(value, value.at, z);
  const at = bytes(z.length * outputs * 4);
  floatsAt(kernels, at, z.length * outputs).set(targets.flatMap((row) => Array.from(row)));
  const total = kernels[KERNELS[loss]](z.length, outputs, value.at, value.stride, at, value.delta, value.stride);
  return { total, deltas: rig.read(value, value.delta, z.length) };
}

describe.for<ValueLoss>(['bce', 'huber', 'mse'])('%s', (loss) => {
  test.for([1, 3, 8, 11])('of %i outputs is the oracle’s, and so are its deltas', async (outputs) => {
    const draw = uniform(outputs + 1);
    const rows = (value: () => number): Float64Array[] =>
      Array.from({ length: 5 }, () => Float64Array.from({ length: outputs }, () => Math.fround(value())));
    const [z, targets] = [rows(() => 8 * draw() - 4), rows(draw)];
    const { total, deltas } = await run(loss, z, targets);
    const expected = z.map((row, m) => lossOf(loss, row, targets[m]!));
    expect(total).toBeCloseTo(
      expected.reduce((sum, one) => sum + one.loss, 0),
      9,
    );
    near(
      deltas,
      expected.map(({ delta }) => delta),
    );
  });

  test('a NaN gives no number', async () => {
    const { total, deltas } = await run(loss, [Float64Array.of(NaN, 1)], [Float64Array.of(1, 1)]);
    expect(total).toBeNaN();
    expect(deltas[0]![0]).toBeNaN();
    expect(deltas[0]![1]).not.toBeNaN();
  });
});

test('a logistic loss neither overflows nor loses its small end', async () => {
  const { total, deltas } = await run('bce', [Float64Array.of(1e30, -1e30, 1e30, -40)], [Float64Array.of(1, 0, 0, 0)]);
  expect(total).toBe(Math.fround(1e30));
  expect(Array.from(deltas[0]!.subarray(0, 3))).toEqual([0, 0, 1]);
  expect(deltas[0]![3]! / Math.exp(-40)).toBeCloseTo(1, 5);
  const { total: tiny } = await run('bce', [Float64Array.of(-40)], [Float64Array.of(0)]);
  expect(tiny / Math.exp(-40)).toBeCloseTo(1, 12);
});

test('Huber’s loss is straight beyond an error of 1', async () => {
  const { total, deltas } = await run('huber', [Float64Array.of(5, -5, 0.5, 1)], [Float64Array.of(1, 1, 1, 0)]);
  expect(total).toBe(3.5 + 5.5 + 0.125 + 0.5);
  expect(Array.from(deltas[0]!)).toEqual([1, -1, -0.5, 1]);
});
