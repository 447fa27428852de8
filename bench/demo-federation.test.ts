import { beforeAll, expect, it } from 'vitest';
import { epsilonOf } from '#protocol/privacy/rdp';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { alone, baseRateLoss, openDemo, together } from './demo-federation.ts';

let numerics: Numerics;
beforeAll(async () => {
  numerics = await loadNumerics();
});

it('three people who each know other digits read all ten together, and each alone less than half', async () => {
  const demo = await openDemo('digits', 'Handwritten digits');
  expect(new Set(demo.members.flatMap(({ y }) => [...y])).size).toBe(10);
  const [{ accuracy }, each] = [together(numerics, demo, 'test'), alone(numerics, demo, 'test')];
  expect(accuracy).toBeGreaterThanOrEqual(0.9);
  for (const one of each) expect(one).toBeLessThan(0.4);
});

it('the table’s model says more than the base rate, and its probabilities are what they say', async () => {
  const demo = await openDemo('table', 'Late parcels');
  const { loss, ece } = together(numerics, demo, 'test');
  expect(loss).toBeLessThanOrEqual(0.9 * baseRateLoss(demo));
  expect(ece).toBeLessThanOrEqual(0.05);
});

it('both have as much noise as their rounds need, and no more', async () => {
  for (const [set, name] of [
    ['digits', 'Handwritten digits'],
    ['table', 'Late parcels'],
  ] as const) {
    const { rate, sigma, rounds, delta, epsilon } = (await openDemo(set, name)).body.privacy;
    expect(epsilonOf([{ rate, sigma, rounds }], delta).epsilon).toBeLessThanOrEqual(epsilon);
    expect(epsilonOf([{ rate, sigma: sigma * 0.99, rounds }], delta).epsilon).toBeGreaterThan(epsilon);
  }
});
