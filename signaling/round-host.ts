/**
 * The shell of one federation's round core over a transport: verifies every signature before the core sees a message, signs after
 * it, keeps its timers, and performs its effects in order, so that what follows a persist leaves once it is durable. Tab, headless
 * peer and relay seat run this same file; what differs (cells, training, time) is injected.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import type { Cells } from '#protocol/driver/ports';
import { asMeshError, MeshError, type ErrorCode } from '#protocol/errors';
import { signBody, type Identity, type PeerId, type Signed } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest';
import { step } from '#protocol/round/core';
import type { CoreEvent, Draft, Effect, Input, MemberMode } from '#protocol/round/effects';
import type { CertifiedRecord, RoundMessage, UpdateBody } from '#protocol/round/messages';
import type { RoundConfig } from '#protocol/round/record';
import { bodyOf, completeDraft, hasStanding, isRelevant, refusalTo } from '#protocol/round/signatures';
import { isKnown } from '#protocol/round/standing';
import { CELL, restoreRound, type RoundState } from '#protocol/round/state';
import { encodeMesh } from '#protocol/wire';
import { Allowances } from './allowance.ts';
import { systemEnvironment, type Environment } from './environment.ts';
import { Inbox } from './inbox.ts';
import { roundConfig, statesHere, type States } from './round-config.ts';
import type { PeerPath, Transport } from './transport.ts';

/** Effects that wait for the disk and for signatures; above it strangers wait too. */
const QUEUE_MAX = 4096;
/** The hash of the first state: whoever goes on from a later one need not make it again. */
const FIRST_CELL = 'first';

/** What a message that leaves is, for "what left my device". */
export interface Leaving {
  readonly kind: RoundMessage['t'];
  readonly update: Hash | null;
}

/** An update that is paid for; `last` when the budget pays for no other. */
export interface Made {
  readonly vector: Uint8Array;
  readonly ledger: Hash;
  readonly last: boolean;
}

export interface RoundHostOptions {
  readonly manifest: Manifest;
  readonly identity: Identity;
  readonly cells: Cells;
  /**
   * Makes this member's update from a state: pays first, then computes. Absent for a seat that does not contribute.
   * @throws MeshError budget-spent: the core says done; anything else pauses the member
   */
  readonly train?: (from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array }) => Promise<Made>;
  /** Listeners: what one throws is told to `onFault`, and nothing else comes of it. */
  readonly onEvent: (event: CoreEvent) => void;
  /** After every step: the state may differ. */
  readonly onChange?: () => void;
  readonly onFault: (error: MeshError) => void;
  /** By default they are made in this thread. */
  readonly states?: States;
  readonly environment?: Environment;
}

export class RoundHost {
  readonly core: RoundState;
  /** What is being handed to the transport right now; its departures belong to it. */
  leaving: Leaving | null = null;
  readonly #options: RoundHostOptions;
  readonly #states: States;
  readonly #environment: Environment;
  readonly #timers = new Map<string, () => void>();
  readonly #allowances: Allowances;
  #newest: { readonly certified: CertifiedRecord; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;
  readonly #inbox: Inbox;
  #transport: Transport | null = null;
  #queue: Effect[] = [];
  #draining: Promise<void> | null = null;
  /** Next states that are being made. */
  readonly #making = new Set<Promise<void>>();
  /** One write after another, whoever waits for it. */
  #writes: Promise<void> = Promise.resolve();
  #closed = false;
  #failed = false;

