/** The training build in a real browser: exact sums, before and after the engine optimises the kernels. */
import { expect, test } from 'vitest';
import { loadTrainingNumerics } from './load-web.ts';
import { openMlp, seededParameters, seededRows, uniform } from './seeded-run.fixture.ts';

test('a lot is the sum of what its examples give alone, from the first call to the thousandth', async () => {
  const numerics = await loadTrainingNumerics();
  const spec = { sizes: [33, 24, 4], activation: 'tanh', loss: 'cross-entropy' } as const;
  const mlp = openMlp(numerics, spec, 64);
  const draw = uniform(11);
  mlp.setParameters(seededParameters(mlp.parameterCount, 0.5, draw));
  const rows = seededRows(spec, 64, draw);
  const all = Int32Array.from({ length: 64 }, (_, i) => i);
  const first = mlp.clippedSum(rows, all, { clip: 0.5, gridBits: 12 }).steps;
  const alone = new Int32Array(mlp.parameterCount);
  for (const row of all)
    for (const [i, steps] of mlp.clippedSum(rows, Int32Array.of(row), { clip: 0.5, gridBits: 12 }).steps.entries()) alone[i]! += steps;
  expect(first).toEqual(alone);
  for (let call = 0; call < 1000; call++) mlp.clippedSum(rows, all, { clip: 0.5, gridBits: 12 }, alone);
  expect(alone).toEqual(first);
  mlp.free();
});
