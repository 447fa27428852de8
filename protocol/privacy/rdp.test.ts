import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MeshError } from '../errors.ts';
import { DEFAULT_ORDERS, composedRdp, deltaOf, epsilonOf, stepRdp, toDelta, toEpsilon } from './rdp.ts';

interface Vectors {
  readonly single_step_rdp: readonly { q: number; sigma: number; orders: readonly { order: number; rdp: number }[] }[];
  readonly epsilon: readonly {
    q: number;
    sigma: number;
    steps: number;
    delta: number;
    seed: { eps: number; order: number };
    opacus: { eps: number };
    dp_accounting: { eps: number; order: number };
    pld_fft: { eps: number };
  }[];
}
const file = new URL('../../../shared/vectors/rdp.json', import.meta.url);
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : null;

/** log A from its definition, by the trapezoid rule over z ~ N(0, sigma^2): an oracle that shares no step with the binomial sum. */
function logMomentByQuadrature(alpha: number, q: number, sigma: number): number {
  const low = -14 * sigma;
  const high = alpha + 14 * sigma;
  const n = Math.ceil((high - low) / Math.min(sigma / 16, (sigma * sigma) / 4));
  const h = (high - low) / n;
  const logs: number[] = [];
  for (let k = 0; k <= n; k++) {
    const z = low + k * h;
    const u = Math.log(q) + (2 * z - 1) / (2 * sigma * sigma);
    const miss = Math.log1p(-q);
    const ratio = Math.max(u, miss) + Math.log1p(Math.exp(-Math.abs(u - miss)));
    logs.push(alpha * ratio - (z * z) / (2 * sigma * sigma));
  }
  const top = Math.max(...logs);
  const sum = logs.reduce((total, value) => total + Math.exp(value - top), 0);
  return top + Math.log(sum * h) - Math.log(sigma * Math.sqrt(2 * Math.PI));
}

const expectClose = (got: number, expected: number, relative: number) =>
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

