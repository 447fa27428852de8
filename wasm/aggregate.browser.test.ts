/** The golden aggregates in a real browser: the bits of Node. Needs build/wasm/aggregate.wasm (`npm run build:wasm`). */
import { expect, test } from 'vitest';
import { loadNumerics } from './load-web.ts';
import { SEEDED_AGGREGATES_SHA256, seededAggregates } from './seeded-aggregates.fixture.ts';

test('every rule ends in the same bits as in Node', async () => {
  expect(await seededAggregates(await (await loadNumerics()).aggregator!())).toBe(SEEDED_AGGREGATES_SHA256);
});
