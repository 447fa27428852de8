import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { often } from '../scripts/deep.ts';
import { manifestFixture } from '#workers/manifest.fixture';
import { MEMBER_ROWS_MAX } from './limits.ts';
import { POLICY_FLOOR } from './device-policy.ts';
import { parseManifestBody } from './manifest/open.ts';
import { tablePolicy, type PolicyGoal } from './presets.ts';
import { epsilonOfRounds } from './privacy/round-curve.ts';

const GOAL: PolicyGoal = { epsilon: 4, delta: 1e-5, members: 3, rowsEach: 200, inputs: 20, lengthSquared: 8, parameters: 42 };

/** A run counts a whole budget, and shrinking a failure takes thousands of runs: its seed and path are told instead. */
const ends = { endOnFailure: true };

const goals = fc.record({
  epsilon: fc.double({ min: 0.01, max: POLICY_FLOOR.epsilonMax, noNaN: true }),
  delta: fc.integer({ min: 4, max: 9 }).map((digits) => 10 ** -digits),
  members: fc.integer({ min: 1, max: 10_000 }),
  rowsEach: fc.integer({ min: 1, max: MEMBER_ROWS_MAX }),
  inputs: fc.integer({ min: 1, max: 5000 }),
  lengthSquared: fc.double({ min: 0, max: 5000, noNaN: true }),
  parameters: fc.integer({ min: 1, max: 50_000 }),
  hidden: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 2 }),
  groupRows: fc.constantFrom(1, 2, 16, 64),
});

describe('the policy for a table', () => {
  it('never costs more than its epsilon, and little less where the noise is above the floor', () => {
    fc.assert(
      fc.property(goals, (goal) => {
        const { rate, sigma, rounds, delta, epsilon, gridBits } = tablePolicy(goal).privacy;
        const cost = (noise: number) =>
          epsilonOfRounds({ rate, sigma: noise, rounds, gridBits, coordinates: goal.parameters }, delta, epsilon);
        expect([epsilon, delta]).toEqual([goal.epsilon, goal.delta]);
        expect(cost(sigma)).toBeLessThanOrEqual(epsilon);
        if (sigma <= POLICY_FLOOR.sigmaMin) return;
        expect(cost(sigma * 0.999)).toBeGreaterThan(epsilon);
      }),
      { numRuns: often(5, 100), ...ends },
    );
  });

  it('makes a manifest that devices accept', () => {
    fc.assert(
      fc.property(goals, (goal) => {
        const { privacy, rule } = tablePolicy(goal);
        const { hidden } = goal;
        const base = manifestFixture();
        const grouped = goal.groupRows > 1;
        const task = grouped ? { ...base.task, group: { column: 'x', rowsMax: goal.groupRows } } : base.task;
        expect(() => parseManifestBody({ ...base, task, privacy, rule, model: { ...base.model, hidden } })).not.toThrow();
        expect(privacy.rowsMax).toBeGreaterThanOrEqual(Math.min(MEMBER_ROWS_MAX, goal.rowsEach));
      }),
      { numRuns: often(6, 100), ...ends },
    );
  });

  it('goes further with more members, more rows and a larger epsilon, and less far with many inputs', () => {
    const travel = (goal: PolicyGoal) => {
      const { privacy, rule } = tablePolicy(goal);
      return rule.step * privacy.rounds;
    };
    expect(travel({ ...GOAL, members: 12 })).toBeGreaterThan(travel(GOAL));
    expect(travel({ ...GOAL, rowsEach: 400 })).toBeGreaterThan(travel(GOAL));
    expect(travel({ ...GOAL, epsilon: 1 })).toBeLessThan(travel(GOAL));
    expect(travel({ ...GOAL, inputs: 784 })).toBeLessThan(travel(GOAL));
  });

  it('lets the step fall, and takes more rounds where long inputs bound the first one', () => {
    const first = (goal: PolicyGoal) => {
      const { rule } = tablePolicy(goal);
      expect(rule.schedule).toEqual({ kind: 'linear', floor: 0.3 });
      return rule.step / (1 - rule.momentum);
    };
    const far = { ...GOAL, members: 30, rowsEach: 300, epsilon: 8 };
    expect(tablePolicy(GOAL).privacy.rounds).toBe(40);
    expect(tablePolicy({ ...far, lengthSquared: 1 }).privacy.rounds).toBeGreaterThan(40);
    const short = { ...GOAL, members: 10, rowsEach: 300, epsilon: 8, lengthSquared: 2 };
    const long = { ...short, lengthSquared: 60 };
    expect(first(short)).toBeLessThanOrEqual(20);
    expect(first({ ...GOAL, lengthSquared: 60 })).toBeLessThanOrEqual(50 / Math.sqrt(61));
    expect(tablePolicy(long).privacy.rounds).toBeGreaterThan(tablePolicy(short).privacy.rounds);
    expect(tablePolicy({ ...far, lengthSquared: 5000 }).privacy.rounds).toBe(80);
  });

  it('divides by a public lot that follows from the number of rows that are expected', () => {
    expect(tablePolicy(GOAL).privacy).toMatchObject({ rate: 1, lot: 200, rowsMax: 800, unit: 'example' });
    expect(tablePolicy({ ...GOAL, rowsEach: 10_000 }).privacy).toMatchObject({ rate: 0.4, lot: 4000, rowsMax: MEMBER_ROWS_MAX });
    expect(tablePolicy({ ...GOAL, groupRows: 16 }).privacy).toMatchObject({ unit: 'group', clip: 16, lot: 3200 });
  });

  it.each([
    ['epsilon', { epsilon: 9 }],
    ['epsilon', { epsilon: 0 }],
    ['epsilon', { epsilon: Number.NaN }],
    ['epsilon', { epsilon: 1e-6 }],
    ['delta', { delta: 0.01 }],
    ['delta', { delta: 0 }],
    ['members', { members: 0 }],
    ['rowsEach', { rowsEach: MEMBER_ROWS_MAX + 1 }],
    ['rowsEach', { rowsEach: 1.5 }],
    ['groupRows', { groupRows: 65 }],
    ['inputs', { inputs: 0 }],
    ['lengthSquared', { lengthSquared: -1 }],
  ])('refuses a wrong %s and says what was expected: %o', (field, wrong) => {
    const told = { field, expected: expect.stringMatching(/./) as string };
    expect(() => tablePolicy({ ...GOAL, ...wrong })).toThrow(expect.objectContaining({ detail: expect.objectContaining(told) }));
  });
});
