/** The platform of a page's peer worker: IndexedDB, a nested trainer thread that keeps the rows, the relay of the page's origin, WebRTC by a port. */
import type { Hash } from '#protocol/codec';
import type { Withdrawal } from '#protocol/manifest/withdrawal';
import { openMesh } from '#signaling/mesh';
import { fetchBlob } from '#signaling/relay-client';
import { fetchRecords, fetchWithdrawal, postWithdrawal } from '#signaling/relay-signed';
import { threadCalls } from '#signaling/thread-calls';
import { curveInThread, guaranteeInThread } from '../ledger/accountant-thread.ts';
import { idbBudgetStore } from '../platform/budget-store-idb.ts';
import { openDatabase, storageError, strictWrite, type MeshDatabase } from '../platform/database.ts';
import { stewardKey, VisitorKeys } from '../platform/identity-store-idb.ts';
import { idbLedgerKeys, LEDGER_KEYS } from '../platform/ledger-keys-idb.ts';
import type { KeptHistory, KeptSession, Platform } from './platform.ts';
import type { KeyValueStore } from '../platform/key-value-store.ts';
import { recordingsIn } from '../platform/recordings-idb.ts';
import { idbStorage, STORAGE_STORES } from '../platform/storage-idb.ts';
import { unwrap } from '../answered.ts';
import { aggregateInThread } from '../trainer/states-thread.ts';
import type { TrainerEndpoint } from '../rows/trainer-endpoint.ts';

/** @throws MeshError storage-denied */
export async function openPagePlatform(relay: string, rtc: MessagePort | null): Promise<Platform> {
  const db = await openDatabase();
  const visitor = new VisitorKeys(db);
  const thread = new Worker(new URL('../trainer.worker.ts', import.meta.url), { type: 'module', name: 'trainer' });
  const { calls: trainer } = threadCalls<TrainerEndpoint>(thread, 'trainer');
  return {
    trainer,
    budget: idbBudgetStore(db),
    ledger: idbLedgerKeys(db),
    sessions: keyValueStore<KeptSession>(db),
    history: keyValueStore<KeptHistory>(db, '/history'),
    recordings: recordingsIn(db),
    identity: (federation) => visitor.identity(federation),
    keepIdentity: (federation) => visitor.keep(federation),
    storage: (federation) => idbStorage(db, federation),
    aggregate: aggregateInThread(),
    blob: (hash, maxBytes) => fetchBlob(relay, hash, maxBytes),
    records: (federation, fromRound) => fetchRecords(relay, federation, fromRound),
    withdrawals: {
      steward: (federation) => stewardKey(db, federation),
      fetch: (federation) => fetchWithdrawal(relay, federation),
      send: (federation, signed) => postWithdrawal(relay, federation, signed),
      proven: keyValueStore<Withdrawal>(db, '/withdrawal'),
    },
    open: (manifest, identity, events, onDeparture) => openMesh({ url: relay, room: manifest.id, identity, rtc, events, onDeparture }),
    site: self.location.origin,
    guarantee: guaranteeInThread,
    curve: curveInThread,
    now: () => performance.timeOrigin + performance.now(),
    async forget() {
      visitor.forget();
      const stores = ['keys', ...STORAGE_STORES, 'sessions', 'recordings'] as const;
      const tx = strictWrite(db, [...stores]);
      for (const name of stores) if (name !== 'keys') void tx.objectStore(name).clear();
      const keys = tx.objectStore('keys');
      // The ledger's own keys stay: without them returning rows would not be recognised.
      for (const key of await keys.getAllKeys()) if (!key.startsWith(LEDGER_KEYS)) void keys.delete(key);
      await tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
      unwrap(await trainer.forget(null));
    },
    async forgetLedger() {
      const stores = ['keys', 'budget', 'rowAccounts'] as const;
      const tx = strictWrite(db, [...stores]);
      for (const name of stores) void tx.objectStore(name).clear();
      await tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
    },
  };
}

/** @param suffix distinguishes keys of one kind from another */
function keyValueStore<T>(db: MeshDatabase, suffix = ''): KeyValueStore<T> {
  return {
    async read(key) {
      return ((await db.get('sessions', (key + suffix) as Hash)) as T | undefined) ?? null;
    },
    async write(key, value) {
      const tx = strictWrite(db, ['sessions']);
      const objects = tx.objectStore('sessions');
      void (value === null ? objects.delete((key + suffix) as Hash) : objects.put(value, (key + suffix) as Hash));
      await tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
    },
  };
}
