/**
 * Parsed rows in the origin private file system (File System Standard, 2023): one file a federation, written through a synchronous
 * access handle by the trainer's thread alone, and read by any thread of this origin. A write makes a new file beside the old one and
 * drops the old one once the new one is whole and flushed, so a full disk or a crash costs nothing that was kept.
 * Not for a page's main thread, which has no such handles, and not the format (rows-file.ts).
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { RowsStore } from './loaded-rows.ts';
import { layOutRows, readRowsFile, type FilePiece } from './rows-file.ts';

const FOLDER = 'sovereign-mesh-rows';
const NAME = /^([\w-]{43})\.(\d{1,12})\.rows$/;

/** File System Standard 2.4, which TypeScript has among the types of workers only. */
interface SyncHandle {
  truncate(bytes: number): void;
  write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  flush(): void;
  close(): void;
}
type SyncFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncHandle> };

/** Writable in a worker; everywhere else only `read`. */
export type OpfsRows = RowsStore;

/** Null where this browser or mode has no such file system. */
export async function openOpfsRows(folderName: string = FOLDER): Promise<OpfsRows | null> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(folderName, { create: true });
    return opfsRows(folder);
  } catch {
    return null; // private modes of some browsers refuse it
  }
}

function opfsRows(folder: FileSystemDirectoryHandle): OpfsRows {
  /** Files of one federation, newest first. */
  const filesOf = async (federation: string) => {
    const found: { name: string; turn: number }[] = [];
    for await (const name of folder.keys()) {
      const match = NAME.exec(name);
      if (match?.[1] === federation) found.push({ name, turn: Number(match[2]) });
    }
    return found.toSorted((a, b) => b.turn - a.turn);
  };
  return {
    async read(federation) {
      for (const { name } of await filesOf(federation)) {
        const file = await folder.getFileHandle(name).then(
          (handle) => handle.getFile(),
          () => null,
        );
        const kept = file === null ? null : await readRowsFile(federation as Hash, file).catch(() => null);
        if (kept !== null) return kept;
      }
      return null;
    },
    async write(federation, kept) {
      const before = await filesOf(federation);
      if (kept !== null) {
        const name = `${federation}.${(before[0]?.turn ?? 0) + 1}.rows`;
        const { bytes, body, preamble } = await layOutRows(federation as Hash, kept);
        try {
          const handle = (await folder.getFileHandle(name, { create: true })) as SyncFile;
          writePieces(await handle.createSyncAccessHandle(), body, preamble);
        } catch (cause) {
          await folder.removeEntry(name).catch(() => {});
          throw await roomError(bytes, cause);
        }
      }
      for (const { name } of before) await folder.removeEntry(name);
    },
    async clear() {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      for (const name of names) await folder.removeEntry(name);
    },
  };
}

function writePieces(file: SyncHandle, body: readonly FilePiece[], preamble: FilePiece): void {
  const write = ({ at, bytes }: FilePiece) => {
    const written = file.write(bytes, { at });
    // A disk without room may take a part and say so by its length alone.
    if (written !== bytes.length) throw new DOMException(`${written} of ${bytes.length} bytes written`, 'QuotaExceededError');
  };
  try {
    file.truncate(0);
    for (const piece of body) write(piece);
    file.flush(); // all that the preamble vouches for is on the disk before it
    write(preamble);
    file.flush();
  } finally {
    file.close();
  }
}

/** Why rows could not be kept, with what was needed and what the browser says is there. */
async function roomError(bytes: number, cause: unknown): Promise<MeshError> {
  const why = cause instanceof Error ? cause.name : String(cause);
  const { quota, usage } = await navigator.storage.estimate().catch(() => ({ quota: undefined, usage: undefined }));
  const free = quota === undefined || usage === undefined ? '' : `; the browser reckons with ${megabytes(Math.max(0, quota - usage))}`;
  return new MeshError('storage-denied', { field: 'rows', expected: `${megabytes(bytes)} of room`, got: `${why}${free}` }, cause);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
