/**
 * The thread that owns a relay's SQLite file. Synchronous SQLite blocks here, never the sockets.
 *
 * Group commit: all requests that arrived while a transaction was being made durable share the next one, each inside its own savepoint, so
 * that one refusal undoes one request. Replies leave after COMMIT (WAL, synchronous=FULL: after the fsync). The file is locked for this
 * process alone: two relays with one key and one directory could vote against each other.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { asMeshError, MeshError } from '#protocol/errors';
import { claim, migrate } from './sqlite-schema.ts';
import { OPENED, type Reply, type Request, type WorkerData } from './sqlite-requests.ts';
import { sqliteStatements, type Statements } from './sqlite-statements.ts';

/** Requests and bytes in one transaction: they bound the time until the first request is acknowledged, and the log. */
const GROUP_MAX = 256;
const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** Part of the `disk` setting for the write-ahead log: a group, the largest request beside it, and pages until the next checkpoint. */
const LOG_BYTES = 48 * 1024 * 1024;
const PAGE_BYTES = 4096;
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;

const port = parentPort!;
const { path, quotas, busyMs, mayBeNew } = workerData as WorkerData;

function open(): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyMs });
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  const check = String(Object.values(db.prepare('PRAGMA quick_check(1)').get()!)[0]);
  if (quotas.disk !== Infinity) {
    db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    db.exec(`PRAGMA max_page_count = ${Math.max(64, Math.floor((quotas.disk - LOG_BYTES) / PAGE_BYTES))}`);
  }
  if (check !== 'ok') throw new MeshError('internal', { field: 'store', expected: 'an intact file', got: check });
  migrate(db);
  if (quotas.relay !== null) claim(db, quotas.relay, path, mayBeNew);
  return db;
}

/** @returns the names of the methods */
function serve(db: DatabaseSync): string[] {
  const statements = sqliteStatements(db, quotas);
  port.on('message', (first: Request) => {
    const group = [first];
    let bytes = bytesIn(first.args);
    while (group.length < GROUP_MAX && bytes < GROUP_BYTES_MAX) {
      const next = receiveMessageOnPort(port) as { message: Request } | undefined;
      if (next === undefined) break;
      group.push(next.message);
      bytes += bytesIn(next.message.args);
    }
    const last = group.at(-1)!.method === 'close' ? group.pop()! : null;
    for (const reply of commitGroup(db, statements, group)) port.postMessage(reply);
    if (last !== null) {
      db.close();
      port.postMessage({ id: last.id, ok: true, value: null } satisfies Reply);
      port.close();
    }
  });
  return Object.keys(statements);
}

function commitGroup(db: DatabaseSync, statements: Statements, group: readonly Request[]): Reply[] {
  if (group.length === 0) return [];
  try {
    db.exec('BEGIN IMMEDIATE');
    const replies = group.map((request) => runOne(db, statements, request));
    db.exec('COMMIT');
    return replies;
  } catch (error) {
    // Nothing of the group is on disk, so every request in it fails.
    if (db.isTransaction) db.exec('ROLLBACK');
    const { code, detail } = storeError(error);
    return group.map(({ id }) => ({ id, ok: false, code, detail }));
  }
}

function runOne(db: DatabaseSync, statements: Statements, { id, method, args }: Request): Reply {
  if (method === 'close') throw new MeshError('internal', { field: 'store', expected: 'close as the last request' });
  db.exec('SAVEPOINT request');
  try {
    const run = statements[method] as (...args: readonly unknown[]) => unknown;
    return { id, ok: true, value: run(...args) };
  } catch (error) {
    if (!db.isTransaction) throw error; // a full disk ended the whole transaction
    db.exec('ROLLBACK TO request');
    const { code, detail } = storeError(error);
    return { id, ok: false, code, detail };
  } finally {
    if (db.isTransaction) db.exec('RELEASE request');
  }
}

function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + bytesIn(item), 0);
}

function storeError(error: unknown): MeshError {
  const primary = ((error as { errcode?: number }).errcode ?? 0) & 255;
  if (primary === SQLITE_BUSY)
    return new MeshError('conflict', { field: 'store', expected: 'a data directory that no other relay uses', got: path });
  // A disk without space fails the log's write, not only the file's.
  if (primary === SQLITE_FULL || primary === SQLITE_IOERR)
    return new MeshError('storage-denied', { field: 'store', expected: 'space on the disk' });
  return asMeshError(error);
}

try {
  port.postMessage({ id: OPENED, ok: true, value: serve(open()) } satisfies Reply);
} catch (error) {
  const { code, detail } = storeError(error);
  port.postMessage({ id: OPENED, ok: false, code, detail } satisfies Reply);
  port.close();
}
