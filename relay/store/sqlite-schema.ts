/**
 * The tables of a relay's store, as numbered migrations: the n-th entry takes a file from user_version n to n + 1. A released entry is
 * never edited; a change is a new entry. Plain SQL that PostgreSQL understands with few changes.
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
  `CREATE TABLE meta (
     name TEXT NOT NULL PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT;
   CREATE TABLE invitations (
     hash TEXT NOT NULL PRIMARY KEY,
     until INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE states (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     fed TEXT NOT NULL,
     hash TEXT NOT NULL
   ) STRICT;
   CREATE INDEX states_fed ON states (fed);
   CREATE INDEX states_hash ON states (hash);

   ALTER TABLE manifests ADD COLUMN standing TEXT NOT NULL DEFAULT 'listed';
   ALTER TABLE manifests ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE manifests ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE manifests ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE manifests ADD COLUMN states INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE manifests ADD COLUMN disk INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE manifests ADD COLUMN testSet TEXT;
   ALTER TABLE blobs ADD COLUMN isState INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE blobs ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
   UPDATE blobs SET isState = 1 WHERE hash IN (SELECT state FROM records);`,
  // Decisions are only in the log now, and updates are blobs. Members send pending ones again.
  `DELETE FROM cells WHERE name IN ('head', 'state') OR name LIKE 'update/%';
   ALTER TABLE cells ADD COLUMN blob TEXT;
   CREATE INDEX cells_blob ON cells (blob);
   CREATE TABLE vectors (
     fed TEXT NOT NULL,
     round INTEGER NOT NULL,
     hash TEXT NOT NULL
   ) STRICT;
   CREATE INDEX vectors_fed ON vectors (fed, round);
   CREATE INDEX vectors_hash ON vectors (hash);`,
  'ALTER TABLE manifests ADD COLUMN withdrawal BLOB;',
  // Of federations that were deleted since.
  `CREATE TABLE withdrawals (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     withdrawal BLOB NOT NULL
   ) STRICT;`,
];

/** @throws MeshError version-unsupported if a newer build wrote the file */
export function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()!['user_version']);
  if (version > MIGRATIONS.length) {
    throw new MeshError('version-unsupported', { field: 'store', expected: `schema ${MIGRATIONS.length} or older`, got: String(version) });
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]!} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
}

/**
 * A database belongs to the relay whose key was there when it was made, and always has that relay's built-in federations.
 * @throws MeshError conflict if it is another relay's, not-found if its content is gone
 */
export function claim(db: DatabaseSync, relay: string, path: string, mayBeNew: boolean): void {
  const kept = db.prepare("SELECT value FROM meta WHERE name = 'relay'").get();
  if (kept !== undefined && kept['value'] !== relay) {
    const expected = `the key of relay ${String(kept['value'])}, which made this database. Put its file back beside it`;
    throw new MeshError('conflict', { field: 'relay.key.pem', expected, got: `that of ${relay}` });
  }
  const had = kept !== undefined || !mayBeNew;
  const lost = db.prepare('SELECT COUNT(*) AS n FROM manifests').get()!['n'] === 0;
  // A first start that was cut off may leave the claim alone. A sequence number that was given out proves that rows are gone.
  const ever = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'manifests'").get() !== undefined;
  if (had && lost && (ever || kept === undefined)) {
    const expected =
      "this relay's federations. Put relay.db back from a backup; or, to start over as another relay, move the whole directory away";
    throw new MeshError('not-found', { field: path, expected, got: 'a database without any' });
  }
  if (kept === undefined) db.prepare("INSERT INTO meta (name, value) VALUES ('relay', ?)").run(relay);
}
