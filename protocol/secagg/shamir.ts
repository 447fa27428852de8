/**
 * Verifiable sharing, t of g: any t shares give a secret scalar back, fewer say nothing about it (Shamir 1979, "How to share a secret"), and
 * each share can be checked on its own against commitments to the polynomial (Feldman 1987, "A practical scheme for non-interactive
 * verifiable secret sharing"). A bad dealer is found before anything is masked, so it costs nobody epsilon.
 *
 * The polynomial f(X) = a_0 + a_1 X + … + a_(t-1) X^(t-1) has coefficients modulo the order of the group; a_0 is the secret. Share i is
 * f(i), where i is a member's place in the signed order of its group, from 1 to g. Commitment j is a_j times the generator; the first one
 * is therefore the secret's public key. Commitments hide a secret only as well as its public key does (discrete logarithm), which is what
 * the masks rest on anyway. A polynomial of lower degree is let through: it exposes its dealer's secret alone.
 */
import { invert, mod } from '@noble/curves/abstract/modular.js';
import { MeshError } from '../errors.ts';
import { GROUP_MAX } from '../limits.ts';
import type { RandomFill } from '../privacy/noise/random-words.ts';
import { decodeScalar, encodeScalar, uniform, type CurveGroup } from './group.ts';
import { checkWhole } from './whole.ts';

export interface Sharing {
  /** t: so many shares give the secret. At least 2. */
  readonly threshold: number;
  /** g: members who get a share. At most GROUP_MAX. */
  readonly size: number;
}

export interface Dealt {
  /** Encoded scalars, of member 1 first. Each is as secret as the secret; the dealer wipes them once they are sealed. */
  readonly shares: readonly Uint8Array[];
  /** t encoded points one after another, of the constant term first. Public. */
  readonly commitments: Uint8Array;
}

/** What a dealer has committed to, after checks. */
export interface CommittedPolynomial<P> {
  /** t points; the first is the public key of the secret. */
  readonly points: readonly P[];
  readonly size: number;
}

export interface Share {
  /** A place in the group's order, from 1 to g. */
  readonly index: number;
  readonly share: Uint8Array;
}

export interface Recovered {
  /** Null if fewer than t shares were right. */
  readonly secret: bigint | null;
  /** Indices of wrong shares. Complete unless the first t shares alone gave the committed secret: then the others are not looked at. */
  readonly bad: readonly number[];
}

/** @param secret from 1 to below the order @throws MeshError field-invalid */
export function deal<P>(group: CurveGroup<P>, secret: bigint, sharing: Sharing, random: RandomFill): Dealt {
  checkSharing(sharing);
  if (secret < 1n || secret >= group.order) throw new MeshError('field-invalid', { field: 'secret', expected: 'a scalar other than 0' });
  const { threshold, size } = sharing;
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => uniform(group, group.order, random))];
  const shares = Array.from({ length: size }, (_, place) => encodeScalar(group, valueAt(coefficients, BigInt(place + 1), group.order)));
  const commitments = new Uint8Array(threshold * group.bytes);
  for (const [j, coefficient] of coefficients.entries()) commitments.set(group.encode(group.base(coefficient)), j * group.bytes);
  return { shares, commitments };
}

/**
 * A dealer's commitments, from bytes of a stranger.
 * @param field what they are called in an error; point j is `field.j`, from 0
 * @throws MeshError field-invalid for another length, bytes that are no point, and a secret of 0, with which a mask would be known to all
 */
export function readCommitments<P>(
  group: CurveGroup<P>,
  bytes: Uint8Array,
  sharing: Sharing,
  field = 'commitments',
): CommittedPolynomial<P> {
  checkSharing(sharing);
  const expected = sharing.threshold * group.bytes;
  if (bytes.length !== expected) {
    throw new MeshError('field-invalid', { field, expected: `${expected} bytes`, got: `${bytes.length} bytes` });
  }
  const points = Array.from({ length: sharing.threshold }, (_, j) => {
    try {
      return group.decode(bytes.slice(j * group.bytes, (j + 1) * group.bytes));
    } catch (cause) {
      throw new MeshError('field-invalid', { field: `${field}.${j}`, expected: 'a point of the group' }, cause);
    }
  });
  if (group.equal(points[0]!, group.base(0n))) {
    throw new MeshError('field-invalid', { field: `${field}.0`, expected: 'a point other than the identity' });
  }
  return { points, size: sharing.size };
}