describe('RDP of one round', () => {
  test.skipIf(vectors === null)('published vectors, integer orders (skipped without ../shared/vectors/rdp.json)', () => {
    let compared = 0;
    for (const { q, sigma, orders } of vectors!.single_step_rdp) {
      for (const { order, rdp } of orders.filter((o) => Number.isInteger(o.order))) {
        expectClose(stepRdp(order, q, sigma), rdp, 1e-11);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  test('log A of other libraries’ test suites', () => {
    const known: [q: number, sigma: number, order: number, logA: number][] = [
      [1e-6, 0.1, 256, 3260463.229297],
      [1e-6, 1, 27, 8.769511305e-10],
      [1e-3, 1, 2, 1.718280352e-6],
      [0.01, 10, 20, 1.912969991e-4],
      [0.99, 0.1, 256, 3263997.427114],
    ];
    for (const [q, sigma, order, logA] of known) expectClose(stepRdp(order, q, sigma) * (order - 1), logA, 1e-9);
    const fifty = [
      [5, 2.18075656e-3],
      [50, 2.38460375e-2],
      [100, 167.416308],
    ] as const;
    for (const [order, rdp] of fifty) expectClose(composedRdp([{ rate: 0.01, sigma: 2.5, rounds: 50 }], order), rdp, 1e-8);
  });

  test('the definition, by quadrature, at every kind of order', () => {
    for (const [q, sigma] of [
      [0.05, 1.56],
      [0.25, 0.8],
      [0.5, 4],
      [0.9, 9],
    ] as const) {
      for (const order of [2, 3, 17, 64, 96, 512, 1024, 4096]) {
        expectClose(stepRdp(order, q, sigma), logMomentByQuadrature(order, q, sigma) / (order - 1), 1e-9);
      }
    }
  });

  test('edges: no sampling, no noise, every row', () => {
    expect(stepRdp(8, 0, 1)).toBe(0);
    expect(stepRdp(8, 0, 0)).toBe(0);
    expect(stepRdp(8, 0.1, 0)).toBe(Infinity);
    expect(stepRdp(8, 1, 2)).toBe(1);
    expectClose(stepRdp(8, 1 - 1e-12, 2), 1, 1e-9);
    expect(stepRdp(64, 1e-3, 1e-200)).toBe(Infinity);
  });

  test.each([
    ['order', 1, 0.1, 1],
    ['order', 2.5, 0.1, 1],
    ['order', 0, 0.1, 1],
    ['order', Number.NaN, 0.1, 1],
    ['rate', 2, -0.1, 1],
    ['rate', 2, 1.1, 1],
    ['rate', 2, Number.NaN, 1],
    ['sigma', 2, 0.1, -1],
    ['sigma', 2, 0.1, Number.NaN],
    ['sigma', 2, 0.1, Infinity],
  ])('a bad %s is refused', (field, order, rate, sigma) => {
    expect(() => stepRdp(order, rate, sigma)).toThrow(
      expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field }) }),
    );
  });

  test('grows with order and rate, shrinks with sigma', () => {
    const parameters = fc.record({
      order: fc.integer({ min: 2, max: 200 }),
      rate: fc.double({ min: 1e-6, max: 0.99, noNaN: true }),
      sigma: fc.double({ min: 0.3, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(parameters, ({ order, rate, sigma }) => {
        const value = stepRdp(order, rate, sigma);
        expect(value).toBeGreaterThan(0);
        expect(stepRdp(order + 1, rate, sigma)).toBeGreaterThanOrEqual(value * (1 - 1e-11));
        expect(stepRdp(order, Math.min(1, rate * 1.01), sigma)).toBeGreaterThan(value);
        expect(stepRdp(order, rate, sigma * 1.01)).toBeLessThan(value);
        expect(value).toBeLessThanOrEqual((order / (2 * sigma * sigma)) * (1 + 1e-11));
      }),
    );
  });
});

describe('composition and conversion', () => {
  test('known epsilons', () => {
    const tfPrivacy = epsilonOf([{ rate: 150 / 60000, sigma: 1.3, rounds: 6000 }], 1e-5);
    expect(tfPrivacy.epsilon).toBeCloseTo(0.7242234026109595, 7);
    expect(tfPrivacy.order).toBe(19);
    const larger = epsilonOf([{ rate: 100 / 1e5, sigma: 1, rounds: 30000 }], 1e-7);
    expect(larger.epsilon).toBeCloseTo(1.4154988495444842, 7);
    expect(larger.order).toBe(13);
    const mixed = epsilonOf(
      [
        { rate: 1e-5, sigma: 1, rounds: 10 },
        { rate: 1e-4, sigma: 3, rounds: 4 },
      ],
      1e-5,
    );
    const tried = Array.from({ length: 31 }, (_, i) => i + 2);
    const asTheirs = toEpsilon(
      tried,
      tried.map((a) => stepRdp(a, 1e-5, 1) * 10 + stepRdp(a, 1e-4, 3) * 4),
      1e-5,
    );
    expect(asTheirs.epsilon).toBeCloseTo(0.336344, 5);
    expect(asTheirs.order).toBe(23);
    expect(mixed.epsilon).toBeLessThanOrEqual(asTheirs.epsilon);
    // Their best order is 3.9; an integer one can only be a little worse, never better.
    const opacus = epsilonOf([{ rate: 0.04, sigma: 1.5, rounds: 2250 }], 1e-5);
    expect(opacus.order).toBe(4);
    expect(opacus.epsilon).toBeGreaterThan(7.32911117143);
    expect(opacus.epsilon).toBeLessThan(7.3301);
    // Rows of plain Gaussians: TF Privacy's example without sampling has its best order between 2 and 3.
    expect(epsilonOf([{ rate: 1, sigma: 0.7, rounds: 2 }], 1e-5).epsilon).toBeGreaterThan(10.8602036);
  });

  test('the conversion alone, at any orders', () => {
    const tried = Array.from({ length: 31 }, (_, i) => i + 2);
    const constant = toEpsilon(
      tried,
      tried.map(() => 1.1),
      1e-5,
    );
    expect(constant.epsilon).toBeCloseTo(1.32783806176, 7);
    expect(constant).toMatchObject({ order: 32, atEdge: true });
    const fine = Array.from({ length: 200_000 }, (_, i) => (i + 1) * 0.001 + 1);
    const gaussian = fine.map((a) => a / (2 * 4.530877117 ** 2));
    expect(toEpsilon(fine, gaussian, 1e-6).epsilon).toBeCloseTo(1, 7);
    expect(toDelta(fine, gaussian, 1)).toBeCloseTo(1e-6, 12);
  });

  test.skipIf(vectors === null)('published epsilons (skipped without ../shared/vectors/rdp.json)', () => {
    for (const v of vectors!.epsilon) {
      const ours = epsilonOf([{ rate: v.q, sigma: v.sigma, rounds: v.steps }], v.delta);
      // Never below a tighter accountant; equal where theirs took an integer order that we try too.
      expect(ours.epsilon).toBeGreaterThan(v.pld_fft.eps);
      expect(ours.epsilon).toBeLessThanOrEqual(Number.isInteger(v.dp_accounting.order) ? v.dp_accounting.eps * (1 + 1e-10) : Infinity);
      if (ours.order === v.seed.order) expectClose(ours.epsilon, v.seed.eps, 1e-10);
    }
  });

  test('guards: nothing spent, delta 0, delta large, infinite cost', () => {
    expect(epsilonOf([], 1e-5).epsilon).toBe(0);
    expect(epsilonOf([{ rate: 0.1, sigma: 1, rounds: 0 }], 1e-5).epsilon).toBe(0);
    expect(epsilonOf([{ rate: 0, sigma: 1, rounds: 9 }], 0).epsilon).toBe(0);
    expect(epsilonOf([{ rate: 0.1, sigma: 1, rounds: 1 }], 0).epsilon).toBe(Infinity);
    expect(epsilonOf([{ rate: 0.1, sigma: 0, rounds: 1 }], 1e-5).epsilon).toBe(Infinity);
    expect(toEpsilon([2, 3], [1e-12, 1e-12], 1e-5).epsilon).toBe(0); // total variation is below delta
    expect(toEpsilon([1.005, 1.01], [1e-3, 1e-3], 1e-5).epsilon).toBe(Infinity);
    for (const delta of [-1e-9, 1.1, Number.NaN]) expect(() => epsilonOf([], delta)).toThrow(MeshError);
    expect(() => toEpsilon([2], [-1], 1e-5)).toThrow(MeshError);
    expect(() => toEpsilon([2], [Number.NaN], 1e-5)).toThrow(MeshError);
    expect(() => toEpsilon([1], [1], 1e-5)).toThrow(MeshError);
    expect(() =>
      epsilonOf(
        [
          { rate: 0.1, sigma: 1, rounds: 0.5 },
          { rate: 0.1, sigma: 1, rounds: 0.5 },
        ],
        1e-5,
      ),
    ).toThrow(MeshError);
  });

  test('orders extend themselves upward; the lowest is reported as an edge', () => {
    const quiet = epsilonOf([{ rate: 1e-4, sigma: 20, rounds: 1 }], 1e-9);
    expect(quiet.order).toBeGreaterThan(DEFAULT_ORDERS.at(-1)!);
    expect(quiet.atEdge).toBe(false);
    const atDefault = toEpsilon(
      DEFAULT_ORDERS,
      DEFAULT_ORDERS.map((a) => stepRdp(a, 1e-4, 20)),
      1e-9,
    );
    expect(atDefault).toMatchObject({ order: 1024, atEdge: true });
    expect(quiet.epsilon).toBeLessThan(atDefault.epsilon);
    expect(epsilonOf([{ rate: 0.5, sigma: 0.5, rounds: 100 }], 1e-5)).toMatchObject({ order: 2, atEdge: true });
  });

  test('the whole is the sum of its parts, however it is written down', () => {
    const [a, b] = [
      { rate: 0.05, sigma: 1.5, rounds: 7 },
      { rate: 0.01, sigma: 3, rounds: 20 },
    ];
    expect(composedRdp([a, b], 12)).toBe(composedRdp([a], 12) + composedRdp([b], 12));
    const singles = Array.from({ length: 7 }, () => ({ ...a, rounds: 1 }));
    expect(epsilonOf([...singles, b], 1e-5)).toEqual(epsilonOf([a, b], 1e-5));
  });

  test('delta and epsilon are each other’s inverse', () => {
    for (const rate of [0.01, 0.1, 1]) {
      for (const sigma of [0.8, 2, 6]) {
        for (const delta of [1e-8, 1e-5, 1e-3]) {
          const phases = [{ rate, sigma, rounds: 10 }];
          const { epsilon } = epsilonOf(phases, delta);
          expect(epsilon > 0 ? deltaOf(phases, epsilon) / delta : 1).toBeCloseTo(1, 6);
        }
      }
    }
    expect(deltaOf([{ rate: 0.1, sigma: 1, rounds: 10 }], 0)).toBeLessThanOrEqual(1);
    expect(deltaOf([{ rate: 0.1, sigma: 0, rounds: 1 }], 5)).toBe(1);
    expect(deltaOf([], 0)).toBe(0);
  });

  test('never below the exact delta of a plain Gaussian', () => {
    const normal = (x: number) => {
      const n = 20_000;
      const low = -12;
      const h = (x - low) / n;
      let sum = 0;
      for (let i = 0; i <= n; i++) sum += Math.exp(-((low + i * h) ** 2) / 2) * (i === 0 || i === n ? 0.5 : 1);
      return (sum * h) / Math.sqrt(2 * Math.PI);
    };
    for (const [sigma, epsilon] of [
      [0.5, 3],
      [1, 0.5],
      [1, 1],
      [1, 3],
      [2, 0.5],
      [2, 1],
      [5, 0.1],
      [5, 0.5],
    ] as const) {
      // Balle & Wang 2018, theorem 8.
      const exact = normal(1 / (2 * sigma) - epsilon * sigma) - Math.exp(epsilon) * normal(-1 / (2 * sigma) - epsilon * sigma);
      expect(exact).toBeGreaterThan(1e-6);
      expect(deltaOf([{ rate: 1, sigma, rounds: 1 }], epsilon)).toBeGreaterThanOrEqual(exact);
      expect(deltaOf([{ rate: 1, sigma, rounds: 1 }], epsilon)).toBeLessThan(exact * 50);
    }
  });
});
