/**
 * The verifiable random function ECVRF (RFC 9381) on edwards25519. The holder of a secret key computes 64 bytes for an input and proves
 * them; for the same key and input, nobody can prove others. Keys are those of Ed25519 (RFC 8032), and must never sign anything: nonces
 * are derived as for signatures, so a signature over the point that an input is mapped to would give the key away.
 */
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { ed25519, ed25519_hasher } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../codec.ts';
import { MeshError } from '../errors.ts';

/** ECVRF-EDWARDS25519-SHA512-TAI: inputs are mapped to the curve by trying until one fits. Time depends on the input. */
export const VRF_TAI = 0x03;
/** ECVRF-EDWARDS25519-SHA512-ELL2: inputs are mapped to the curve by Elligator 2 (RFC 9380). */
export const VRF_ELL2 = 0x04;
/** The suite string of RFC 9381 5.5, one byte. */
export type VrfSuite = typeof VRF_TAI | typeof VRF_ELL2;

const KEY_BYTES = 32;
const POINT_BYTES = 32;
const CHALLENGE_BYTES = 16;
const SCALAR_BYTES = 32;
const PROOF_BYTES = POINT_BYTES + CHALLENGE_BYTES + SCALAR_BYTES;

/** First bytes of what is hashed, after the suite (RFC 9381 5.2, 5.4.1.1, 5.4.3). */
const TAG_TO_CURVE = 1;
const TAG_CHALLENGE = 2;
const TAG_OUTPUT = 3;
/** Each of those hashes ends with it. */
const TAG_END = 0;
/** Domain of Elligator 2 (RFC 9381 5.4.1.2); its last byte is the suite. */
const ELL2_DOMAIN = concatBytes(new TextEncoder().encode('ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_'), Uint8Array.of(VRF_ELL2));

const { Point } = ed25519;
const { BASE, Fn } = Point;

/**
 * RFC 9381 5.1. Deterministic: the same key and input always give the same proof.
 * @param secretKey 32 bytes, a secret key of Ed25519
 * @returns the proof, 80 bytes: a point, 16 bytes of challenge, a scalar
 * @throws MeshError field-invalid if the key has another length
 */
export function prove(suite: VrfSuite, secretKey: Uint8Array, alpha: Uint8Array): Uint8Array {
  checkLength(secretKey, KEY_BYTES, 'secretKey');
  const { head, prefix, scalar, point: key, pointBytes: keyBytes } = ed25519.utils.getExtendedPublicKey(secretKey);
  const h = encodeToCurve(suite, keyBytes, alpha);
  const gamma = h.multiply(scalar);
  const nonceBytes = sha512.create().update(prefix).update(h.toBytes()).digest(); // RFC 9381 5.4.2.2
  const nonce = Fn.create(bytesToNumberLE(nonceBytes));
  for (const secret of [head, prefix, nonceBytes]) secret.fill(0);
  const challenge = challengeOf(suite, [key, h, gamma, BASE.multiply(nonce), h.multiply(nonce)]);
  const s = Fn.create(nonce + bytesToNumberLE(challenge) * scalar);
  return concatBytes(gamma.toBytes(), challenge, Fn.toBytes(s));
}

/**
 * RFC 9381 5.3, with key validation (5.4.5): for a key of small order everybody knows the output, and it is the same for every input.
 * @param publicKey 32 bytes, from anybody
 * @param proof from anybody
 * @returns the output that is proven, 64 bytes
 * @throws MeshError field-invalid if key or proof are not the one encoding of what they stand for, or if the key has small order;
 * signature-invalid if this key has not proven this for this input
 */
