/** A thread that keeps rows, for tests: synchronous handles exist in workers only. */
import { expose } from 'comlink';
import { hashBytes, type Hash } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import { openDatabase } from '../platform/database.ts';
import { rowsStore } from './kept-rows.ts';
import { openOpfsRows } from './opfs-rows.ts';
import type { KeptRows } from './loaded-rows.ts';
import { layOutRows } from './rows-file.ts';

/** What happens to the next file that is written. */
type Fault = 'full' | 'torn' | null;

const keeper = {
  async write(folder: string, federation: Hash, kept: KeptRows | null): Promise<string | null> {
    const rows = await openOpfsRows(folder);
    if (rows === null) throw new Error('no file system');
    return rows.write(federation, kept).then(
      () => null,
      (error: unknown) => asMeshError(error).message,
    );
  },
  async read(folder: string, federation: Hash): Promise<KeptRows | null> {
    return (await openOpfsRows(folder))!.read(federation);
  },
  async clear(folder: string): Promise<void> {
    await (await openOpfsRows(folder))!.clear();
  },
  /** The disk of this thread from here on. */
  fault(fault: Fault): void {
    const real = FileSystemFileHandle.prototype as unknown as { createSyncAccessHandle(): Promise<{ write(...args: unknown[]): number }> };
    const open = real.createSyncAccessHandle;
    if (fault === null) return;
    real.createSyncAccessHandle = async function (this: FileSystemFileHandle) {
      const handle = await open.call(this as never);
      const write = handle.write.bind(handle);
      let writes = 0;
      handle.write = (...args) => {
        writes++;
        if (fault === 'full' && writes > 1) throw new DOMException('no room', 'QuotaExceededError');
        return write(...args);
      };
      return handle;
    };
  },
  /** Lays a file out as a crash before its last piece would leave it. */
  async tear(folder: string, federation: Hash, kept: KeptRows): Promise<void> {
    const root = await navigator.storage.getDirectory();
    const dir = await root.getDirectoryHandle(folder, { create: true });
    const { body } = await layOutRows(federation, kept);
    const handle = await dir.getFileHandle(`${federation}.999.rows`, { create: true });
    const file = await (
      handle as unknown as { createSyncAccessHandle(): Promise<{ write(b: Uint8Array, o: { at: number }): number; close(): void }> }
    ).createSyncAccessHandle();
    for (const { at, bytes } of body) file.write(bytes, { at });
    file.close();
  },
  /** Rows that an older page kept in IndexedDB, then the same store with files and without. */
  async moves(database: string, folder: string, federation: Hash, kept: KeptRows): Promise<unknown[]> {
    const db = await openDatabase(database);
    const files = (await openOpfsRows(folder))!;
    await rowsStore(db, null).write(federation, kept);
    const store = rowsStore(db, files);
    const found = (await store.read(federation))?.digest;
    await store.write(federation, { ...kept, digest: hashBytes(new Uint8Array([7])) });
    const seen = [found, (await store.read(federation))?.digest, (await rowsStore(db, null).read(federation))?.digest ?? null];
    await store.write(federation, null);
    seen.push((await store.read(federation))?.digest ?? null);
    db.close();
    return seen;
  },
};
export type RowsKeeper = typeof keeper;
expose(keeper);
