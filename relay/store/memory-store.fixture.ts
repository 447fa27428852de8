/** A store in memory for tests: the SQLite store's statements on a database without a file, in this thread. */
import { DatabaseSync } from 'node:sqlite';
import type { Quotas } from './quotas.ts';
import { migrate } from './sqlite-schema.ts';
import { sqliteStatements } from './sqlite-statements.ts';
import type { Store } from './store.ts';

export function openMemoryStore(quotas: Quotas): Store {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  const statements = sqliteStatements(db, quotas);
  const method =
    (run: (...args: readonly unknown[]) => unknown) =>
    async (...args: readonly unknown[]) => {
      db.exec('BEGIN');
      try {
        const result = run(...args);
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    };
  const methods = Object.entries(statements).map(([name, run]) => [name, method(run as (...args: readonly unknown[]) => unknown)]);
  return { ...(Object.fromEntries(methods) as Omit<Store, 'close'>), close: async () => {} };
}
