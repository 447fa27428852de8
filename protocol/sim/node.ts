/**
 * A simulated peer: the shell of one round core. Persists take time and are lost in a crash that comes first; everything after a
 * persist waits for it; signing and computing answer later. It is the shells' contract, written down in a hundred lines.
 */
import { hashBytes, type Hash } from '../codec.ts';
import { MemoryStorage } from '../driver/memory-storage.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { step } from '../round/core.ts';
import type { Draft, Effect, Input, MemberMode } from '../round/effects.ts';
import type { RoundMessage, SignedBody, UpdateBody } from '../round/messages.ts';
import type { RoundConfig } from '../round/record.ts';
import { blobsMatch, bodyOf, completeDraft, isRelevant, signaturesIn } from '../round/signatures.ts';
import { restoreRound, type RoundState } from '../round/state.ts';
import type { Clock } from './clock.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

/** Signatures are remembered, not computed: nobody can show one that its owner did not make. */
export class Signatures {
  readonly #made = new Set<string>();
  readonly #known = new WeakSet<object>();

  sign<B extends SignedBody>(by: PeerId, body: B): Signed<B> {
    this.#made.add(`${by} ${idOf(body)}`);
    const signed = { body, by, sig: new Uint8Array(64) };
    this.#known.add(signed);
    return signed;
  }

