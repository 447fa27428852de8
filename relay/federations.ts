/**
 * The federations that this relay knows: opened from the store at start-up, or published later by stewards, some only after the host's
 * approval. publishing.ts says who may publish, seats.ts runs the relay's seats, and reclaim.ts decides which federations go when there is
 * no room.
 */
import { decode, encode, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { BLOB_UNNAMED_MS, SIGNED_ENTRY_BYTES_MAX, SIGNED_MANIFEST_BYTES_MAX, WITHDRAWALS_KEPT } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { openWithdrawal } from '#protocol/manifest/withdrawal';
import type { PublishPolicy } from '#protocol/rest';
import type { Log } from './log.ts';
import { openClaims } from './prices.ts';
import { hashOfCode, PublishRules, type Published, type Publisher, type Publishing } from './publishing.ts';
import { isOver, putInPlace, type Known } from './reclaim.ts';
import { Seats, type Seating } from './seats.ts';
import { opened, readAgain } from './stored-manifests.ts';
import type { ManifestStanding, Standing, Store } from './store/store.ts';

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
  /** The withdrawal that its steward signed, also after it was deleted; null while it runs. @throws MeshError not-found */
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
  /** Also deletes everything stored for it but its withdrawal. @throws MeshError not-found */
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
  readonly #log: Log;
  readonly #now: () => number;
  readonly #rules: PublishRules;
  readonly #seats: Seats;
  readonly #known = new Map<Hash, Known>();
  /** Withdrawals of deleted federations. */
  readonly #withdrawals = new Map<Hash, Uint8Array>();
  readonly #roundsCost = openClaims();

  constructor(store: Store, self: Identity, log: Log, publishing: Publishing, now: () => number) {
    this.policy = publishing.policy;
    this.#store = store;
    this.#log = log;
    this.#now = now;
    this.#rules = new PublishRules(publishing, self.id, store);
    this.#seats = new Seats(self.id, log);
  }

  async load(): Promise<void> {
    for (const { id, withdrawal } of await this.#store.withdrawals()) this.#withdrawals.set(id, withdrawal);
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
    this.#checkRuns(id, 'room');
    return runs(this.#known.get(id));
  }

  withdrawal(id: Hash): Uint8Array | null {
    return this.#withdrawals.get(id) ?? this.#readable(id).withdrawal;
  }

  async withdraw(id: Hash, bytes: Uint8Array): Promise<void> {
    const { manifest } = this.#readable(id);
    const withdrawal = encode(await openWithdrawal(decode(bytes, SIGNED_ENTRY_BYTES_MAX), manifest));
    if (this.#readable(id).withdrawal !== null) return;
    await this.#store.changeManifest(id, { standing: 'withdrawn', withdrawal });
    this.#known.set(id, { ...this.#find(id), standing: 'withdrawn', withdrawal });
    this.#log.info({ federation: id }, 'federation withdrawn by its steward');
    this.#seats.closeRoom(id, 'withdrawn');
    await this.#seats.stop(id);
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
    this.#checkRuns(id, 'id');
    if (before !== undefined) return { manifest: before.manifest ?? manifest, created: false, waits: !runs(before) };
    const row = this.#rules.row(manifest, code, at);
    // Publishers of unused federations give way to others; federations with somebody present never do.
    const created = await putInPlace(this.#store, { ...row, bytes: encode(signed), invitation: code }, address, at, {
      known: () => this.known(),
      members: (fed) => this.#seats.members(fed),
      letGo: (fed) => this.#letGo(fed, 'another one needs its place'),
    });
    // Else another request has brought it meanwhile.
    if (created) this.#known.set(id, { ...row, withdrawal: null, since: at, seq: this.#known.size + 1, manifest, address });
    if (row.standing === 'listed') this.#seats.start(manifest);
    return { manifest, created, waits: row.standing === 'waiting' };
  }

  async admitBytes(by: PeerId, invitation: string | null): Promise<void> {
    const hosts = this.known().some((one) => one.owner === by && runs(one));
    await this.#rules.check(by, hosts, invitation, this.#now());
  }

  async seat(seating: Seating): Promise<void> {
    this.#seats.open(seating);
    for (const one of this.#known.values()) if (runs(one)) this.#seats.start(one.manifest);
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
    if (runs(after)) this.#seats.start(after.manifest);
  }

  async remove(id: Hash): Promise<void> {
    const { withdrawal } = this.#find(id);
    this.#known.delete(id);
    if (withdrawal !== null) this.#withdrawals.set(id, withdrawal);
    for (const oldest of this.#withdrawals.keys()) if (this.#withdrawals.size > WITHDRAWALS_KEPT) this.#withdrawals.delete(oldest);
    await this.#seats.stop(id);
    this.#seats.closeRoom(id);
    await this.#store.removeManifest(id);
  }

  invite(): Promise<string> {
    return this.#rules.invite(this.#now());
  }

  down(): ReadonlyMap<Hash, MeshError> {
    return this.#seats.down();
  }

  isContributor(federation: Hash, peer: PeerId): boolean {
    return this.#seats.isContributor(federation, peer);
  }

  async sweep(): Promise<void> {
    const at = this.#now();
    for (const one of this.#known.values()) {
      if (this.#seats.members(one.id) > 0) {
        this.#known.set(one.id, { ...one, active: at });
        await this.#store.changeManifest(one.id, { active: at });
      } else if (isOver(one, at)) {
        await this.#letGo(one, one.standing === 'waiting' ? 'nobody approved it' : 'nobody was there for long');
      }
    }
    await this.#store.dropUnnamed(at - BLOB_UNNAMED_MS);
  }

  close(): Promise<void> {
    return this.#seats.close();
  }

  async #letGo({ id }: Known, why: string): Promise<void> {
    if (!this.#known.has(id)) return;
    this.#log.info({ federation: id, why }, 'federation removed');
    await this.remove(id);
  }

  #checkRuns(id: Hash, field: string): void {
    if (this.#withdrawals.has(id) || this.#known.get(id)?.standing === 'withdrawn') throw new MeshError('withdrawn', { field, got: id });
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
}
