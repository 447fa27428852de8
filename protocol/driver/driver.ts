/**
 * The one shell of a round core: verifies every signature before the core sees a message, signs after it, keeps its timers, and performs
 * its effects in order, so that what follows a persist leaves once it is durable. Tab, headless peer, relay and simulator run this same
 * file; clock, network, disk, keys, trainer and aggregator are injected (ports.ts). open.ts reads manifests.
 */
import { hashBytes, type Hash } from '../codec.ts';
import { asMeshError, MeshError, type ErrorCode } from '../errors.ts';
import type { PeerId, Signed } from '../identity.ts';
import { EFFECTS_WAITING_MAX } from '../limits.ts';
import type { MadeState } from '../robust/rule.ts';
import { step } from '../round/core.ts';
import type { CoreEvent, Draft, Effect, Input, MemberMode } from '../round/effects.ts';
import type { RoundMessage, UpdateBody } from '../round/messages.ts';
import { bodyOf, completeDraft, hasStanding, isRelevant, refusalTo } from '../round/signatures.ts';
import type { RoundState } from '../round/state.ts';
import { decodeMesh, encodeMesh } from '../wire.ts';
import { Allowances } from './allowance.ts';
import { Inbox, type InboxLimits } from './inbox.ts';
import { coalesce } from './persist.ts';
import type { Environment, Leaving, Network, Sign, Storage, Train, Verify } from './ports.ts';

export interface DriverOptions {
  readonly environment: Environment;
  readonly storage: Storage;
  readonly sign: Sign;
  readonly verify: Verify;
  /** The state that the federation's rule makes from these vectors, off the event loop. @throws MeshError if the inputs are not its own */
  readonly aggregate: (base: Uint8Array, vectors: readonly Uint8Array[]) => Promise<MadeState>;
  /** Absent for a seat that does not contribute. */
  readonly train?: Train;
  /** Listeners: what one throws is reported to `onFault`, without other consequences. */
  readonly onEvent: (event: CoreEvent) => void;
  /** After every step: the state may differ. */
  readonly onChange?: () => void;
  readonly onFault: (error: MeshError) => void;
  /** A different core on the same state: the simulator's liars and mutants. */
  readonly step?: typeof step;
  readonly inboxLimits?: InboxLimits;
  /** A caching one: the simulator's peers get the same bytes from each other. */
  readonly decode?: typeof decodeMesh;
}

export class Driver {
  readonly core: RoundState;
  /** The message being handed to the network right now, to which departures are attributed. */
  leaving: Leaving | null = null;
  readonly #options: DriverOptions;
  readonly #step: typeof step;
  readonly #timers = new Map<string, () => void>();
  readonly #allowances: Allowances;
  readonly #inbox: Inbox;
  /** Encoded messages, by content: one goes to many peers, and everybody asks for the newest record. */
  readonly #encoded = new WeakMap<object, Uint8Array<ArrayBuffer>>();
  #network: Network | null = null;
  #queue: Effect[] = [];
  #draining: Promise<void> | null = null;
  /** Next states that are being made. */
  readonly #making = new Set<Promise<void>>();
  /** One write after another, whoever waits for it. */
  #writes: Promise<void> = Promise.resolve();
  #closed = false;
  #failed = false;

