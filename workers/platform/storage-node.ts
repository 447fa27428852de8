/**
 * The storages of a headless peer, all in one SQLite file of its folder: what a batch writes is on the disk together. Synchronous: a write
 * takes a moment of this thread, as its training does.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decode, encode, type Hash } from '#protocol/codec';
import type { Batch, CellPut, Storage } from '#protocol/driver/ports';
import { LogNames } from '#protocol/driver/retention';
import { MeshError } from '#protocol/errors';
import { idOf } from '#protocol/identity';
import type { CertifiedRecord } from '#protocol/round/messages';

const TABLES = `
  CREATE TABLE IF NOT EXISTS log (fed TEXT, epoch INTEGER, round INTEGER, id TEXT, bytes BLOB, PRIMARY KEY (fed, epoch, round)) STRICT;
  CREATE TABLE IF NOT EXISTS blobs (fed TEXT, hash TEXT, bytes BLOB, PRIMARY KEY (fed, hash)) STRICT;
  CREATE TABLE IF NOT EXISTS cells (fed TEXT, key TEXT, blob TEXT, value BLOB, PRIMARY KEY (fed, key)) STRICT;`;

export interface NodeStorages {
  of(federation: Hash): Storage;
  /** Of all federations. */
  clear(): void;
  close(): void;
}

/** @param folder private to its owner. Cells that an older version kept there as files are taken over */
export function openNodeStorages(folder: string): NodeStorages {
  const path = join(folder, 'rounds.db');
  const db = new DatabaseSync(path);
  chmodSync(path, 0o600); // what SQLite puts beside it is as private
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${TABLES}`);
  takeOver(join(folder, 'cells'), (federation) => storageIn(db, federation));
  return {
    of: (federation) => storageIn(db, federation),
    clear: () => db.exec('DELETE FROM log; DELETE FROM blobs; DELETE FROM cells'),
    close: () => db.close(),
  };
}

type Run = (sql: string, ...values: (string | number | Uint8Array | null)[]) => Record<string, unknown>[];

function storageIn(db: DatabaseSync, fed: Hash): Storage & { writeNow(batch: Batch): void } {
  const run: Run = (sql, ...values) => db.prepare(sql).all(...values);
  const records = (rows: Record<string, unknown>[]) => rows.map((row) => decode(row['bytes'] as Uint8Array) as CertifiedRecord);
  const newest = 'SELECT bytes FROM log WHERE fed = ? ORDER BY epoch DESC, round DESC';
  const writeNow = (batch: Batch): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      put(run, fed, batch);
      if (batch.append?.length) {
        const named = new LogNames();
        for (const row of db.prepare(newest).iterate(fed)) if (!named.add(records([row])[0]!)) break;
        collect(run, fed, named.hashes);
      }
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw storageError(error);
    }
  };
  return {
    log: {
      head: async () => records(run(`${newest} LIMIT 1`, fed))[0] ?? null,
      read: async (round, limit) =>
        records(run('SELECT bytes FROM log WHERE fed = ? AND round >= ? ORDER BY epoch, round LIMIT ?', fed, round, limit)),
    },
    blobs: {
      get: async (hash) =>
        (run('SELECT bytes FROM blobs WHERE fed = ? AND hash = ?', fed, hash)[0]?.['bytes'] ?? null) as Uint8Array | null,
    },
    cells: {
      async read() {
        const rows = run('SELECT key, value FROM cells WHERE fed = ?', fed);
        return new Map(rows.map(({ key, value }) => [key as string, decode(value as Uint8Array)]));
      },
    },
    write: async (batch) => writeNow(batch),
    writeNow,
  };
}

/** @throws MeshError conflict */
function put(run: Run, fed: Hash, { puts = [], deletes = [], append = [], blobs = [] }: Batch): void {
  for (const certified of append) {
    const [{ epoch, round }, id] = [certified.record, idOf(certified.record)];
    const there = run('SELECT id FROM log WHERE fed = ? AND epoch = ? AND round = ?', fed, epoch, round)[0]?.['id'];
    if (there !== undefined && there !== id) throw new MeshError('conflict', { field: 'record', expected: String(there), got: id });
    if (there === undefined) run('INSERT INTO log VALUES (?, ?, ?, ?, ?)', fed, epoch, round, id, encode(certified));
  }
  for (const { hash, bytes } of blobs) run('INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)', fed, hash, bytes);
  for (const key of deletes) run('DELETE FROM cells WHERE fed = ? AND key = ?', fed, key);
  for (const { key, value, blob = null } of puts) run('INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)', fed, key, blob, encode(value));
}

/** What neither the log nor a cell names any more (retention.ts). */
function collect(run: Run, fed: Hash, named: ReadonlySet<Hash>): void {
  const unnamed = `fed = ?1 AND hash NOT IN (SELECT value FROM json_each(?2))
    AND hash NOT IN (SELECT blob FROM cells WHERE fed = ?1 AND blob IS NOT NULL)`;
  run(`DELETE FROM blobs WHERE ${unnamed}`, fed, JSON.stringify([...named]));
}

/** Older versions kept a file a cell, the last record and its state among them; updates under way are sent again by their members. */
function takeOver(folder: string, storageOf: (federation: Hash) => { writeNow(batch: Batch): void }): void {
  if (!existsSync(folder)) return;
  for (const federation of readdirSync(folder)) {
    const batch = { puts: [] as CellPut[], append: [] as CertifiedRecord[], blobs: [] as { hash: Hash; bytes: Uint8Array }[] };
    for (const file of readdirSync(join(folder, federation))) {
      if (!file.endsWith('.cell')) continue;
      const key = decodeURIComponent(file.slice(0, -'.cell'.length));
      const value = decode(readFileSync(join(folder, federation, file)));
      if (key === 'head') batch.append.push(value as CertifiedRecord);
      else if (key === 'state') batch.blobs.push(value as { hash: Hash; bytes: Uint8Array });
      else if (!key.startsWith('update/')) batch.puts.push({ key, value });
    }
    storageOf(federation as Hash).writeNow(batch);
  }
  rmSync(folder, { recursive: true });
}

/** A full or failing disk, to the rest of the house. */
function storageError(cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause;
  const got = cause instanceof Error ? cause.message : String(cause);
  return new MeshError('storage-denied', { field: 'folder', expected: 'room to write', got }, cause);
}
