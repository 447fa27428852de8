/** The compiled kernels against the oracle: every loss, activation and depth, sizes that leave tails, and misuse. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '#protocol/model/layers';
import { planNetwork } from '#protocol/model/architecture';
import { buildWasm } from './build.ts';
import { SHORT_ERROR } from './grid.ts';
import { loadNumerics, loadTrainingNumerics } from './load-node.ts';
import type { Numerics } from './numerics.ts';
import { oracle } from './reference/model.ts';
import { openMlp, seededParameters, seededRows, uniform, type MlpSpec } from './seeded-run.fixture.ts';

let compiled: Numerics;
let relaxed: Numerics;

beforeAll(async () => {
  await buildWasm();
  compiled = await loadNumerics();
  relaxed = await loadTrainingNumerics(); // the plain build again if this machine does not fuse
});

const SHAPES = [
  [1, 1],
  [2, 1],
  [3, 2],
  [8, 8],
  [13, 7],
  [5, 4, 3],
  [9, 17, 6],
  [16, 8, 9, 2],
  [7, 33, 5, 1, 4],
  [41, 12, 8, 16, 10],
  // More inputs and outputs than products pack at once.
  [530, 139, 3],
];
const CASES: MlpSpec[] = SHAPES.flatMap((sizes) =>
  (['tanh', 'relu'] as const).flatMap((activation) => (['cross-entropy', 'mse'] as const).map((loss) => ({ sizes, activation, loss }))),
);

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, gap) => Math.max(most, gap), 0);
}

/** The same seeded parameters and rows in both implementations. 70 rows: one whole block and a tail. */
function pair(spec: MlpSpec, maxLot = 100, count = 70, numerics = compiled) {
  const draw = uniform(spec.sizes.reduce((sum, size) => sum * 31 + size, 7));
  const [kernels, truth] = [openMlp(numerics, spec, maxLot), openMlp(oracle, spec, maxLot)];
  // Scaled by width, so that values and their f32 errors keep one magnitude.
  const parameters = seededParameters(kernels.parameterCount, Math.min(0.7, 4.5 / Math.sqrt(Math.max(...spec.sizes))), draw);
  kernels.setParameters(parameters);
  truth.setParameters(parameters);
  const rows = seededRows(spec, count, draw);
  return { kernels, truth, parameters, rows, lot: Int32Array.from({ length: count }, (_, i) => count - 1 - i) };
}

const BUILDS = [
  ['plain', () => compiled],
  ['relaxed', () => relaxed],
] as const;

describe.each(BUILDS)('%s', (_, numerics) =>
  describe.each(CASES)('$sizes $activation $loss', (spec) => {
    const both = () => pair(spec, 100, 70, numerics());
    test('parameters come back as they went in', () => {
      const { kernels, parameters } = both();
      expect(kernels.parameters()).toEqual(parameters);
      kernels.free();
    });

    test('outputs, loss and accuracy are those of the oracle', () => {
      const { kernels, truth, rows } = both();
      expect(farthest(kernels.forward(rows.x), truth.forward(rows.x))).toBeLessThan(1e-5);
      const [got, expected] = [kernels.evaluate(rows), truth.evaluate(rows)];
      expect(got.loss).toBeCloseTo(expected.loss, 5);
      expect(got.accuracy).toBe(expected.accuracy);
      kernels.free();
    });

    test('a clipped example is within one grid step and the error of its short factors of the oracle', () => {
      const { kernels, truth, rows } = both();
      for (let row = 0; row < 20; row++) {
        for (const clip of [0.05, 100]) {
          const [got, expected] = [kernels, truth].map((of) => of.clippedSum(rows, Int32Array.of(row), { clip, gridBits: 16 }).steps);
          expect(beyond(got!, expected!, 1, expected!.map(Math.abs))).toBeLessThanOrEqual(0);
        }
      }
      kernels.free();
    });

    test('a clipped lot is within the same of each example', () => {
      const { kernels, truth, rows, lot } = both();
      const sizes = new Int32Array(truth.parameterCount);
      for (const row of lot) {
        const alone = truth.clippedSum(rows, Int32Array.of(row), { clip: 0.5, gridBits: 12 }).steps;
        for (const [i, steps] of alone.entries()) sizes[i]! += Math.abs(steps);
      }
      const [got, expected] = [kernels, truth].map((of) => of.clippedSum(rows, lot, { clip: 0.5, gridBits: 12 }).steps) as [
        Int32Array,
        Int32Array,
      ];
      expect(beyond(got, expected, lot.length, sizes)).toBeLessThanOrEqual(0);
      expect(expected.some((steps) => steps !== 0)).toBe(spec.sizes.at(-1) !== 1 || spec.loss === 'mse');
      kernels.free();
    });

    test('plain steps lead to the same parameters', () => {
      const { kernels, truth, rows, lot } = both();
      for (let step = 0; step < 3; step++) {
        const [got, expected] = [kernels.sgdStep(rows, lot, 0.1), truth.sgdStep(rows, lot, 0.1)];
        expect(Math.abs(got - expected)).toBeLessThan(5e-6 * (1 + expected));
      }
      expect(farthest(kernels.parameters(), truth.parameters())).toBeLessThan(1e-5);
      kernels.free();
    });
  }),
);

