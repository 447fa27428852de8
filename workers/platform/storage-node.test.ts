import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encode } from '#protocol/codec';
import { blobsSuite } from '#protocol/driver/blobs-suite';
import { cellsSuite } from '#protocol/driver/cells-suite';
import { logSuite } from '#protocol/driver/log-suite';
import { blobOf, bytesOf, recordOf, SUITE_FED, type StorageUnderTest } from '#protocol/driver/storage.fixture';
import { openNodeStorages } from './storage-node.ts';

async function open(): Promise<StorageUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-storage-'));
  let storages = openNodeStorages(folder);
  return {
    storage: storages.of(SUITE_FED),
    async reopen() {
      storages.close();
      storages = openNodeStorages(folder);
      return storages.of(SUITE_FED);
    },
    async end() {
      storages.close();
      await rm(folder, { recursive: true });
    },
  };
}

logSuite('a headless peer', open);
blobsSuite('a headless peer', open);
cellsSuite('a headless peer', open);

test('a value that cannot be kept is refused with all that comes with it', async () => {
  const { storage, end } = await open();
  const batch = {
    puts: [
      { key: 'a', value: 2 },
      { key: 'b', value: Number.NaN },
    ],
    append: [recordOf(1)],
    blobs: [blobOf('state 1')],
  };
  await expect(storage.write(batch)).rejects.toMatchObject({ code: 'field-invalid' });
  expect([(await storage.cells.read()).size, await storage.log.head(), await storage.blobs.get(blobOf('state 1').hash)]).toEqual([
    0,
    null,
    null,
  ]);
  await end();
});

test('a folder of an older version goes on: the last record, its state and the peer’s own; the file is its owner’s alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-storage-'));
  const cells = join(folder, 'cells', SUITE_FED);
  await mkdir(cells, { recursive: true });
  const { hash, bytes } = blobOf('state 3');
  const old = { head: recordOf(3), state: { hash, bytes }, made: { vector: bytesOf('v') }, ballot: { round: 4 }, 'update/3/someone': 1 };
  for (const [key, value] of Object.entries(old)) await writeFile(join(cells, `${encodeURIComponent(key)}.cell`), encode(value));
  const storages = openNodeStorages(folder);
  const storage = storages.of(SUITE_FED);
  expect(await storage.log.head()).toEqual(recordOf(3));
  expect(await storage.blobs.get(hash)).toEqual(bytes);
  expect(await storage.cells.read()).toEqual(new Map(Object.entries({ ballot: old.ballot, made: old.made })));
  expect(await readdir(folder)).not.toContain('cells');
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  storages.clear();
  expect([(await storage.cells.read()).size, await storage.log.head(), await storage.blobs.get(hash)]).toEqual([0, null, null]);
  storages.close();
  await rm(folder, { recursive: true });
});
