/**
 * Privacy depends on this: one example moves the integer sum by at most 2^gridBits in L2, whatever its numbers are, and the sum equals
 * the sum of each example's own result.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { gridFor, SHORT_ERROR } from './grid.ts';
import { loadNumerics, loadTrainingNumerics } from './load-node.ts';
import type { Numerics, Rows } from './numerics.ts';
import { clippedSteps } from './reference/clipped.ts';
import { oracle } from './reference/model.ts';
import { openMlp, seededParameters, seededRows, uniform, type MlpSpec } from './seeded-run.fixture.ts';

let compiled: Numerics;
let relaxed: Numerics;

beforeAll(async () => {
  await buildWasm();
  compiled = await loadNumerics();
  relaxed = await loadTrainingNumerics(); // the plain build again if this machine does not fuse
});

const BUILDS = [
  ['plain', () => compiled],
  ['relaxed', () => relaxed],
] as const;

/** Exact: squares below 2^40, and far fewer than 2^13 of them. */
const squaredNorm = (steps: Int32Array): number => steps.reduce((sum, value) => sum + value * value, 0);

const number = fc.oneof(
  fc.float({ noNaN: true, min: -4, max: 4 }),
  fc.float(), // all of them: huge, subnormal, infinite, NaN
  fc.constantFrom(3.4e38, -3.4e38, 1e-45, 1.2e-38, 0, 1e19, -1e19, 1e-19),
);
const specs: fc.Arbitrary<MlpSpec> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 5 }),
  activation: fc.constantFrom('tanh' as const, 'relu' as const),
  loss: fc.constantFrom('cross-entropy' as const, 'mse' as const),
});
/** 10^-30 … 10^30, most of them near 1. */
const clips = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -30, max: 30 })).map((power) => 10 ** power);

const examples = specs.chain((spec) => {
  const [inputs, outputs] = [spec.sizes[0]!, spec.sizes.at(-1)!];
  const d = spec.sizes.slice(1).reduce((sum, size, i) => sum + (spec.sizes[i]! + 1) * size, 0);
  const exactly = (length: number) => fc.array(number, { minLength: length, maxLength: length });
  const tame = fc.float({ noNaN: true, min: -4, max: 4 });
  return fc.record({
    spec: fc.constant(spec),
    parameters: fc.oneof(fc.array(tame, { minLength: d, maxLength: d }), exactly(d)).map((list) => Float32Array.from(list)),
    x: exactly(inputs).map((list) => Float32Array.from(list)),
    y:
      spec.loss === 'mse'
        ? exactly(outputs).map((list) => Float32Array.from(list))
        : fc.integer({ min: 0, max: outputs - 1 }).map((label) => Int32Array.of(label)),
    clip: clips,
    gridBits: fc.integer({ min: Math.ceil(Math.log2(Math.sqrt(d) / 2 + 1)) + 1, max: 20 }),
  });
});

describe.each([...BUILDS, ['oracle', () => oracle] as const])('%s', (_, numerics) => {
  test('no single example is longer than 2^gridBits steps', () => {
    fc.assert(
      fc.property(examples, ({ spec, parameters, x, y, clip, gridBits }) => {
        const mlp = openMlp(numerics(), spec, 1);
        mlp.setParameters(parameters);
        const steps = mlp.clippedSum({ x, y }, Int32Array.of(0), { clip: clip, gridBits: gridBits }).steps;
        mlp.free();
        expect(squaredNorm(steps)).toBeLessThanOrEqual(4 ** gridBits);
      }),
      { numRuns: 1500 },
    );
  });

  test('rounding that goes up everywhere at once stays within the bound, and needs the room it was given', () => {
    let [longest, unguarded] = [0, 0];
    for (let outputs = 20; outputs <= 400; outputs += 10) {
      const spec: MlpSpec = { sizes: [9, outputs], activation: 'tanh', loss: 'mse' };
      const d = 10 * outputs;
      const mlp = openMlp(numerics(), spec, 1);
      // All d coordinates of the gradient are the same number.
      const rows: Rows = { x: new Float32Array(9).fill(1), y: new Float32Array(outputs).fill(-5) };
      const steps = mlp.clippedSum(rows, Int32Array.of(0), { clip: 1, gridBits: 6 }).steps;
      mlp.free();
      expect(new Set(steps).size).toBe(1);
      longest = Math.max(longest, Math.sqrt(squaredNorm(steps)));
      unguarded = Math.max(unguarded, Math.sqrt(d) * Math.round(64 / Math.sqrt(d)));
    }
    expect(longest).toBeLessThanOrEqual(64);
    expect(longest).toBeGreaterThan(60); // and the bound is nearly reached
    expect(unguarded).toBeGreaterThan(64); // clipping to C itself would exceed the bound
  });

  test('a clipped example keeps its direction and is as long as the grid lets it be', () => {
    const mlp = openMlp(numerics(), { sizes: [3, 1], activation: 'tanh', loss: 'mse' }, 1);
    const steps = mlp.clippedSum({ x: Float32Array.of(3, -4, 12), y: Float32Array.of(-1e6) }, Int32Array.of(0), {
      clip: 2,
      gridBits: 16,
    }).steps;
    mlp.free();
    const { reach } = gridFor(4, 2, 16);
    const length = Math.sqrt(squaredNorm(steps));
    expect(length).toBeLessThan(reach + 1);
    expect(length).toBeGreaterThan((1 - SHORT_ERROR) * reach - 1);
    for (const [i, part] of [3, -4, 12, 1].entries()) {
      const due = (reach * part) / Math.sqrt(170);
      expect(Math.abs(steps[i]! - due)).toBeLessThan(1 + SHORT_ERROR * Math.abs(due));
    }
  });
});

