/**
 * A simulated peer: the real driver on the world's clock, network and disk. Writes take time, resolve in order and are lost in a crash
 * that comes first; checking signatures takes time too, one after another; training and aggregation answer later.
 */
import { hashBytes, type Hash } from '../codec.ts';
import { Driver } from '../driver/driver.ts';
import type { InboxLimits } from '../driver/inbox.ts';
import { MemoryStorage } from '../driver/memory-storage.ts';
import type { Environment, Made, Network as Reach, Storage } from '../driver/ports.ts';
import { MeshError } from '../errors.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { step } from '../round/core.ts';
import type { CoreEvent, Effect, Input, MemberMode } from '../round/effects.ts';
import type { RoundMessage, SignedBody } from '../round/messages.ts';
import type { RoundConfig } from '../round/record.ts';
import { restoreRound, type RoundState } from '../round/state.ts';
import type { Clock } from './clock.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

/** Milliseconds of one signature check; what somebody has checked is known at once, since that costs the simulator time and shows nothing. */
const CHECK_MS = 0.4;

/** Signatures are remembered, not computed: nobody can show one that its owner did not make. */
export class Signatures {
  readonly #made = new Set<string>();
  /** What was found of a decoded signature, which stands in one message alone. */
  readonly #checked = new WeakMap<Uint8Array, boolean>();

  sign<B extends SignedBody>(by: PeerId, body: B): Signed<B> {
    this.#made.add(`${by} ${idOf(body)}`);
    return { body, by, sig: new Uint8Array(64) };
  }

  verify({ body, by, sig }: Signed<SignedBody>): boolean {
    let good = this.#checked.get(sig);
    if (good === undefined) this.#checked.set(sig, (good = this.#made.has(`${by} ${idOf(body)}`)));
    return good;
  }

  /** Whether somebody has checked it already. */
  isKnown({ sig }: Signed<SignedBody>): boolean {
    return this.#checked.has(sig);
  }
}

export interface NodeHooks {
  /** A Byzantine peer's lies and a mutant's faults: what the core asks for instead of this effect. */
  bend(node: SimNode, effect: Effect): Effect[];
  /** A mutant's core does not hear this message. */
  overlooks(node: SimNode, message: RoundMessage): boolean;
  readonly inboxLimits: InboxLimits | undefined;
  signed(node: SimNode, signed: Signed<SignedBody>): void;
  event(node: SimNode, event: CoreEvent): void;
  fault(node: SimNode, error: MeshError): void;
  /** So many signatures wait to be checked or are being checked. */
  checking(node: SimNode, count: number): void;
  /** The state that the rule makes of these vectors. */
  aggregate(base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
}

export interface NodeWorld {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly signatures: Signatures;
  readonly hooks: NodeHooks;
  /** Longest time of one write. */
  readonly diskMs: number;
}

/** What is true from one start to the next crash; whatever was under way then finds nobody. */
interface Life {
  over: boolean;
  /** When the disk, and the thread that checks signatures, have done what they were asked so far. */
  diskFreeAt: number;
  checksFreeAt: number;
  checks: number;
}

export class SimNode {
  readonly config: RoundConfig;
  readonly disk = new MemoryStorage();
  /** Rounds that its budget still buys. */
  budget: number;
  wanted: Exclude<MemberMode, 'done'>;
  readonly #world: NodeWorld;
  #driver: Driver | null = null;
  #life: Life | null = null;

  constructor(config: RoundConfig, world: NodeWorld, wanted: Exclude<MemberMode, 'done'>, budget: number) {
    this.config = config;
    this.#world = world;
    this.wanted = wanted;
    this.budget = budget;
  }

  get id(): PeerId {
    return this.config.self;
  }

  get up(): boolean {
    return this.#driver !== null;
  }

  get core(): RoundState | null {
    return this.#driver?.core ?? null;
  }

