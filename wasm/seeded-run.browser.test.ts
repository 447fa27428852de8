/** The golden run in a real browser: the bits of Node. Needs build/wasm/core.wasm (`npm run build:wasm`). */
import { expect, test } from 'vitest';
import { loadNumerics } from './load-web.ts';
import { SEEDED_RUN_SHA256, seededRun } from './seeded-run.fixture.ts';

test('a hundred seeded steps end in the same bits as in Node', async () => {
  expect(await seededRun(await loadNumerics())).toBe(SEEDED_RUN_SHA256);
});
