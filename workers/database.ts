/**
 * The one IndexedDB database of this origin: its name, its version, its stores, and the migrations between versions. Writes that
 * a round depends on go through `strictWrite`: their transaction is done once the bytes are on the disk, not in a cache of the
 * system (Indexed Database API 3.0, 2.7.2).
 */
import { openDB, type DBSchema, type IDBPDatabase, type StoreNames } from 'idb';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { BudgetRecord } from '#protocol/privacy/budget';

const DATABASE_NAME = 'sovereign-mesh';

export interface MeshSchema extends DBSchema {
  /** Key pairs by name: a federation's id, or what else the key is for. Private keys are not extractable. */
  keys: { key: string; value: CryptoKeyPair };
  /** Budget ledger, by `seq`. Never cleared by this program. */
  budget: { key: number; value: BudgetRecord };
  /** Named cells of a federation's round core: votes, locks, the update that is on its way. */
  cells: { key: [fed: Hash, name: string]; value: unknown };
  /** Content-addressed bytes: states, updates, test sets. */
  blobs: { key: Hash; value: Uint8Array };
  /** What a reload needs to go on, by federation. */
  sessions: { key: Hash; value: unknown };
  /** Parsed rows of a person's file, by federation or account. */
  rows: { key: string; value: unknown };
}
export type MeshDatabase = IDBPDatabase<MeshSchema>;

/** Migration i leads from version i to i + 1. Published ones never change: add another. */
const MIGRATIONS: readonly ((db: MeshDatabase) => void)[] = [
  (db) => {
    db.createObjectStore('keys');
    db.createObjectStore('budget', { keyPath: 'seq' });
    db.createObjectStore('cells');
    db.createObjectStore('blobs');
    db.createObjectStore('sessions');
    db.createObjectStore('rows');
  },
];

/** @throws MeshError storage-denied: no storage in this mode, no room, or a newer version of the page has been here */
export async function openDatabase(name: string = DATABASE_NAME): Promise<MeshDatabase> {
  try {
    return await openDB<MeshSchema>(name, MIGRATIONS.length, {
      upgrade(db, oldVersion) {
        for (const migrate of MIGRATIONS.slice(oldVersion)) migrate(db);
      },
      // A newer page in another tab wants to migrate: make room at once, our next write fails and says so.
      blocking(_current, _blocked, event) {
        (event.target as IDBDatabase).close();
      },
    });
  } catch (cause) {
    throw storageError(cause);
  }
}

export function strictWrite<Name extends StoreNames<MeshSchema>>(db: MeshDatabase, stores: Name[]) {
  return db.transaction<Name[], 'readwrite'>(stores, 'readwrite', { durability: 'strict' });
}

/** What a failed request or transaction means to the rest of the house. */
export function storageError(cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause;
  const got = cause instanceof Error ? cause.name : String(cause);
  return new MeshError('storage-denied', { field: 'indexedDB', expected: 'room to write', got }, cause);
}
