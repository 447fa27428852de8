/**
 * Identities of this browser: one key pair a name, made on first use and kept as CryptoKey objects. The private key is not
 * extractable: no script, this one included, can read its bytes.
 */
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import { storageError, strictWrite, type MeshDatabase } from './database.ts';

/**
 * @param name a federation's id, or what else the key is for
 * @throws MeshError storage-denied
 */
export async function loadIdentity(db: MeshDatabase, name: string): Promise<Identity> {
  try {
    return await identityOf((await db.get('keys', name)) ?? (await makeKey(db, name)));
  } catch (cause) {
    throw storageError(cause);
  }
}

/** The pair is made before the transaction, which cannot wait for anything else; if another tab was faster, its pair counts. */
async function makeKey(db: MeshDatabase, name: string): Promise<CryptoKeyPair> {
  const made = await generateKeyPair(false);
  const write = strictWrite(db, ['keys']);
  const store = write.objectStore('keys');
  const first = await store.get(name);
  if (first === undefined) await store.add(made, name);
  await write.done;
  return first ?? made;
}
