import { beforeAll, describe, expect, it } from 'vitest';
import { often } from '../../scripts/deep.ts';
import { HUNTS, LIAR_KINDS, MUTANTS, type LiarKind, type Mutant } from './liars.ts';
import { runScenario, type Outcome } from './run.ts';
import type { Scenario, SeatKind } from './world.ts';

const KINDS: readonly { seats: SeatKind; liars: number }[] = [
  { seats: 'home-1', liars: 0 },
  { seats: 'home-3', liars: 0 },
  { seats: 'members-4', liars: 0 },
  { seats: 'members-4', liars: 1 },
  { seats: 'members-7', liars: 2 },
];
const SECONDS = 15;
const SEEDS = Array.from({ length: often(12, 36) }, (_, i) => 101 + i);

const summary = ({ violations, hangs, models, skips, injected, viewChanges, messages, events, trace }: Outcome) => ({
  violations,
  hangs,
  models,
  skips,
  injected,
  viewChanges,
  messages,
  events,
  trace,
});

describe('seeded federations under faults', () => {
  describe.each(KINDS)('of $seats with $liars lying', ({ seats, liars }) => {
    it.each(SEEDS)('keep every rule and never hang: seed %d', async (seed) => {
      const outcome = await runScenario({ seed, seats, liars, faultsMs: SECONDS * 1000, membersMax: 9, windows: 1 });
      expect(outcome.violations).toEqual([]);
      expect(outcome.hangs).toBe(0);
      expect(outcome.models).toBeGreaterThan(0);
      expect(outcome.injected['lying-seats']).toBe(liars);
    });
  });

  it('are the same for the same seed and others for another', async () => {
    const scenario: Scenario = { seed: 7, seats: 'members-4', faultsMs: 12_000 };
    const first = summary(await runScenario(scenario));
    expect(summary(await runScenario(scenario))).toEqual(first);
    expect(summary(await runScenario({ ...scenario, seed: 8 }))).not.toEqual(first);
  });
});

describe('members that lie', () => {
  const models = async (lies: readonly LiarKind[]): Promise<number> =>
    (await runScenario({ seed: 6, seats: 'home-1', calm: true, faultsMs: 150_000, membersMax: 8, windows: 1, lies })).models;
  let honest: number;
  beforeAll(async () => {
    honest = await models([]);
  });

  it.each([...LIAR_KINDS.map((kind) => [kind]), ['silent', 'sybil', 'two-ledgers'] as const])(
    'leave the others most of their models: %s %s %s',
    async (...lies) => {
      expect(await models(lies)).toBeGreaterThan(0.7 * honest);
    },
  );
});

/** Where the walk over seeds begins: any change of the core moves the cheapest seed a little. */
const SEEDS_MAX = 40;
const WHERE: Record<Mutant, { readonly seats: SeatKind; readonly liars?: number; readonly first: number }> = {
  'quorum-minus-one': { seats: 'members-4', first: 1 },
  'vote-not-persisted': { seats: 'members-4', liars: 1, first: 1 },
  'lock-ignored': { seats: 'home-3', first: 1 },
  'one-phase': { seats: 'members-4', liars: 1, first: 2 },
  'ledger-ignored': { seats: 'home-3', first: 1 },
  'persist-not-awaited': { seats: 'members-4', liars: 1, first: 1 },
  'inbox-unlimited': { seats: 'home-3', first: 1 },
};

describe('a core or a driver with one rule removed', () => {
  it.each(MUTANTS)('is caught by a named oracle, and one with the rule is not: %s', async (mutant) => {
    const { seats, liars = 0, first } = WHERE[mutant];
    const { by, lies = [] } = HUNTS[mutant];
    const run = async (seed: number, changes: Partial<Scenario>) =>
      (await runScenario({ seed, seats, liars, faultsMs: 40_000, membersMax: 8, lies, ...changes })).violations;
    for (let seed = first; seed < first + SEEDS_MAX; seed++) {
      const spoke = (await run(seed, { mutant })).map(({ oracle }) => oracle);
      if (!by.some((oracle) => spoke.includes(oracle))) continue;
      return expect(await run(seed, {}), `${seats} ${seed}`).toEqual([]);
    }
    expect.fail(`no oracle of ${by.join(', ')} spoke in ${SEEDS_MAX} seeds from ${first}`);
  });
});
