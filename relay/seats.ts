/**
 * The seats that this relay holds, one per federation whose manifest names it: started once the relay serves, stopped one by one. seat.ts
 * is a single seat at work.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError, MeshError, type ErrorCode } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { seatsOf, type Manifest } from '#protocol/manifest/manifest';
import type { Aggregate } from '#protocol/robust/rule';
import type { Transport, TransportEvents } from '#signaling/transport';
import type { Log } from './log.ts';
import type { SeatMemory } from './seat-memory.ts';
import type { Store } from './store/store.ts';

export interface SeatDeps {
  readonly identity: Identity;
  readonly store: Store;
  readonly log: Log;
  readonly aggregate: Aggregate;
  readonly memory: SeatMemory;
  /** Takes the relay's place in the federation's room. */
  openTransport(events: TransportEvents): Transport;
}

export interface Seat {
  /** Why it does not vote now, or null. */
  readonly problem: MeshError | null;
  /** Whether a peer contributed to one of the federation's recent models, as far as the seat remembers. */
  isContributor(peer: PeerId): boolean;
  /** Leaves the room; resolves once the seat's writes are done. */
  close(): Promise<void>;
}

/** Starts or resumes the relay's seat in one federation. */
export type StartSeat = (manifest: Manifest, deps: SeatDeps) => Seat;

export interface Seating {
  readonly start: StartSeat;
  readonly depsFor: (federation: Hash) => SeatDeps;
  /** People in its room now. */
  readonly members: (federation: Hash) => number;
  /** Removes everybody from its room. */
  readonly closeRoom: (federation: Hash, why?: ErrorCode) => void;
}

export class Seats {
  readonly #self: PeerId;
  readonly #log: Log;
  readonly #seats = new Map<Hash, Seat>();
  /** Null until the relay serves, and after `close`: nobody is in any room. */
  #seating: Seating | null = null;

  constructor(self: PeerId, log: Log) {
    this.#self = self;
    this.#log = log;
  }

  /** @throws MeshError internal at a second call */
  open(seating: Seating): void {
    if (this.#seating !== null) throw new MeshError('internal', { field: 'seating', expected: 'to be called once' });
    this.#seating = seating;
  }

  start(manifest: Manifest): void {
    const { id, body } = manifest;
    if (this.#seating === null || this.#seats.has(id) || !seatsOf(body).ids.includes(this.#self)) return;
    // One federation that cannot be seated must not keep the relay from serving the others.
    try {
      this.#seats.set(id, this.#seating.start(manifest, this.#seating.depsFor(id)));
    } catch (error) {
      this.#log.error({ federation: id, problem: asMeshError(error).message }, 'seat not started');
    }
  }

  async stop(id: Hash): Promise<void> {
    const seat = this.#seats.get(id);
    this.#seats.delete(id);
    await seat?.close().catch((error: unknown) => {
      this.#log.error({ federation: id, problem: asMeshError(error).message }, 'seat not closed');
    });
  }

  members(id: Hash): number {
    return this.#seating?.members(id) ?? 0;
  }

  closeRoom(id: Hash, why?: ErrorCode): void {
    this.#seating?.closeRoom(id, why);
  }

  down(): ReadonlyMap<Hash, MeshError> {
    return new Map([...this.#seats].flatMap(([id, { problem }]) => (problem === null ? [] : [[id, problem] as const])));
  }

  isContributor(federation: Hash, peer: PeerId): boolean {
    return this.#seats.get(federation)?.isContributor(peer) ?? false;
  }

  async close(): Promise<void> {
    this.#seating = null;
    await Promise.all([...this.#seats.keys()].map((id) => this.stop(id)));
  }
}
