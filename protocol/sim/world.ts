/** A simulated federation of 3 to 40 members, honest and lying, with its network, its clock and those who watch it. */
import { hashBytes, type Hash } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import type { CertifiedRecord } from '../round/messages.ts';
import { seatRules, type RoundConfig } from '../round/record.ts';
import { Clock } from './clock.ts';
import { LIAR_KINDS, lieAsMember, lieAsSeat, mutate, NO_LIMITS, overlooks, type LiarKind, type Mutant } from './liars.ts';
import { Network } from './network.ts';
import { SimNode, Signatures, type NodeHooks } from './node.ts';
import { Oracles } from './oracles.ts';
import { seeded, type Random } from './random.ts';

export type SeatKind = 'home-1' | 'home-3' | 'members-4' | 'members-7';

export interface Scenario {
  readonly seed: number;
  readonly seats: SeatKind;
  /** Seats that lie (at most f in a fair run). */
  readonly liars?: number;
  readonly mutant?: Mutant;
  /** Members that lie, beside the honest ones; by lot when it is not said. */
  readonly lies?: readonly LiarKind[];
  /** Milliseconds of faults before the network heals. */
  readonly faultsMs?: number;
  /** Honest members at most; by lot up to 40 when it is not said. */
  readonly membersMax?: number;
  /** How often, once all is healed, a slot has to end in time; 3 when it is not said. */
  readonly windows?: number;
  /** Nothing goes wrong by itself, and everybody has the same speed: for measuring what liars cost. */
  readonly calm?: boolean;
}

const FED = 'F'.repeat(43) as Hash;
export const FAULTS_MS = 90_000;
export const TIMES = { joinWindowMs: 1000, deadlineMs: 8000, takeoverMs: 4000, tickMs: 2000 };
const SEAT_COUNT: Record<SeatKind, number> = { 'home-1': 1, 'home-3': 3, 'members-4': 4, 'members-7': 7 };
export const name = (kind: string, n: number): PeerId => `${kind}${n}-`.padEnd(44, 'x') as PeerId;

export class World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly clock = new Clock();
  readonly network: Network;
  readonly signatures = new Signatures();
  readonly nodes = new Map<PeerId, SimNode>();
  readonly oracles: Oracles;
  readonly injected: Record<string, number> = {
    crash: 0,
    'disk-lost': 0,
    partition: 0,
    'loss-burst': 0,
    'cut-at-commit': 0,
    'crash-at-vote': 0,
  };
  readonly liars = new Set<PeerId>();
  readonly rules: RoundConfig;
  readonly states = new Map<Hash, Uint8Array>();
  readonly vectors = new Map<Hash, Uint8Array>();
  /** Times at which no round could have been decided. */
  readonly gaps: number[] = [];
  readonly badMembers = new Map<PeerId, LiarKind>();
  readonly hooks: NodeHooks;
  readonly diskMs: number;
  #calmUntil = 0;
  viewChanges = 0;
  born = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = seeded(scenario.seed * 7919 + SEAT_COUNT[scenario.seats]);
    const { random } = this;
    this.network = new Network(this.clock, random, {
      loss: scenario.calm === true ? 0 : random.pick([0, 0.01, 0.05]),
      duplicate: random.pick([0, 0.02, 0.1]),
      delayMin: random.between(1, 40),
      delayMean: random.between(5, 150),
    });
    this.diskMs = random.pick([4, 8, 40]);
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
    const members = random.between(Math.max(3, home ? 3 : count), scenario.membersMax ?? (random.chance(0.3) ? 40 : 12));
    for (let i = 0; i < members; i++) this.#add(name('member', this.born++), 'active', random.chance(0.1) ? random.between(1, 4) : 10_000);
    const lies = scenario.lies ?? (random.chance(0.5) ? random.shuffle(LIAR_KINDS).slice(0, random.between(1, 2)) : []);
    for (const kind of lies) for (let n = kind === 'sybil' ? random.between(3, 12) : 1; n > 0; n--) this.addLiar(kind);
  }

  addLiar(kind: LiarKind): SimNode {
    const id = name(kind, this.born++);
    this.badMembers.set(id, kind);
    return this.#add(id, kind === 'unlisted' || kind === 'forger' || kind === 'flood' ? 'following' : 'active', 10_000);
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
        const kind = this.badMembers.get(node.id);
        if (kind !== undefined) return lieAsMember(kind, node, effect, this.signatures, random);
        return scenario.mutant === undefined ? [effect] : mutate(scenario.mutant, node, effect);
      },
      overlooks: (node, message) =>
        scenario.mutant !== undefined && !this.badMembers.has(node.id) && overlooks(scenario.mutant, node, message),
      inboxLimits: scenario.mutant === 'inbox-unlimited' ? NO_LIMITS : undefined,
      signed: (node, signed) => {
        this.oracles.signed(signed);
        const { t } = signed.body;
        if (t === 'commit') this.#cutAtCommit();
        if (t === 'commit' || t === 'prepare' || t === 'update') this.#crashAfter(node);
      },
      checking: (node, count) => this.oracles.checking(node.id, count),
      fault: (node, error) => this.oracles.fault(node.id, error.message),
      event: (node, event) => {
        if (this.liars.has(node.id) || this.badMembers.has(node.id)) return;
        if (event.t === 'decided') this.oracles.decided(event.certified, this.clock.now);
        else if (event.t === 'view') this.viewChanges++;
        else if (event.t === 'forked')
          this.oracles.violations.push({ oracle: 'agreement', detail: `${node.id.slice(0, 8)} saw two records of round ${event.round}` });
      },
      aggregate: (base, vectors) => this.aggregate(base, vectors),
    };
  }

  /** The rule of the simulation: the next state is a digest of the last one and the sorted vectors. */
  aggregate(base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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
    this.clock.after(random.between(50, 9000), () => {
      this.network.partition(() => false);
      this.announce();
    });
  }

  /**
   * The worst moment for a promise: what a seat voted, or a member made, is on its way out, and the peer dies before its disk could have
   * been slower than the network.
   */
  #crashAfter(node: SimNode): void {
    const { random, scenario, clock } = this;
    const forgets = scenario.mutant === 'persist-not-awaited' || scenario.mutant === 'vote-not-persisted';
    const chance = forgets ? 0.05 : 0.002;
    if (scenario.calm === true || clock.now > (scenario.faultsMs ?? FAULTS_MS) - 8000 || !random.chance(chance)) return;
    this.injected['crash-at-vote']!++;
    clock.after(0, () => node.up && this.crash(node, false, random.between(100, 2000)));
  }

  /** A peer dies and comes back after a while; a member that lost its disk as somebody else. */
  crash(node: SimNode, loseDisk: boolean, downMs: number): void {
    node.crash(loseDisk);
    if (loseDisk) this.nodes.delete(node.id);
    this.announce();
    this.clock.after(downMs, () => {
      if (loseDisk) {
        this.#add(name('member', this.born++), 'active', 10_000).start();
      } else if (!node.up) node.start();
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
