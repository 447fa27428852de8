/**
 * The federations that this relay knows: opened from the store at start-up, or published later by stewards, some only after the host's
 * approval. If the relay is one of a federation's seats, it starts that seat. seat.ts runs a seat; reclaim.ts decides which federations go
 * if room is short.
 */
import { decode, encode, hashBytes, toBase64Url, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { asMeshError, MeshError, type ErrorCode } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import {
  BLOB_UNNAMED_MS,
  FEDERATIONS_PER_IDENTITY_MAX,
  INVITATION_MS,
  SIGNED_ENTRY_BYTES_MAX,
  SIGNED_MANIFEST_BYTES_MAX,
} from '#protocol/limits';
import { seatsOf, type Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { openWithdrawal } from '#protocol/manifest/withdrawal';
import type { PublishPolicy } from '#protocol/rest';
import type { Transport, TransportEvents } from '#signaling/transport';
import { allotmentOf } from './allotment.ts';
import type { Log } from './log.ts';
import { openClaims } from './prices.ts';
import { givesWay, isOver, type Known } from './reclaim.ts';
import type { SeatMemory } from './seat-memory.ts';
import { opened, readAgain } from './stored-manifests.ts';
import { givesBack, OF_ONE } from './store/quotas.ts';
import type { Aggregate } from '#protocol/robust/rule';
import type { ManifestStanding, NewManifest, Standing, Store } from './store/store.ts';

/** Bytes of an invitation: 16 letters. */
const CODE_BYTES = 12;

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

export interface Publishing {
  readonly policy: PublishPolicy;
  /** Bytes of memory that one seat may need at most. */
  readonly seatBytesMax: number;
}

export interface Publisher {
  /** A code from the host. */
  readonly invitation?: string | null;
  /** The network address that limits count. */
  readonly address?: string;
  /** Called with the proven steward, before anything is stored. */
  readonly admit?: (steward: PeerId) => Promise<void>;
}

export interface Published {
  readonly manifest: Manifest;
  readonly created: boolean;
  /** The host has to approve it first. */
  readonly waits: boolean;
}

export interface Federations {
  readonly policy: PublishPolicy;
  /** The public ones, in the order in which the relay learned of them. */
  list(): readonly Manifest[];
  /** A readable one, listed or not: running or withdrawn. */
  get(id: Hash): Manifest | undefined;
  /** As `get`. @throws MeshError not-found */
  named(id: Hash): Manifest;
  /** Whether its room may be entered. @throws MeshError withdrawn */
  accepts(id: Hash): boolean;
  /** The withdrawal that its steward signed; null while it runs. @throws MeshError not-found */
  withdrawal(id: Hash): Uint8Array | null;
  /**
   * Ends it for good, as its steward signed: it leaves the list, its room and this relay's seat close, its records stay. Idempotent.
   * @param bytes deterministic CBOR of {body, by, sig}
   * @throws MeshError not-found, and of codec.decode and openWithdrawal
   */
  withdraw(id: Hash, bytes: Uint8Array): Promise<void>;
  /**
   * @param bytes deterministic CBOR of {body, by, sig}
   * @throws MeshError of codec.decode, openManifest and checkDevicePolicy, of `admit`, quota, publishing-closed, field-invalid for an
   * invalid code
   */
  publish(bytes: Uint8Array, by?: Publisher): Promise<Published>;
  /**
   * Whether this key may upload bytes: a test set comes before the manifest that names it.
   * @throws MeshError publishing-closed, field-invalid for an invalid code
   */
  admitBytes(by: PeerId, invitation: string | null): Promise<void>;
  /** Starts the relay's seats now, and those of federations published later. */
  seat(seating: Seating): Promise<void>;
  /** All federations with what the host can do about them, including waiting ones and those that cannot be opened. */
  known(): readonly Known[];
  /** @throws MeshError not-found, conflict for one that cannot be opened, quota */
  change(id: Hash, changes: Partial<Pick<ManifestStanding, 'standing' | 'kept'>>): Promise<void>;
  /** Also deletes everything stored for it. @throws MeshError not-found */
  remove(id: Hash): Promise<void>;
  /** @returns a code that admits one manifest without approval */
  invite(): Promise<string>;
  /** Seats that do not vote now, by federation. */
  down(): ReadonlyMap<Hash, MeshError>;
  isContributor(federation: Hash, peer: PeerId): boolean;
  /** Deletes what nobody uses or names any more; call it about every minute. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export async function openFederations(
  store: Store,
  self: Identity,
  log: Log,
  publishing: Publishing = { policy: 'open', seatBytesMax: Infinity },
  now: () => number = Date.now,
): Promise<Federations> {
  const hosted = new Hosted(store, self, log, publishing, now);
  await hosted.load();
  return hosted;
}

type Running = Known & { readonly manifest: Manifest };
const isReadable = (one: Known | undefined): one is Running => runs(one) || (one?.standing === 'withdrawn' && one.manifest !== null);
const runs = (one: Known | undefined): one is Running => one?.standing === 'listed' || one?.standing === 'hidden';

class Hosted implements Federations {
  readonly policy: PublishPolicy;
  readonly #store: Store;
  readonly #self: Identity;
  readonly #log: Log;
  readonly #seatBytesMax: number;
  readonly #now: () => number;
  readonly #known = new Map<Hash, Known>();
  readonly #seats = new Map<Hash, Seat>();
  readonly #roundsCost = openClaims();
  #seating: Seating | null = null;

  constructor(store: Store, self: Identity, log: Log, { policy, seatBytesMax }: Publishing, now: () => number) {
    this.policy = policy;
    this.#store = store;
    this.#self = self;
    this.#log = log;
    this.#seatBytesMax = seatBytesMax;
    this.#now = now;
  }

  async load(): Promise<void> {
    for (const { bytes, ...kept } of await this.#store.manifests()) {
      const { manifest, problem } = await opened(bytes);
      const standing: Standing = manifest === null ? 'unread' : kept.standing === 'unread' ? readAgain(kept) : kept.standing;
      if (manifest === null) {
        const remedy = `npm run admin -- remove ${kept.id}`;
        this.#log.error({ federation: kept.id, problem, remedy }, 'federation left out; its data stays until it is removed');
      }
      if (standing !== kept.standing) await this.#store.changeManifest(kept.id, { standing });
      this.#known.set(kept.id, { ...kept, standing, manifest, address: '' });
    }
  }

  list(): readonly Manifest[] {
    return [...this.#known.values()].flatMap((one) => (runs(one) && one.standing === 'listed' ? [one.manifest] : []));
  }

  named(id: Hash): Manifest {
    return this.#readable(id).manifest;
  }

  get(id: Hash): Manifest | undefined {
    const one = this.#known.get(id);
    return isReadable(one) ? one.manifest : undefined;
  }

  accepts(id: Hash): boolean {
    const one = this.#known.get(id);
    if (one?.standing === 'withdrawn') throw new MeshError('withdrawn', { field: 'room' });
    return runs(one);
  }

  withdrawal(id: Hash): Uint8Array | null {
    return this.#readable(id).withdrawal;
  }

  async withdraw(id: Hash, bytes: Uint8Array): Promise<void> {
    const { manifest } = this.#readable(id);
    const withdrawal = encode(await openWithdrawal(decode(bytes, SIGNED_ENTRY_BYTES_MAX), manifest));
    if (this.#readable(id).withdrawal !== null) return;
    await this.#store.changeManifest(id, { standing: 'withdrawn', withdrawal });
    this.#known.set(id, { ...this.#find(id), standing: 'withdrawn', withdrawal });
    this.#log.info({ federation: id }, 'federation withdrawn by its steward');
    this.#seating?.closeRoom(id, 'withdrawn');
    await this.#unseat(id);
  }

  known(): readonly Known[] {
    return [...this.#known.values()];
  }

  async publish(bytes: Uint8Array, { invitation = null, address = '', admit = async () => {} }: Publisher = {}): Promise<Published> {
    const manifest = await openManifest(decode(bytes, SIGNED_MANIFEST_BYTES_MAX));
    const { id, body, signed } = manifest;
    await admit(signed.by);
    if (!this.#known.has(id)) {
      // Do not spend the accountant's time on what is refused anyway.
      await this.admitBytes(signed.by, invitation);
      await checkDevicePolicy(body, this.#roundsCost);
    }
    const at = this.#now();
    const code = invitation === null ? null : hashOfCode(invitation);
    const before = this.#known.get(id);
    if (before?.standing === 'waiting' && code !== null) {
      await this.change(id, { standing: 'listed', kept: true }, { invitation: code, now: at });
      return { manifest, created: false, waits: false };
    }
    if (before?.standing === 'withdrawn') throw new MeshError('withdrawn', { field: 'id', got: id });
    if (before !== undefined) return { manifest: before.manifest ?? manifest, created: false, waits: !runs(before) };
    const invited = signed.by === this.#self.id || code !== null;
    if (this.policy === 'closed' && !invited) throw closed();
    const standing: Standing = invited || this.policy === 'open' ? 'listed' : 'waiting';
    const testSet = (body.testSet?.hash ?? null) as Hash | null;
    const row = { id, owner: signed.by, standing, kept: invited, active: at, ...this.#needs(body), testSet };
    const created = await this.#put({ ...row, bytes: encode(signed), invitation: code }, address, at);
    // Otherwise another request has added it meanwhile.
    if (created) this.#known.set(id, { ...row, withdrawal: null, since: at, seq: this.#known.size + 1, manifest, address });
    if (standing === 'listed') this.#seat(manifest);
    return { manifest, created, waits: standing === 'waiting' };
  }

  async admitBytes(by: PeerId, invitation: string | null): Promise<void> {
    if (this.policy !== 'closed' || by === this.#self.id) return;
    if (this.known().some((one) => one.owner === by && runs(one))) return;
    if (invitation === null) throw closed();
    await this.#store.checkInvitation(hashOfCode(invitation), this.#now());
  }

  async seat(given: Seating): Promise<void> {
    if (this.#seating !== null) throw new MeshError('internal', { field: 'seating', expected: 'to be called once' });
    this.#seating = given;
    for (const one of this.#known.values()) if (runs(one)) this.#seat(one.manifest);
  }

  async change(...[id, changes, by]: Parameters<Store['changeManifest']>): Promise<void> {
    const before = this.#find(id);
    if (before.manifest === null) {
      throw new MeshError('conflict', {
        field: 'id',
        expected: 'a federation that this version can open',
        got: 'one that can only be removed',
      });
    }
    await this.#store.changeManifest(id, changes, by);
    const after = { ...before, ...changes };
    this.#known.set(id, after);
    if (runs(after)) this.#seat(after.manifest);
  }

  async remove(id: Hash): Promise<void> {
    this.#find(id);
    this.#known.delete(id);
    await this.#unseat(id);
    this.#seating?.closeRoom(id);
    await this.#store.removeManifest(id);
  }

  async invite(): Promise<string> {
    const code = toBase64Url(crypto.getRandomValues(new Uint8Array(CODE_BYTES)));
    await this.#store.invite(hashOfCode(code), this.#now() + INVITATION_MS, this.#now());
    return code;
  }

  down(): ReadonlyMap<Hash, MeshError> {
    return new Map([...this.#seats].flatMap(([id, { problem }]) => (problem === null ? [] : [[id, problem] as const])));
  }

  isContributor(federation: Hash, peer: PeerId): boolean {
    return this.#seats.get(federation)?.isContributor(peer) ?? false;
  }

  async sweep(): Promise<void> {
    const at = this.#now();
    for (const one of this.#known.values()) {
      if (this.#members(one.id) > 0) {
        this.#known.set(one.id, { ...one, active: at });
        await this.#store.changeManifest(one.id, { active: at });
      } else if (isOver(one, at)) {
        await this.#letGo(one, one.standing === 'waiting' ? 'nobody approved it' : 'nobody was there for long');
      }
    }
    await this.#store.dropUnnamed(at - BLOB_UNNAMED_MS);
  }

  async close(): Promise<void> {
    this.#seating = null;
    await Promise.all([...this.#seats.keys()].map((id) => this.#unseat(id)));
  }

  /** Bytes promised to it, if the relay is to be one of its seats. @throws MeshError quota for a seat that can never fit */
  #needs(body: Manifest['body']): { readonly states: number; readonly disk: number } {
    if (!seatsOf(body).ids.includes(this.#self.id)) return { states: 0, disk: 0 };
    const { states, disk, memory } = allotmentOf(body);
    if (memory <= this.#seatBytesMax) return { states, disk };
    throw new MeshError('quota', { field: 'memory', expected: `a seat of at most ${this.#seatBytesMax} bytes`, got: String(memory) });
  }

  /** Unused federations give way to others; federations with somebody present never do. */
  async #put(row: NewManifest, address: string, at: number): Promise<boolean> {
    for (let turn = 0; ; turn++) {
      try {
        return await this.#store.putManifest(row, at);
      } catch (error) {
        const { code, detail } = asMeshError(error);
        if (code !== 'quota' || turn >= FEDERATIONS_PER_IDENTITY_MAX) throw error;
        const field = detail.field ?? '';
        const next = { ...row, address, alone: field.endsWith(OF_ONE) };
        const goes = await givesWay(
          this.known().filter((one) => givesBack(field, one)),
          next,
          at,
          (id) => this.#members(id),
          (id) => this.#store.place(id),
        );
        if (goes === null) throw error;
        await this.#letGo(goes, 'another one needs its place');
      }
    }
  }

  async #letGo({ id }: Known, why: string): Promise<void> {
    if (!this.#known.has(id)) return;
    this.#log.info({ federation: id, why }, 'federation removed');
    await this.remove(id);
  }

  #readable(id: Hash): Running {
    const one = this.#known.get(id);
    if (isReadable(one)) return one;
    throw new MeshError('not-found', { field: 'id', expected: 'a federation of this relay', got: id });
  }

  #find(id: Hash): Known {
    const one = this.#known.get(id);
    if (one === undefined) throw new MeshError('not-found', { field: 'id', expected: 'a federation of this relay', got: id });
    return one;
  }

  #members(id: Hash): number {
    return this.#seating?.members(id) ?? 0;
  }

  #seat(manifest: Manifest): void {
    const { id, body } = manifest;
    if (this.#seating === null || this.#seats.has(id) || !seatsOf(body).ids.includes(this.#self.id)) return;
    // One federation that cannot be seated must not keep the relay from serving the others.
    try {
      this.#seats.set(id, this.#seating.start(manifest, this.#seating.depsFor(id)));
    } catch (error) {
      this.#log.error({ federation: id, problem: asMeshError(error).message }, 'seat not started');
    }
  }

  async #unseat(id: Hash): Promise<void> {
    const seat = this.#seats.get(id);
    this.#seats.delete(id);
    await seat?.close().catch((error: unknown) => {
      this.#log.error({ federation: id, problem: asMeshError(error).message }, 'seat not closed');
    });
  }
}

const closed = () =>
  new MeshError('publishing-closed', { field: 'invitation', expected: 'a code from the host of this relay', got: 'nothing' });

/** Only the hash is kept: a code is a secret until it is used. */
const hashOfCode = (code: string): Hash => hashBytes(new TextEncoder().encode(code));
