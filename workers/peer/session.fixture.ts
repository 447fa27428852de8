/** A federation in memory for tests: a room, a seat that decides, and devices whose disks outlive their peers. */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, signBody, type Identity, type PeerId } from '#protocol/identity';
import type { Manifest, ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import type { BudgetRecord } from '#protocol/privacy/ledger/budget';
import type { CertifiedRecord, RoundMessage } from '#protocol/round/messages';
import { decodeMesh } from '#protocol/wire';
import { TestStorage } from '#signaling/server/room.fixture';
import { systemEnvironment } from '#signaling/environment';
import { aggregateHere } from '#protocol/robust/rule';
import { openDriver } from '#protocol/driver/open';
import type { Transport, TransportEvents } from '#signaling/transport';
import { loadNumerics } from '#wasm/load-node';
import type { Snapshot } from '../api.ts';
import type { KeptRows } from '../rows/loaded-rows.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { memoryLedgerKeys } from '../platform/memory-stores.ts';
import { unwrap } from '../answered.ts';
import { Peer } from './peer.ts';
import type { KeptHistory, KeptSession, Platform } from './platform.ts';
import type { KeyValueStore } from '../platform/key-value-store.ts';
import type { RecordSource } from '../ledger/witnessed.ts';
import { openTrainerEndpoint } from '../rows/trainer-endpoint.ts';

export async function until(what: string, good: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!good()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

/** Everybody reaches everybody that is not away; messages arrive in order and later. */
export class Room {
  readonly #inboxes = new Map<PeerId, TransportEvents>();
  readonly away = new Set<PeerId>();
  readonly log: { readonly from: PeerId; readonly to: PeerId; readonly message: RoundMessage }[] = [];

  #list(self: PeerId) {
    const ids = this.away.has(self) ? [] : [...this.#inboxes.keys()].filter((id) => id !== self && !this.away.has(id));
    return ids.map((peer) => ({ peer, path: 'in-page' as const }));
  }

  changed(): void {
    for (const [id, inbox] of this.#inboxes) inbox.peers(this.#list(id));
  }

  enter(self: PeerId, events: TransportEvents): Transport {
    this.#inboxes.set(self, events);
    queueMicrotask(() => {
      events.relay('open');
      this.changed();
    });
    return {
      self,
      peers: () => this.#list(self),
      send: (to, bytes) => {
        if (this.away.has(to) || this.away.has(self)) return;
        this.log.push({ from: self, to, message: decodeMesh(bytes) });
        setTimeout(() => {
          if (!this.away.has(to)) this.#inboxes.get(to)?.message(self, bytes);
        }, 0);
      },
      close: () => {
        if (this.#inboxes.get(self) === events) this.#inboxes.delete(self);
        this.changed();
      },
    };
  }

  /** The relay does not want this peer back. */
  refuse(peer: PeerId, error: MeshError): void {
    this.#inboxes.get(peer)!.relay('refused', error);
  }

  updates(from: PeerId) {
    return this.log.flatMap(({ message }) => (message.t === 'update' && message.signed.by === from ? [message] : []));
  }
}

class MapStore<T> implements KeyValueStore<T> {
  readonly kept = new Map<string, T>();

  async read(key: string): Promise<T | null> {
    return this.kept.get(key) ?? null;
  }

  async write(key: string, value: T | null): Promise<void> {
    if (value === null) this.kept.delete(key);
    else this.kept.set(key, value);
  }

  async clear(): Promise<void> {
    this.kept.clear();
  }
}

interface Copy {
  readonly ledger: readonly BudgetRecord[];
  readonly records: readonly CertifiedRecord[];
  readonly maps: readonly Map<string, unknown>[];
}

/** One browser profile: what is here outlives its peers. */
export class Device {
  readonly storage = new TestStorage();
  readonly sessions = new MapStore<KeptSession>();
  readonly rows = new MapStore<KeptRows>();
  readonly history = new MapStore<KeptHistory>();
  readonly ledger: BudgetRecord[] = [];
  ledgerKeys = memoryLedgerKeys();
  readonly snapshots: Snapshot[] = [];
  /** How often joining asked to keep the key. */
  identityKept = 0;
  /** Whom direct links were allowed with, from one change to the next. */
  readonly direct: ReadonlySet<PeerId>[] = [];
  /** Records of the ledger that the disk does not take. */
  refused: (record: BudgetRecord) => boolean = () => false;
  withdrawals: Platform['withdrawals'];
  /** Trainings wait here while it is closed. */
  gate: Promise<void> = Promise.resolve();
  training = 0;
  /** Trainings that have begun and not ended. */
  making = 0;
  /** The rows that the trainer of the last peer holds. */
  trainerRows: () => Promise<KeptRows> = () => Promise.reject(new Error('no peer yet'));
  identity: Identity;
  readonly #room: Room;
  readonly #signed: SignedManifest;
  readonly #open: Peer[] = [];
  /** What the relay answers when it is asked for certified records. */
  answer: RecordSource;

  constructor(room: Room, identity: Identity, signed: SignedManifest, certified: readonly CertifiedRecord[]) {
    this.#room = room;
    this.#signed = signed;
    this.identity = identity;
    this.answer = async (_, from) => certified.filter(({ record }) => record.round >= from).slice(0, 3);
  }

  get #maps(): Map<string, unknown>[] {
    const { storage, sessions, rows, history } = this;
    return [storage.kept, storage.names, storage.bytes, sessions.kept, rows.kept, history.kept] as Map<string, unknown>[];
  }

  /** All that is on the disk but keys, which a copy of a profile has too. */
  backup(): Copy {
    return structuredClone({ ledger: this.ledger, records: this.storage.records, maps: this.#maps });
  }

  restore({ ledger, records, maps }: Copy): void {
    this.ledger.splice(0, this.ledger.length, ...ledger);
    this.storage.records.splice(0, this.storage.records.length, ...records);
    for (const [i, kept] of this.#maps.entries()) {
      kept.clear();
      for (const [key, value] of maps[i]!) kept.set(key, value);
    }
  }

  /** Closes the gate; what comes back opens it. */
  hold(): () => void {
    let open = () => {};
    this.gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  /** Pauses in the middle of a step and waits for its end: a pause stops the next one, and afterwards nothing is paid for or made. */
  async rest(peer: Peer): Promise<void> {
    const [begun, release] = [this.training, this.hold()];
    await until('a step at work', () => this.training > begun);
    unwrap(await peer.pause());
    release();
    const count = (kind: BudgetRecord['kind']) => this.ledger.filter((record) => record.kind === kind).length;
    await until('its end', () => this.last?.activity === 'paused' && count('reserve') === count('release'));
  }

  /** Another page of this browser. */
  async follow(): Promise<{ readonly peer: Peer; readonly resumed: boolean }> {
    const peer = new Peer(this.#platform(), (snapshot) => this.snapshots.push(snapshot));
    this.#open.push(peer);
    return { peer, ...unwrap(await peer.follow(this.#signed)) };
  }

  /** Another page that takes part, with the rows of rowsText(seed). */
  async join(epsilon = 1, seed = 1): Promise<Peer> {
    const { peer } = await this.follow();
    unwrap(await peer.load({ text: rowsText(seed) }));
    unwrap(await peer.join(epsilon, this.#signed.body.consent));
    return peer;
  }

  /** Closes all pages, whether they were closed already or not. */
  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((peer) => peer.close()));
  }

  get last(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  #platform(): Platform {
    const place = { rows: async () => this.rows };
    const endpoint = openTrainerEndpoint(loadNumerics(), () => Promise.reject(new MeshError('not-found')), null, place);
    this.trainerRows = async () => {
      const probe = 'probe' as Hash;
      unwrap(await endpoint.keep(probe));
      const held = this.rows.kept.get(probe)!;
      unwrap(await endpoint.forget(probe));
      return held;
    };
    return {
      trainer: {
        ...endpoint,
        makeUpdate: async (parameters, clip) => {
          this.training++;
          this.making++;
          await this.gate;
          return endpoint.makeUpdate(parameters, clip).finally(() => this.making--);
        },
      },
      budget: {
        read: async () => structuredClone(this.ledger),
        append: async (record) => {
          if (this.refused(record)) throw new MeshError('storage-denied', { field: 'budget' });
          if (record.seq !== this.ledger.length) throw new MeshError('conflict', { field: 'budget.seq' });
          this.ledger.push(structuredClone(record));
        },
      },
      ledger: {
        identity: () => this.ledgerKeys.identity(),
        rowKey: () => this.ledgerKeys.rowKey(),
        rows: { each: (look) => this.ledgerKeys.rows.each(look), add: (entry) => this.ledgerKeys.rows.add(entry) },
      },
      sessions: this.sessions,
      history: this.history,
      identity: async () => this.identity,
      keepIdentity: async () => void this.identityKept++,
      ...(this.withdrawals && { withdrawals: this.withdrawals }),
      storage: () => this.storage,
      aggregate: aggregateHere,
      records: (fed, from) => this.answer(fed, from),
      blob: (hash: Hash) => Promise.reject(new MeshError('not-found', { field: 'blob', expected: hash })),
      open: (_manifest, identity, events, onDeparture) => {
        const transport = this.#room.enter(identity.id, events);
        const send: Transport['send'] = (to, bytes) => {
          onDeparture({ kind: 'message', to, bytes: bytes.length, path: 'in-page', message: bytes });
          transport.send(to, bytes);
        };
        return { ...transport, send, direct: (peers) => void this.direct.push(new Set(peers)) };
      },
      now: () => Date.now(),
      forget: async () => {
        this.storage.clear();
        this.sessions.kept.clear();
        unwrap(await endpoint.forget(null));
        this.identity = await newIdentity();
      },
      forgetLedger: async () => {
        this.ledger.length = 0;
        this.ledgerKeys = memoryLedgerKeys();
      },
    };
  }
}

export interface Federation {
  readonly room: Room;
  readonly relay: PeerId;
  /** The relay's key. */
  readonly seat: Identity;
  readonly signed: SignedManifest;
  readonly manifest: Manifest;
  /** What the seat has decided, in order. */
  readonly certified: readonly CertifiedRecord[];
  device(): Promise<Device>;
  /** The pages of all devices, then the seat. */
  close(): Promise<void>;
}

/** A home relay's seat that decides with one contributor. */
export async function openFederation(changes: Partial<ManifestBody> = {}): Promise<Federation> {
  const relay = await newIdentity();
  const body = { ...manifestFixture(), steward: relay.id, seats: { kind: 'home' as const, relays: [relay.id] }, ...changes };
  const signed = (await signBody(relay, body)) as SignedManifest;
  const manifest = await openManifest(signed);
  const room = new Room();
  const certified: CertifiedRecord[] = [];
  const seat = await openDriver({
    manifest,
    identity: relay,
    storage: new TestStorage(),
    environment: systemEnvironment,
    aggregate: aggregateHere,
    onEvent: (event) => {
      if (event.t === 'decided') certified.push(event.certified);
    },
    onFault: (error) => {
      throw error;
    },
  });
  const transport = room.enter(relay.id, {
    message: (from, b) => seat.receive(from, b),
    peers: (list) => seat.peers(list),
    relay: () => {},
  });
  seat.start(transport);
  const devices: Device[] = [];
  const device = async () => {
    const made = new Device(room, await newIdentity(), signed, certified);
    devices.push(made);
    return made;
  };
  const close = async () => {
    await Promise.all(devices.map((each) => each.close()));
    await seat.close();
  };
  return { room, relay: relay.id, seat: relay, signed, manifest, certified, device, close };
}

/** Rows of the fixture's table; another seed, another account. */
export function rowsText(seed: number): string {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const x = Math.sin(i * 12.9 + seed);
    const y = Math.cos(i * 7.3 + seed);
    return `${x.toFixed(4)},${y.toFixed(4)},${y > 0.3 ? 'top' : x < 0 ? 'left' : 'right'}`;
  });
  return `x,y,corner\n${lines.join('\n')}\n`;
}
