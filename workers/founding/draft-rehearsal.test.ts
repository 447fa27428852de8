import { describe, expect, it } from 'vitest';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { TableTask } from '#protocol/manifest/task';
import { loadNumerics } from '#wasm/load-node';
import { loadRows } from '../loader/source.ts';
import { syntheticRows } from '../lab/synthetic-rows.ts';
import type { Policy } from './api.ts';
import { draftFixture, RELAY } from './draft.fixture.ts';
import { bodyOf } from './draft.ts';
import { judgedBy, rehearseDraft } from './draft-rehearsal.ts';

const numerics = await loadNumerics();
const TASK: TableTask = {
  kind: 'table',
  columns: Array.from({ length: 6 }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: 0, max: 100 })),
  label: { name: 'kind', classes: ['a', 'b', 'c'] },
  picture: null,
};
const POLICY: Policy = { epsilon: 8, delta: 1e-5, members: 10, rowsEach: 200, hidden: [] };
const bodyFor = (policy: Policy) => bodyOf(draftFixture({ task: TASK, policy }), { steward: RELAY as never, nonce: 'n', testSet: null });
const source = syntheticRows(TASK, 300, 'sample') as { readonly text: string };
const { rows } = await loadRows({ table: source.text, synthetic: true }, bodyFor(POLICY), 0);
const rehearsed = (body: ReturnType<typeof bodyOf>, policy: Policy) =>
  rehearseDraft(numerics, body, policy, rows, seededBytes('rehearsal'));

describe('a draft rehearsed on its founder’s sample', () => {
  it('has no finding if it learns and settles', () => {
    const found = rehearsed(bodyFor(POLICY), POLICY)!;
    expect(found.finding).toBeNull();
    expect(found.accuracy).toBeGreaterThan(found.guessing + 0.2);
  });

  it('guesses if the noise of few members drowns the pattern, and only then', () => {
    const few: Policy = { ...POLICY, epsilon: 0.25, members: 2, rowsEach: 4 };
    // The same epsilon for many members: only the noise on the mean counts.
    const many: Policy = { ...few, members: 64, rowsEach: 5000 };
    const guesses = (policy: Policy) => {
      const body = bodyFor(policy);
      const found = ['1', '2', '3', '4', '5'].map((seed) => rehearseDraft(numerics, body, policy, rows, seededBytes(seed))!.finding);
      return found.filter((finding) => finding === 'guesses').length;
    };
    expect(guesses(few)).toBeGreaterThanOrEqual(3);
    expect(guesses(many)).toBe(0);
    const some: Policy = { ...few, members: 64, rowsEach: 200 };
    const said = (members: number) => rehearseDraft(numerics, bodyFor(some), { ...some, members }, rows, seededBytes('3'))!.finding;
    expect(said(64)).not.toBe('guesses');
    expect(said(1)).toBe('guesses');
  });

  it('swings if its steps are too long for off-centre inputs, as the policy’s are not', () => {
    const [many, far] = [
      { ...POLICY, members: 30, rowsEach: 300 },
      { x: rows.x.map((value) => 0.85 + 0.3 * value), y: rows.y },
    ];
    const body = bodyFor(many);
    const found = (rule: typeof body.rule) => rehearseDraft(numerics, { ...body, rule }, many, far, seededBytes('far'))!.finding;
    expect(found(body.rule)).toBeNull();
    expect(found({ kind: 'mean', step: 30, momentum: 0.7 })).not.toBeNull();
  });

  it('is not judged on a handful of rows', () => {
    const few = { x: rows.x.slice(0, 6 * 40), y: rows.y.slice(0, 40) };
    expect(rehearseDraft(numerics, bodyFor(POLICY), POLICY, few, seededBytes('few'))).toBeNull();
  });
});

it('a curve that ends far below its best rounds swings, but not within the chance of few rows', () => {
  const rise = Array.from({ length: 30 }, (_, i) => 0.3 + 0.02 * i);
  expect(judgedBy([...rise, 0.6, 0.55, 0.5, 0.5, 0.5], 0.3, 1000).finding).toBe('swings');
  expect(judgedBy([...rise, 0.86, 0.87, 0.86, 0.87, 0.86], 0.3, 1000).finding).toBeNull();
  expect(judgedBy(Array.from({ length: 30 }, () => 0.3), 0.3, 1000).finding).toBe('guesses'); // prettier-ignore
});
