/** Identities of a peer without a browser: one file a name, made on first use. */
import { join } from 'node:path';
import { MeshError } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import { loadIdentityFile } from '#signaling/identity-file';

/**
 * @param directory must exist
 * @param name letters, digits, - and _: a federation's id, or what else the key is for
 * @throws MeshError field-invalid (a bad name, no P-256 key), storage-denied (others can read the file, or it cannot be read or made)
 */
export async function loadIdentity(directory: string, name: string): Promise<Identity> {
  if (!/^[\w-]{1,64}$/.test(name)) throw new MeshError('field-invalid', { field: 'name', expected: 'letters, digits, - and _', got: name });
  return loadIdentityFile(join(directory, `${name}.pem`));
}
