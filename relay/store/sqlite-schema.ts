/**
 * The tables of a relay's store, as numbered migrations: the n-th entry takes a file from user_version n to n + 1.
 * An entry is never edited once released; a change is a new entry. Plain SQL that PostgreSQL understands with few changes.
 */
import type { DatabaseSync } from 'node:sqlite';
import { MeshError } from '#protocol/errors';

const MIGRATIONS: readonly string[] = [
  `CREATE TABLE manifests (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     owner TEXT NOT NULL,
     bytes BLOB NOT NULL
   ) STRICT;
   CREATE INDEX manifests_owner ON manifests (owner);

   CREATE TABLE records (
     fed TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     round INTEGER NOT NULL,
     id TEXT NOT NULL,
     state TEXT NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (fed, epoch, round)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE blobs (
     hash TEXT NOT NULL PRIMARY KEY,
     owner TEXT NOT NULL,
     size INTEGER NOT NULL,
     bytes BLOB NOT NULL
   ) STRICT;
   CREATE INDEX blobs_owner ON blobs (owner, size);

   CREATE TABLE cells (
     fed TEXT NOT NULL,
     name TEXT NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (fed, name)
   ) STRICT;`,
];

/** @throws MeshError version-unsupported when a newer build wrote the file */
export function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()!['user_version']);
  if (version > MIGRATIONS.length) {
    throw new MeshError('version-unsupported', { field: 'store', expected: `schema ${MIGRATIONS.length} or older`, got: String(version) });
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]!} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
}
