import { deleteDB } from 'idb';
import { afterEach, expect, test } from 'vitest';
import { idbBudgetStore } from './budget-store-idb.ts';
import { budgetStoreSuite } from '../ledger/budget-store-suite.ts';
import { openDatabase, strictWrite, type MeshDatabase } from './database.ts';

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

budgetStoreSuite('IndexedDB', async () => {
  const name = crypto.randomUUID();
  const db = await open(name);
  return {
    store: idbBudgetStore(db),
    async reopen() {
      db.close();
      return idbBudgetStore(await open(name));
    },
  };
});

test('two connections that append one number: one succeeds', async () => {
  const name = crypto.randomUUID();
  const [a, b] = [idbBudgetStore(await open(name)), idbBudgetStore(await open(name))];
  const record = { seq: 0 } as never;
  const results = await Promise.allSettled([a.append(record), b.append(record)]);
  expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await a.read()).toHaveLength(1);
});

test('a write is strict, and a closed database says so', async () => {
  const db = await open(crypto.randomUUID());
  const write = strictWrite(db, ['budget', 'cells']);
  expect(write.durability).toBe('strict');
  await write.done;
  db.close();
  await expect(idbBudgetStore(db).append({ seq: 0 } as never)).rejects.toMatchObject({ code: 'storage-denied' });
  await expect(idbBudgetStore(db).read()).rejects.toMatchObject({ code: 'storage-denied' });
});

test('a newer version of the page gets the database at once; the older page is told', async () => {
  const name = crypto.randomUUID();
  const older = await open(name);
  const newer = indexedDB.open(name, older.version + 1);
  await new Promise((resolve, reject) => {
    newer.addEventListener('success', resolve);
    newer.addEventListener('error', reject);
  });
  newer.result.close();
  await expect(openDatabase(name)).rejects.toMatchObject({ code: 'storage-denied', detail: { got: 'VersionError' } });
});
