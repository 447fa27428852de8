/**
 * A secret in a file on this computer: readable only by its owner, made once and never replaced. Callers decide what it is for. If the
 * system has no modes (Windows), only the folder's permissions protect it.
 */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MeshError } from '#protocol/errors';

const OWNER_ONLY = 0o600;
/** Of any secret; a key as PEM takes 241. */
const SECRET_BYTES_MAX = 4096;
const ON_WINDOWS = process.platform === 'win32';

/**
 * Reads the secret, or keeps what `make` makes if there is none. The directory must exist; the file may be a link to one elsewhere.
 * @throws MeshError field-invalid if it is not a small file, storage-denied if others may read it or it cannot be read or made
 */
export async function keptOrMade(path: string, make: () => Promise<Uint8Array>): Promise<Buffer> {
  try {
    const kept = await read(path);
    if (kept !== null) return kept;
    await keep(path, await make());
    // If two processes race, both read the first one's file, after checking its owner.
    const made = await read(path);
    if (made === null) throw new MeshError('storage-denied', { field: path, expected: 'a file', got: 'a link to none' });
    return made;
  } catch (cause) {
    if (cause instanceof MeshError) throw cause;
    throw new MeshError('storage-denied', { field: path, got: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

/** Checks the very file that it reads, without waiting for anything that is not a file: a pipe would never end. */
async function read(path: string): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | (ON_WINDOWS ? 0 : constants.O_NONBLOCK)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > SECRET_BYTES_MAX) {
      const got = stats.isFile() ? `${stats.size} bytes` : 'another kind of file';
      throw new MeshError('field-invalid', { field: path, expected: `a file of at most ${SECRET_BYTES_MAX} bytes`, got });
    }
    checkSecret(path, stats);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function checkSecret(path: string, { mode }: Stats): void {
  if (ON_WINDOWS || (mode & 0o077) === 0) return;
  throw new MeshError('storage-denied', {
    field: path,
    expected: 'mode 600: a key that others can read is no secret',
    got: (mode & 0o777).toString(8),
  });
}

/**
 * Written to a temporary file, flushed, then linked to its name: after a crash it is whole or absent, and it never overwrites another
 * process's.
 */
async function keep(path: string, secret: Uint8Array): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  const file = await open(aside, 'wx', OWNER_ONLY);
  try {
    checkSecret(path, await file.stat()); // some disks keep no modes
    await file.writeFile(secret);
    await file.sync();
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await unlink(aside);
  }
  await flushDirectory(dirname(path));
}

async function flushDirectory(path: string): Promise<void> {
  if (ON_WINDOWS) return; // a directory cannot be opened there
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