test('oracle: coordinates round to the nearest step, halves to even', () => {
  const mlp = openMlp(oracle, { sizes: [6, 1], activation: 'tanh', loss: 'mse' }, 1);
  const rows = { x: Float32Array.of(0.5, 1.5, -0.5, -1.5, 2.5, 0.499), y: Float32Array.of(-1) };
  // delta = 1, one step per unit, far below the clip.
  expect(Array.from(mlp.clippedSum(rows, Int32Array.of(0), { clip: 1024, gridBits: 10 }).steps, (steps) => steps + 0)).toEqual([
    0, 2, 0, -2, 2, 0, 1,
  ]);
  mlp.free();
});

/** The nearest number with 12 significant bits of which the last is set; below 2^-126 the bits that it has of those. */
function short(value: number): number {
  if (Math.abs(value) < 2 ** -126) return Math.trunc(value * 2 ** 137) / 2 ** 137;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 11);
  return Math.sign(value) * (2 * Math.floor(Math.abs(value) / unit / 2) + 1) * unit;
}

test.each(BUILDS)('%s: every coordinate is the product of two short factors, rounded to the nearest step', (_build, numerics) => {
  const factor = fc.oneof(
    fc.float({ noNaN: true, min: -30, max: 30 }),
    fc.integer({ min: -60, max: 60 }).map((halves) => halves / 2),
    fc.integer({ min: -149, max: 0 }).map((power) => 2 ** power),
  );
  const longest = 2 ** 127 * (1 - 2 ** -10); // its product with 2^-128 is just below half a step
  fc.assert(
    fc.property(fc.array(factor, { minLength: 20, maxLength: 20 }), factor, fc.integer({ min: 4, max: 8 }), (x, y, power) => {
      const mlp = openMlp(numerics(), { sizes: [20, 1], activation: 'tanh', loss: 'mse' }, 1);
      // Without weights delta is -y; 2^power steps per unit, and no clipping.
      const rows = { x: Float32Array.from(x), y: Float32Array.of(-y) };
      const { steps } = mlp.clippedSum(rows, Int32Array.of(0), { clip: 2 ** (20 - power), gridBits: 20 });
      mlp.free();
      const delta = short(Math.fround(y) * 2 ** power);
      const due = [...rows.x, 1].map((input) => Math.round(Math.abs(short(input) * delta)) * Math.sign(input * y));
      expect(Array.from(steps, (step) => step + 0)).toEqual(due.map((step) => step + 0));
    }),
    { numRuns: 300, examples: [[Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? longest : -longest)), 2 ** -132, 4]] },
  );
});

const SPEC: MlpSpec = { sizes: [11, 13, 6, 4], activation: 'relu', loss: 'cross-entropy' };

function trained(numerics: Numerics) {
  const draw = uniform(21);
  const mlp = openMlp(numerics, SPEC, 64);
  mlp.setParameters(seededParameters(mlp.parameterCount, 0.8, draw));
  return { mlp, rows: seededRows(SPEC, 150, draw) };
}

