/**
 * One seeded run: a federation under faults and lies, then healed, and what came of it. Everything random comes from the seed, so a
 * failing seed fails again.
 */
import { heal, planFaults, renewSybils } from './faults.ts';
import { LIAR_KINDS } from './liars.ts';
import type { Violation } from './oracles.ts';
import { FAULTS_MS, TIMES, World, type Scenario } from './world.ts';

export interface Outcome {
  readonly scenario: Scenario;
  readonly members: number;
  readonly violations: readonly Violation[];
  readonly hangs: number;
  readonly models: number;
  readonly skips: number;
  /** Slots during whose whole life a quorum and enough members were connected, and those of them that decided a model. */
  readonly fairSlots: number;
  readonly fairModels: number;
  readonly injected: Readonly<Record<string, number>>;
  readonly viewChanges: number;
  readonly messages: number;
  readonly events: number;
  /** Of all messages, their times and their bytes, in order: equal for equal runs. */
  readonly trace: number;
}

export async function runScenario(scenario: Scenario): Promise<Outcome> {
  const world = new World(scenario);
  const { clock, random, network } = world;
  const faultsMs = scenario.faultsMs ?? FAULTS_MS;
  for (const node of world.nodes.values()) clock.after(random.between(0, 3000), () => (node.start(), world.announce()));
  world.watch();
  planFaults(world, faultsMs);
  if ([...world.badMembers.values()].includes('sybil')) renewSybils(world);
  await clock.runUntil(faultsMs);
  heal(world);
  const hangs = await countHangs(world);
  const rate = rates(world);
  // One liar may cost a round now and then, never all of them.
  if (rate.fairSlots >= 5 && rate.fairModels < rate.fairSlots / 2)
    world.oracles.violations.push({ oracle: 'progress', detail: `${rate.fairModels} models of ${rate.fairSlots} slots` });
  return {
    scenario,
    members: world.members().length,
    violations: world.oracles.violations,
    hangs,
    ...rate,
    injected: {
      ...world.injected,
      lost: network.lost,
      duplicated: network.duplicated,
      'lying-seats': world.liars.size,
      ...Object.fromEntries(LIAR_KINDS.map((kind) => [kind, [...world.badMembers.values()].filter((k) => k === kind).length])),
    },
    viewChanges: world.viewChanges,
    messages: network.sent,
    events: clock.ran,
    trace: network.trace,
  };
}

/** After healing each slot must end within its deadline and one take-over a seat, with a few repeats of lost messages. */
async function countHangs(world: World): Promise<number> {
  const { clock, rules } = world;
  const active = () =>
    world.members().filter((n) => n.up && n.core!.member.mode === 'active' && n.budget > 0 && !world.badMembers.has(n.id)).length;
  const bound = TIMES.joinWindowMs + TIMES.deadlineMs + rules.seats.length * TIMES.takeoverMs + 4 * TIMES.tickMs;
  const top = () => Math.max(0, ...world.oracles.records.keys());
  const honest = () => [...world.nodes.values()].filter((n) => !world.liars.has(n.id) && !world.badMembers.has(n.id));
  let hangs = 0;
  for (let window = 0; window < (world.scenario.windows ?? 3); window++) {
    const before = top();
    await clock.runUntil(clock.now + bound);
    if (active() < rules.minContributors) continue;
    if (top() <= before) hangs++;
    // Nobody is left behind: everyone has at least what was decided a whole window ago.
    hangs += honest().filter((n) => n.up && n.core!.head.record.round < before).length;
  }
  return hangs;
}

function rates(world: World): { models: number; skips: number; fairSlots: number; fairModels: number } {
  const slots = [...world.oracles.records.values()].sort((a, b) => a.certified.record.round - b.certified.record.round);
  let [models, skips, fairSlots, fairModels, opened] = [0, 0, 0, 0, 0];
  for (const { certified, at } of slots) {
    const model = certified.record.kind === 'model';
    if (model) models++;
    else skips++;
    const from = opened;
    if (!world.gaps.some((t) => t >= from && t <= at)) {
      fairSlots++;
      if (model) fairModels++;
    }
    opened = at;
  }
  return { models, skips, fairSlots, fairModels };
}
