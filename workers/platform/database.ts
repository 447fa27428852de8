/**
 * The one IndexedDB database of this origin: its name, its version, its stores, and the migrations between versions. Writes that
 * a round depends on go through `strictWrite`: their transaction is done once the bytes are on the disk, not in a cache of the
 * system (Indexed Database API 3.0, 2.7.2).
 */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { BudgetRecord } from '#protocol/privacy/ledger/budget';
import type { KeptRecording } from '../api.ts';
import type { RowAccountEntry } from '../ledger/row-accounts.ts';

const DATABASE_NAME = 'sovereign-mesh';

export interface MeshSchema extends DBSchema {
  /** Key pairs by name: a federation's id, or what else the key is for. Private keys are not extractable. One name has a single key. */
  keys: { key: string; value: CryptoKeyPair };
  /** Budget ledger, by `seq`. Cleared for a new person alone, by a wish that says so. */
  budget: { key: number; value: BudgetRecord };
  /** Named cells of a federation's round core: votes, locks, the update that is on its way. */
  cells: { key: [fed: Hash, name: string]; value: unknown };
  /** Blobs that cells name. */
  cellBlobs: { key: [fed: Hash, name: string]; value: Hash };
  /** Certified records, the newest of each federation (protocol/driver/retention.ts). */
  log: { key: [fed: Hash, epoch: number, round: number]; value: CertifiedRecord };
  /** Content-addressed bytes: states, vectors of updates. */
  blobs: { key: [fed: Hash, hash: Hash]; value: Uint8Array };
  /** What a reload needs to go on, by federation. */
  sessions: { key: Hash; value: unknown };
  /** Parsed rows of a person's file, by federation, where the browser has no file system for them (kept-rows.ts). */
  rows: { key: string; value: unknown };
  /** Which rows belong to which account of the ledger (row-accounts.ts), in the order they came. */
  rowAccounts: { key: number; value: RowAccountEntry };
  /** What a person recorded with this device for a federation. */
  recordings: { key: [fed: Hash, id: string]; value: KeptRecording };
}
export type MeshDatabase = IDBPDatabase<MeshSchema>;
type Upgrade = IDBPTransaction<MeshSchema, StoreNames<MeshSchema>[], 'versionchange'>;

/** Migration i leads from version i to i + 1. Published ones never change: add another. */
const MIGRATIONS: readonly ((db: MeshDatabase, upgrade: Upgrade) => void | Promise<void>)[] = [
  (db) => {
    db.createObjectStore('keys');
    db.createObjectStore('budget', { keyPath: 'seq' });
    db.createObjectStore('cells');
    db.createObjectStore('blobs');
    db.createObjectStore('sessions');
    db.createObjectStore('rows');
  },
  // Rows were kept without those set aside, and their report counted what is a list of findings now.
  async (_db, upgrade) => {
    for (let at = await upgrade.objectStore('rows').openCursor(); at !== null; at = await at.continue()) {
      const kept = at.value as { heldOut?: unknown; rows: { y: Int32Array }; report: Record<string, unknown> };
      if (kept.heldOut !== undefined) continue;
      const { skipped: _skipped, skippedCount: _count, clampedCount: _clamped, ...report } = kept.report;
      const heldOut = { x: new Float32Array(0), y: new Int32Array(0) };
      await at.update({ ...kept, heldOut, report: { ...report, heldOut: 0, units: kept.rows.y.length, findings: [] } });
    }
  },
  (db) => {
    db.createObjectStore('rowAccounts', { autoIncrement: true });
  },
  (db) => {
    db.createObjectStore('recordings');
  },
  // The last record and its state were cells. Updates that are under way are sent again by their members.
  async (db, upgrade) => {
    db.deleteObjectStore('blobs'); // nothing was ever in it
    for (const name of ['blobs', 'cellBlobs', 'log'] as const) db.createObjectStore(name);
    for (let at = await upgrade.objectStore('cells').openCursor(); at !== null; at = await at.continue()) {
      const [fed, name] = at.key;
      if (name === 'head') {
        const certified = at.value as CertifiedRecord;
        await upgrade.objectStore('log').put(certified, [fed, certified.record.epoch, certified.record.round]);
      } else if (name === 'state') {
        const { hash, bytes } = at.value as { hash: Hash; bytes: Uint8Array };
        await upgrade.objectStore('blobs').put(bytes, [fed, hash]);
      } else if (!name.startsWith('update/')) continue;
      await at.delete();
    }
  },
];

/** @throws MeshError storage-denied: no storage in this mode, no room, or a newer version of the page has been here */
export async function openDatabase(name: string = DATABASE_NAME): Promise<MeshDatabase> {
  try {
    return await openDB<MeshSchema>(name, MIGRATIONS.length, {
      async upgrade(db, oldVersion, _newVersion, upgrade) {
        for (const migrate of MIGRATIONS.slice(oldVersion)) await migrate(db, upgrade);
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
