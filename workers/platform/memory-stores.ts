/**
 * Stores that end with their thread: key-value stores and a ledger for practice, where nothing real is spent. Not for a
 * person's budget, which belongs on a disk.
 */
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import type { BudgetRecord, BudgetStore } from '#protocol/privacy/ledger/budget';
import type { LedgerKeys } from '../ledger/ledger-keys.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { RowAccountEntry } from '../ledger/row-accounts.ts';
import { makeRowKey } from '../ledger/row-ids.ts';

export function memoryBudget(): BudgetStore {
  const records: BudgetRecord[] = [];
  return {
    read: async () => [...records],
    async append(record) {
      if (record.seq !== records.length) {
        throw new MeshError('conflict', { field: 'budget.seq', expected: String(records.length), got: String(record.seq) });
      }
      records.push(record);
    },
  };
}

export function memoryLedgerKeys(): LedgerKeys {
  const entries: RowAccountEntry[] = [];
  let identity: Promise<Identity> | undefined;
  let rowKey: Promise<CryptoKey> | undefined;
  return {
    identity: () => (identity ??= generateKeyPair(false).then(identityOf)),
    rowKey: () => (rowKey ??= makeRowKey()),
    rows: {
      each: async (look) => entries.forEach(look),
      add: async ({ account, ids }) => void entries.push({ account, ids: ids.slice() }),
    },
  };
}

export function memoryKeyValueStore<T>(): KeyValueStore<T> & { clear(): Promise<void> } {
  const values = new Map<string, T>();
  return {
    clear: async () => values.clear(),
    read: async (key) => values.get(key) ?? null,
    async write(key, value) {
      if (value === null) values.delete(key);
      else values.set(key, value);
    },
  };
}
