import { deleteDB } from 'idb';
import { afterEach, expect, test } from 'vitest';
import { openDatabase, type MeshDatabase } from './database.ts';
import { idbLedgerKeys } from './ledger-keys-idb.ts';
import { ledgerKeysSuite } from '../ledger/ledger-keys-suite.ts';

let opened: { name: string; db: MeshDatabase }[] = [];
const open = async (name: string) => {
  const db = await openDatabase(name);
  opened.push({ name, db });
  return db;
};
afterEach(async () => {
  for (const { db } of opened) db.close();
  for (const { name } of opened) await deleteDB(name);
  opened = [];
});

ledgerKeysSuite('IndexedDB', async () => {
  const name = crypto.randomUUID();
  const db = await open(name);
  return {
    keep: idbLedgerKeys(db),
    async reopen() {
      db.close();
      return idbLedgerKeys(await open(name));
    },
  };
});

test('two tabs that ask at once name rows with one key', async () => {
  const name = crypto.randomUUID();
  const keeps = [idbLedgerKeys(await open(name)), idbLedgerKeys(await open(name))];
  const keys = await Promise.all(keeps.map((keep) => keep.rowKey()));
  const signed = await Promise.all(keys.map((key) => crypto.subtle.sign('HMAC', key, new Uint8Array(3))));
  expect(new Uint8Array(signed[0]!)).toEqual(new Uint8Array(signed[1]!));
});

test('a closed database says so', async () => {
  const db = await open(crypto.randomUUID());
  const keep = idbLedgerKeys(db);
  db.close();
  for (const call of [keep.rowKey(), keep.rows.add({ account: 'a', ids: new Uint8Array(16) }), keep.rows.each(() => {})]) {
    await expect(call).rejects.toMatchObject({ code: 'storage-denied' });
  }
});

test('a profile of before rows had accounts gets the store, and keeps its ledger', async () => {
  const name = crypto.randomUUID();
  const older = indexedDB.open(name, 2);
  older.addEventListener('upgradeneeded', () => {
    for (const store of ['keys', 'cells', 'blobs', 'sessions', 'rows']) older.result.createObjectStore(store);
    older.result.createObjectStore('budget', { keyPath: 'seq' }).add({ seq: 0, kind: 'reserve' });
  });
  await new Promise((resolve) => older.addEventListener('success', resolve));
  older.result.close();
  const db = await open(name);
  await idbLedgerKeys(db).rows.add({ account: 'a', ids: new Uint8Array(16) });
  expect(await db.getAll('budget')).toHaveLength(1);
});
