import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stepRdp } from './rdp.ts';
import { continuousRdp } from './rdp-fractional.ts';

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