/** How far the farthest coordinate is off, in steps, beyond `steps` and the error of short factors in sums of these sizes. */
function beyond(got: Int32Array, expected: Int32Array, steps: number, sizes: Int32Array): number {
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!) - steps - SHORT_ERROR * sizes[i]!), -Infinity);
}

const SMALL: MlpSpec = { sizes: [5, 6, 3], activation: 'tanh', loss: 'cross-entropy' };

test('tanh is right from the smallest number to where it is 1', () => {
  const spec: MlpSpec = { sizes: [1, 1, 1], activation: 'tanh', loss: 'mse' };
  const mlp = openMlp(compiled, spec, 8);
  mlp.setParameters(Float32Array.of(1, 0, 1, 0));
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 150);
  const tiny = Float32Array.of(1e-45, -1e-38, 1e-20, 1e-5, -1e-3, 9.99, 10, 11, 88, 3e38, Infinity, -Infinity);
  for (const values of [x, tiny]) {
    for (const [i, y] of mlp.forward(values).entries()) {
      const exact = Math.tanh(values[i]!);
      expect(Math.abs(y - exact)).toBeLessThanOrEqual(Math.abs(exact) * 3e-7 + 1e-45);
      expect(Math.abs(y)).toBeLessThanOrEqual(1);
    }
  }
  expect(mlp.forward(Float32Array.of(NaN))[0]).toBeNaN();
  mlp.free();
});

test('an empty lot sums to zero, steps nowhere and has no loss', () => {
  const { kernels, parameters, rows } = pair(SMALL);
  const none = new Int32Array(0);
  expect(kernels.clippedSum(rows, none, { clip: 1, gridBits: 16 }).steps).toEqual(new Int32Array(kernels.parameterCount));
  expect(kernels.sgdStep(rows, none, 1)).toBeNaN();
  expect(kernels.parameters()).toEqual(parameters);
  expect(kernels.forward(new Float32Array(0))).toHaveLength(0);
  expect(kernels.evaluate({ x: new Float32Array(0), y: new Int32Array(0) }).loss).toBeNaN();
  kernels.free();
});

describe.each(BUILDS)('%s', (_, numerics) =>
  test.each([SMALL, { ...SMALL, sizes: [530, 139, 3] }])(
    '$sizes: blocks of any length give the same integers, and the same outputs',
    (spec) => {
      const results = [1, 5, 9, 23, 1000].map((maxLot) => {
        const { kernels, rows, lot } = pair(spec, maxLot, 70, numerics());
        const { steps } = kernels.clippedSum(rows, lot, { clip: 0.5, gridBits: 18 });
        const outputs = kernels.forward(rows.x);
        kernels.free();
        return { steps, outputs };
      });
      for (const result of results) expect(result).toEqual(results[0]);
    },
  ),
);

test('a row whose outputs are not numbers is no hit', () => {
  const mlp = openMlp(compiled, { ...SMALL, sizes: [1, 2] }, 4);
  mlp.setParameters(Float32Array.of(0, 0, 1, 0));
  expect(mlp.evaluate({ x: Float32Array.of(0, NaN), y: Int32Array.of(0, 0) }).accuracy).toBe(0.5);
  mlp.free();
});