describe.each(BUILDS)('%s', (_build, numerics) => {
  test('the sum is exactly the sum of what each example gives alone, in any order and in any lot', () => {
    const { mlp, rows } = trained(numerics());
    const alone = Array.from({ length: 150 }, (_, row) => mlp.clippedSum(rows, Int32Array.of(row), { clip: 0.7, gridBits: 16 }).steps);
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from(alone.keys())), (lot) => {
        const sum = new Int32Array(mlp.parameterCount);
        for (const row of lot) for (const [i, steps] of alone[row]!.entries()) sum[i]! += steps;
        expect(mlp.clippedSum(rows, Int32Array.from(lot), { clip: 0.7, gridBits: 16 }).steps).toEqual(sum);
      }),
      { numRuns: 40 },
    );
    mlp.free();
  });

  test('halfway between two steps again and again: the sum is still the sum of what each example gives alone', () => {
    const mlp = openMlp(numerics(), { sizes: [40, 1], activation: 'tanh', loss: 'mse' }, 64);
    const draw = uniform(5);
    // delta = +-1 or +-3 and one step per unit: products are whole, of either parity, or halfway.
    const x = Float32Array.from({ length: 100 * 40 }, () => Math.floor(draw() * 18) / 2 - 4.5);
    const rows = { x, y: Float32Array.from({ length: 100 }, () => 2 * Math.floor(draw() * 4) - 3) };
    const sum = new Int32Array(41);
    for (let row = 0; row < 100; row++)
      for (const [i, steps] of mlp.clippedSum(rows, Int32Array.of(row), { clip: 4096, gridBits: 12 }).steps.entries()) sum[i]! += steps;
    for (const lot of [Array.from({ length: 100 }, (_, i) => i), Array.from({ length: 100 }, (_, i) => (37 * i) % 100)]) {
      expect(mlp.clippedSum(rows, Int32Array.from(lot), { clip: 4096, gridBits: 12 }).steps).toEqual(sum);
    }
    mlp.free();
  });

  test.each([7, 16, 17, 20])('on a grid of %d bits the sum of a whole block is exact, all examples on one coordinate', (gridBits) => {
    const mlp = openMlp(numerics(), { sizes: [1, 1], activation: 'tanh', loss: 'mse' }, 64);
    const rows = { x: new Float32Array(64), y: new Float32Array(64).fill(-1e9) };
    const lot = Int32Array.from({ length: 64 }, (_, i) => i);
    const one = mlp.clippedSum(rows, Int32Array.of(0), { clip: 1, gridBits: gridBits }).steps[1]!;
    expect(one).toBeGreaterThan(2 ** gridBits * 0.98);
    expect(mlp.clippedSum(rows, lot, { clip: 1, gridBits: gridBits }).steps[1]).toBe(64 * one);
    mlp.free();
  });

  test.each([NaN, Infinity, -Infinity])('an example with an input of %d adds zero and leaves its neighbours alone', (poison) => {
    const { mlp, rows } = trained(numerics());
    const lot = Int32Array.from({ length: 90 }, (_, i) => i);
    const expected = mlp.clippedSum(
      rows,
      lot.filter((row) => row !== 17 && row !== 40),
      { clip: 0.7, gridBits: 16 },
    ).steps;
    rows.x[17 * 11 + 3] = poison;
    rows.x[40 * 11] = poison;
    expect(mlp.clippedSum(rows, lot, { clip: 0.7, gridBits: 16 }).steps).toEqual(expected);
    expect(mlp.clippedSum(rows, Int32Array.of(17), { clip: 0.7, gridBits: 16 }).steps).toEqual(new Int32Array(mlp.parameterCount));
    mlp.free();
  });

  test('a model that is not finite adds zero for every example', () => {
    const { mlp, rows } = trained(numerics());
    mlp.setParameters(new Float32Array(mlp.parameterCount).fill(NaN));
    expect(mlp.clippedSum(rows, Int32Array.of(0, 1, 2), { clip: 0.7, gridBits: 16 }).steps).toEqual(new Int32Array(mlp.parameterCount));
    mlp.free();
  });
});

test('an example without a gradient adds zero', () => {
  const mlp = openMlp(compiled, { sizes: [2, 1], activation: 'tanh', loss: 'mse' }, 1);
  expect(mlp.clippedSum({ x: Float32Array.of(3, 4), y: Float32Array.of(0) }, Int32Array.of(0), { clip: 1, gridBits: 20 }).steps).toEqual(
    new Int32Array(3),
  );
  mlp.free();
});

test('a lot whose sum could leave 32 bits is refused; the largest one that fits adds up', () => {
  const mlp = openMlp(compiled, { sizes: [1, 1], activation: 'tanh', loss: 'mse' }, 64);
  const rows = { x: new Float32Array(2048).fill(0), y: new Float32Array(2048).fill(-1e9) };
  const lot = Int32Array.from({ length: 2048 }, (_, i) => i);
  expect(() => mlp.clippedSum(rows, lot, { clip: 1, gridBits: 20 }).steps).toThrow(/at most 2047 examples/);
  const one = mlp.clippedSum(rows, Int32Array.of(0), { clip: 1, gridBits: 20 }).steps[1]!;
  expect(one).toBeGreaterThan((1 - SHORT_ERROR) * 2 ** 20);
  expect(mlp.clippedSum(rows, lot.subarray(1), { clip: 1, gridBits: 20 }).steps[1]).toBe(2047 * one);
  mlp.free();
});

test('a grid too coarse for the model is refused', () => {
  expect(() => gridFor(20_000, 1, 6)).toThrow(/finer than sqrt\(20000\)/);
  expect(gridFor(16_000, 1, 6).reach).toBeGreaterThan(0);
  expect(() => clippedSteps(new Float64Array(20_000), [{ from: 0, to: 20_000 }], { clip: 1, gridBits: 6 })).toThrow(RangeError);
});
