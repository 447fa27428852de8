import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ORDERS, epsilonOf, stepRdp } from './rdp.ts';
import { CONTINUOUS_ORDERS, continuousEpsilon, continuousRdp, SPEC_ORDERS } from './rdp-fractional.ts';

const VECTORS = new URL('../../../shared/vectors/rdp.json', import.meta.url);
interface Vectors {
  readonly single_step_rdp: readonly {
    readonly q: number;
    readonly sigma: number;
    readonly orders: readonly { readonly order: number; readonly rdp: number }[];
  }[];
}
const vectors = (() => {
  try {
    return JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors;
  } catch {
    return null;
  }
})();

describe('RDP at fractional orders', () => {
  it.skipIf(vectors === null)('meets the published values within 1e-8 relative (skipped without ../shared/vectors)', () => {
    let checked = 0;
    for (const { q, sigma, orders } of vectors!.single_step_rdp) {
      for (const { order, rdp } of orders) {
        expect(Math.abs(continuousRdp(order, q, sigma) / rdp - 1), `${q} ${sigma} ${order}`).toBeLessThan(
          Number.isInteger(order) ? 1e-9 : 1e-8,
        );
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(150);
  });

  it.each([
    [1e-7, 0.1, 1.01, 4.003412e-8, 1e-6],
    [1e-5, 0.1, 256.1, 3263607.039788, 1e-9],
    [1e-4, 1, 1.5, 6.44268695e-9, 1e-8],
    [0.1, 100, 20.5, 1.999181846e-4, 1e-8],
    [0.999, 100, 256.1, 3.260108038, 1e-8],
  ])('log A at q %f, sigma %f, order %f', (q, sigma, order, expected, tolerance) => {
    expect(Math.abs((continuousRdp(order, q, sigma) * (order - 1)) / expected - 1)).toBeLessThan(tolerance);
  });

  it('runs between its neighbours of integer order, and is continuous at them', () => {
    for (const [q, sigma] of [
      [0.01, 1.1],
      [0.2, 0.8],
      [0.001, 4],
    ] as const) {
      for (const order of [2, 3, 8, 32]) {
        const between = continuousRdp(order + 0.5, q, sigma);
        expect(between).toBeGreaterThan(stepRdp(order, q, sigma));
        expect(between).toBeLessThan(stepRdp(order + 1, q, sigma));
        expect(continuousRdp(order + 1e-9, q, sigma) / stepRdp(order, q, sigma)).toBeCloseTo(1, 6);
      }
    }
  });

  it('knows its edges and refuses what is no mechanism', () => {
    expect([continuousRdp(1.5, 0, 1), continuousRdp(1.5, 0.1, 0), continuousRdp(Infinity, 0.1, 1), continuousRdp(1.5, 1, 2)]).toEqual([
      0,
      Infinity,
      Infinity,
      1.5 / 8,
    ]);
    for (const [order, q, sigma, field] of [
      [1, 0.1, 1, 'order'],
      [1.5, 1.1, 1, 'rate'],
      [1.5, 0.1, -1, 'sigma'],
    ] as const) {
      expect(() => continuousRdp(order, q, sigma)).toThrowError(
        expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field }) }),
      );
    }
  });

  it('stays above zero where a signed series once changed its sign', () => {
    for (let order = 58.5; order <= 59.5; order += 0.1) expect(continuousRdp(order, 0.4, 12)).toBeGreaterThan(0);
    expect(continuousRdp(1.1, 0.1, 1)).toBeGreaterThan(0);
  });
});

describe('the orders', () => {
  const EXTRA = [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 9, 11, 14, 18, 28, 36, 40, 48, 56, 96, 128, 256, 512];

  it('are those of the requirement and the extra ones; all whole ones among them bill what really runs', () => {
    for (const order of [...SPEC_ORDERS, ...EXTRA]) expect(CONTINUOUS_ORDERS).toContain(order);
    for (const order of [...SPEC_ORDERS, ...EXTRA].filter(Number.isInteger)) expect(DEFAULT_ORDERS).toContain(order);
    expect(DEFAULT_ORDERS.every((order) => Number.isInteger(order))).toBe(true);
    expect(CONTINUOUS_ORDERS).toEqual(CONTINUOUS_ORDERS.toSorted((a, b) => a - b));
  });

  it('fill gaps that cost budget: at a low rate the requirement’s list alone bills nearly twice as much', () => {
    const phase = { rate: 0.001, sigma: 2, rounds: 100 };
    const [spec, ours] = [continuousEpsilon([phase], 1e-5, SPEC_ORDERS), epsilonOf([phase], 1e-5)];
    expect(spec).toMatchObject({ order: 32, atEdge: false });
    expect(spec.epsilon).toBeCloseTo(0.228297, 6);
    expect(ours.order).toBe(55);
    expect(ours.epsilon).toBeCloseTo(0.121778, 6);
  });

  it('between 1 and 2 help where a lot is spent, but only continuous noise may be billed at them', () => {
    const phase = { rate: 0.1, sigma: 0.7, rounds: 10_000 };
    const continuous = continuousEpsilon([phase], 1e-5);
    expect(continuous.order).toBe(1.2);
    expect(epsilonOf([phase], 1e-5)).toMatchObject({ order: 2, atEdge: true });
    expect(continuous.epsilon).toBeLessThan(epsilonOf([phase], 1e-5).epsilon);
  });
});