  /** @param core as it comes back from the storage */
  constructor(core: RoundState, options: DriverOptions) {
    this.core = core;
    this.#options = options;
    this.#step = options.step ?? step;
    this.#allowances = new Allowances(() => options.environment.now());
    this.#inbox = new Inbox({
      allowances: this.#allowances,
      verify: options.verify,
      decode: options.decode ?? decodeMesh,
      ...(options.inboxLimits && { limits: options.inboxLimits }),
      isRelevant: (message) => isRelevant(core, message),
      onMessage: (from, message) => this.#input({ t: 'message', from, message }),
      refusal: (message) => (core.isSeat ? refusalTo(core, message) : null),
      hasStanding: (peer) => hasStanding(core, peer),
      onRefused: (from, error, about, guilty) => {
        this.#refuse(from, error, about);
        if (guilty) this.#network?.blame?.(from);
      },
      onFault: (error) => this.#report(error),
    });
  }

  /** Its disk failed: it is silent for good. Another driver may continue from the same storage. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Begins, or goes on where the storage left off. */
  start(network: Network): void {
    this.#network = network;
    this.#input({ t: 'start' });
    this.peers(network.peers());
  }

  peers(list: readonly { readonly peer: PeerId }[]): void {
    if (this.#network === null) return;
    const peers = list.map(({ peer }) => peer);
    this.#allowances.keep(new Set(peers));
    this.#input({ t: 'peers', peers });
  }

  setMode(mode: MemberMode): void {
    this.#input({ t: 'mode', mode });
  }

  /** Handles a stranger's message: decoded, bounded and verified before it becomes a step. */
  receive(from: PeerId, bytes: Uint8Array): void {
    if (!this.#closed && this.#queue.length <= EFFECTS_WAITING_MAX) this.#inbox.receive(from, bytes);
  }

  /** Resolves once everything accepted so far is durable; nothing more leaves afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    await this.#draining;
    await this.#writes.catch(() => {});
  }

  #stopTimers(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Resolves once the effects of all steps so far are done. */
  async settled(): Promise<void> {
    while (this.#draining !== null || this.#making.size > 0) {
      await this.#draining;
      await Promise.all(this.#making);
    }
    await this.#writes.catch(() => {});
  }

  #input(input: Input): void {
    if (this.#closed) return;
    try {
      this.#queue.push(...this.#step(this.core, input));
    } catch (error) {
      this.#report(error);
    }
    if (this.#queue.length > 0) this.#draining ??= this.#drain();
    this.#tell(() => this.#options.onChange?.());
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#persist(batch);
      } catch (error) {
        this.#fail(error);
        break;
      }
      for (const effect of batch) {
        // A message that cannot be built counts as lost; it is not a storage fault.
        await this.#perform(effect).catch((error: unknown) => this.#report(error));
      }
    }
    this.#draining = null;
  }

  /** A listener's exception is a bug to report; messages and storage do not depend on it. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onFault(asMeshError(error));
    } catch {
      // Nobody is left to tell.
    }
  }

  async #persist(batch: readonly Effect[]): Promise<void> {
    const write = coalesce(batch);
    if (write === null) return;
    this.#writes = this.#writes.then(() => this.#options.storage.write(write));
    this.#writes.catch((error: unknown) => this.#fail(error));
    if (!write.lazy) await this.#writes;
  }

  /** Storage failed: this peer can no longer promise anything, so it says nothing more. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failed = true;
    this.#queue = [];
    this.#stopTimers();
    this.#report(error);
  }

  async #perform(effect: Effect): Promise<void> {
    switch (effect.t) {
      case 'persist':
        return; // with the whole batch, before
      case 'send':
        return this.#send(effect.to, effect.draft);
      case 'timer':
        if (this.#closed) return;
        this.#timers.get(effect.id)?.();
        this.#timers.set(
          effect.id,
          this.#options.environment.timer(effect.afterMs, () => this.#input({ t: 'timer', id: effect.id })),
        );
        return;
      case 'cancel':
        this.#timers.get(effect.id)?.();
        this.#timers.delete(effect.id);
        return;
      case 'train':
        if (!this.#closed) void this.#train(effect); // what would never leave is not paid for
        return;
      case 'aggregate': {
        if (this.#closed) return;
        const made = this.#aggregate(effect).finally(() => this.#making.delete(made));
        this.#making.add(made);
        return;
      }
      case 'emit':
        return this.#tell(() => this.#options.onEvent(effect.event));
    }
  }

  async #send(to: string, draft: Draft): Promise<void> {
    if (this.#closed) return;
    const body = bodyOf(draft);
    const signed = body === null ? null : await this.#options.sign(body);
    const message = completeDraft(draft, signed as Signed<never> | null);
    const { config, peers } = this.core;
    const targets =
      to === 'seats'
        ? config.seats
        : to === 'peers'
          ? peers
          : to === 'all'
            ? new Set([...config.seats, ...peers, config.self])
            : [to as PeerId];
    for (const target of targets) {
      if (target === config.self) queueMicrotask(() => this.#input({ t: 'message', from: config.self, message }));
      else this.#transmit(target, message);
    }
  }

  #transmit(to: PeerId, message: RoundMessage): void {
    const own = message.t === 'update' && message.signed.by === this.core.config.self;
    // Checked before anything is encoded: strangers ask as often as they like, and any message about an old round is answered with a
    // record.
    if (message.t === 'record' && !this.#allowances.mayAsk(to)) return;
    if (message.t === 'state' && !this.#allowances.mayAnswer(to, message.bytes.length)) return;
    if (message.t === 'update' && !own && !this.#allowances.mayAnswer(to, message.vector.length)) return;
    const bytes = this.#encode(message);
    if (message.t === 'record' && !this.#allowances.mayAnswer(to, bytes.length)) return;
    this.leaving = { kind: message.t, update: own ? message.signed.body.vector : null };
    this.#network?.send(to, bytes);
    this.leaving = null;
  }

  #encode(message: RoundMessage): Uint8Array<ArrayBuffer> {
    const key = message.t === 'record' ? message.certified : message;
    const known = this.#encoded.get(key);
    if (known !== undefined) return known;
    const bytes = encodeMesh(message);
    this.#encoded.set(key, bytes);
    return bytes;
  }

  #refuse(from: PeerId, error: MeshError, about: Uint8Array | Hash): void {
    const { fed } = this.core.config;
    this.#transmit(from, {
      t: 'refuse',
      fed,
      code: error.code,
      about: typeof about === 'string' ? about : hashBytes(about),
      field: (error.detail.field ?? 'message').slice(0, 64),
    });
  }

  async #train({ epoch, state, stateRound, bytes }: Extract<Effect, { t: 'train' }>): Promise<void> {
    const { train, sign } = this.#options;
    try {
      if (train === undefined) throw new MeshError('internal', { field: 'train', expected: 'a member' });
      const { vector, ledger, last } = await train({ state, stateRound, bytes });
      const { fed } = this.core.config;
      const body: UpdateBody = { t: 'update', fed, epoch, attempt: 0, state, stateRound, vector: hashBytes(vector), ledger };
      this.#input({ t: 'trained', signed: await sign(body), vector, last });
    } catch (error) {
      const problem = asMeshError(error);
      // What is in progress when a member leaves is meant to fail.
      if (problem.code !== 'budget-spent' && this.core.member.mode !== 'following' && !this.#closed) this.#report(problem);
      this.#input({ t: 'train-refused', state, code: problem.code as ErrorCode });
    }
  }

  /** Without a result the core goes on to a skip. */
  async #aggregate({ key, base, vectors }: Extract<Effect, { t: 'aggregate' }>): Promise<void> {
    try {
      this.#input({ t: 'aggregated', key, ...(await this.#options.aggregate(base, vectors)) });
    } catch (error) {
      if (!this.#closed) this.#report(error);
    }
  }
}