  verify(signed: Signed<SignedBody>): boolean {
    if (this.#known.has(signed)) return true;
    if (!this.#made.has(`${signed.by} ${idOf(signed.body)}`)) return false;
    this.#known.add(signed);
    return true;
  }
}

export interface NodeHooks {
  /** A Byzantine peer's lies and a mutant's faults: what the shell does instead of this effect. */
  bend(node: SimNode, effect: Effect): Effect[];
  /** A mutant's shell does not hear this message. */
  overlooks(node: SimNode, message: RoundMessage): boolean;
  signed(signed: Signed<SignedBody>): void;
  decided(node: SimNode, effect: Extract<Effect, { t: 'emit' }>): void;
  /** The state that the rule makes of these vectors. */
  aggregate(base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array;
}

export class SimNode {
  readonly config: RoundConfig;
  readonly disk = new MemoryStorage();
  core: RoundState | null = null;
  /** Rounds that its budget still buys. */
  budget: number;
  wanted: Exclude<MemberMode, 'done'>;
  trained = 0;
  readonly #world: { clock: Clock; network: Network; random: Random; signatures: Signatures; hooks: NodeHooks };
  /** Grows with every crash, so that what was under way before finds nobody. */
  #life = 0;
  #queue: Effect[] = [];
  #busy = false;
  #diskFreeAt = 0;
  readonly #timers = new Map<string, number>();
  #turns = 0;

  constructor(
    config: RoundConfig,
    world: { clock: Clock; network: Network; random: Random; signatures: Signatures; hooks: NodeHooks },
    wanted: Exclude<MemberMode, 'done'>,
    budget: number,
  ) {
    this.config = config;
    this.#world = world;
    this.wanted = wanted;
    this.budget = budget;
  }

  get id(): PeerId {
    return this.config.self;
  }

  get up(): boolean {
    return this.core !== null;
  }

  start(): void {
    this.core = restoreRound(this.config, this.disk.stored);
    this.#world.network.attach(this.id, (from, message) => this.receive(from, message));
    this.#input({ t: 'start' });
    if (this.wanted !== 'following') this.#input({ t: 'mode', mode: this.wanted });
  }

  crash(loseDisk: boolean): void {
    this.core = null;
    this.#life++;
    this.#queue = [];
    this.#busy = false;
    this.#timers.clear();
    this.#world.network.detach(this.id);
    if (loseDisk) this.disk.clear();
  }

  peers(peers: readonly PeerId[]): void {
    if (this.core !== null) this.#input({ t: 'peers', peers: peers.filter((p) => p !== this.id) });
  }

  setMode(mode: Exclude<MemberMode, 'done'>): void {
    this.wanted = mode;
    if (this.core !== null) this.#input({ t: 'mode', mode });
  }

  receive(from: PeerId, message: RoundMessage): void {
    if (this.core === null || !isRelevant(this.core, message) || this.#world.hooks.overlooks(this, message)) return;
    if (!signaturesIn(message).every((s) => this.#world.signatures.verify(s)) || !blobsMatch(message)) return;
    this.#input({ t: 'message', from, message });
  }

  #input(input: Input): void {
    if (this.core === null) return;
    for (const effect of step(this.core, input)) this.#queue.push(...this.#world.hooks.bend(this, effect));
    this.#drain();
  }

  #later(ms: number, run: () => void): void {
    const life = this.#life;
    this.#world.clock.after(ms, () => {
      if (life === this.#life) run();
    });
  }

  #drain(): void {
    while (!this.#busy && this.#queue.length > 0) this.#perform(this.#queue.shift()!);
  }

  #perform(effect: Effect): void {
    const { random, hooks } = this.#world;
    switch (effect.t) {
      case 'persist':
        // One write after another; a lazy one keeps nobody waiting.
        this.#diskFreeAt = Math.max(this.#diskFreeAt, this.#world.clock.now) + random.between(0, 8);
        this.#busy = effect.lazy !== true;
        this.#later(this.#diskFreeAt - this.#world.clock.now, () => {
          this.disk.apply(effect);
          if (effect.lazy === true) return;
          this.#busy = false;
          this.#drain();
        });
        return;
      case 'send':
        return this.#send(effect.to, effect.draft);
      case 'timer': {
        const turn = ++this.#turns;
        this.#timers.set(effect.id, turn);
        this.#later(effect.afterMs, () => {
          if (this.#timers.get(effect.id) === turn) this.#input({ t: 'timer', id: effect.id });
        });
        return;
      }
      case 'cancel':
        this.#timers.delete(effect.id);
        return;
      case 'train':
        return this.#train(effect);
      case 'aggregate':
        this.#later(random.between(1, 30), () => {
          const bytes = hooks.aggregate(effect.base, effect.vectors);
          this.#input({ t: 'aggregated', key: effect.key, hash: hashBytes(bytes), bytes });
        });
        return;
      case 'emit':
        return hooks.decided(this, effect);
    }
  }

  #train({ epoch, state, stateRound }: Extract<Effect, { t: 'train' }>): void {
    const { random, signatures } = this.#world;
    if (this.budget <= 0) return this.#later(1, () => this.#input({ t: 'train-refused', state, code: 'budget-spent' }));
    this.budget--;
    this.trained++;
    this.#later(random.between(50, 2500), () => {
      const vector = Uint8Array.from({ length: 8 }, () => random.between(0, 255));
      const body: UpdateBody = {
        t: 'update',
        fed: this.config.fed,
        epoch,
        attempt: 0,
        state,
        stateRound,
        vector: hashBytes(vector),
        ledger: hashBytes(vector) as Hash,
      };
      const signed = signatures.sign(this.id, body);
      this.#input({ t: 'trained', signed, vector, last: this.budget <= 0 });
    });
  }

  #send(to: string, draft: Draft): void {
    const { network, signatures, hooks } = this.#world;
    const body = bodyOf(draft);
    const signed = body === null ? null : signatures.sign(this.id, body);
    if (signed !== null) hooks.signed(signed);
    const message = completeDraft(draft, signed as Signed<never> | null);
    // An update that a crash took before it was written has never left, and nobody can know of it.
    if (message.t === 'update' && message.signed.by === this.id) hooks.signed(message.signed);
    const peers = [...(this.core?.peers ?? [])];
    const targets =
      to === 'seats'
        ? this.config.seats
        : to === 'peers'
          ? peers
          : to === 'all'
            ? new Set([...this.config.seats, ...peers, this.id])
            : [to as PeerId];
    for (const target of targets) {
      if (target === this.id) this.#later(0, () => this.receive(this.id, message));
      else network.send(this.id, target, message);
    }
  }
}
