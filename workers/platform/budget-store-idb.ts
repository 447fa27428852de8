/**
 * The budget ledger's records in this browser. One transaction checks that a record is the next one and adds it, so two tabs that
 * append at once cannot both succeed, whatever locks they hold.
 */
import { MeshError } from '#protocol/errors';
import type { BudgetStore } from '#protocol/privacy/ledger/budget';
import { storageError, strictWrite, type MeshDatabase } from './database.ts';

export function idbBudgetStore(db: MeshDatabase): BudgetStore {
  return {
    async read() {
      try {
        return await db.getAll('budget');
      } catch (cause) {
        throw storageError(cause);
      }
    },

    async append(record) {
      try {
        const write = strictWrite(db, ['budget']);
        const store = write.objectStore('budget');
        const next = await store.count();
        if (record.seq !== next) {
          await write.done; // nothing was written: it ends by itself
          throw new MeshError('conflict', { field: 'budget.seq', expected: String(next), got: String(record.seq) });
        }
        await Promise.all([store.add(record), write.done]);
      } catch (cause) {
        throw storageError(cause);
      }
    },
  };
}
