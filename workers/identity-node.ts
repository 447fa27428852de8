/**
 * Identities of a peer without a browser: one file a name, PKCS#8 (RFC 5958) in PEM (RFC 7468), readable by its owner alone and
 * made on first use. In memory the private key is not extractable, as in a page.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const OWNER_ONLY = 0o600;
const [BEGIN, END] = ['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----'];

/**
 * @param directory must exist
 * @param name letters, digits, - and _: a federation's id, or what else the key is for
 * @throws MeshError field-invalid (a bad name, no P-256 key), storage-denied (others can read the file, or it cannot be written)
 */
export async function loadIdentity(directory: string, name: string): Promise<Identity> {
  if (!/^[\w-]{1,64}$/.test(name)) throw new MeshError('field-invalid', { field: 'name', expected: 'letters, digits, - and _', got: name });
  const path = join(directory, `${name}.pem`);
  let text: string;
  try {
    text = (await readKey(path)) ?? (await makeKey(path));
  } catch (cause) {
    if (cause instanceof MeshError) throw cause;
    throw new MeshError('storage-denied', { field: path, got: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
  try {
    return await identityOf(await importPair(text));
  } catch (cause) {
    throw new MeshError('field-invalid', { field: path, expected: 'a P-256 private key as PKCS#8 in PEM' }, cause);
  }
}

async function readKey(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new MeshError('storage-denied', {
        field: path,
        expected: 'mode 600: others can read this key',
        got: (mode & 0o777).toString(8),
      });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written under another name, flushed, then linked: a crash leaves a whole key or none, and the first of two processes wins. */
async function makeKey(path: string): Promise<string> {
  const pair = await generateKeyPair(true);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64');
  const aside = `${path}.${randomUUID()}`;
  const file = await open(aside, 'wx', OWNER_ONLY);
  try {
    await file.writeFile([BEGIN, ...der.match(/.{1,64}/g)!, END, ''].join('\n'));
    await file.sync();
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
  return readFile(path, 'utf8');
}

/** WebCrypto derives no public key from a private one; the JWK form of the private key holds it. */
async function importPair(pem: string): Promise<CryptoKeyPair> {
  const lines = pem.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN || lines.at(-1) !== END) throw new Error('no PEM block');
  const der = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  const readable = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', readable);
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) throw new Error('no public point');
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
    publicKey: await crypto.subtle.importKey('jwk', { kty, crv, x, y }, ALGORITHM, true, ['verify']),
  };
}
