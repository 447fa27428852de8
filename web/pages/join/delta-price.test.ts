import { expect, test } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { deltaPrice } from './delta-price.ts';

const { privacy } = manifestFixture();
const priced = (changes: Partial<typeof privacy>) => deltaPrice({ ...privacy, epsilon: 1, rate: 0.05, sigma: 2, ...changes });

test('the smallest delta that a manifest may have leaves about a quarter of the rounds', () => {
  expect(priced({ delta: 1e-9 })).toEqual({ before: 65, after: 16 });
});

test('the usual one and a larger one take nothing', () => {
  expect(priced({ delta: 1e-5 })).toBeNull();
  expect(priced({ delta: 1e-4 })).toBeNull();
});
