/**
 * The federations that this relay knows: opened from the store at the start, published by stewards later. Where the relay is
 * one of a federation's seats it starts that seat. What a seat does is not decided here (see seat.ts).
 */
import { decode, encode, type Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { MANIFEST_BYTES_MAX } from '#protocol/limits';
import { openManifest, seatsOf, type Manifest } from '#protocol/manifest';
import type { Transport, TransportEvents } from '#signaling/transport';
import type { Log } from './log.ts';
import type { Store } from './store/store.ts';

/** A signed manifest on the wire: its body and room for the names, the key and the signature around it. */
export const SIGNED_MANIFEST_BYTES_MAX = MANIFEST_BYTES_MAX + 256;

export interface SeatDeps {
  readonly identity: Identity;
  readonly store: Store;
  readonly log: Log;
  /** Takes the relay's place in the federation's room. */
  openTransport(events: TransportEvents): Transport;
}

export interface Seat {
  /** Leaves the room; resolves when nothing of the seat is being written any more. */
  close(): Promise<void>;
}

/** Resumes or begins the relay's seat in one federation. */
export type StartSeat = (manifest: Manifest, deps: SeatDeps) => Promise<Seat>;

export interface Seating {
  readonly start: StartSeat;
  readonly depsFor: (federation: Hash) => SeatDeps;
}

export interface Federations {
  /** In the order in which the relay learnt of them. */
  list(): readonly Manifest[];
  get(id: Hash): Manifest | undefined;
  /**
   * @param bytes deterministic CBOR of {body, by, sig}
   * @param admit asked about the steward, who is proven by then, before anything is kept
   * @throws MeshError of codec.decode and openManifest, of `admit`, quota
   */
  publish(
    bytes: Uint8Array,
    admit?: (steward: PeerId) => Promise<void>,
  ): Promise<{ readonly manifest: Manifest; readonly created: boolean }>;
  /** Starts the relay's seats, and from now on those of federations that are published. */
  seat(seating: Seating): Promise<void>;
  close(): Promise<void>;
}

export async function openFederations(store: Store, self: Identity, log: Log): Promise<Federations> {
  const manifests = new Map<Hash, Manifest>();
  const seats = new Map<Hash, Promise<Seat | null>>();
  let seating: Seating | null = null;

  const seatOne = (manifest: Manifest) => {
    if (seating === null || seats.has(manifest.id) || !seatsOf(manifest.body).ids.includes(self.id)) return;
    const { start, depsFor } = seating;
    // One federation that cannot be seated must not keep the relay from serving the others.
    const started = (async () => start(manifest, depsFor(manifest.id)))().catch((error: unknown) => {
      log.error({ federation: manifest.id, problem: asMeshError(error).message }, 'seat not started');
      return null;
    });
    seats.set(manifest.id, started);
  };

  for (const { id, bytes } of await store.manifests()) {
    try {
      manifests.set(id, await openManifest(decode(bytes, SIGNED_MANIFEST_BYTES_MAX)));
    } catch (error) {
      log.error({ federation: id, problem: asMeshError(error).message }, 'stored manifest left out');
    }
  }

  return {
    list: () => [...manifests.values()],
    get: (id) => manifests.get(id),
    async publish(bytes, admit = async () => {}) {
      const manifest = await openManifest(decode(bytes, SIGNED_MANIFEST_BYTES_MAX));
      await admit(manifest.signed.by);
      const created = await store.putManifest(manifest.id, manifest.signed.by, encode(manifest.signed));
      if (!manifests.has(manifest.id)) manifests.set(manifest.id, manifest);
      seatOne(manifests.get(manifest.id)!);
      return { manifest: manifests.get(manifest.id)!, created };
    },
    async seat(given) {
      if (seating !== null) throw new MeshError('internal', { field: 'seating', expected: 'to be called once' });
      seating = given;
      for (const manifest of manifests.values()) seatOne(manifest);
      await Promise.all(seats.values());
    },
    async close() {
      seating = null;
      const closing = await Promise.allSettled([...seats.values()].map(async (seat) => (await seat)?.close()));
      for (const result of closing)
        if (result.status === 'rejected') log.error({ problem: asMeshError(result.reason).message }, 'seat not closed');
      seats.clear();
    },
  };
}
