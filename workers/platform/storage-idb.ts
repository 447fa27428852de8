/** One federation's storage in a page's IndexedDB: its log, blobs and cells, written in one transaction. */
import type { IDBPTransaction } from 'idb';
import type { Hash } from '#protocol/codec';
import type { Batch, Storage } from '#protocol/driver/ports';
import { LogNames } from '#protocol/driver/retention';
import { MeshError } from '#protocol/errors';
import { idOf } from '#protocol/identity';
import { TAB_RECORDS_KEPT } from '#protocol/limits';
import type { CertifiedRecord } from '#protocol/round/messages';
import { storageError, strictWrite, type MeshDatabase, type MeshSchema } from './database.ts';

/** Object stores of all federations' storages. */
export const STORAGE_STORES = ['cells', 'cellBlobs', 'log', 'blobs'] as const;
type Write = IDBPTransaction<MeshSchema, (typeof STORAGE_STORES)[number][], 'readwrite'>;

/** @param recordsKept the newest records; older ones go */
export function idbStorage(db: MeshDatabase, federation: Hash, recordsKept = TAB_RECORDS_KEPT): Storage {
  // Arrays sort behind numbers and strings: all keys that begin with the federation.
  const all = IDBKeyRange.bound([federation], [federation, []]);
  return {
    log: {
      async head() {
        const cursor = await db.transaction('log').store.openCursor(all, 'prev');
        return cursor?.value ?? null;
      },
      async read(round, limit) {
        const found: CertifiedRecord[] = [];
        let at = await db.transaction('log').store.openCursor(all);
        while (at !== null && found.length < limit) {
          const [, epoch, there] = at.key;
          if (there >= round) found.push(at.value);
          at = await (there < round ? at.continue([federation, epoch, round]) : at.continue());
        }
        return found;
      },
    },
    blobs: { get: async (hash) => (await db.get('blobs', [federation, hash])) ?? null },
    cells: {
      async read() {
        const { store } = db.transaction('cells');
        const [keys, values] = await Promise.all([store.getAllKeys(all), store.getAll(all)]);
        return new Map(keys.map(([, name], i) => [name, values[i]]));
      },
    },
    async write(batch) {
      const tx = strictWrite(db, [...STORAGE_STORES]);
      const done = tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
      try {
        await put(tx, federation, batch);
        if (batch.append?.length) await collect(tx, all, recordsKept);
      } catch (error) {
        done.catch(() => {}); // this one is told
        if (error instanceof MeshError || error instanceof DOMException) abort(tx);
        throw storageError(error);
      }
      await done;
    },
  };
}

function abort(tx: Write): void {
  try {
    tx.abort();
  } catch {
    // What failed has aborted it already.
  }
}

/** What becomes of a request its transaction tells. */
function ask(request: Promise<unknown>): void {
  request.catch(() => {});
}

/** @throws MeshError conflict */
async function put(tx: Write, federation: Hash, { puts = [], deletes = [], append = [], blobs = [] }: Batch): Promise<void> {
  const [cells, names, log] = [tx.objectStore('cells'), tx.objectStore('cellBlobs'), tx.objectStore('log')];
  for (const { hash, bytes } of blobs) ask(tx.objectStore('blobs').put(bytes, [federation, hash]));
  for (const key of deletes) {
    ask(cells.delete([federation, key]));
    ask(names.delete([federation, key]));
  }
  for (const { key, value, blob } of puts) {
    ask(cells.put(value, [federation, key]));
    ask(blob === undefined ? names.delete([federation, key]) : names.put(blob, [federation, key]));
  }
  for (const certified of append) {
    const { epoch, round } = certified.record;
    const there = await log.get([federation, epoch, round]);
    if (there === undefined) {
      ask(log.put(certified, [federation, epoch, round]));
      continue;
    }
    const [expected, got] = [idOf(there.record), idOf(certified.record)];
    if (expected !== got) throw new MeshError('conflict', { field: 'record', expected, got });
  }
}

/** What nothing names any more (retention.ts), and the oldest records of too many. */
async function collect(tx: Write, all: IDBKeyRange, recordsKept: number): Promise<void> {
  const [names, log, blobs] = [tx.objectStore('cellBlobs'), tx.objectStore('log'), tx.objectStore('blobs')];
  const named = new LogNames();
  for (let at = await log.openCursor(all, 'prev'); at !== null && named.add(at.value); at = await at.continue());
  const cells = new Set(await names.getAll(all));
  for (const key of await blobs.getAllKeys(all)) {
    if (!named.hashes.has(key[1]) && !cells.has(key[1])) ask(blobs.delete(key));
  }
  const tooMany = (await log.count(all)) - recordsKept;
  if (tooMany > 0) for (const key of await log.getAllKeys(all, tooMany)) ask(log.delete(key));
}
