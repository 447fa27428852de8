/**
 * ECVRF proofs made by hand from RFC 9381, apart from the code under test: honest ones, and those that a holder of the key could forge.
 * A challenge that is a multiple of eight hides points of small order, so nonces are tried until there is one.
 */
import type { EdwardsPoint } from '@noble/curves/abstract/edwards.js';
import { ED25519_TORSION_SUBGROUP, ed25519, ed25519_hasher } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';

const { Point } = ed25519;
export const ORDER = Point.Fn.ORDER;

/** All eight, the neutral point first. */
export const SMALL_ORDER: readonly EdwardsPoint[] = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

const hash = (...parts: readonly (Uint8Array | number)[]) =>
  sha512(Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))));

/** The point that try-and-increment finds at this counter, or null. */
export function triedPoint(key: Uint8Array, alpha: Uint8Array, counter: number): EdwardsPoint | null {
  try {
    const point = Point.fromBytes(hash(3, 1, key, alpha, counter, 0).slice(0, 32)).multiplyUnsafe(8n);
    return point.is0() ? null : point;
  } catch {
    return null;
  }
}

export function inputPoint(suite: number, key: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  if (suite === 4)
    return ed25519_hasher.encodeToCurve(Uint8Array.of(...key, ...alpha), { DST: 'ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_\u0004' });
  for (let counter = 0; ; counter++) {
    const point = triedPoint(key, alpha, counter);
    if (point !== null) return point;
  }
}

export interface Claim {
  readonly suite: number;
  readonly key: EdwardsPoint;
  /** Of the key's part of prime order. */
  readonly secret: bigint;
  readonly alpha: Uint8Array;
  readonly gamma: EdwardsPoint;
}

/** @returns 80 bytes that fulfil the equations if gamma is secret times the input's point, but for points of small order */
export function forgedProof(claim: Claim): Uint8Array {
  for (let nonce = 1n; ; nonce++) {
    const proof = answered(claim, nonce);
    if (bytesToNumberLE(proof.slice(32, 48)) % 8n === 0n) return proof;
  }
}

/** What the holder of a secret key must answer: the proof, and the output of 64 bytes. */
export function honestProof(suite: number, secretKey: Uint8Array, alpha: Uint8Array): { proof: Uint8Array; output: Uint8Array } {
  const { point: key, pointBytes, scalar: secret } = ed25519.utils.getExtendedPublicKey(secretKey);
  const h = inputPoint(suite, pointBytes, alpha);
  const gamma = h.multiply(secret);
  const nonce = bytesToNumberLE(hash(sha512(secretKey).slice(32), h.toBytes())) % ORDER;
  const proof = answered({ suite, key, secret, alpha, gamma }, nonce);
  return { proof, output: hash(suite, 3, gamma.multiply(8n).toBytes(), 0) };
}

function answered({ suite, key, secret, alpha, gamma }: Claim, nonce: bigint): Uint8Array {
  const h = inputPoint(suite, key.toBytes(), alpha);
  const points = [key, h, gamma, Point.BASE.multiply(nonce), h.multiply(nonce)];
  const challenge = hash(suite, 2, ...points.map((point) => point.toBytes()), 0).slice(0, 16);
  return proofOf(gamma, challenge, (nonce + bytesToNumberLE(challenge) * secret) % ORDER);
}

/** @param s below 2^256; need not be a scalar */
export function proofOf(gamma: EdwardsPoint, challenge: Uint8Array, s: bigint): Uint8Array {
  return Uint8Array.of(...gamma.toBytes(), ...challenge, ...littleEndian(s));
}

export const littleEndian = (value: bigint): Uint8Array => numberToBytesLE(value, 32);
