/**
 * The relay's seat in one federation. It is in the room while the relay runs; its round core is in memory while anybody is there, and is
 * reopened from storage after a disk failure. protocol/round decides the rounds.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { SEAT_IDLE_MS, SEAT_RETRY_BASE_MS, SEAT_RETRY_CAP_MS } from '#protocol/limits';
import type { PeerId } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import type { CoreEvent } from '#protocol/round/effects';
import { fullJitterMs, systemEnvironment } from '#signaling/environment';
import type { Driver } from '#protocol/driver/driver';
import { openDriver } from '#protocol/driver/open';
import type { Transport } from '#signaling/transport';
import { allotmentOf } from './allotment.ts';
import type { Seat, SeatDeps, StartSeat } from './seats.ts';
import { federationStorage } from './store/federation-storage.ts';

/** Written before a seat is reopened after a fault: a disk that accepts this accepts the seat's small cells. */
const PROBE = { key: 'probe', value: new Uint8Array(64 * 1024), blob: null };
/** Limits on messages kept for a seat while it opens; later ones will be sent again. */
const EARLY_MAX = 64;
const EARLY_BYTES_MAX = 256 * 1024;
/** A seat that ran this long counts as sound. */
const SOUND_MS = 60_000;

export const startSeat: StartSeat = (manifest: Manifest, deps: SeatDeps): Seat => new RelaySeat(manifest, deps);

class RelaySeat implements Seat {
  readonly #manifest: Manifest;
  readonly #deps: SeatDeps;
  readonly #transport: Transport;
  readonly #needs: number;
  #driver: Driver | null = null;
  /** Contributors of the round core that is open, or was last. */
  #contributors: ReadonlyMap<PeerId, unknown> = new Map();
  /** Opens and closes one after another. */
  #turns: Promise<void> = Promise.resolve();
  #early: { readonly from: Parameters<Driver['receive']>[0]; readonly bytes: Uint8Array }[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #problem: MeshError | null = null;
  #faults = 0;
  #openedAt = 0;
  #closed = false;

  constructor(manifest: Manifest, deps: SeatDeps) {
    this.#manifest = manifest;
    this.#deps = deps;
    this.#needs = allotmentOf(manifest.body).memory;
    this.#transport = deps.openTransport({
      message: (from, bytes) => this.#receive(from, bytes),
      peers: (list) => {
        this.#driver?.peers(list);
        this.#peersChanged();
      },
      relay: () => {},
    });
    this.#peersChanged();
  }

  get problem(): MeshError | null {
    return this.#problem;
  }

  isContributor(peer: PeerId): boolean {
    return this.#contributors.has(peer);
  }

  get isOpen(): boolean {
    return this.#driver !== null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    await this.#inTurn(() => this.#shut());
    this.#transport.close();
  }

  get #wanted(): boolean {
    return !this.#closed && this.#transport.peers().length > 0;
  }

  #peersChanged(): void {
    if (this.#problem !== null || this.#closed) return; // after a fault its own timer reopens it
    this.#stopTimer();
    if (this.#driver === null && this.#wanted) void this.#inTurn(() => this.#open());
    else if (this.#driver !== null && !this.#wanted) {
      this.#later(SEAT_IDLE_MS, async () => {
        if (!this.#wanted) await this.#shut();
      });
    }
  }

  #receive(from: Parameters<Driver['receive']>[0], bytes: Uint8Array): void {
    if (this.#driver !== null) return this.#driver.receive(from, bytes);
    const held = this.#early.reduce((sum, one) => sum + one.bytes.length, bytes.length);
    if (this.#early.length < EARLY_MAX && held <= EARLY_BYTES_MAX) this.#early.push({ from, bytes });
  }

  async #open(): Promise<void> {
    if (this.#driver !== null || this.#closed || (!this.#wanted && this.#problem === null)) return;
    const { identity, store, aggregate, memory, log } = this.#deps;
    const fed = this.#manifest.id;
    if (!memory.take(fed, this.#needs, () => this.#giveWay())) {
      this.#fault(new MeshError('overloaded', { field: 'memory', expected: `${this.#needs} free bytes for this seat` }));
      return;
    }
    try {
      if (this.#problem !== null) await this.#probe();
      const driver: Driver = await openDriver({
        manifest: this.#manifest,
        identity,
        storage: federationStorage(store, fed),
        environment: systemEnvironment,
        aggregate,
        onEvent: (event) => this.#note(event),
        onFault: (error) => {
          if (driver.failed) this.#fault(error);
          else log.error({ federation: fed, problem: error.message }, 'seat');
        },
      });
      if (this.#problem !== null) log.info({ federation: fed }, 'seat reopened');
      this.#problem = null;
      this.#openedAt = performance.now();
      this.#driver = driver;
      this.#contributors = driver.core.standing.known;
      driver.start(this.#transport);
      for (const { from, bytes } of this.#early.splice(0)) driver.receive(from, bytes);
      this.#peersChanged();
    } catch (error) {
      memory.give(fed);
      this.#fault(asMeshError(error));
    }
  }

  /** @throws MeshError storage-denied while the disk accepts nothing */
  async #probe(): Promise<void> {
    const [{ store }, { id }] = [this.#deps, this.#manifest];
    await store.write(id, { puts: [PROBE] }, Date.now());
    await store.write(id, { deletes: [PROBE.key] }, Date.now());
  }

  async #shut(): Promise<void> {
    const driver = this.#driver;
    this.#driver = null;
    this.#early = [];
    await driver?.close();
    this.#deps.memory.give(this.#manifest.id);
  }

  /** Another seat needs the memory: a seat with an empty room gives it up at once. */
  #giveWay(): boolean {
    if (this.#wanted || this.#driver === null) return false;
    void this.#inTurn(() => (this.#wanted ? Promise.resolve() : this.#shut()));
    return true;
  }

  #fault(problem: MeshError): void {
    if (performance.now() - this.#openedAt > SOUND_MS) this.#faults = 0;
    this.#problem = problem;
    const afterMs = SEAT_RETRY_BASE_MS / 2 + fullJitterMs(this.#faults++, SEAT_RETRY_BASE_MS, SEAT_RETRY_CAP_MS, systemEnvironment.random);
    this.#deps.log.error({ federation: this.#manifest.id, problem: problem.message, againInMs: Math.round(afterMs) }, 'seat down');
    this.#later(afterMs, async () => {
      await this.#shut();
      await this.#open();
    });
  }

  #later(ms: number, call: () => Promise<void>): void {
    this.#stopTimer();
    if (!this.#closed) this.#timer = setTimeout(() => void this.#inTurn(call), ms);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #inTurn(call: () => Promise<void>): Promise<void> {
    this.#turns = this.#turns.then(call).catch((error: unknown) => {
      this.#deps.log.error({ federation: this.#manifest.id, problem: asMeshError(error).message }, 'seat');
    });
    return this.#turns;
  }

  #note(event: CoreEvent): void {
    const { log } = this.#deps;
    if (event.t === 'decided') {
      const { round, kind, contributions } = event.certified.record;
      log.info({ federation: this.#manifest.id, round, kind, contributions: contributions.length }, 'round decided');
    } else if (event.t === 'forked') {
      log.error({ federation: this.#manifest.id, round: event.round }, 'two certified records of one round: the seat stops');
    }
  }
}
