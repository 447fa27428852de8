import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import { RECORDINGS_MAX } from '#protocol/limits';
import type { KeptRecording } from '../api.ts';
import { openDatabase, type MeshDatabase } from './database.ts';
import { openPagePlatform } from '../peer/platform-page.ts';
import { recordingsIn } from './recordings-idb.ts';

const A = 'a'.repeat(43) as Hash;
const B = 'b'.repeat(43) as Hash;
const recording = (id: string, at: number): KeptRecording => ({ id, at, label: 1, rate: 25, values: new Float32Array([1, 2, 3]) });
let db: MeshDatabase;

beforeEach(async () => {
  db = await openDatabase();
  await db.clear('recordings');
});
afterEach(() => db.close());

test('recordings are kept by federation, oldest first, until each is dropped', async () => {
  const keep = recordingsIn(db);
  await keep.keep(A, recording('late', 2000));
  await keep.keep(A, recording('early', 1000));
  await keep.keep(B, recording('other', 1500));
  expect(await keep.list(A)).toEqual([recording('early', 1000), recording('late', 2000)]);
  await keep.drop(A, 'early');
  await keep.drop(A, 'never there');
  await keep.drop(A, 'other'); // of another federation
  expect((await keep.list(A)).map(({ id }) => id)).toEqual(['late']);
  expect((await keep.list(B)).map(({ id }) => id)).toEqual(['other']);
});

test('no more than a browser keeps: another one is refused, one that is kept can be kept again', async () => {
  const keep = recordingsIn(db);
  const tx = db.transaction('recordings', 'readwrite');
  for (let i = 0; i < RECORDINGS_MAX; i++) void tx.store.put(recording(`r${i}`, i), [A, `r${i}`]);
  await tx.done;
  await expect(keep.keep(A, recording('more', 1))).rejects.toMatchObject({ code: 'rows-too-many', detail: { field: 'recordings' } });
  await keep.keep(A, recording('r7', 7));
  await keep.keep(B, recording('elsewhere', 1));
  expect(await keep.list(A)).toHaveLength(RECORDINGS_MAX);
});

test('forgetting this site forgets them', async () => {
  await recordingsIn(db).keep(A, recording('gone', 1));
  const platform = await openPagePlatform(location.origin, null);
  expect(await platform.recordings!.list(A)).toHaveLength(1);
  await platform.forget();
  expect(await platform.recordings!.list(A)).toEqual([]);
  await platform.trainer.close();
});
