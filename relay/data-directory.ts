/**
 * The two things that make a data directory this relay's: its key and its database. If one is missing, the relay has lost part of itself;
 * silently starting over would make it a different relay.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '#protocol/errors';

export interface DataDirectory {
  readonly key: string;
  readonly database: string;
  readonly adminSocket: string;
  /** Whether it has nothing of a relay yet. */
  readonly isNew: boolean;
}

/** @throws MeshError not-found if either the key or the database is missing */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const [key, database] = [join(path, 'relay.key.pem'), join(path, 'relay.db')];
  const [hasKey, hasDatabase] = [await holdsSomething(key), await holdsSomething(database)];
  if (hasKey && !hasDatabase) throw lost(database, 'database', 'relay.db, and relay.db-wal if there is one,', key);
  if (hasDatabase && !hasKey) throw lost(key, 'key', 'relay.key.pem', database);
  return { key, database, adminSocket: join(path, 'admin.sock'), isNew: !hasKey };
}

function lost(path: string, what: string, files: string, other: string): MeshError {
  return new MeshError('not-found', {
    field: path,
    expected: `this relay's ${what}. Put ${files} back from a backup; or, to start over as another relay without its federations, move ${other} away`,
    got: 'a missing or empty file',
  });
}

async function holdsSomething(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
