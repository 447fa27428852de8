import { describe, expect, it } from 'vitest';
import { loadNumerics } from '#wasm/load-node';
import { skippedWithout } from '../scripts/data-place.ts';
import { often } from '../scripts/deep.ts';
import { ADULT, openTable, TITANIC, type Outcome, type Scenario } from './table-federation.ts';

const numerics = await loadNumerics();
const SEEDS = ['1', '2', '3'];

/** Means over seeds, on rows that influenced no choice. */
async function report(scenario: Scenario) {
  const bench = (await openTable(numerics, scenario))!;
  const runs: Outcome[] = [];
  for (const seed of SEEDS) runs.push(await bench.run('held-out', seed));
  const mean = (of: (run: Outcome) => number, over = runs) => over.reduce((sum, run) => sum + of(run), 0) / over.length;
  const compared = runs.slice(0, often(1, SEEDS.length));
  return { together: mean((run) => run.together), majority: runs[0]!.majority, alone: () => mean((run) => run.alone(), compared) };
}

const absent = (await openTable(numerics, TITANIC)) === null || (await openTable(numerics, ADULT)) === null;

describe.skipIf(absent)(`the table policy at epsilon 4 (${skippedWithout('titanic', 'adult')})`, () => {
  it('learns who was saved from three members: the majority class and ten points', async () => {
    const { together, majority } = await report(TITANIC);
    expect(together).toBeGreaterThanOrEqual(majority + 0.1);
  });

  it('learns more from thirty members of a hundred rows than each has alone without privacy', async () => {
    const { together, alone } = await report(ADULT);
    expect(together).toBeGreaterThanOrEqual(0.8);
    expect(together).toBeGreaterThan(alone());
  });
});
