import { describe, expect, it } from 'vitest';
import { LIAR_KINDS, MEETS, MUTANTS, type LiarKind, type Mutant } from './liars.ts';
import { runScenario, type Outcome } from './run.ts';
import type { Scenario, SeatKind } from './world.ts';

const KINDS: readonly { seats: SeatKind; liars: number }[] = [
  { seats: 'home-1', liars: 0 },
  { seats: 'home-3', liars: 0 },
  { seats: 'members-4', liars: 0 },
  { seats: 'members-4', liars: 1 },
];
const SECONDS = 20;

const summary = ({ violations, hangs, models, skips, injected, viewChanges, messages, events }: Outcome) => ({
  violations,
  hangs,
  models,
  skips,
  injected,
  viewChanges,
  messages,
  events,
});

describe('seeded federations under faults', () => {
  for (const { seats, liars } of KINDS) {
    it.each([101, 202, 303])(`of ${seats} with ${liars} lying keep every rule and never hang: seed %d`, (seed) => {
      const outcome = runScenario({ seed, seats, liars, faultsMs: SECONDS * 1000 });
      expect(outcome.violations).toEqual([]);
      expect(outcome.hangs).toBe(0);
      expect(outcome.models).toBeGreaterThan(0);
      expect(outcome.injected['lying-seats']).toBe(liars);
    });
  }

  it('are the same for the same seed and others for another', () => {
    const scenario: Scenario = { seed: 7, seats: 'members-4', faultsMs: 12_000 };
    const first = summary(runScenario(scenario));
    expect(summary(runScenario(scenario))).toEqual(first);
    expect(summary(runScenario({ ...scenario, seed: 8 }))).not.toEqual(first);
  });
});

describe('members that lie', () => {
  const models = (lies: readonly LiarKind[]): number =>
    runScenario({ seed: 6, seats: 'home-1', calm: true, faultsMs: 150_000, lies }).models;
  const honest = models([]);

  it.each([...LIAR_KINDS.map((kind) => [kind]), ['silent', 'sybil', 'two-ledgers'] as const])(
    'leave the others most of their models: %s %s %s',
    (...lies) => {
      expect(models(lies)).toBeGreaterThan(0.7 * honest);
    },
  );
});

/** Where each mutant is caught, and by what; found by walking seeds, the first listed the cheapest. */
const MUTANT_FAULTS_MS = 40_000;
const CAUGHT: Record<Mutant, { readonly runs: readonly (readonly [SeatKind, number])[]; readonly by: readonly string[] }> = {
  'quorum-minus-one': { runs: [['members-4', 1]], by: ['certificate'] },
  'vote-not-persisted': { runs: [['members-4', 7]], by: ['double-vote', 'lock-kept', 'agreement'] },
  'lock-ignored': { runs: [['members-4', 1]], by: ['lock-kept', 'agreement'] },
  'one-phase': {
    runs: [
      ['members-4', 5],
      ['members-4', 11],
    ],
    by: ['lock-kept', 'agreement'],
  },
  'ledger-ignored': { runs: [['home-3', 11]], by: ['progress'] },
};

describe('a core with one rule removed', () => {
  it.each(MUTANTS)('is caught by a named oracle: %s', (mutant) => {
    const { runs, by } = CAUGHT[mutant];
    const seen = new Set<string>();
    for (const [seats, seed] of runs) {
      for (const { oracle } of runScenario({ seed, seats, mutant, faultsMs: MUTANT_FAULTS_MS, lies: MEETS[mutant] ?? [] }).violations)
        seen.add(oracle);
      if (seen.size > 0) break;
    }
    expect(
      by.some((oracle) => seen.has(oracle)),
      `oracles that spoke: ${[...seen].join(', ') || 'none; walk more seeds'}`,
    ).toBe(true);
  });

  it('is a core with no rule removed where the same seeds keep every rule', () => {
    for (const [mutant, { runs }] of Object.entries(CAUGHT)) {
      const [seats, seed] = runs[0]!;
      expect(
        runScenario({ seed, seats, faultsMs: MUTANT_FAULTS_MS, lies: MEETS[mutant as Mutant] ?? [] }).violations,
        `${seats} ${seed}`,
      ).toEqual([]);
    }
  });
});