  private constructor(core: RoundState, options: RoundHostOptions) {
    this.core = core;
    this.#options = options;
    this.#states = options.states ?? statesHere(options.manifest.body);
    const environment = options.environment ?? systemEnvironment;
    this.#environment = environment;
    this.#allowances = new Allowances(() => environment.now());
    this.#inbox = new Inbox({
      allowances: this.#allowances,
      isRelevant: (message) => isRelevant(core, message),
      onMessage: (from, message) => this.#input({ t: 'message', from, message }),
      refusal: (message) => (core.isSeat ? refusalTo(core, message) : null),
      hasStanding: (peer) => hasStanding(core, peer),
      onRefused: (from, error, about, guilty) => {
        this.#refuse(from, error, about);
        if (guilty) this.#transport?.blame?.(from);
      },
      onFault: (error) => options.onFault(error),
    });
  }

  /** The disk failed under it: it is silent for good. Another host may go on from the same cells. */
  get failed(): boolean {
    return this.#failed;
  }

  static async open(options: RoundHostOptions): Promise<RoundHost> {
    const cells = await options.cells.read();
    const first = await firstStateFor(cells, options);
    const config = roundConfig(options.manifest, options.identity.id, first);
    const core = restoreRound(config, cells);
    // Its bytes are the core's for as long as they are the newest state.
    return new RoundHost({ ...core, config: { ...config, initialState: { hash: first.hash, bytes: null } } }, options);
  }

  /** Whether it remembers this peer as a contributor of certified models; only seats do. */
  knows(peer: PeerId): boolean {
    return isKnown(this.core, peer);
  }

  /** Begins, or goes on where the cells left off. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.#input({ t: 'start' });
    this.peers(transport.peers());
  }

  peers(list: readonly PeerPath[]): void {
    if (this.#transport === null) return;
    this.#allowances.keep(new Set(list.map((p) => p.peer)));
    this.#input({ t: 'peers', peers: list.map((p) => p.peer) });
  }

  setMode(mode: MemberMode): void {
    this.#input({ t: 'mode', mode });
  }

  /** One message of a stranger: decoded, bounded, verified, and only then a step. */
  receive(from: PeerId, bytes: Uint8Array): void {
    if (!this.#closed && this.#queue.length <= QUEUE_MAX) this.#inbox.receive(from, bytes);
  }

  /** Resolves when everything accepted so far is durable; afterwards nothing more leaves. */
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

  #input(input: Input): void {
    if (this.#closed) return;
    this.#queue.push(...step(this.core, input));
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
        // A message that cannot be made is as good as one that got lost: no fault of the disk's.
        await this.#perform(effect).catch((error: unknown) => this.#report(error));
      }
    }
    this.#draining = null;
  }

  /** A listener's exception is a bug to report; what is said and kept does not hang on it. */
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

  /**
   * All that a batch persists, in one write before any of its sends: a disk that is ahead of what was said is as good as messages
   * that got lost, and one flush does for several steps.
   */
  async #persist(batch: readonly Effect[]): Promise<void> {
    const last = new Map<string, { value: unknown } | null>();
    let lazy = true;
    for (const effect of batch) {
      if (effect.t !== 'persist') continue;
      lazy &&= effect.lazy === true;
      for (const { key, value } of effect.puts) last.set(key, { value });
      for (const key of effect.deletes) last.set(key, null);
    }
    if (last.size === 0) return;
    const puts = [...last].flatMap(([key, put]) => (put === null ? [] : [{ key, value: put.value }]));
    const deletes = [...last].flatMap(([key, put]) => (put === null ? [key] : []));
    this.#writes = this.#writes.then(() => this.#options.cells.write(puts, deletes));
    this.#writes.catch((error: unknown) => this.#fail(error));
    if (!lazy) await this.#writes;
  }

  /** Storage failed: this peer can promise nothing any more, so it says nothing any more. */
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
          this.#environment.timer(effect.afterMs, () => this.#input({ t: 'timer', id: effect.id })),
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
    const signed = body === null ? null : await signBody(this.#options.identity, body);
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
    // Before anything is encoded: strangers ask as often as they like.
    if (message.t === 'state' && !this.#allowances.mayAnswer(to, message.bytes.length)) return;
    if (message.t === 'update' && !own && !this.#allowances.mayAnswer(to, message.vector.length)) return;
    const bytes = message.t === 'record' ? this.#encodeRecord(message) : encodeMesh(message);
    if (message.t === 'record' && !this.#allowances.mayAnswer(to, bytes.length)) return;
    this.leaving = { kind: message.t, update: own ? message.signed.body.vector : null };
    this.#transport?.send(to, bytes);
    this.leaving = null;
  }

  /** The newest record is what everybody asks for. */
  #encodeRecord(message: Extract<RoundMessage, { t: 'record' }>): Uint8Array<ArrayBuffer> {
    const { certified } = message;
    if (this.#newest?.certified !== certified) this.#newest = { certified, bytes: encodeMesh(message) };
    return this.#newest.bytes;
  }

  async #train({ epoch, state, stateRound, bytes }: Extract<Effect, { t: 'train' }>): Promise<void> {
    const { train, identity } = this.#options;
    try {
      if (train === undefined) throw new MeshError('internal', { field: 'train', expected: 'a member' });
      const { vector, ledger, last } = await train({ state, stateRound, bytes });
      const body: UpdateBody = {
        t: 'update',
        fed: this.core.config.fed,
        epoch,
        attempt: 0,
        state,
        stateRound,
        vector: hashBytes(vector),
        ledger,
      };
      this.#input({ t: 'trained', signed: await signBody(identity, body), vector, last });
    } catch (error) {
      const problem = asMeshError(error);
      // What is still under way when a member leaves is meant to fail.
      if (problem.code !== 'budget-spent' && this.core.mode !== 'following' && !this.#closed) this.#report(problem);
      this.#input({ t: 'train-refused', state, code: problem.code as ErrorCode });
    }
  }

  /** Without a result the core goes on to a skip. */
  async #aggregate({ key, base, vectors }: Extract<Effect, { t: 'aggregate' }>): Promise<void> {
    try {
      this.#input({ t: 'aggregated', key, ...(await this.#states.next(base, vectors)) });
    } catch (error) {
      if (!this.#closed) this.#report(error);
    }
  }
}

async function firstStateFor(cells: ReadonlyMap<string, unknown>, options: RoundHostOptions): Promise<RoundConfig['initialState']> {
  const kept = cells.get(FIRST_CELL);
  const head = cells.get(CELL.head) as CertifiedRecord | undefined;
  if (typeof kept === 'string' && (head?.record.stateRound ?? 0) > 0) return { hash: kept as Hash, bytes: null };
  const first = await (options.states ?? statesHere(options.manifest.body)).first();
  // It can be made again, so nothing hangs on this write.
  if (kept !== first.hash) await options.cells.write([{ key: FIRST_CELL, value: first.hash }], []).catch(() => {});
  return first;
}
