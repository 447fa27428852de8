import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobsSuite } from '#protocol/driver/blobs-suite';
import { cellsSuite } from '#protocol/driver/cells-suite';
import { logSuite } from '#protocol/driver/log-suite';
import { SUITE_FED, type StorageUnderTest } from '#protocol/driver/storage.fixture';
import { federationStorage } from './federation-storage.ts';
import { openMemoryStore } from './memory-store.fixture.ts';
import { defaultQuotas } from './quotas.ts';
import { openSqliteStore } from './sqlite.ts';

const inMemory = async (): Promise<StorageUnderTest> => {
  const store = openMemoryStore(defaultQuotas(null));
  return { storage: federationStorage(store, SUITE_FED), reopen: null, end: () => store.close() };
};

const onDisk = async (): Promise<StorageUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-storage-'));
  const path = join(folder, 'relay.db');
  let store = await openSqliteStore(path, defaultQuotas(null));
  return {
    storage: federationStorage(store, SUITE_FED),
    async reopen() {
      await store.close();
      store = await openSqliteStore(path, defaultQuotas(null));
      return federationStorage(store, SUITE_FED);
    },
    async end() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
};

for (const [name, open] of [
  ['a relay in memory', inMemory],
  ['a relay’s file', onDisk],
] as const) {
  logSuite(name, open);
  blobsSuite(name, open);
  cellsSuite(name, open);
}
