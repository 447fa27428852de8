/**
 * `npm run prove -- sim --seeds 200`: seeded federations under faults, then the mutants that the oracles must catch.
 * Prints each failing scenario with its seed, what was injected, and one line of JSON at the end.
 */
import { parseArgs } from 'node:util';
import { LEDGER_MUTANTS, runLedgerScenario, type LedgerMutant } from './ledger-world.ts';
import { HUNTS, MUTANTS, type Mutant } from './liars.ts';
import { runScenario, type Outcome } from './run.ts';
import type { Scenario, SeatKind } from './world.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '200' }, first: { type: 'string', default: '1' } } });
const seeds = Number(values.seeds);
const first = Number(values.first);
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(first)) {
  process.stderr.write(`--seeds: expected a whole number above 0, got ${values.seeds}\n`);
  process.exit(2);
}

/** Seeds go round the kinds of seats; every second one with voting members has a lying seat. */
const KINDS: readonly { seats: SeatKind; liars: number }[] = [
  { seats: 'home-1', liars: 0 },
  { seats: 'home-3', liars: 0 },
  { seats: 'members-4', liars: 0 },
  { seats: 'members-4', liars: 1 },
  { seats: 'members-7', liars: 2 },
];

const total = { violations: 0, hangs: 0, models: 0, skips: 0, fairSlots: 0, fairModels: 0, viewChanges: 0, messages: 0 };
const injected: Record<string, number> = {};
const perKind: Record<string, { violations: number; hangs: number; commitRate: number; slots: number }> = {};

function add(outcome: Outcome): void {
  for (const key of ['hangs', 'models', 'skips', 'fairSlots', 'fairModels', 'viewChanges', 'messages'] as const) total[key] += outcome[key];
  total.violations += outcome.violations.length;
  for (const [kind, count] of Object.entries(outcome.injected)) injected[kind] = (injected[kind] ?? 0) + count;
}

function report(outcome: Outcome): void {
  const { scenario, violations, hangs } = outcome;
  const names = [...new Set(violations.map((v) => `${v.oracle}: ${v.detail}`))].slice(0, 3).join('; ');
  process.stdout.write(
    `seed ${scenario.seed} ${scenario.seats} liars ${scenario.liars ?? 0}: hangs ${hangs}${names ? `, ${names}` : ''}\n`,
  );
}

async function runKind({ seats, liars }: (typeof KINDS)[number], list: number[]): Promise<void> {
  const sum = { violations: 0, hangs: 0, fairSlots: 0, fairModels: 0, slots: 0 };
  for (const seed of list) {
    const outcome = await runScenario({ seed, seats, liars });
    add(outcome);
    sum.violations += outcome.violations.length;
    sum.hangs += outcome.hangs;
    sum.fairSlots += outcome.fairSlots;
    sum.fairModels += outcome.fairModels;
    sum.slots += outcome.models + outcome.skips;
    if (outcome.violations.length > 0 || outcome.hangs > 0) report(outcome);
  }
  const label = `${seats}${liars > 0 ? ` with ${liars} lying` : ''}`;
  perKind[label] = { violations: sum.violations, hangs: sum.hangs, commitRate: round(sum.fairModels / sum.fairSlots), slots: sum.slots };
  process.stdout.write(`${label}: ${list.length} seeds, ${JSON.stringify(perKind[label])}\n`);
}

/** Runs the mutant until an oracle that is to catch it speaks. */
async function catchMutant(mutant: Mutant): Promise<{ caught: boolean; by: string[]; seeds: number }> {
  const { by, lies = [] } = HUNTS[mutant];
  for (let seed = first; seed < first + 60; seed++) {
    for (const { seats, liars } of KINDS.slice(1, 4)) {
      const scenario: Scenario = { seed, seats, liars, mutant, faultsMs: 60_000, membersMax: 12, lies };
      const spoke = new Set((await runScenario(scenario)).violations.map(({ oracle }) => oracle));
      if (by.some((oracle) => spoke.has(oracle))) return { caught: true, by: [...spoke].sort(), seeds: seed - first + 1 };
    }
  }
  return { caught: false, by: [], seeds: 60 };
}

function catchLedgerMutant(mutant: LedgerMutant): { caught: boolean; by: string[]; seeds: number } {
  for (let seed = first; seed < first + 60; seed++) {
    const by = runLedgerScenario(seed, mutant).filter((oracle) => oracle !== 'never-pays');
    if (by.length > 0) return { caught: true, by, seeds: seed - first + 1 };
  }
  return { caught: false, by: [], seeds: 60 };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

for (const [i, kind] of KINDS.entries()) {
  await runKind(
    kind,
    Array.from({ length: seeds }, (_, n) => first + n).filter((n) => n % KINDS.length === i),
  );
}
const devices = Array.from({ length: seeds }, (_, n) => runLedgerScenario(first + n));
total.violations += devices.filter((spoke) => spoke.length > 0).length;
process.stdout.write(`devices that read their records back: ${seeds} seeds, ${devices.flat().join(', ') || 'no rule broken'}\n`);
const mutants: Record<string, { caught: boolean; by: string[]; seeds: number }> = {};
for (const mutant of MUTANTS) mutants[mutant] = await catchMutant(mutant);
for (const mutant of LEDGER_MUTANTS) mutants[mutant] = catchLedgerMutant(mutant);
for (const [mutant, { caught, by, seeds: needed }] of Object.entries(mutants)) {
  process.stdout.write(`mutant ${mutant}: ${caught ? `caught by ${by.join(', ')} within ${needed} seed(s)` : 'NOT CAUGHT'}\n`);
}
process.stdout.write(`injected ${JSON.stringify(injected)}, view changes ${total.viewChanges}, messages ${total.messages}\n`);

const commitRate = round(total.fairModels / total.fairSlots);
const mutantsCaught = Object.values(mutants).filter((m) => m.caught).length;
const lowest = Math.min(...Object.values(perKind).map((k) => k.commitRate));
const figures = {
  seeds,
  safetyViolations: total.violations,
  hangs: total.hangs,
  commitRate,
  lowestCommitRate: lowest,
  slots: total.models + total.skips,
  fairSlots: total.fairSlots,
  viewChanges: total.viewChanges,
  injected,
  mutantsCaught,
  mutants: Object.fromEntries(Object.entries(mutants).map(([m, r]) => [m, r.by.join(',')])),
};
const targets = { safetyViolations: 0, hangs: 0, commitRate: '>= 0.9', mutantsCaught: Object.keys(mutants).length };
const pass = total.violations === 0 && total.hangs === 0 && lowest >= 0.9 && mutantsCaught === Object.keys(mutants).length;
process.stdout.write(`${JSON.stringify({ name: 'sim', pass, figures, targets })}\n`);
process.exitCode = pass ? 0 : 1;
