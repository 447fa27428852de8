/** The golden run in Node; seeded-run.browser.test.ts is the same in Chromium. */
import { beforeAll, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { loadNumerics } from './load-node.ts';
import type { Numerics } from './numerics.ts';
import { SEEDED_RUNS, seededRun, type SeededRun } from './seeded-run.fixture.ts';

beforeAll(buildWasm);

test.each(Object.keys(SEEDED_RUNS) as SeededRun[])('%s: a hundred seeded steps end in the golden bits', async (name) => {
  expect(await seededRun(await loadNumerics(), name)).toBe(SEEDED_RUNS[name].sha256);
});

test('one bit of one sum that differs ends in other bits', async () => {
  const compiled = await loadNumerics();
  let calls = 0;
  const nudged: Numerics = {
    model(...args) {
      const model = compiled.model(...args);
      const { clippedSum } = model;
      model.clippedSum = (...given) => {
        const sum = clippedSum.apply(model, given);
        if (calls++ === 50) sum.steps[3]! ^= 1;
        return sum;
      };
      return model;
    },
  };
  expect(await seededRun(nudged, 'perceptrons')).not.toBe(SEEDED_RUNS.perceptrons.sha256);
});

test('an unchanged build is not compiled again', async () => {
  expect(await buildWasm()).toMatchObject({ compiled: false });
});
