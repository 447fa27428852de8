/** The acceptance suite of `Store`: what store.ts promises, with a fresh instance per test. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { STATES_KEPT } from '#protocol/limits';
import type { Quotas } from './quotas.ts';
import type { NewManifest, NewRecord, Store, StoredRecord } from './store.ts';

export interface StoreUnderTest {
  /** A fresh, empty store. */
  open(quotas: Quotas): Promise<Store>;
  /** Closes the store and opens what it left behind; null for a store that keeps nothing. */
  reopen: ((store: Store, quotas: Quotas) => Promise<Store>) | null;
  cleanUp(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const hash = (text: string): Hash => hashBytes(bytes(text));
const owner = (text: string) => `A${hash(text)}` as PeerId;
const RELAY = owner('relay');
const QUOTAS: Quotas = {
  relay: RELAY,
  federationsPerIdentity: 2,
  federations: 3,
  waitingPerIdentity: 1,
  waiting: 2,
  blobBytesPerIdentity: 100,
  blobBytes: 150,
  disk: Infinity,
};
const NOW = 1_000_000;

export function makeManifest(id: Hash, by: PeerId, content: Uint8Array, changes: Partial<NewManifest> = {}): NewManifest {
  const standing = { standing: 'listed', kept: false, active: NOW } as const;
  return { id, owner: by, bytes: content, ...standing, states: 0, disk: 0, testSet: null, invitation: null, ...changes };
}
const publish = (store: Store, id: string, by: string, content = id, changes: Partial<NewManifest> = {}) =>
  store.putManifest(makeManifest(hash(id), owner(by), bytes(content), changes), NOW);

export function makeRecord(fed: Hash, epoch: number, round: number, variant = ''): StoredRecord {
  const text = `${fed} ${epoch} ${round} ${variant}`;
  return { fed, epoch, round, id: hash(text), state: hash(`state ${text}`), bytes: bytes(text) };
}

/** Appends a record without anybody's update. */
export function appendTo(store: Store, { fed, ...record }: StoredRecord): Promise<void> {
  return store.write(fed, { append: [{ ...record, vectors: [] } satisfies NewRecord] }, NOW);
}

export function storeSuite(name: string, start: () => Promise<StoreUnderTest>): void {
  let open: { store: Store; under: StoreUnderTest } | null = null;
  const fresh = async (quotas: Quotas = QUOTAS): Promise<Store> => {
    const under = await start();
    const store = await under.open(quotas);
    open = { store, under };
    return store;
  };
  const again = async (): Promise<Store | null> => {
    const { store, under } = open!;
    if (under.reopen === null) return null;
    open = { store: await under.reopen(store, QUOTAS), under };
    return open.store;
  };
  afterEach(async () => {
    await open?.store.close();
    await open?.under.cleanUp();
    open = null;
  });

  describe(`${name} store`, () => {
    describe('manifests', () => manifestTests(fresh));
    describe('records', () => recordTests(fresh));
    describe('blobs', () => blobTests(fresh));
    describe('cells', () => cellTests(fresh));
    keepingTests(fresh, again);
  });
}

type Fresh = (quotas?: Quotas) => Promise<Store>;

function manifestTests(fresh: Fresh): void {
  it('keeps one under its id, and says whether it was new', async () => {
    const store = await fresh();
    expect(await publish(store, 'one', 'ann', 'first')).toBe(true);
    expect(await publish(store, 'one', 'ann', 'other signature')).toBe(false);
    const kept = await store.manifest(hash('one'));
    expect(kept).toMatchObject({ id: hash('one'), owner: owner('ann') });
    expect(kept!.bytes).toEqual(bytes('first'));
    expect(await store.manifest(hash('two'))).toBeNull();
  });

  it('lists them in the order of arrival', async () => {
    const store = await fresh();
    for (const id of ['c', 'a', 'b']) await publish(store, id, id, id);
    const list = await store.manifests();
    expect(list.map((m) => m.id)).toEqual(['c', 'a', 'b'].map(hash));
    expect(list.map((m) => m.seq)).toEqual(list.map((m) => m.seq).toSorted((a, b) => a - b));
  });

  it('refuses more than the quota of one identity, and of all', async () => {
    const store = await fresh();
    await publish(store, '1', 'ann', '1');
    await publish(store, '2', 'ann', '2');
    await expect(publish(store, '3', 'ann', '3')).rejects.toMatchObject({
      code: 'quota',
      detail: { expected: 'at most 2' },
    });
    expect(await publish(store, '2', 'ann', '2')).toBe(false);
    await publish(store, '3', 'bob', '3');
    await expect(publish(store, '4', 'cid', '4')).rejects.toMatchObject({
      code: 'quota',
      detail: { expected: 'at most 3' },
    });
    expect(await store.manifests()).toHaveLength(3);
  });
}

function recordTests(fresh: Fresh): void {
  const fed = hash('fed');

  it('accepts the same record twice, and never another one for its slot', async () => {
    const store = await fresh();
    await appendTo(store, makeRecord(fed, 0, 1));
    await appendTo(store, makeRecord(fed, 0, 1));
    await expect(appendTo(store, makeRecord(fed, 0, 1, 'other'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.record(fed, 0, 1)).toEqual(makeRecord(fed, 0, 1));
    expect(await store.record(fed, 0, 2)).toBeNull();
    expect(await store.record(hash('another'), 0, 1)).toBeNull();
  });

  it('has the highest epoch, then the highest round, as its head', async () => {
    const store = await fresh();
    expect([await store.head(fed), await store.place(fed)]).toEqual([null, null]);
    for (const [epoch, round] of [
      [0, 9],
      [0, 10],
      [1, 2],
      [1, 1],
      [0, 11],
    ] as const)
      await appendTo(store, makeRecord(fed, epoch, round));
    await appendTo(store, makeRecord(hash('another'), 7, 7));
    expect(await store.head(fed)).toMatchObject({ epoch: 1, round: 2 });
    const { id, state } = (await store.head(fed))!;
    expect(await store.place(fed)).toEqual({ epoch: 1, round: 2, id, state });
  });

  it('lists from a round on, in order, up to a limit', async () => {
    const store = await fresh();
    for (const round of [12, 3, 1, 2, 10]) await appendTo(store, makeRecord(fed, 0, round));
    expect((await store.records(fed, 2, 3)).map((r) => r.round)).toEqual([2, 3, 10]);
    expect(await store.records(fed, 13, 3)).toEqual([]);
    const two = (await store.records(fed, 2, 2)).reduce((sum, record) => sum + record.bytes.length, 0);
    expect((await store.records(fed, 2, 3, two)).map((r) => r.round)).toEqual([2, 3]);
    expect((await store.records(fed, 2, 3, two - 1)).map((r) => r.round)).toEqual([2]);
    expect((await store.records(fed, 2, 3, 1)).map((r) => r.round)).toEqual([2]);
  });

  it('orders any set of slots as (epoch, round)', async () => {
    const store = await fresh();
    const slots = fc.uniqueArray(fc.tuple(fc.nat(3), fc.nat(2 ** 40)), { minLength: 1, maxLength: 12, selector: (slot) => slot.join() });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(slots, async (list) => {
        const own = hash(`property ${run++}`);
        await Promise.all(list.map(([epoch, round]) => appendTo(store, makeRecord(own, epoch, round))));
        const sorted = list.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect((await store.records(own, 0, 100)).map((r) => [r.epoch, r.round])).toEqual(sorted);
        const head = await store.head(own);
        expect([head!.epoch, head!.round]).toEqual(sorted.at(-1));
      }),
      { numRuns: 20 },
    );
  });
}

function blobTests(fresh: Fresh): void {
  const text = (length: number, fill: string) => bytes(fill.repeat(length));

  it('keeps bytes under their hash and refuses a wrong one', async () => {
    const store = await fresh();
    await store.putBlob(hash('some bytes'), owner('ann'), bytes('some bytes'), NOW);
    expect(await store.blob(hash('some bytes'))).toEqual(bytes('some bytes'));
    await expect(store.putBlob(hash('x'), owner('ann'), bytes('y'), NOW)).rejects.toMatchObject({
      code: 'blob-mismatch',
      detail: { expected: hash('x') },
    });
    expect(await store.blob(hash('x'))).toBeNull();
  });

  it('refuses a core’s bytes under a wrong hash, with the whole batch', async () => {
    const store = await fresh();
    const put = { key: 'a', value: bytes('1'), blob: hash('x') };
    const batch = { puts: [put], blobs: [{ hash: hash('x'), bytes: bytes('y') }] };
    await expect(store.write(hash('fed'), batch, NOW)).rejects.toMatchObject({ code: 'blob-mismatch' });
    expect(await store.cells(hash('fed'))).toEqual(new Map());
  });

  it('keeps no reference to the bytes it was given', async () => {
    const store = await fresh();
    const given = bytes('will change');
    const done = store.putBlob(hash('will change'), owner('ann'), given, NOW);
    await done;
    given.fill(0);
    expect(await store.blob(hash('will change'))).toEqual(bytes('will change'));
  });

  it('are also read piece by piece', async () => {
    const store = await fresh();
    const whole = bytes('0123456789');
    await store.putBlob(hashBytes(whole), RELAY, whole, NOW);
    const part = async (from: number, length: number) => {
      const read = (await store.blobPart(hashBytes(whole), from, length))!;
      return [read.size, new TextDecoder().decode(read.bytes)];
    };
    expect(await part(0, 4)).toEqual([10, '0123']);
    expect(await part(4, 100)).toEqual([10, '456789']);
    expect(await part(10, 1)).toEqual([10, '']);
    expect(await part(0, 0)).toEqual([10, '']);
    await store.dropUnnamed(NOW + 1);
    expect(await store.blobPart(hashBytes(whole), 0, 1)).toBeNull();
    expect(await store.blobPart(hash('never'), 0, 1)).toBeNull();
  });

  it('keeps a view of a larger buffer as that view, and an empty blob', async () => {
    const store = await fresh();
    const view = bytes('....middle....').subarray(4, 10);
    await store.putBlob(hash('middle'), owner('ann'), view, NOW);
    await store.putBlob(hash(''), owner('ann'), new Uint8Array(0), NOW);
    expect(await store.blob(hash('middle'))).toEqual(bytes('middle'));
    expect(await store.blob(hash(''))).toEqual(new Uint8Array(0));
  });

  it('refuses more bytes than the quota of one identity and of all; the relay is exempt', async () => {
    const store = await fresh();
    const put = (by: string, content: Uint8Array) => store.putBlob(hashBytes(content), owner(by), content, NOW);
    await put('ann', text(60, 'a'));
    await expect(put('ann', text(41, 'b'))).rejects.toMatchObject({ code: 'quota', detail: { expected: 'at most 100', got: '101' } });
    await put('ann', text(60, 'a'));
    await publish(store, 'fed', 'ann', 'fed', { testSet: hashBytes(text(60, 'a')), states: 40 });
    await put('relay', text(5000, 'r'));
    await expect(put('ann', text(1, 'b'))).rejects.toMatchObject({ code: 'quota', detail: { got: '101' } });
    await expect(put('bob', text(51, 'd'))).rejects.toMatchObject({ code: 'quota', detail: { expected: 'at most 150', got: '151' } });
    await put('bob', text(50, 'd'));
  });

  it('drops the oldest unnamed bytes for new ones, and all of those past their time', async () => {
    const store = await fresh();
    const put = (by: string, content: Uint8Array, at: number) => store.putBlob(hashBytes(content), owner(by), content, at);
    await put('ann', text(60, 'a'), NOW);
    await publish(store, 'fed', 'ann', 'fed', { testSet: hashBytes(text(60, 'a')) });
    await put('bob', text(80, 'b'), NOW);
    await put('cid', text(30, 'c'), NOW + 1);
    expect(await store.blob(hashBytes(text(80, 'b')))).toBeNull();
    expect(await store.blob(hashBytes(text(30, 'c')))).not.toBeNull();
    expect(await store.dropUnnamed(NOW + 1)).toBe(0);
    expect(await store.dropUnnamed(NOW + 2)).toBe(1);
    expect(await store.blob(hashBytes(text(60, 'a')))).not.toBeNull();
    await store.removeManifest(hash('fed'));
    expect(await store.blob(hashBytes(text(60, 'a')))).toBeNull();
  });

  it('keeps a federation’s last states outside of others’ space, and deletes them with it', async () => {
    const store = await fresh();
    await publish(store, 'fed', 'ann', 'fed', { states: 90 });
    const states = Array.from({ length: STATES_KEPT + 2 }, (_, i) => text(300, String(i)));
    for (const [i, state] of states.entries()) {
      const { fed, ...record } = { ...makeRecord(hash('fed'), 0, i + 1), state: hashBytes(state) };
      await store.write(fed, { append: [{ ...record, vectors: [] }], blobs: [{ hash: record.state, bytes: state }] }, NOW);
    }
    const kept = async () => (await Promise.all(states.map((state) => store.blob(hashBytes(state))))).map((found) => found !== null);
    expect(await kept()).toEqual([false, false, true, true, true]);
    expect(await store.uses()).toEqual([expect.objectContaining({ fed: hash('fed'), blobs: 300 * STATES_KEPT })]);
    expect(await store.dropUnnamed(NOW + 1)).toBe(0);
    await store.removeManifest(hash('fed'));
    expect(await kept()).toEqual([false, false, false, false, false]);
  });
}

function cellTests(fresh: Fresh): void {
  const put = (key: string, value: string) => ({ key, value: bytes(value), blob: null });

  it('replaces and deletes by name, per federation', async () => {
    const store = await fresh();
    await store.write(hash('fed'), { puts: [put('vote', '1'), put('lock', 'a')] }, NOW);
    await store.write(hash('fed'), { puts: [put('vote', '2')], deletes: ['lock', 'never was'] }, NOW);
    await store.write(hash('other'), { puts: [put('vote', '9')] }, NOW);
    expect(await store.cells(hash('fed'))).toEqual(new Map([['vote', bytes('2')]]));
    expect(await store.cells(hash('none'))).toEqual(new Map());
  });

  it('writes all of a call or nothing', async () => {
    const store = await fresh();
    await store.write(hash('fed'), { puts: [put('a', '1'), put('b', '1')] }, NOW);
    const broken = { key: 'b', value: 42 as unknown as Uint8Array, blob: null };
    const state = { hash: hash('state'), bytes: bytes('state') };
    const { fed, ...record } = makeRecord(hash('fed'), 0, 1);
    const batch = { puts: [put('a', '2'), broken], deletes: ['b'], append: [{ ...record, vectors: [] }], blobs: [state] };
    await expect(store.write(fed, batch, NOW)).rejects.toThrow();
    expect([await store.head(hash('fed')), await store.blob(state.hash)]).toEqual([null, null]);
    expect(await store.cells(hash('fed'))).toEqual(
      new Map([
        ['a', bytes('1')],
        ['b', bytes('1')],
      ]),
    );
  });
}

function keepingTests(fresh: Fresh, again: () => Promise<Store | null>): void {
  it('answers many requests at once, and one refusal affects no other', async () => {
    const store = await fresh();
    const fed = hash('fed');
    await appendTo(store, makeRecord(fed, 0, 50));
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, round) => appendTo(store, makeRecord(fed, 0, round, round === 50 ? 'other' : ''))),
    );
    expect(results.filter((r) => r.status === 'rejected')).toHaveLength(1);
    expect(await store.records(fed, 0, 1000)).toHaveLength(100);
  });

  it('has everything after closing and reopening', async ({ skip }) => {
    const store = await fresh();
    const fed = hash('fed');
    await publish(store, 'fed', 'ann', 'manifest');
    await appendTo(store, makeRecord(fed, 0, 1));
    await store.putBlob(hash('blob'), owner('ann'), bytes('blob'), NOW);
    await store.write(fed, { puts: [{ key: 'vote', value: bytes('1'), blob: null }] }, NOW);
    const later = await again();
    if (later === null) return skip('this store keeps nothing');
    expect((await later.manifests()).map((m) => m.id)).toEqual([fed]);
    expect(await later.head(fed)).toEqual(makeRecord(fed, 0, 1));
    expect(await later.blob(hash('blob'))).toEqual(bytes('blob'));
    expect(await later.cells(fed)).toEqual(new Map([['vote', bytes('1')]]));
  });
}
