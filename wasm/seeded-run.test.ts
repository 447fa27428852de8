/** The golden run in Node; seeded-run.browser.test.ts is the same in Chromium. */
import { beforeAll, expect, test } from 'vitest';
import { buildWasm } from './build.ts';
import { loadNumerics } from './load-node.ts';
import type { Mlp, Numerics } from './numerics.ts';
import { SEEDED_RUN_SHA256, seededRun } from './seeded-run.ts';

beforeAll(buildWasm);

test('a hundred seeded steps end in the golden bits', async () => {
  expect(await seededRun(await loadNumerics())).toBe(SEEDED_RUN_SHA256);
});

test('one bit of one sum that differs ends in other bits', async () => {
  const compiled = await loadNumerics();
  let calls = 0;
  const nudged: Numerics = {
    mlp(spec, maxLot) {
      const mlp = compiled.mlp(spec, maxLot);
      const clippedSum: Mlp['clippedSum'] = (...args) => {
        const sum = mlp.clippedSum(...args);
        if (calls++ === 50) sum[3]! ^= 1;
        return sum;
      };
      return {
        spec: mlp.spec,
        parameterCount: mlp.parameterCount,
        setParameters: (parameters) => mlp.setParameters(parameters),
        parameters: () => mlp.parameters(),
        clippedSum,
        sgdStep: (...args) => mlp.sgdStep(...args),
        forward: (x) => mlp.forward(x),
        evaluate: (rows) => mlp.evaluate(rows),
        free: () => mlp.free(),
      };
    },
  };
  expect(await seededRun(nudged)).not.toBe(SEEDED_RUN_SHA256);
});

test('an unchanged build is not compiled again', async () => {
  expect(await buildWasm()).toMatchObject({ compiled: false });
});
