import { describe, expect, it } from 'vitest';
import { LEDGER_MUTANTS, runLedgerScenario, type LedgerMutant } from './ledger-world.ts';

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);
const BY: Record<LedgerMutant, string> = { 'certificate-as-act': 'own-act', 'gap-as-nothing': 'paid-blind' };

describe('a device that reads its records back', () => {
  it('counts its own acts alone, pays for nothing before it knows them all, and pays in the end', () => {
    for (const seed of SEEDS) expect(runLedgerScenario(seed), `seed ${seed}`).toEqual([]);
  });

  it.each(LEDGER_MUTANTS)('is caught without one rule: %s', (mutant) => {
    expect(SEEDS.filter((seed) => runLedgerScenario(seed, mutant).includes(BY[mutant] as never)).length).toBeGreaterThan(20);
  });
});
