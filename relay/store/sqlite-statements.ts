/**
 * The store's methods as SQL on one open connection, synchronous; the worker runs them inside its transactions.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { checkBlobHash, sameRecord } from './memory.ts';
import { checkBlobQuota, checkFederationQuota, type Quotas } from './quotas.ts';
import type { StoreArguments, StoreMethod, StoreResult } from './sqlite-requests.ts';
import type { StoredManifest, StoredRecord } from './store.ts';

export type Statements = { readonly [M in StoreMethod]: (...args: StoreArguments<M>) => StoreResult<M> };
type Row = Record<string, SQLOutputValue>;

const RECORD_COLUMNS = 'fed, epoch, round, id, state, bytes';

export function sqliteStatements(db: DatabaseSync, quotas: Quotas): Statements {
  const one = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]): Row | undefined => statement.get(...values);
  };
  const many = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: SQLInputValue[]): Row[] => statement.all(...values);
  };
  const select = one('SELECT 1');
  return {
    ...manifestStatements(one, many, quotas),
    ...recordStatements(one, many),
    ...blobStatements(one, quotas),
    ...cellStatements(one, many),
    ping: () => void select(),
  };
}

type One = (sql: string) => (...values: SQLInputValue[]) => Row | undefined;
type Many = (sql: string) => (...values: SQLInputValue[]) => Row[];

function manifestStatements(one: One, many: Many, quotas: Quotas): Pick<Statements, 'putManifest' | 'manifest' | 'manifests'> {
  const byId = one('SELECT id, owner, bytes, seq FROM manifests WHERE id = ?');
  const count = one('SELECT COUNT(*) AS ofAll, COALESCE(SUM(owner = ?), 0) AS ofOwner FROM manifests');
  const insert = one('INSERT INTO manifests (id, owner, bytes) VALUES (?, ?, ?)');
  const all = many('SELECT id, owner, bytes, seq FROM manifests ORDER BY seq');
  return {
    putManifest(id, owner, bytes) {
      if (byId(id) !== undefined) return false;
      const { ofOwner, ofAll } = count(owner)!;
      checkFederationQuota(quotas, Number(ofOwner), Number(ofAll));
      insert(id, owner, bytes);
      return true;
    },
    manifest: (id) => rowOrNull<StoredManifest>(byId(id)),
    manifests: () => all() as unknown as StoredManifest[],
  };
}

function recordStatements(one: One, many: Many): Pick<Statements, 'putRecord' | 'record' | 'head' | 'records'> {
  const bySlot = one(`SELECT ${RECORD_COLUMNS} FROM records WHERE fed = ? AND epoch = ? AND round = ?`);
  const insert = one(`INSERT INTO records (${RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const last = one(`SELECT ${RECORD_COLUMNS} FROM records WHERE fed = ? ORDER BY epoch DESC, round DESC LIMIT 1`);
  const from = many(`SELECT ${RECORD_COLUMNS} FROM records WHERE fed = ? AND round >= ? ORDER BY epoch, round LIMIT ?`);
  return {
    putRecord({ fed, epoch, round, id, state, bytes }) {
      const there = bySlot(fed, epoch, round);
      if (there !== undefined) return sameRecord(there['id'] as Hash, id);
      insert(fed, epoch, round, id, state, bytes);
      return true;
    },
    record: (fed, epoch, round) => rowOrNull<StoredRecord>(bySlot(fed, epoch, round)),
    head: (fed) => rowOrNull<StoredRecord>(last(fed)),
    records: (fed, fromRound, limit) => from(fed, fromRound, limit) as unknown as StoredRecord[],
  };
}

function blobStatements(one: One, quotas: Quotas): Pick<Statements, 'putBlob' | 'blob' | 'deleteBlobs'> {
  const byHash = one('SELECT bytes FROM blobs WHERE hash = ?');
  const exists = one('SELECT 1 AS there FROM blobs WHERE hash = ?');
  const ofOwner = one('SELECT COALESCE(SUM(size), 0) AS size FROM blobs WHERE owner = ?');
  const ofAll = one('SELECT COALESCE(SUM(size), 0) AS size FROM blobs');
  const insert = one('INSERT INTO blobs (hash, owner, size, bytes) VALUES (?, ?, ?, ?)');
  const remove = one('DELETE FROM blobs WHERE hash = ?');
  const sizeOf = (owner: PeerId) => Number(ofOwner(owner)!['size']);
  return {
    putBlob(hash, owner, bytes) {
      checkBlobHash(hash, bytes);
      if (exists(hash) !== undefined) return;
      if (owner !== quotas.relay) {
        const strangers = Number(ofAll()!['size']) - (quotas.relay === null ? 0 : sizeOf(quotas.relay));
        checkBlobQuota(quotas, owner, sizeOf(owner), strangers, bytes.length);
      }
      insert(hash, owner, bytes.length, bytes);
    },
    blob: (hash) => (byHash(hash)?.['bytes'] as Uint8Array | undefined) ?? null,
    deleteBlobs(hashes) {
      for (const hash of hashes) remove(hash);
    },
  };
}

function cellStatements(one: One, many: Many): Pick<Statements, 'writeCells' | 'cells'> {
  const remove = one('DELETE FROM cells WHERE fed = ? AND name = ?');
  const put = one('INSERT INTO cells (fed, name, value) VALUES (?, ?, ?) ON CONFLICT (fed, name) DO UPDATE SET value = excluded.value');
  const all = many('SELECT name, value FROM cells WHERE fed = ? ORDER BY name');
  return {
    writeCells(fed, puts, deletes) {
      for (const key of deletes) remove(fed, key);
      for (const { key, value } of puts) put(fed, key, value);
    },
    cells: (fed) => new Map(all(fed).map((row) => [row['name'] as string, row['value'] as Uint8Array])),
  };
}

function rowOrNull<T>(row: Row | undefined): T | null {
  return row === undefined ? null : (row as unknown as T);
}