export function verify(suite: VrfSuite, publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array): Uint8Array {
  const key = decodePoint(publicKey, 'publicKey');
  if (key.isSmallOrder()) throw new MeshError('field-invalid', { field: 'publicKey', expected: 'a key that is not of small order' });
  const { gamma, challenge, s } = decodeProof(proof);
  const h = encodeToCurve(suite, publicKey, alpha);
  const c = bytesToNumberLE(challenge);
  const u = BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(c));
  const v = h.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(c));
  if (!equalBytes(challengeOf(suite, [key, h, gamma, u, v]), challenge))
    throw new MeshError('signature-invalid', { field: 'proof', expected: 'a proof by this key for this input' });
  return outputOf(suite, gamma);
}

/**
 * RFC 9381 5.2: what a proof proves, if it is one. For own proofs; verify a stranger's.
 * @returns 64 bytes
 * @throws MeshError field-invalid
 */
export function proofToHash(suite: VrfSuite, proof: Uint8Array): Uint8Array {
  return outputOf(suite, decodeProof(proof).gamma);
}

/** Without the cofactor, whoever knows the key could add a point of small order and prove eight outputs for one input. */
function outputOf(suite: VrfSuite, gamma: EdwardsPoint): Uint8Array {
  return sha512(concatBytes(Uint8Array.of(suite, TAG_OUTPUT), gamma.clearCofactor().toBytes(), Uint8Array.of(TAG_END)));
}

/** RFC 9381 5.4.1, salted with the key (5.5). @returns a point of prime order */
function encodeToCurve(suite: VrfSuite, publicKey: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  if (suite === VRF_ELL2) return ed25519_hasher.encodeToCurve(concatBytes(publicKey, alpha), { DST: ELL2_DOMAIN });
  for (let counter = 0; counter < 256; counter++) {
    const hash = sha512(concatBytes(Uint8Array.of(suite, TAG_TO_CURVE), publicKey, alpha, Uint8Array.of(counter, TAG_END)));
    const point = pointOf(hash.subarray(0, POINT_BYTES))?.clearCofactor();
    if (point?.is0() === false) return point;
  }
  throw new MeshError('internal', { field: 'alpha', got: '256 hashes without a point, which happens once in 2^256 inputs' });
}

/** RFC 9381 5.4.3, of the key, the input's point, gamma, U and V. @returns 16 bytes, little-endian */
function challengeOf(suite: VrfSuite, points: readonly EdwardsPoint[]): Uint8Array {
  const encoded = points.map((point) => point.toBytes());
  return sha512(concatBytes(Uint8Array.of(suite, TAG_CHALLENGE), ...encoded, Uint8Array.of(TAG_END))).slice(0, CHALLENGE_BYTES);
}

interface Proof {
  readonly gamma: EdwardsPoint;
  /** 16 bytes. */
  readonly challenge: Uint8Array;
  /** Below the order of the group. */
  readonly s: bigint;
}

/** RFC 9381 5.4.4. */
function decodeProof(proof: Uint8Array): Proof {
  checkLength(proof, PROOF_BYTES, 'proof');
  const gamma = decodePoint(proof.subarray(0, POINT_BYTES), 'proof.gamma');
  const challenge = proof.subarray(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES);
  const s = bytesToNumberLE(proof.subarray(POINT_BYTES + CHALLENGE_BYTES));
  if (s >= Fn.ORDER) throw new MeshError('field-invalid', { field: 'proof.s', expected: 'a scalar below the order of edwards25519' });
  return { gamma, challenge, s };
}

function decodePoint(bytes: Uint8Array, field: string): EdwardsPoint {
  checkLength(bytes, POINT_BYTES, field);
  const point = pointOf(bytes);
  if (point === null) throw new MeshError('field-invalid', { field, expected: 'the canonical encoding of a point of edwards25519' });
  return point;
}

/** RFC 8032 5.1.3: refuses y at or above the prime, and x = 0 with a sign. */
function pointOf(bytes: Uint8Array): EdwardsPoint | null {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return null;
  }
}

function checkLength(bytes: Uint8Array, length: number, field: string): void {
  if (bytes.length !== length) throw new MeshError('field-invalid', { field, expected: `${length} bytes`, got: String(bytes.length) });
}
