/**
 * One seeded run: a federation of 3 to 40 members under faults, then healed. Everything random comes from the seed, so a failing
 * seed fails again.
 */
import { hashBytes, type Hash } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import type { CertifiedRecord } from '../round/messages.ts';
import { seatRules, type RoundConfig } from '../round/records.ts';
import { Clock } from './clock.ts';
import { lieAsMember, lieAsSeat, mutate, type Mutant } from './liars.ts';
import { Network } from './network.ts';
import { SimNode, Signatures, type NodeHooks } from './node.ts';
import { Oracles, type Violation } from './oracles.ts';
import { seeded, type Random } from './random.ts';

export type SeatKind = 'home-1' | 'home-3' | 'members-4' | 'members-7';

export interface Scenario {
  readonly seed: number;
  readonly seats: SeatKind;
  /** Seats that lie (at most f in a fair run). */
  readonly liars?: number;
  readonly mutant?: Mutant;
  /** Milliseconds of faults before the network heals. */
  readonly faultsMs?: number;
}

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
}

const FED = 'F'.repeat(43) as Hash;
const FAULTS_MS = 90_000;
const TIMES = { joinWindowMs: 1000, deadlineMs: 8000, takeoverMs: 4000, tickMs: 2000 };
const SEAT_COUNT: Record<SeatKind, number> = { 'home-1': 1, 'home-3': 3, 'members-4': 4, 'members-7': 7 };
const name = (kind: string, n: number): PeerId => `${kind}${n}-`.padEnd(44, 'x') as PeerId;

