/**
 * The prime-order group of secure aggregation: mask keys, self-masks and what commits to them. Products use ristretto255 (RFC 9496), whose
 * encodings are unique and which has no points of small order; tests and the simulator use a small group of their own.
 *
 * A mask key is a scalar of this group, drawn as such; it is never made from a 32-byte seed. A seed does not fit below the order, which is
 * just above 2^252, and reducing it would lose which seed it was. Since shares of a scalar are shares in the field of the same order, its
 * public key is the commitment to the constant term of its polynomial: whoever reconstructs a key checks it with one multiplication, and
 * nobody can advertise one key and share another. The key of an X25519 exchange would need such a proof of its own, because clamping
 * changes its bits and X25519's u-coordinates cannot be added. Two members agree as in Diffie-Hellman: each multiplies the other's public
 * key by its scalar. What becomes a stream's key is hashed from encodings, with 252 bits of entropy in 256.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import type { RandomFill } from '../privacy/noise/random-words.ts';

/** A group of prime order, written additively. P is a point; scalars are whole numbers from 0 to below the order. */
export interface CurveGroup<P> {
  /** A prime. */
  readonly order: bigint;
  /** Length of an encoded scalar, and of an encoded point. */
  readonly bytes: number;
  /** The scalar times the generator. */
  base(scalar: bigint): P;
  /** For scalars that are secret. */
  multiply(point: P, scalar: bigint): P;
  /** For a factor that everybody knows: how long it takes depends on it. @param factor a whole number of at least 1 */
  small(point: P, factor: number): P;
  add(a: P, b: P): P;
  equal(a: P, b: P): boolean;
  encode(point: P): Uint8Array;
  /** @throws an error of its own kind unless these bytes are the one encoding of a point */
  decode(bytes: Uint8Array): P;
}

const { Point } = ristretto255;
type RistrettoPoint = InstanceType<typeof Point>;

/** The library refuses to multiply by 0, which honest polynomials have as a coefficient once in 2^252. */
const times = (point: RistrettoPoint, scalar: bigint): RistrettoPoint => (scalar === 0n ? Point.ZERO : point.multiply(scalar));

export const ristretto: CurveGroup<RistrettoPoint> = {
  order: Point.Fn.ORDER,
  bytes: 32,
  base: (scalar) => times(Point.BASE, scalar),
  multiply: times,
  small: (point, factor) => point.multiplyUnsafe(BigInt(factor)),
  add: (a, b) => a.add(b),
  equal: (a, b) => a.equals(b),
  encode: (point) => point.toBytes(),
  decode: (bytes) => Point.fromBytes(bytes),
};

/** Beyond the length of a scalar, so that no remainder is more likely than another by 2^-128 (FIPS 186-5 A.2.1 asks for 2^-64). */
const EXTRA_BYTES = 16;

/** A uniform whole number from 0 to below `count`, which is at most the order. */
export function uniform<P>(group: CurveGroup<P>, count: bigint, random: RandomFill): bigint {
  const bytes = new Uint8Array(group.bytes + EXTRA_BYTES);
  random(bytes);
  const value = bytesToNumberLE(bytes) % count;
  bytes.fill(0);
  return value;
}

/** A new key or self-mask: uniform among all scalars but 0, whose public key is the identity. */
export function randomScalar<P>(group: CurveGroup<P>, random: RandomFill): bigint {
  return 1n + uniform(group, group.order - 1n, random);
}

/** Little-endian. @param scalar from 0 to below the order */
export function encodeScalar<P>(group: CurveGroup<P>, scalar: bigint): Uint8Array {
  return numberToBytesLE(scalar, group.bytes);
}

/** @returns null unless these bytes are the one encoding of a scalar. Never throws. */
export function decodeScalar<P>(group: CurveGroup<P>, bytes: Uint8Array): bigint | null {
  if (bytes.length !== group.bytes) return null;
  const value = bytesToNumberLE(bytes);
  return value < group.order ? value : null;
}
