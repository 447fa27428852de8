/**
 * The property that privacy depends on, for any implementation of the numerics and every kind of layer: one unit moves the integer sum by
 * at most 2^gridBits in L2, whatever its numbers are, and the sum of a lot equals the sum of each unit's own result.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Network } from '#protocol/model/architecture';
import { gridFor } from '../grid.ts';
import type { Clipping, ModelSpec, Numerics, Rows } from '../numerics.ts';
import { partsOf } from '../reference/clipped.ts';
import { uniform } from '../seeded-run.fixture.ts';
import { LAYERS, LOSSES, NETWORKS, parametersFor, rowsFor } from './networks.ts';
import { networks } from './random-networks.ts';

/** Exact: squares below 2^40, and far fewer than 2^13 of them. */
export const squaredNorm = (steps: Int32Array): number => steps.reduce((sum, value) => sum + value * value, 0);

/** One bit more than the coarsest grid for the network's parameters. */
export function leastBits(network: Network, perLayer: boolean): number {
  const parts = partsOf(network, perLayer);
  const fits = (bits: number): boolean => {
    try {
      for (const { from, to } of parts) gridFor(to - from, 1, bits, 1 / Math.sqrt(parts.length));
      return true;
    } catch {
      return false;
    }
  };
  return 1 + Array.from({ length: 20 }, (_, i) => i + 1).find(fits)!;
}

const SPIKES = [NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 1.2e-38, 0, 1e19, -1e19, 1e-19, -1, 0.5];

/** Ordinary numbers mixed with extreme ones and NaN. */
function spike(values: Float32Array, share: number, draw: () => number): void {
  for (const i of values.keys()) {
    if (draw() < share) values[i] = draw() < 0.5 ? SPIKES[Math.floor(draw() * SPIKES.length)]! : (draw() - 0.5) * 10 ** (76 * draw() - 38);
  }
}

function mirror({ x, y }: Rows, count: number, apart: number, draw: () => number): void {
  const [inputs, targets] = [x.length / count, y.length / count];
  for (const i of x.keys()) x[i] = x[i % inputs]! * (1 + apart * draw());
  if (y instanceof Float32Array) for (const i of y.keys()) y[i] = Math.floor(i / targets) % 2 === 0 ? 100 : -100;
}

const cases = fc.record({
  sample: fc.oneof(
    fc.constantFrom(...LAYERS, ...NETWORKS),
    networks.map((network) => ({ name: 'drawn', network })),
  ),
  loss: fc.constantFrom(...LOSSES),
  seed: fc.nat({ max: 1e6 }),
  /** Shares of extreme numbers. */
  strange: fc.record({ rows: fc.constantFrom(0, 0.02, 0.3), parameters: fc.constantFrom(0, 0, 0.02) }),
  limit: fc.constantFrom(0.1, 1, 30),
  clip: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -30, max: 30 })).map((power) => 10 ** power),
  bits: fc.nat({ max: 20 }),
  perLayer: fc.boolean(),
  unitRows: fc.constantFrom(1, 1, 2, 5, 64),
  /** Rows of nearly equal inputs and opposite targets: their gradients cancel and leave rounding errors. */
  mirrored: fc.constantFrom(0, 0, 1e-12, 1e-6, 1e-3),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

function prepare(numerics: Numerics, { sample, loss, seed, strange, limit, clip, bits, perLayer, unitRows, mirrored }: Case) {
  const spec: ModelSpec = { network: sample.network, loss };
  const draw = uniform(seed + 1);
  const parameters = parametersFor(sample.network, limit, draw);
  const rows = rowsFor(spec, unitRows, draw);
  spike(parameters, strange.parameters, draw);
  spike(rows.x, strange.rows, draw);
  if (rows.y instanceof Float32Array) spike(rows.y, strange.rows, draw);
  if (mirrored > 0) mirror(rows, unitRows, mirrored, draw);
  const model = numerics.model(spec, 16, unitRows);
  model.setParameters(parameters);
  model.seedDropout(seed);
  const gridBits = Math.max(bits, leastBits(sample.network, perLayer));
  return { model, rows, clipping: { clip, gridBits, perLayer, units: Int32Array.of(unitRows) } satisfies Clipping };
}

const upTo = (count: number): Int32Array<ArrayBuffer> => Int32Array.from({ length: count }, (_, i) => i);

