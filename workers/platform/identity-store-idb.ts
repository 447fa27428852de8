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

/** Null for a federation that was not founded here. @throws MeshError storage-denied */
export async function stewardKey(db: MeshDatabase, federation: string): Promise<Identity | null> {
  try {
    const pair = await db.get('keys', `steward/${federation}`);
    return pair === undefined ? null : await identityOf(pair);
  } catch (cause) {
    throw storageError(cause);
  }
}

/**
 * Keys for federations: one that nobody agreed to take part in has a key for this page alone, so that nobody recognises a returning
 * visitor. Joining keeps it.
 */
export class VisitorKeys {
  readonly #db: MeshDatabase;
  readonly #made = new Map<string, Promise<CryptoKeyPair>>();

  constructor(db: MeshDatabase) {
    this.#db = db;
  }

  /** The key that is kept, or this visit's. @throws MeshError storage-denied */
  async identity(name: string): Promise<Identity> {
    try {
      const kept = await this.#db.get('keys', name);
      if (kept !== undefined) return await identityOf(kept);
    } catch (cause) {
      throw storageError(cause);
    }
    const made = this.#made.get(name) ?? generateKeyPair(false);
    this.#made.set(name, made);
    return identityOf(await made);
  }

  /** This visit's key from now on. @throws MeshError storage-denied, also when another page has kept one meanwhile */
  async keep(name: string): Promise<void> {
    const made = await this.#made.get(name);
    if (made === undefined) return;
    try {
      const write = strictWrite(this.#db, ['keys']);
      await Promise.all([write.objectStore('keys').add(made, name), write.done]);
    } catch (cause) {
      throw storageError(cause);
    }
    this.#made.delete(name);
  }

  /** Whoever comes next is somebody else. */
  forget(): void {
    this.#made.clear();
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
