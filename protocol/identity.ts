/**
 * Identities: ECDSA P-256 key pairs, one per federation, named by their compressed public point.
 * Signatures are 64 bytes r||s (IEEE P1363) with low s, so that one signature has one spelling (SEC 1; BIP 146's reason).
 * Keys are WebCrypto keys: non-extractable in a page; Node stores PKCS#8 in a file (see signaling/identity-file.ts).
 */
import { p256 } from '@noble/curves/nist.js';
import { bodyHash, fromBase64Url, taggedBytes, toBase64Url, type Hash } from './codec.ts';
import { MeshError } from './errors.ts';

declare const peerBrand: unique symbol;
/** A compressed P-256 point (33 bytes) as 44 characters of base64url. */
export type PeerId = string & { readonly [peerBrand]: true };

/** A body, who signed it and the signature; `body.t` is the domain of the signature. */
export interface Signed<B extends { readonly t: string }> {
  readonly body: B;
  readonly by: PeerId;
  readonly sig: Uint8Array;
}

export interface Identity {
  readonly id: PeerId;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const ORDER = p256.Point.Fn.ORDER;

export async function generateKeyPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, extractable, ['sign', 'verify']);
}

export async function identityOf(pair: CryptoKeyPair): Promise<Identity> {
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const id = toBase64Url(p256.Point.fromBytes(raw).toBytes(true)) as PeerId;
  return {
    id,
    async sign(bytes) {
      return lowS(new Uint8Array(await crypto.subtle.sign(SIGNING, pair.privateKey, bytes)));
    },
  };
}

/** @throws MeshError field-invalid if the text is not a compressed point of P-256 */
export function parsePeerId(text: string, field = 'peer'): PeerId {
  try {
    const bytes = fromBase64Url(text);
    if (bytes.length !== 33) throw new Error('length');
    p256.Point.fromBytes(bytes);
  } catch (cause) {
    throw new MeshError('field-invalid', { field, expected: 'a compressed P-256 point in base64url' }, cause);
  }
  return text as PeerId;
}

export async function signBody<B extends { readonly t: string }>(identity: Identity, body: B): Promise<Signed<B>> {
  return { body, by: identity.id, sig: await identity.sign(taggedBytes(body.t, body)) };
}

/** Ids already computed; a body is never changed once it exists. */
const ids = new WeakMap<object, Hash>();

/** The id of a signed body; the same whoever signed it. */
export function idOf(body: { readonly t: string }): Hash {
  let id = ids.get(body);
  if (id === undefined) ids.set(body, (id = bodyHash(body.t, body)));
  return id;
}

/** Keys already imported, by peer; bounded, oldest out first. */
const KEYS_MAX = 512;
const keys = new Map<PeerId, Promise<CryptoKey>>();

function keyOf(peer: PeerId): Promise<CryptoKey> {
  let key = keys.get(peer);
  if (key === undefined) {
    const raw = p256.Point.fromBytes(fromBase64Url(peer)).toBytes(false) as Uint8Array<ArrayBuffer>;
    key = crypto.subtle.importKey('raw', raw, ALGORITHM, false, ['verify']);
    if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value!);
    keys.set(peer, key);
  }
  return key;
}

/** True if `sig` is `by`'s low-s signature over the bytes. Never throws. */
export async function verifyBytes(by: PeerId, bytes: Uint8Array<ArrayBuffer>, sig: Uint8Array): Promise<boolean> {
  try {
    if (sig.length !== 64 || scalarOf(sig) > ORDER / 2n) return false;
    return await crypto.subtle.verify(SIGNING, await keyOf(by), new Uint8Array(sig), bytes);
  } catch {
    return false;
  }
}

export function verifySigned(signed: Signed<{ readonly t: string }>): Promise<boolean> {
  return verifyBytes(signed.by, taggedBytes(signed.body.t, signed.body), signed.sig);
}

function scalarOf(sig: Uint8Array): bigint {
  let s = 0n;
  for (let i = 32; i < 64; i++) s = (s << 8n) | BigInt(sig[i]!);
  return s;
}

function lowS(sig: Uint8Array): Uint8Array {
  let s = scalarOf(sig);
  if (s <= ORDER / 2n) return sig;
  s = ORDER - s;
  const out = sig.slice();
  for (let i = 63; i >= 32; i--) {
    out[i] = Number(s & 255n);
    s >>= 8n;
  }
  return out;
}

/** What an identity signs to publish a blob on a relay. It names no relay: sent elsewhere or again, it publishes nothing that its owner did not sign. */
export const blobProofBytes = (hash: Hash): Uint8Array<ArrayBuffer> => taggedBytes('blob', { t: 'blob', hash });