class World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly clock = new Clock();
  readonly network: Network;
  readonly signatures = new Signatures();
  readonly nodes = new Map<PeerId, SimNode>();
  readonly oracles: Oracles;
  readonly injected: Record<string, number> = { crash: 0, 'disk-lost': 0, partition: 0, 'loss-burst': 0, 'cut-at-commit': 0 };
  readonly liars = new Set<PeerId>();
  readonly rules: RoundConfig;
  readonly states = new Map<Hash, Uint8Array>();
  readonly vectors = new Map<Hash, Uint8Array>();
  /** Times at which no round could have been decided. */
  readonly gaps: number[] = [];
  readonly badMembers = new Set<PeerId>();
  readonly hooks: NodeHooks;
  #calmUntil = 0;
  viewChanges = 0;
  born = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = seeded(scenario.seed * 7919 + SEAT_COUNT[scenario.seats]);
    const { random } = this;
    this.network = new Network(this.clock, random, {
      loss: random.pick([0, 0.01, 0.05]),
      duplicate: random.pick([0, 0.02, 0.1]),
      delayMin: random.between(1, 40),
      delayMean: random.between(5, 150),
    });
    const initial = new TextEncoder().encode('state 0');
    this.states.set(hashBytes(initial), initial);
    const count = SEAT_COUNT[scenario.seats];
    const home = scenario.seats.startsWith('home');
    const seats = Array.from({ length: count }, (_, i) => name(home ? 'relay' : 'member', i));
    const f = home ? 0 : Math.floor((count - 1) / 3);
    this.rules = {
      fed: FED,
      epoch: 0,
      self: seats[0]!,
      ...seatRules(seats, f),
      minContributors: 2,
      maxContributors: 64,
      modelsMax: 100_000,
      ...TIMES,
      kernel: 'sim/1',
      salt: String(scenario.seed),
      initialState: { hash: hashBytes(initial), bytes: initial },
      checkVector: (v) => (v.length === 8 ? null : 'wrong-length'),
    };
    for (const id of random.shuffle(seats).slice(0, scenario.liars ?? 0)) this.liars.add(id);
    this.hooks = this.#hooks();
    this.oracles = new Oracles(
      this.rules,
      (id) => !this.liars.has(id) && !this.badMembers.has(id),
      (c) => this.#expected(c),
    );
    if (home) for (const id of seats) this.#add(id, 'following', 0);
    const members = random.between(Math.max(3, home ? 3 : count), random.chance(0.3) ? 40 : 12);
    for (let i = 0; i < members; i++) this.#add(name('member', this.born++), 'active', random.chance(0.1) ? random.between(1, 4) : 10_000);
    if (random.chance(0.25))
      this.badMembers.add(
        random.pick(
          this.members()
            .filter((n) => !seats.includes(n.id))
            .map((n) => n.id)
            .concat(name('nobody', 0)),
        ),
      );
  }

  members(): SimNode[] {
    return [...this.nodes.values()].filter((n) => n.id.startsWith('member'));
  }

  #add(id: PeerId, mode: 'active' | 'following', budget: number): SimNode {
    const quorum = this.rules.quorum - (this.scenario.mutant === 'quorum-minus-one' ? 1 : 0);
    const node = new SimNode({ ...this.rules, quorum, self: id }, this, mode, budget);
    this.nodes.set(id, node);
    return node;
  }

  #hooks(): NodeHooks {
    const { scenario, random } = this;
    return {
      bend: (node, effect) => {
        if (this.liars.has(node.id)) return lieAsSeat(node, effect, random);
        if (this.badMembers.has(node.id)) return lieAsMember(node, effect, [...(node.core?.peers ?? [])], this.signatures, random);
        return scenario.mutant === undefined ? [effect] : mutate(scenario.mutant, node, effect);
      },
      signed: (signed) => {
        this.oracles.signed(signed);
        if (signed.body.t === 'commit') this.#cutAtCommit();
      },
      decided: (node, { event }) => {
        if (this.liars.has(node.id)) return;
        if (event.t === 'decided') this.oracles.decided(event.certified, this.clock.now);
        else if (event.t === 'view') this.viewChanges++;
        else if (event.t === 'forked')
          this.oracles.violations.push({ oracle: 'agreement', detail: `${node.id.slice(0, 8)} saw two records of round ${event.round}` });
      },
      aggregate: (base, vectors) => this.aggregate(base, vectors),
    };
  }

  /** The rule of the simulation: the next state is a digest of the last one and the sorted vectors. */
  aggregate(base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array {
    const digest = [base, ...vectors].map((v) => hashBytes(v));
    for (const v of vectors) this.vectors.set(hashBytes(v), v);
    const state = new TextEncoder().encode(hashBytes(new TextEncoder().encode(digest.join(' '))));
    this.states.set(hashBytes(state), state);
    return state;
  }

  #expected({ record }: CertifiedRecord): Hash | null {
    const before =
      this.oracles.records.get(record.round - 1)?.certified.record.state ?? (record.round === 1 ? this.rules.initialState.hash : undefined);
    if (before === undefined) return null;
    if (record.kind === 'skip') return before;
    const base = this.states.get(before);
    const vectors = record.contributions.map((c) => this.vectors.get(c.vector));
    if (base === undefined || vectors.some((v) => v === undefined)) return null;
    return hashBytes(this.aggregate(base, vectors as Uint8Array[]));
  }

  /**
   * The worst moment: a seat has just locked, and its commit reaches only some. A random partition seldom hits it, so this one is
   * aimed; it lasts long enough for others to take over.
   */
  #cutAtCommit(): void {
    const { random, scenario, rules } = this;
    const chance = rules.seats.length === 1 ? 0 : scenario.mutant === undefined ? 0.04 : 0.4;
    if (this.clock.now < this.#calmUntil || this.clock.now > (scenario.faultsMs ?? FAULTS_MS) - 8000 || !random.chance(chance)) return;
    this.#calmUntil = this.clock.now + random.between(6000, 14_000);
    this.injected['cut-at-commit']!++;
    const side = new Set(random.shuffle(rules.seats).slice(0, random.between(1, rules.seats.length - 1)));
    this.network.partition((from, to) => side.has(from) !== side.has(to) && rules.seats.includes(from) && rules.seats.includes(to));
    this.announce();
    this.clock.after(random.between(50, 5000), () => {
      this.network.partition(() => false);
      this.announce();
    });
  }

  /** Tells everybody whom they can reach, a moment after it changed. */
  announce(): void {
    this.clock.after(this.random.between(20, 400), () => {
      const present = this.network.present();
      for (const node of this.nodes.values()) if (node.up) node.peers(present.filter((p) => this.network.connected(node.id, p)));
    });
  }

  /** A quorum of honest seats that reach each other, and enough members that reach all of them. */
  quorumConnected(): boolean {
    const seats = this.rules.seats.filter((id) => this.nodes.get(id)?.up === true && !this.liars.has(id));
    const members = this.members().filter((n) => n.up && n.budget > 0 && n.wanted === 'active' && !this.badMembers.has(n.id));
    // The largest clique is not needed: one seat's neighbourhood that is a quorum and complete will do.
    return seats.some((centre) => {
      const near = seats.filter((id) => id === centre || this.network.connected(centre, id));
      const clique = near.filter((id) => near.every((other) => other === id || this.network.connected(id, other)));
      if (clique.length < this.rules.quorum) return false;
      return (
        members.filter((m) => clique.every((id) => id === m.id || this.network.connected(m.id, id))).length >= this.rules.minContributors
      );
    });
  }

  watch(): void {
    if (!this.quorumConnected()) this.gaps.push(this.clock.now);
    this.clock.after(500, () => this.watch());
  }
}

