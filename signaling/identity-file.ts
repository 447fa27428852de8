/**
 * The identity of a relay or a peer without a browser: an ECDSA P-256 key as PKCS#8 (RFC 5958) in PEM (RFC 7468), in a file that only its
 * owner can read. In memory the private key is not extractable, as in a page.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import { keptOrMade } from './secret-file.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/**
 * Reads the key, or makes one if there is none. The directory must exist; the file may be a link to one elsewhere.
 * @throws MeshError field-invalid when the file holds no P-256 key, storage-denied when others may read it or it cannot be read or made
 */
export async function loadIdentityFile(path: string): Promise<Identity> {
  const pem = await keptOrMade(path, makeKey);
  try {
    return await identityOf(await importPair(pem));
  } catch (cause) {
    throw new MeshError('field-invalid', { field: path, expected: 'a P-256 private key as PKCS#8 in PEM' }, cause);
  }
}

async function makeKey(): Promise<Uint8Array> {
  const pair = await generateKeyPair(true);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return Buffer.from(`-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`);
}

async function importPair(pem: Buffer): Promise<CryptoKeyPair> {
  const key = createPrivateKey(pem);
  const pkcs8 = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
  const spki = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
  };
}
