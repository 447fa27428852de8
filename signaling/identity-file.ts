/**
 * The identity of a relay or a peer without a browser: an ECDSA P-256 key as PKCS#8 (RFC 5958) in PEM (RFC 7468), readable by its owner
 * alone and made once. In memory the private key is not extractable, as in a page.
 */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { link, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const OWNER_ONLY = 0o600;

/**
 * Reads the key, or makes one where there is none. The directory must exist.
 * @throws MeshError storage-denied when others may read the file, field-invalid when it holds no P-256 key; what the disk says otherwise
 */
export async function loadIdentityFile(path: string): Promise<Identity> {
  const pem = (await readKey(path)) ?? (await makeKey(path));
  let pair: CryptoKeyPair;
  try {
    pair = await importPair(pem);
  } catch (cause) {
    throw new MeshError('field-invalid', { field: path, expected: 'a P-256 private key as PKCS#8 in PEM' }, cause);
  }
  return identityOf(pair);
}

async function readKey(path: string): Promise<string | null> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new MeshError('storage-denied', {
      field: path,
      expected: 'mode 600: a key that others can read is no secret',
      got: mode.toString(8),
    });
  }
  return pem;
}

/** Written aside, flushed, then linked to its name: whole or absent after a crash, and never over another process's key. */
async function makeKey(path: string): Promise<string> {
  const pair = await generateKeyPair(true);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  const aside = `${path}.${randomUUID()}`;
  await flushedWrite(aside, pem);
  try {
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFile(path, 'utf8');
  } finally {
    await unlink(aside);
  }
  await flushDirectory(dirname(path));
  return pem;
}

async function flushedWrite(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function flushDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a directory cannot be opened there
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function importPair(pem: string): Promise<CryptoKeyPair> {
  const key = createPrivateKey(pem);
  const pkcs8 = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
  const spki = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
  };
}
