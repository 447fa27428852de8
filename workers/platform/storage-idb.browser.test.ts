import { openDB } from 'idb';
import { expect, test } from 'vitest';
import { blobsSuite } from '#protocol/driver/blobs-suite';
import { cellsSuite } from '#protocol/driver/cells-suite';
import { logSuite } from '#protocol/driver/log-suite';
import { bytesOf, hashOf, recordOf, SUITE_FED, type StorageUnderTest } from '#protocol/driver/storage.fixture';
import { openDatabase } from './database.ts';
import { idbStorage } from './storage-idb.ts';

const KEPT = 5;
let made = 0;

async function open(): Promise<StorageUnderTest> {
  const name = `storage-${made++}`;
  let db = await openDatabase(name);
  // Another federation in the same stores, under a name that sorts beside this one's.
  const other = idbStorage(db, `${SUITE_FED}x` as typeof SUITE_FED);
  await other.write({
    puts: [{ key: 'own', value: 'other' }],
    append: [recordOf(7)],
    blobs: [{ hash: hashOf('state 7'), bytes: bytesOf('state 7') }],
  });
  return {
    storage: idbStorage(db, SUITE_FED, KEPT),
    async reopen() {
      db.close();
      db = await openDatabase(name);
      return idbStorage(db, SUITE_FED, KEPT);
    },
    async end() {
      const again = idbStorage(db, `${SUITE_FED}x` as typeof SUITE_FED);
      expect([await again.cells.read(), (await again.log.head())?.record.round]).toEqual([new Map([['own', 'other']]), 7]);
      expect(await again.blobs.get(hashOf('state 7'))).not.toBeNull();
      db.close();
      indexedDB.deleteDatabase(name);
    },
  };
}

logSuite('a browser', open, KEPT);
blobsSuite('a browser', open);
cellsSuite('a browser', open);

test('a value that cannot be kept is refused with all that comes with it', async () => {
  const { storage, end } = await open();
  await storage.write({ puts: [{ key: 'a', value: 1 }] });
  const batch = {
    puts: [
      { key: 'a', value: 2 },
      { key: 'b', value: () => {} },
    ],
    append: [recordOf(1)],
  };
  await expect(storage.write(batch)).rejects.toMatchObject({ code: 'storage-denied' });
  expect([await storage.cells.read(), await storage.log.head()]).toEqual([new Map([['a', 1]]), null]);
  await end();
});

test('what an older version kept as cells goes on: the last record, its state and the device’s own', async () => {
  const name = `old-${made++}`;
  const old = await openDB(name, 4, {
    upgrade(db) {
      for (const store of ['keys', 'cells', 'blobs', 'sessions', 'rows', 'recordings']) db.createObjectStore(store);
      db.createObjectStore('budget', { keyPath: 'seq' });
      db.createObjectStore('rowAccounts', { autoIncrement: true });
    },
  });
  const state = { hash: hashOf('state 3'), bytes: bytesOf('state 3') };
  const cells = {
    head: recordOf(3),
    state,
    own: { vector: bytesOf('v') },
    ballot: { round: 4 },
    'update/3/someone': { vector: bytesOf('u') },
  };
  for (const [key, value] of Object.entries(cells)) await old.put('cells', value, [SUITE_FED, key]);
  old.close();
  const db = await openDatabase(name);
  const storage = idbStorage(db, SUITE_FED);
  expect(await storage.log.head()).toEqual(recordOf(3));
  expect(await storage.blobs.get(state.hash)).toEqual(state.bytes);
  expect(await storage.cells.read()).toEqual(new Map(Object.entries({ ballot: cells.ballot, own: cells.own })));
  db.close();
  indexedDB.deleteDatabase(name);
});