/** @param runs of each property */
export function clippingSuite(title: string, numerics: () => Numerics, runs: number): void {
  describe(title, () => {
    test('no single unit is longer than 2^gridBits steps', () => {
      fc.assert(
        fc.property(cases, (given) => {
          const { model, rows, clipping } = prepare(numerics(), given);
          const { steps, within } = model.clippedSum(rows, upTo(given.unitRows), clipping);
          model.free();
          expect(squaredNorm(steps)).toBeLessThanOrEqual(4 ** clipping.gridBits);
          expect([0, 1]).toContain(within);
        }),
        { numRuns: runs },
      );
    });

    test.each([...LAYERS, ...NETWORKS])('$name: a clipped unit is nearly as long as the grid lets it be', ({ network }) => {
      const spec: ModelSpec = { network, loss: 'mse' };
      const model = numerics().model(spec, 4, 2);
      const draw = uniform(network.parameterCount + 9);
      model.setParameters(parametersFor(network, 0.7, draw));
      const rows = rowsFor(spec, 3, draw);
      for (const perLayer of [false, true]) {
        const clipping: Clipping = { clip: 1e-5, gridBits: 20, units: Int32Array.of(1, 2), perLayer };
        for (const lot of [Int32Array.of(1), Int32Array.of(0, 2)]) {
          const { steps, within } = model.clippedSum(rows, lot, { ...clipping, units: Int32Array.of(lot.length) });
          expect(within).toBe(0);
          expect(Math.sqrt(squaredNorm(steps))).toBeGreaterThan(0.99 * 2 ** 20);
          for (const { from, to } of partsOf(network, perLayer)) {
            expect(squaredNorm(steps.subarray(from, to))).toBeLessThanOrEqual(4 ** 20 / partsOf(network, perLayer).length);
          }
        }
        expect(model.clippedSum(rows, upTo(3), { ...clipping, clip: 1e9 }).within).toBe(2);
      }
      model.free();
    });

    test.each([...LAYERS, ...NETWORKS])('$name: the sum is exactly the sum of what each unit gives alone, in any order', ({ network }) => {
      const spec: ModelSpec = { network, loss: 'cross-entropy' };
      const model = numerics().model(spec, 16, 17);
      const draw = uniform(network.parameterCount + 77);
      model.setParameters(parametersFor(network, 0.8, draw));
      model.seedDropout(12);
      const rows = rowsFor(spec, 23, draw);
      const check = (units: readonly (readonly number[])[], perLayer: boolean) => {
        const clipping: Clipping = { clip: 0.2, gridBits: 16, perLayer };
        const [sum, lot] = [new Int32Array(model.parameterCount), units.flat()];
        let within = 0;
        for (const unit of units) {
          const alone = model.clippedSum(rows, Int32Array.from(unit), { ...clipping, units: Int32Array.of(unit.length) });
          for (const [i, steps] of alone.steps.entries()) sum[i]! += steps;
          within += alone.within;
        }
        const all = model.clippedSum(rows, Int32Array.from(lot), { ...clipping, units: Int32Array.from(units, ({ length }) => length) });
        expect(all).toEqual({ steps: sum, within });
        const ofRows = units.every(({ length }) => length === 1);
        expect(ofRows ? model.clippedSum(rows, Int32Array.from(lot), clipping) : all).toEqual(all);
      };
      const shuffled = Array.from({ length: 23 }, (_, i) => (i * 7) % 23);
      for (const perLayer of [false, true]) {
        check(
          shuffled.map((row) => [row]),
          perLayer,
        );
        check([shuffled.slice(0, 1), shuffled.slice(1, 4), shuffled.slice(4, 21), shuffled.slice(21)], perLayer);
      }
      model.free();
    });

    test.each([
      ['dense', 2],
      ['conv 3 -> 5, 3x2, padded', 3],
      ['perceptron', 2],
      ['cnn', 3],
      ['separable cnn with colours', 3],
    ] as const)('%s: a unit with a number that is none adds zero, and leaves the others as they are', (name, rowsOfUnit) => {
      const { network } = [...LAYERS, ...NETWORKS].find((sample) => sample.name.startsWith(name))!;
      const spec: ModelSpec = { network, loss: 'huber' };
      const model = numerics().model(spec, 8, rowsOfUnit);
      const draw = uniform(91);
      model.setParameters(parametersFor(network, 0.5, draw));
      const rows = rowsFor(spec, 2 * rowsOfUnit, draw);
      const units = Int32Array.of(rowsOfUnit, rowsOfUnit);
      const clipping: Clipping = { clip: 1, gridBits: 18 };
      const alone = model.clippedSum(rows, upTo(rowsOfUnit), { ...clipping, units: units.subarray(1) }).steps;
      expect(alone.some((steps) => steps !== 0)).toBe(true);
      for (const strange of [NaN, Infinity, -Infinity]) {
        for (const perLayer of [false, true]) {
          // In the first value of the unit's last row, which every layer here reads.
          const x = rows.x.slice();
          x[(2 * rowsOfUnit - 1) * (x.length / (2 * rowsOfUnit))] = strange;
          const given: Rows = { x, y: rows.y };
          const bad = model.clippedSum(given, upTo(2 * rowsOfUnit).subarray(rowsOfUnit), {
            ...clipping,
            perLayer,
            units: units.subarray(1),
          });
          expect(bad).toEqual({ steps: new Int32Array(model.parameterCount), within: 0 });
          const both = perLayer ? alone : model.clippedSum(given, upTo(2 * rowsOfUnit), { ...clipping, units }).steps;
          expect(both).toEqual(alone);
        }
      }
      model.free();
    });

    test('units that are not the lot are refused, and a lot of none adds nothing', () => {
      const spec: ModelSpec = { network: NETWORKS[0]!.network, loss: 'mse' };
      const model = numerics().model(spec, 8, 64);
      const rows = rowsFor(spec, 70, uniform(2));
      const sum = (lot: Int32Array, ...units: number[]) =>
        model.clippedSum(rows, lot, { clip: 1, gridBits: 16, units: Int32Array.from(units) });
      expect(() => sum(upTo(5), 2, 2)).toThrow(/units: expected the lot's 5 rows/);
      expect(() => sum(upTo(5), 6)).toThrow(/units: expected the lot's 5 rows/);
      expect(() => sum(upTo(5), 0, 5)).toThrow(/units: expected 1 to 64 rows/);
      expect(() => sum(upTo(70), 65, 5)).toThrow(/units: expected 1 to 64 rows/);
      expect(() => sum(Int32Array.of(1, 2, 1), 2, 1)).toThrow(/at most once/);
      expect(sum(new Int32Array())).toEqual({ steps: new Int32Array(model.parameterCount), within: 0 });
      const into = new Int32Array(model.parameterCount).fill(9);
      expect(model.clippedSum(rows, new Int32Array(), { clip: 1, gridBits: 16, perLayer: true }, into).steps).toBe(into);
      expect(into).toEqual(new Int32Array(model.parameterCount));
      model.free();
    });
  });
}
