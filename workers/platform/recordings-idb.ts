/**
 * Recordings that a person made with this device, in the origin's IndexedDB: personal data that never leaves it, kept by federation
 * until each is dropped or all of the site is forgotten. Not the rows that they become (kept-rows.ts).
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { RECORDINGS_MAX } from '#protocol/limits';
import { storageError, strictWrite, type MeshDatabase } from './database.ts';
import type { RecordingStore } from './key-value-store.ts';

const rangeOf = (federation: Hash) => IDBKeyRange.bound([federation, ''], [federation, '\uffff']);

export function recordingsIn(db: MeshDatabase): RecordingStore {
  const failed = (cause: unknown) => Promise.reject(storageError(cause));
  return {
    async list(federation) {
      const found = await db.getAll('recordings', rangeOf(federation)).catch(failed);
      return found.toSorted((a, b) => a.at - b.at);
    },
    async keep(federation, recording) {
      const tx = strictWrite(db, ['recordings']);
      const store = tx.objectStore('recordings');
      const known = await store.count(rangeOf(federation));
      if (known >= RECORDINGS_MAX && (await store.getKey([federation, recording.id])) === undefined) {
        tx.abort();
        await tx.done.catch(() => {}); // aborted by this very line
        throw new MeshError('rows-too-many', { field: 'recordings', expected: `at most ${RECORDINGS_MAX}`, got: String(known + 1) });
      }
      void store.put(recording, [federation, recording.id]);
      await tx.done.catch(failed);
    },
    async drop(federation, id) {
      const tx = strictWrite(db, ['recordings']);
      void tx.objectStore('recordings').delete([federation, id]);
      await tx.done.catch(failed);
    },
  };
}