test('models live beside each other; a freed one leaves room and is of no more use', () => {
  const [first, second] = [pair(SMALL), pair({ ...SMALL, sizes: [30, 40, 4] })];
  const before = second.kernels.forward(second.rows.x);
  first.kernels.free();
  // Takes the first one's memory, which held other numbers.
  const third = pair({ ...SMALL, sizes: [5, 6, 2] });
  expect(farthest(third.kernels.forward(third.rows.x), third.truth.forward(third.rows.x))).toBeLessThan(1e-5);
  expect(second.kernels.forward(second.rows.x)).toEqual(before);
  expect(() => first.kernels.parameters()).toThrow('freed');
  expect(() => first.kernels.setParameters(first.parameters)).toThrow('freed');
  expect(() => first.kernels.clippedSum(first.rows, first.lot, { clip: 1, gridBits: 16 }).steps).toThrow('freed');
  expect(() => first.kernels.free()).toThrow('freed');
  second.kernels.free();
  third.kernels.free();
});

test('many models one after another need the memory of one', () => {
  const spec: MlpSpec = { ...SMALL, sizes: [1000, 990, 2] };
  // 13 MB each: 2.6 GB if they were not freed.
  for (let i = 0; i < 200; i++) expect(() => openMlp(compiled, spec, 64).free()).not.toThrow();
});

test('a model that cannot fit is refused with the bytes it needs, and a smaller one still works', () => {
  const input = { height: 512, width: 512, channels: 1 };
  const layers: Layer[] = [
    { kind: 'conv2d', inChannels: 1, outChannels: 1, kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
    { kind: 'avg-pool', kernel: [32, 32], stride: [32, 32] },
    { kind: 'flatten' },
    { kind: 'dense', inputs: 256, outputs: 2 },
  ];
  const spec = { network: planNetwork(input, layers), loss: 'cross-entropy' } as const;
  expect(() => compiled.model(spec, 1, 64)).toThrow(/needs \d{10} bytes/);
  const { kernels, rows } = pair(SMALL);
  expect(kernels.evaluate(rows).loss).toBeGreaterThan(0);
  kernels.free();
});

test.each([...BUILDS, ['oracle', () => oracle] as const])(
  '%s: arguments that do not belong together are refused by name',
  (_, numerics) => {
    const spread = planNetwork({ height: 2, width: 2, channels: 1 }, [{ kind: 'layer-norm', channels: 1 }]);
    expect(() => numerics().model({ network: spread, loss: 'mse' }, 1)).toThrow(/network: expected flat outputs/);
    expect(() => openMlp(compiled, SMALL, 0)).toThrow(/maxLot: expected a whole number from 1, got 0/);
    const mlp = openMlp(numerics(), { ...SMALL, sizes: [2, 3] }, 4);
    const rows = { x: new Float32Array(4), y: Int32Array.of(0, 2) };
    const both = Int32Array.of(0, 1);
    expect(() => mlp.setParameters(new Float32Array(8))).toThrow(/parameters: expected 9/);
    expect(() => mlp.forward(new Float32Array(3))).toThrow(/x: expected rows of 2/);
    expect(() => mlp.evaluate({ ...rows, y: Int32Array.of(0) })).toThrow(/y: expected 2 values/);
    expect(() => mlp.sgdStep(rows, Int32Array.of(2), 1)).toThrow(/lot: expected rows below 2, got 2/);
    expect(() => mlp.sgdStep(rows, Int32Array.of(-1), 1)).toThrow(/lot/);
    expect(() => mlp.evaluate({ ...rows, y: Int32Array.of(0, 3) })).toThrow(/y: expected classes below 3, got 3/);
    expect(() => mlp.evaluate({ ...rows, y: Float32Array.of(0, 0.5) })).toThrow(/classes/);
    expect(() => mlp.clippedSum(rows, both, { clip: 0, gridBits: 16 }).steps).toThrow(/clip/);
    expect(() => mlp.clippedSum(rows, both, { clip: NaN, gridBits: 16 }).steps).toThrow(/clip/);
    expect(() => mlp.clippedSum(rows, both, { clip: 1, gridBits: 21 }).steps).toThrow(/gridBits/);
    expect(() => mlp.clippedSum(rows, both, { clip: 1, gridBits: 1.5 })).toThrow(/gridBits/);
    expect(() => mlp.clippedSum(rows, Int32Array.of(1, 0, 1), { clip: 1, gridBits: 16 }).steps).toThrow(/row 1 again/);
    mlp.free();
  },
);