export function runScenario(scenario: Scenario): Outcome {
  const world = new World(scenario);
  const { clock, random, network } = world;
  const faultsMs = scenario.faultsMs ?? FAULTS_MS;
  for (const node of world.nodes.values()) clock.after(random.between(0, 3000), () => (node.start(), world.announce()));
  world.watch();
  planFaults(world, faultsMs);
  clock.runUntil(faultsMs);
  heal(world);
  const hangs = countHangs(world);
  return {
    scenario,
    members: world.members().length,
    violations: world.oracles.violations,
    hangs,
    ...rates(world),
    injected: {
      ...world.injected,
      lost: network.lost,
      duplicated: network.duplicated,
      'lying-seats': world.liars.size,
      'lying-members': world.badMembers.size,
    },
    viewChanges: world.viewChanges,
    messages: network.sent,
    events: clock.ran,
  };
}

function planFaults(world: World, untilMs: number): void {
  const { clock, random, network, scenario } = world;
  const severity = scenario.mutant === undefined ? random.pick([0.3, 1, 2]) : 3;
  for (let at = 4000; at < untilMs - 8000; at += random.between(1500, 9000) / severity) {
    clock.after(at, () => {
      const kind = random.next();
      if (kind < 0.5) crash(world);
      else if (kind < 0.85) partition(world, random.between(2000, 14_000));
      else {
        world.injected['loss-burst']!++;
        const before = network.faults.loss;
        network.faults.loss = Math.min(0.5, before + random.next() * 0.3);
        clock.after(random.between(1000, 6000), () => (network.faults.loss = before));
      }
    });
  }
}

/** A peer dies and comes back: a member sometimes without its disk and then as somebody else; a seat always with it. */
function crash(world: World): void {
  const { clock, random, rules } = world;
  const seats = random.chance(0.4);
  const victims = [...world.nodes.values()].filter((n) => n.up && rules.seats.includes(n.id) === seats);
  if (victims.length === 0) return;
  const node = random.pick(victims);
  const loseDisk = !seats && random.chance(0.3);
  world.injected[loseDisk ? 'disk-lost' : 'crash']!++;
  node.crash(loseDisk);
  world.announce();
  clock.after(random.between(300, 12_000), () => {
    if (loseDisk) {
      world.nodes.delete(node.id);
      const fresh = new SimNode({ ...node.config, self: name('member', world.born++) }, world, 'active', 10_000);
      world.nodes.set(fresh.id, fresh);
      fresh.start();
    } else if (!node.up) node.start();
    world.announce();
  });
}

function partition(world: World, forMs: number): void {
  const { clock, random, network } = world;
  world.injected['partition']!++;
  const ids = random.shuffle([...world.nodes.keys()]);
  const side = new Set(ids.slice(0, random.chance(0.5) ? 1 : random.between(1, Math.max(1, ids.length - 1))));
  const oneWay = random.chance(0.3);
  network.partition((from, to) => (oneWay ? side.has(from) && !side.has(to) : side.has(from) !== side.has(to)));
  world.announce();
  clock.after(forMs, () => {
    network.partition(() => false);
    world.announce();
  });
}

function heal(world: World): void {
  const { network } = world;
  network.partition(() => false);
  network.faults.loss = Math.min(network.faults.loss, 0.01);
  for (const node of world.nodes.values()) if (!node.up) node.start();
  world.announce();
}

/** After healing each slot must end within its deadline and one take-over a seat, with a few repeats of lost messages. */
function countHangs(world: World): number {
  const { clock, rules } = world;
  const active = () =>
    world.members().filter((n) => n.up && n.core!.mode === 'active' && n.budget > 0 && !world.badMembers.has(n.id)).length;
  const bound = TIMES.joinWindowMs + TIMES.deadlineMs + rules.seats.length * TIMES.takeoverMs + 4 * TIMES.tickMs;
  const top = () => Math.max(0, ...world.oracles.records.keys());
  const honest = () => [...world.nodes.values()].filter((n) => !world.liars.has(n.id));
  let hangs = 0;
  for (let window = 0; window < 3; window++) {
    const before = top();
    clock.runUntil(clock.now + bound);
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
