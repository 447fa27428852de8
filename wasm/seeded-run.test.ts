/** The golden run in Node; seeded-run.browser.test.ts is the same in Chromium. */
import { beforeAll, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { loadNumerics } from './load-node.ts';
import { oracle } from './reference/mlp.ts';
import { SEEDED_RUN_SHA256, seededRun } from './seeded-run.ts';

beforeAll(buildWasm);

test('a hundred seeded steps end in the golden bits', async () => {
  expect(await seededRun(await loadNumerics())).toBe(SEEDED_RUN_SHA256);
});

test('other arithmetic ends in other bits', async () => {
  expect(await seededRun(oracle)).not.toBe(SEEDED_RUN_SHA256);
});

test('an unchanged build is not compiled again', async () => {
  expect(await buildWasm()).toMatchObject({ compiled: false });
});
