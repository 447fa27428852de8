/**
 * Where the trainer's thread keeps the parsed rows of a person who joined, until that person leaves: the origin private file system, and
 * the IndexedDB store where a browser has none. Rows that an older page kept in IndexedDB are still found there. Nothing read here may
 * leave the device, nor come into a thread that has a way out of it. Not the rows at work: those are the trainer's.
 */
import type { Hash } from '#protocol/codec';
import { openDatabase, storageError, strictWrite, type MeshDatabase } from '../platform/database.ts';
import { openOpfsRows, type OpfsRows } from './opfs-rows.ts';
import type { KeyValueStore } from '../platform/key-value-store.ts';
import type { KeptRows, RowsStore } from './loaded-rows.ts';

/** This origin's, for the trainer's thread. @throws MeshError storage-denied */
export async function openRowsStore(): Promise<RowsStore> {
  return rowsStore(await openDatabase(), await openOpfsRows());
}

/**
 * For the lab's thread, which only looks and has no way out of the device: the rows that this device trains on in a federation.
 * @returns null where none are kept. @throws MeshError storage-denied
 */
export async function readKeptRows(federation: Hash): Promise<KeptRows | null> {
  const kept = await (await openOpfsRows())?.read(federation);
  if (kept) return kept;
  const db = await openDatabase();
  try {
    return await idbRows(db).read(federation);
  } finally {
    db.close();
  }
}

/** @param files null where the browser has no file system of this kind */
export function rowsStore(db: MeshDatabase, files: OpfsRows | null): RowsStore {
  const older = idbRows(db);
  const clear = async () => {
    const tx = strictWrite(db, ['rows']);
    void tx.objectStore('rows').clear();
    await tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
    await files?.clear();
  };
  if (files === null) return { ...older, clear };
  return {
    clear,
    read: async (federation) => (await files.read(federation)) ?? older.read(federation),
    async write(federation, kept) {
      await files.write(federation, kept);
      await older.write(federation, null);
    },
  };
}

function idbRows(db: MeshDatabase): KeyValueStore<KeptRows> {
  return {
    async read(federation) {
      return ((await db.get('rows', federation)) as KeptRows | undefined) ?? null;
    },
    async write(federation, kept) {
      const tx = strictWrite(db, ['rows']);
      const rows = tx.objectStore('rows');
      void (kept === null ? rows.delete(federation) : rows.put(kept, federation));
      await tx.done.catch((cause: unknown) => Promise.reject(storageError(cause)));
    },
  };
}
