/**
 * A store in memory, for tests and for relays that should forget: the SQLite store's statements on a database without a file, in this
 * thread. Nothing survives the process.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Quotas } from './quotas.ts';
import { migrate } from './sqlite-schema.ts';
import { STORE_METHODS, type StoreArguments, type StoreMethod, type StoreResult } from './sqlite-requests.ts';
import { sqliteStatements } from './sqlite-statements.ts';
import type { Store } from './store.ts';

export function openMemoryStore(quotas: Quotas): Store {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  const statements = sqliteStatements(db, quotas);
  const method =
    <M extends StoreMethod>(name: M) =>
    async (...args: StoreArguments<M>): Promise<StoreResult<M>> => {
      db.exec('BEGIN');
      try {
        const result = (statements[name] as (...args: StoreArguments<M>) => StoreResult<M>)(...args);
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    };
  const methods = Object.fromEntries(STORE_METHODS.map((name) => [name, method(name)])) as unknown as Omit<Store, 'close'>;
  return { ...methods, close: async () => {} };
}
