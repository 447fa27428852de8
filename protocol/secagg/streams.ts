/**
 * Keys of mask streams (Bonawitz et al. 2017). Two members share a secret, and each has one of its own; from these every tensor of every
 * attempt gets its own 256-bit key by HKDF-SHA256 (RFC 5869), so no key makes two streams. What a key is for is hashed into its salt: the
 * context, which names the attempt and its group, the purpose, and the members. The tensor's number is the info.
 *
 * A secret is the encoding of a group element or of a scalar: 32 bytes with 252 bits of entropy. The streams are ChaCha20 (RFC 8439), block
 * 0 on, its words little-endian; expanding them is left to the caller, who has a kernel for it.
 */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { taggedBytes, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import type { PeerId } from '../identity.ts';
import { TENSORS_MAX } from '../limits.ts';
import { checkWhole } from './whole.ts';

/** A stretch of one stream, and what becomes of it. */
export interface KeyStream {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** Number of its first block, from 0. */
  readonly block: number;
  /** 1 adds it, -1 subtracts it. */
  readonly sign: 1 | -1;
}

/**
 * Adds or subtracts each stream to the whole vector, word by word, mod 2^32; whoever is given it keeps no key.
 * @throws RangeError for a stream that is malformed or, from its block on, shorter than the vector; the vector is as before then
 */
export type AddStreams = (vector: Int32Array<ArrayBuffer>, streams: readonly KeyStream[]) => void;

/** Of secrets and keys. */
const KEY_BYTES = 32;

/** Keys of the streams that two members share; the same for both. @throws MeshError field-invalid as for `selfKeys`, or for one member twice */
export function pairKeys(secret: Uint8Array, context: Hash, a: PeerId, b: PeerId, tensors: number): Uint8Array[] {
  if (a === b) throw new MeshError('field-invalid', { field: 'pair', expected: 'two members', got: 'one' });
  return streamKeys(secret, { context, purpose: 'pair', members: a < b ? [a, b] : [b, a] }, tensors);
}

/**
 * Keys of a member's own streams, by tensor. The caller wipes them.
 * @param secret 32 bytes, which stay the caller's
 * @throws MeshError field-invalid for a secret of another length, or for no or too many tensors
 */
export function selfKeys(secret: Uint8Array, context: Hash, member: PeerId, tensors: number): Uint8Array[] {
  return streamKeys(secret, { context, purpose: 'self', members: [member] }, tensors);
}

interface Label {
  readonly context: Hash;
  readonly purpose: 'pair' | 'self';
  readonly members: readonly PeerId[];
}

function streamKeys(secret: Uint8Array, label: Label, tensors: number): Uint8Array[] {
  // Never a shorter one: masks of 32-bit seeds can be found by trying.
  if (secret.length !== KEY_BYTES) {
    throw new MeshError('field-invalid', { field: 'secret', expected: `${KEY_BYTES} bytes`, got: String(secret.length) });
  }
  checkWhole('tensors', tensors, 1, TENSORS_MAX + 1);
  const prk = extract(sha256, secret, sha256(taggedBytes('secagg-stream', label)));
  const info = new DataView(new ArrayBuffer(4));
  const keys = Array.from({ length: tensors }, (_, tensor) => {
    info.setUint32(0, tensor);
    return expand(sha256, prk, new Uint8Array(info.buffer), KEY_BYTES);
  });
  prk.fill(0);
  return keys;
}
