/** The golden run in a real browser: the bits of Node. Needs build/wasm/core.wasm (`npm run build:wasm`). */
import { expect, test } from 'vitest';
import { loadNumerics } from './load-web.ts';
import { SEEDED_RUNS, seededRun, type SeededRun } from './seeded-run.fixture.ts';

test.each(Object.keys(SEEDED_RUNS) as SeededRun[])('%s: a hundred seeded steps end in the same bits as in Node', async (name) => {
  expect(await seededRun(await loadNumerics(), name)).toBe(SEEDED_RUNS[name].sha256);
});
