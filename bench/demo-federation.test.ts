import { beforeAll, expect, it } from 'vitest';
import { mechanismOf } from '#protocol/privacy/ledger/promise';
import { epsilonOfRounds } from '#protocol/privacy/round-curve';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { mean } from '../e2e/verdict.ts';
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
  for (const errors of each) expect(1 - mean([...errors])).toBeLessThan(0.4);
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
    const { body } = await openDemo(set, name);
    const { sigma, rounds, delta, epsilon } = body.privacy;
    const cost = (noise: number) => epsilonOfRounds({ ...mechanismOf(body), sigma: noise, rounds }, delta, epsilon);
    expect(cost(sigma)).toBeLessThanOrEqual(epsilon);
    expect(cost(sigma * 0.99)).toBeGreaterThan(epsilon);
  }
});