  start(): void {
    const { clock, network, hooks } = this.#world;
    const life: Life = { over: false, diskFreeAt: clock.now, checksFreeAt: clock.now, checks: 0 };
    const driver = new Driver(restoreRound(this.config, this.disk.stored), {
      environment: this.#environment(life),
      storage: this.#storage(life),
      sign: (body) => this.#sign(life, body),
      verify: (signed) => this.#verify(life, signed),
      train: () => this.#train(life),
      aggregate: (base, vectors) => this.#aggregate(life, base, vectors),
      onEvent: (event) => hooks.event(this, event),
      onFault: (error) => hooks.fault(this, error),
      decode: (bytes) => network.decode(bytes),
      step: (core, input) => this.#step(core, input),
      ...(hooks.inboxLimits && { inboxLimits: hooks.inboxLimits }),
    });
    this.#life = life;
    this.#driver = driver;
    network.attach(this.id, (from, bytes) => driver.receive(from, bytes));
    driver.start(this.#reach(life, driver));
    if (this.wanted !== 'following') driver.setMode(this.wanted);
  }

  crash(loseDisk: boolean): void {
    if (this.#life !== null) this.#life.over = true;
    this.#driver = null;
    this.#world.network.detach(this.id);
    if (loseDisk) this.disk.clear();
  }

  peers(peers: readonly PeerId[]): void {
    this.#driver?.peers(peers.filter((peer) => peer !== this.id).map((peer) => ({ peer })));
  }

  #step(core: RoundState, input: Input): Effect[] {
    const { hooks } = this.#world;
    if (input.t === 'message' && hooks.overlooks(this, input.message)) return [];
    return step(core, input).flatMap((effect) => hooks.bend(this, effect));
  }

  /** Resolves later, and never once this life is over. */
  #later(life: Life, ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(ms, () => life.over || resolve()));
  }

  #environment(life: Life): Environment {
    const { clock, random } = this.#world;
    return {
      now: () => clock.now,
      random: () => random.next(),
      timer: (ms, call) => {
        let cancelled = false;
        clock.after(ms, () => cancelled || life.over || call());
        return () => void (cancelled = true);
      },
    };
  }

  #storage(life: Life): Storage {
    const { clock, random, diskMs } = this.#world;
    return {
      log: this.disk.log,
      blobs: this.disk.blobs,
      cells: this.disk.cells,
      write: async (batch) => {
        life.diskFreeAt = Math.max(life.diskFreeAt, clock.now) + random.between(0, diskMs);
        await this.#later(life, life.diskFreeAt - clock.now);
        this.disk.apply(batch);
      },
    };
  }

  async #sign<B extends SignedBody>(life: Life, body: B): Promise<Signed<B>> {
    const { signatures, hooks } = this.#world;
    if (life.over) return new Promise(() => {});
    const signed = signatures.sign(this.id, body);
    // An update that a crash took before it was written has never left, and nobody can know of it: it counts when it leaves.
    if (body.t !== 'update') hooks.signed(this, signed);
    return signed;
  }

  async #verify(life: Life, signed: Signed<SignedBody>): Promise<boolean> {
    const { clock, signatures, hooks } = this.#world;
    if (signatures.isKnown(signed)) return signatures.verify(signed);
    hooks.checking(this, ++life.checks);
    life.checksFreeAt = Math.max(life.checksFreeAt, clock.now) + CHECK_MS;
    await this.#later(life, life.checksFreeAt - clock.now);
    life.checks--;
    return signatures.verify(signed);
  }

  async #train(life: Life): Promise<Made> {
    const { random } = this.#world;
    if (this.budget <= 0) throw new MeshError('budget-spent');
    this.budget--;
    await this.#later(life, random.between(50, 2500));
    const vector = Uint8Array.from({ length: 8 }, () => random.between(0, 255));
    return { vector, ledger: hashBytes(vector), last: this.budget <= 0 };
  }

  async #aggregate(life: Life, base: Uint8Array, vectors: readonly Uint8Array[]): Promise<{ hash: Hash; bytes: Uint8Array<ArrayBuffer> }> {
    await this.#later(life, this.#world.random.between(1, 30));
    const bytes = this.#world.hooks.aggregate(base, vectors);
    return { hash: hashBytes(bytes), bytes };
  }

  #reach(life: Life, driver: Driver): Reach {
    const { network, hooks } = this.#world;
    let last: Uint8Array | null = null;
    return {
      peers: () => [],
      send: (to, bytes) => {
        if (life.over) return;
        if (typeof driver.leaving?.update === 'string' && bytes !== last) {
          const message = network.decode((last = bytes));
          if (message.t === 'update') hooks.signed(this, message.signed);
        }
        network.send(this.id, to, bytes);
      },
    };
  }
}
