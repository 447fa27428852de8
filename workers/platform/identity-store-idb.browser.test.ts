import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signBody, verifySigned } from '#protocol/identity';
import { openDatabase, type MeshDatabase } from './database.ts';
import { loadIdentity, VisitorKeys } from './identity-store-idb.ts';

let name: string;
let db: MeshDatabase;
beforeEach(async () => {
  name = crypto.randomUUID();
  db = await openDatabase(name);
});
afterEach(async () => {
  db.close();
  await deleteDB(name);
});

test('one identity a name, the same after the page was closed, and it signs', async () => {
  const [a, b] = [await loadIdentity(db, 'federation a'), await loadIdentity(db, 'federation b')];
  expect(a.id).not.toBe(b.id);
  db.close();
  db = await openDatabase(name);
  const again = await loadIdentity(db, 'federation a');
  expect(again.id).toBe(a.id);
  const signed = await signBody(again, { t: 'hello', n: 1 });
  expect(signed.by).toBe(a.id);
  expect(await verifySigned(signed)).toBe(true);
});

test('two tabs that ask at once get one identity', async () => {
  const other = await openDatabase(name);
  const ids = await Promise.all([loadIdentity(db, 'fed'), loadIdentity(other, 'fed'), loadIdentity(db, 'fed')]);
  other.close();
  expect(new Set(ids.map((identity) => identity.id)).size).toBe(1);
});

test('the private key cannot be read', async () => {
  await loadIdentity(db, 'fed');
  const pair = (await db.get('keys', 'fed'))!;
  expect(pair.privateKey.extractable).toBe(false);
  for (const format of ['pkcs8', 'jwk'] as const) await expect(crypto.subtle.exportKey(format, pair.privateKey)).rejects.toThrow();
});

test('a closed database is reported', async () => {
  db.close();
  await expect(loadIdentity(db, 'fed')).rejects.toMatchObject({ code: 'storage-denied' });
});

test('a visitor’s key is gone with the page, until it is kept by joining', async () => {
  const first = new VisitorKeys(db);
  const { id } = await first.identity('fed');
  expect((await first.identity('fed')).id).toBe(id);
  expect(await db.count('keys')).toBe(0);
  const second = new VisitorKeys(db);
  const again = await second.identity('fed');
  expect(again.id).not.toBe(id);
  await second.keep('fed');
  await second.keep('fed');
  expect((await second.identity('fed')).id).toBe(again.id);
  expect((await new VisitorKeys(db).identity('fed')).id).toBe(again.id);
  expect((await signBody(await second.identity('fed'), { t: 'hello', n: 1 })).by).toBe(again.id);
  // A page that slept meanwhile must not take part under a key that a reload would not find.
  await expect(first.keep('fed')).rejects.toMatchObject({ code: 'storage-denied' });
});