/** Whether a member got the share that its dealer committed to. Never throws. @param index its place in the group's order, from 1 */
export function verifyShare<P>(group: CurveGroup<P>, { points, size }: CommittedPolynomial<P>, index: number, share: Uint8Array): boolean {
  const value = decodeScalar(group, share);
  if (value === null || !isPlace(index, size)) return false;
  // Horner's rule on points. All factors are at most g, so each costs five doublings at most.
  const committed = points.reduceRight((sum, point) => group.add(group.small(sum, index), point));
  return group.equal(group.base(value), committed);
}

/**
 * The secret from at least t shares. It is the committed one or null, whatever the shares are: the result is checked against its public key
 * first, and only if that fails are shares checked one by one, wrong ones named, and the right ones used.
 * @throws MeshError field-invalid for fewer than t shares, an index outside 1 to g, or one that comes twice
 */
export function reconstruct<P>(group: CurveGroup<P>, commitments: CommittedPolynomial<P>, shares: readonly Share[]): Recovered {
  checkShares(shares, commitments);
  const first = committedSecret(group, commitments, shares);
  if (first !== null) return { secret: first, bad: [] };
  const right = shares.filter(({ index, share }) => verifyShare(group, commitments, index, share));
  const bad = shares.filter((one) => !right.includes(one)).map(({ index }) => index);
  return { secret: committedSecret(group, commitments, right), bad };
}

/** The secret that the first t shares give, if there are so many and it is the committed one. */
function committedSecret<P>(group: CurveGroup<P>, { points, size }: CommittedPolynomial<P>, shares: readonly Share[]): bigint | null {
  const used = shares.slice(0, points.length);
  const values = used.map(({ share }) => decodeScalar(group, share));
  if (used.length < points.length || values.includes(null)) return null;
  const weights = weightsAtZero(
    used.map(({ index }) => index),
    size,
  );
  const sum = values.reduce<bigint>((total, value, i) => total + value! * weights[i]!, 0n);
  const secret = mod(sum * invert(factorial(size - 1), group.order), group.order);
  return group.equal(group.base(secret), points[0]!) ? secret : null;
}

/**
 * Lagrange's weights at 0 for these places, each times (g - 1)!: that makes them whole numbers (Shoup 2000, "Practical threshold
 * signatures"), so a single inversion modulo the order is left.
 */
function weightsAtZero(indices: readonly number[], size: number): bigint[] {
  const all = factorial(size - 1);
  return indices.map((i) => {
    const others = indices.filter((j) => j !== i).map(BigInt);
    const above = others.reduce((product, j) => product * j, all);
    return above / others.reduce((product, j) => product * (j - BigInt(i)), 1n);
  });
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2; i <= n; i++) product *= BigInt(i);
  return product;
}

function valueAt(coefficients: readonly bigint[], x: bigint, order: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => (sum * x + coefficient) % order);
}

const isPlace = (index: number, size: number): boolean => Number.isSafeInteger(index) && index >= 1 && index <= size;

function checkSharing({ threshold, size }: Sharing): void {
  checkWhole('size', size, 2, GROUP_MAX);
  checkWhole('threshold', threshold, 2, size);
}

function checkShares<P>(shares: readonly Share[], { points, size }: CommittedPolynomial<P>): void {
  const seen = new Set<number>();
  for (const [i, { index }] of shares.entries()) {
    const field = `shares.${i}.index`;
    checkWhole(field, index, 1, size);
    if (seen.has(index)) throw new MeshError('field-invalid', { field, expected: 'each index once', got: `${index} again` });
    seen.add(index);
  }
  if (shares.length >= points.length) return;
  throw new MeshError('field-invalid', { field: 'shares', expected: `at least ${points.length}`, got: String(shares.length) });
}
