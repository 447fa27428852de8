/** A relay's seat under faults: real cores of members in one room, the relay's own store beneath the seat. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode, hashBytes } from '#protocol/codec';
import { signBody, type Identity } from '#protocol/identity';
import { STATES_KEPT } from '#protocol/limits';
import { updateLength, type Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { encodeUpdate } from '#protocol/privacy/noise/noisy-update';
import { encodeMesh } from '#protocol/wire';
import { TestStorage, Room, smallManifest } from '#signaling/server/room.fixture';
import { openDriver } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import type { Seat } from './seats.ts';
import { newIdentity } from './manifest.fixture.ts';
import { SeatMemory } from './seat-memory.ts';
import { startSeat } from './seat.ts';
import { startStatesThread } from './states.ts';
import { openMemoryStore } from './store/memory-store.fixture.ts';
import { defaultQuotas } from './store/quotas.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { makeManifest } from './store/store-suite.ts';
import type { Store } from './store/store.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let relay: Identity;
let people: Identity[];
let manifest: Manifest;
beforeAll(async () => {
  [relay, ...people] = (await Promise.all(Array.from({ length: 4 }, newIdentity))) as [Identity, ...Identity[]];
  const body = smallManifest(relay.id);
  const rounds = { ...body.rounds, deadlineMs: 2000, takeoverMs: 1000 };
  manifest = await openManifest(await signBody(relay, { ...body, rounds, privacy: { ...body.privacy, sigma: 100, rounds: 1000 } }));
});
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function until(what: string, good: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await good())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function sit(store: Store, room: Room, memory = new SeatMemory(1e9)): { seat: Seat; asked: () => number } {
  let asked = 0;
  const thread = startStatesThread();
  const seat = startSeat(manifest, {
    identity: relay,
    store,
    log: silent,
    aggregate: (...args) => (asked++, thread.aggregate(...args)),
    memory,
    openTransport(events) {
      room.inboxes.set(relay.id, { message: (from, bytes) => events.message(from, bytes.slice()), peers: events.peers });
      return room.transport(relay.id);
    },
  });
  ends.push(async () => {
    await seat.close();
    await thread.close();
  });
  return { seat, asked: () => asked };
}

async function comeIn(room: Room): Promise<void> {
  for (const identity of people) {
    const host = await openDriver({
      manifest,
      identity,
      storage: new TestStorage(),
      environment: systemEnvironment,
      aggregate: aggregateHere,
      train: async () => {
        const values = Int32Array.from({ length: updateLength(manifest.body) }, () => Math.round((Math.random() - 0.5) * 1000));
        const vector = encodeUpdate(values);
        return { vector, ledger: hashBytes(vector), last: false };
      },
      onEvent: () => {},
      onFault: () => {},
    });
    ends.push(() => host.close());
    room.inboxes.set(identity.id, { message: (from, bytes) => host.receive(from, bytes), peers: (list) => host.peers(list) });
    host.start(room.transport(identity.id));
    host.setMode('active');
  }
  room.changed();
}

const decided = async (store: Store) => (await store.head(manifest.id))?.round ?? 0;
const publish = (store: Store) => store.putManifest(makeManifest(manifest.id, relay.id, encode(manifest.signed)), 0);

describe('a seat', () => {
  it('makes nothing and takes no memory until somebody comes, and keeps only the last states', async () => {
    const [store, room, memory] = [openMemoryStore(defaultQuotas(relay.id)), new Room(), new SeatMemory(1e9)];
    await publish(store);
    const { asked } = sit(store, room, memory);
    room.changed();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([asked(), memory.used, await decided(store)]).toEqual([0, 0, 0]);
    await comeIn(room);
    await until('six rounds', async () => (await decided(store)) >= 6);
    expect(memory.used).toBeGreaterThan(0);
    const states = [...new Set((await store.records(manifest.id, 0, 100)).map(({ state }) => state))];
    const kept = await Promise.all(states.map(async (hash) => (await store.blob(hash)) !== null));
    expect(kept.filter(Boolean).length).toBeLessThanOrEqual(STATES_KEPT);
    expect(kept[0]).toBe(false);
  });

  it('encodes its newest record once, however many ask for it', async () => {
    const [store, room] = [openMemoryStore(defaultQuotas(relay.id)), new Room()];
    sit(store, room);
    await comeIn(room);
    await until('a round', async () => (await decided(store)) >= 1);
    for (const end of ends.splice(1).reverse()) await end(); // no round follows
    const strangers = await Promise.all(Array.from({ length: 3 }, newIdentity));
    const want = encodeMesh({ t: 'want', fed: manifest.id, what: 'head', hash: null });
    for (const { id } of strangers) for (let i = 0; i < 3; i++) room.inboxes.get(relay.id)!.message(id, want);
    const answers = () => room.log.filter(({ to, message }) => message.t === 'record' && strangers.some(({ id }) => id === to));
    await until('answers', () => answers().length === 9);
    expect(new Set(answers().map(({ bytes }) => bytes)).size).toBe(1);
  });

  it('waits for memory, and opens once there is some', async () => {
    const [store, room, memory] = [openMemoryStore(defaultQuotas(relay.id)), new Room(), new SeatMemory(1e6)];
    let wanted = true;
    const other = hashBytes(new Uint8Array(1));
    memory.take(other, 1e6, () => !wanted);
    const { seat } = sit(store, room, memory);
    await comeIn(room);
    await until('a seat that waits', () => seat.problem?.code === 'overloaded');
    wanted = false;
    memory.give(other);
    await until('a round', async () => (await decided(store)) >= 1);
    expect(seat.problem).toBeNull();
  });

  it('recovers by itself from a file system that was full', async ({ skip }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mesh-full-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return skip('no small file system can be mounted here');
    }
    ends.push(() => execFileSync('umount', ['-l', folder]));
    const [store, room, filler] = [
      await openSqliteStore(join(folder, 'relay.db'), defaultQuotas(relay.id)),
      new Room(),
      join(folder, 'filler'),
    ];
    ends.push(() => store.close());
    const { seat } = sit(store, room);
    await comeIn(room);
    await until('a round', async () => (await decided(store)) >= 1);
    await writeFile(filler, new Uint8Array(8e6)).catch(() => {}); // until the disk is full
    await until('the fault', () => seat.problem !== null);
    const before = await decided(store);
    await rm(filler);
    await until('more rounds', async () => (await decided(store)) >= before + 2);
    expect(seat.problem).toBeNull();
  });
});
