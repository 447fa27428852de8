/** Sharing: which shares give the secret, which give nothing, who is named, and that no bytes of a stranger break it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeshError } from '../errors.ts';
import { seededBytes } from '../privacy/noise/seeded-bytes.ts';
import type { RandomFill } from '../privacy/noise/random-words.ts';
import { decodeScalar, encodeScalar, randomScalar, ristretto, uniform, type CurveGroup } from './group.ts';
import { deal, readCommitments, reconstruct, verifyShare, type Share, type Sharing } from './shamir.ts';
import { toyGroup } from './testing/toy-group.ts';

const toy = toyGroup();
const refusal = (code: string, field: string) => expect.objectContaining({ code, detail: expect.objectContaining({ field }) });

/** A secret, its deal as everybody read it, and the shares with their places. */
function dealt<P>(group: CurveGroup<P>, sharing: Sharing, seed: string) {
  const random = seededBytes(seed);
  const secret = randomScalar(group, random);
  const { shares, commitments: bytes } = deal(group, secret, sharing, random);
  const numbered: Share[] = shares.map((share, place) => ({ index: place + 1, share }));
  return { secret, bytes, commitments: readCommitments(group, bytes, sharing), shares: numbered };
}

function subsetsOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, i) => (bits >> i) % 2 === 1));
}

/** The same share, off by so much. */
function off<P>(group: CurveGroup<P>, { index, share }: Share, error = 1n): Share {
  return { index, share: encodeScalar(group, (decodeScalar(group, share)! + error) % group.order) };
}

function expectEverySubset<P>(group: CurveGroup<P>, sharing: Sharing, seed: string): void {
  const { secret, commitments, shares } = dealt(group, sharing, seed);
  for (const { index, share } of shares) expect(verifyShare(group, commitments, index, share)).toBe(true);
  const subsets = subsetsOf(shares);
  for (const enough of subsets.filter(({ length }) => length >= sharing.threshold))
    expect(reconstruct(group, commitments, enough)).toEqual({ secret, bad: [] });
  for (const few of subsets.filter(({ length }) => length < sharing.threshold))
    expect(() => reconstruct(group, commitments, few)).toThrow(refusal('field-invalid', 'shares'));
}

describe('shares that fit', () => {
  test('give the secret in every set of t and more of small groups, and no set of fewer is taken', () => {
    for (let size = 2; size <= 7; size++)
      for (let threshold = 2; threshold <= size; threshold++) expectEverySubset(toy, { threshold, size }, `${threshold}/${size}`);
  });

  test.each([
    [3, 4],
    [4, 5],
  ])('do so on the real group, %d of %d', (threshold, size) => {
    expectEverySubset(ristretto, { threshold, size }, 'real');
  });

  test('give it in any order, in the largest group', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 32 }), fc.string(), fc.shuffledSubarray([...Array(32).keys()]), (threshold, seed, places) => {
        const { secret, commitments, shares } = dealt(toy, { threshold, size: 32 }, seed);
        const chosen = places.map((place) => shares[place]!);
        fc.pre(chosen.length >= threshold);
        expect(reconstruct(toy, commitments, chosen).secret).toBe(secret);
      }),
    );
  });

  test('give a key that agrees with others as the dealer’s own did, under the public key in the commitments', () => {
    const mine = dealt(ristretto, { threshold: 3, size: 4 }, 'mine');
    const theirs = dealt(ristretto, { threshold: 3, size: 4 }, 'theirs');
    const { secret } = reconstruct(ristretto, mine.commitments, mine.shares.slice(1));
    const agreed = ristretto.multiply(theirs.commitments.points[0]!, secret!);
    expect(ristretto.encode(agreed)).toEqual(ristretto.encode(ristretto.multiply(mine.commitments.points[0]!, theirs.secret)));
  });
});

describe('fewer than t shares', () => {
  const small = toyGroup(11n);
  const sharing = { threshold: 3, size: 5 };
  const coefficients = [...Array(11).keys()];
  /** Hands out these coefficients: uniform() takes them as they are. */
  const handing = (...values: number[]): RandomFill => {
    const left = [...values];
    return (into) => {
      into.fill(0);
      into[0] = left.shift()!;
    };
  };

  test('are consistent with every secret, equally: over all polynomials each pair of values comes once', () => {
    for (let secret = 1; secret < 11; secret++) {
      const dealings = coefficients.flatMap((a) => coefficients.map((b) => deal(small, BigInt(secret), sharing, handing(a, b)).shares));
      for (const pair of subsetsOf([0, 1, 2, 3, 4]).filter(({ length }) => length === 2)) {
        const seen = new Set(dealings.map((shares) => pair.map((place) => shares[place]![0]).join()));
        expect(seen.size).toBe(121);
      }
    }
  });

  test('come from coefficients that are uniform, 0 included (chi squared, 10 degrees of freedom)', () => {
    const random = seededBytes('uniform');
    const counts = coefficients.map(() => 0);
    for (let i = 0; i < 11_000; i++) counts[Number(uniform(small, 11n, random))]!++;
    const distance = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(distance).toBeLessThan(35); // p = 1e-4
    expect(distance).toBeGreaterThan(0.5);
  });

  test('draw from 16 bytes more than a scalar has, and wipe them', () => {
    const lent: Uint8Array[] = [];
    const scalar = uniform(ristretto, ristretto.order, (into) => void lent.push(into.fill(7)));
    expect(scalar).not.toBe(0n);
    expect(lent).toEqual([new Uint8Array(48)]);
  });

  test('give nothing back even if the dealer chose a polynomial that they determine', () => {
    const { shares, commitments: bytes } = deal(small, 7n, sharing, handing(5, 0));
    const [a, b, c] = shares.map((share, place) => ({ index: place + 1, share })) as [Share, Share, Share];
    const commitments = readCommitments(small, bytes, sharing);
    expect(reconstruct(small, commitments, [a, b, off(small, c)])).toEqual({ secret: null, bad: [3] });
    expect(reconstruct(small, commitments, [a, b, c])).toEqual({ secret: 7n, bad: [] });
  });

  test('with a secret that is never 0', () => {
    expect(randomScalar(toy, (into) => into.fill(0))).toBe(1n);
    expect(randomScalar(ristretto, (into) => into.fill(255))).toBeLessThan(ristretto.order);
  });
});

describe('a bad dealer', () => {
  const sharing = { threshold: 3, size: 5 };

  test('is seen by each member whose share is off its polynomial, and by no other', () => {
    for (const group of [toy, ristretto] as CurveGroup<unknown>[]) {
      const { commitments, shares } = dealt(group, sharing, 'dealer');
      const sent = shares.map((one) => (one.index === 4 ? off(group, one) : one));
      expect(sent.filter(({ index, share }) => !verifyShare(group, commitments, index, share)).map(({ index }) => index)).toEqual([4]);
    }
  });

  test('is seen by all if it commits to another polynomial, in any coefficient', () => {
    const { bytes, shares } = dealt(toy, sharing, 'dealer');
    for (let j = 0; j < sharing.threshold; j++) {
      const changed = bytes.slice();
      changed[8 * j]! ^= 1;
      const commitments = readCommitments(toy, changed, sharing);
      expect(shares.filter(({ index, share }) => verifyShare(toy, commitments, index, share))).toEqual([]);
    }
  });

  test('cannot give a member the share of another', () => {
    const { commitments, shares } = dealt(toy, sharing, 'dealer');
    for (const { share } of shares.slice(1)) expect(verifyShare(toy, commitments, 1, share)).toBe(false);
    for (const index of [0, 6, -1, 1.5, NaN, 2 ** 53]) expect(verifyShare(toy, commitments, index, shares[0]!.share)).toBe(false);
  });
});

describe('a bad share', () => {
  const sharing = { threshold: 3, size: 6 };
  const { secret, commitments, shares } = dealt(toy, sharing, 'share');

  test('is named, and the right ones give the secret if there are enough', () => {
    for (const bad of subsetsOf([1, 2, 3, 4, 5, 6]).filter((indices) => indices.includes(1))) {
      const sent = shares.map((one) => (bad.includes(one.index) ? off(toy, one, BigInt(10 ** one.index)) : one));
      expect(reconstruct(toy, commitments, sent)).toEqual({ secret: 6 - bad.length >= 3 ? secret : null, bad });
    }
  });

  test('is named on the real group too', () => {
    const real = dealt(ristretto, { threshold: 3, size: 4 }, 'share');
    const sent = real.shares.map((one) => (one.index === 2 ? off(ristretto, one) : one));
    expect(reconstruct(ristretto, real.commitments, sent)).toEqual({ secret: real.secret, bad: [2] });
    expect(reconstruct(ristretto, real.commitments, sent.slice(0, 3))).toEqual({ secret: null, bad: [2] });
  });

  test('is named if it is of another length, or spelt in another way', () => {
    const same = encodeScalar(toy, 0n);
    new DataView(same.buffer).setBigUint64(0, decodeScalar(toy, shares[0]!.share)! + toy.order, true);
    for (const share of [new Uint8Array(0), shares[0]!.share.slice(1), Uint8Array.from([...shares[0]!.share, 0]), same]) {
      expect(reconstruct(toy, commitments, [{ index: 1, share }, ...shares.slice(1)])).toEqual({ secret, bad: [1] });
    }
  });

  test('never makes another secret: errors that cancel out give the committed one', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 5n }), { minLength: 6, maxLength: 6 }), (errors) => {
        const sent = shares.map((one, i) => off(toy, one, errors[i]));
        expect([secret, null]).toContain(reconstruct(toy, commitments, sent).secret);
      }),
    );
    // Weights at 0 of the places 1, 2 and 3 are 3, -3 and 1.
    const [a, b, c] = shares as [Share, Share, Share];
    expect(reconstruct(toy, commitments, [off(toy, a), off(toy, b), c])).toEqual({ secret, bad: [] });
  });
});

describe('what is refused by its field', () => {
  const sharing = { threshold: 3, size: 5 };
  const { commitments, shares, bytes } = dealt(toy, sharing, 'refused');
  const random = seededBytes('refused');

  test.each([
    ['an index twice', [shares[0]!, shares[1]!, shares[1]!, shares[2]!], 'shares.2.index'],
    ['an index of 0', [shares[0]!, { ...shares[1]!, index: 0 }, shares[2]!], 'shares.1.index'],
    ['an index above g', [shares[0]!, shares[1]!, { ...shares[2]!, index: 6 }], 'shares.2.index'],
    ['half an index', [{ ...shares[0]!, index: 1.5 }, shares[1]!, shares[2]!], 'shares.0.index'],
    ['fewer than t', shares.slice(0, 2), 'shares'],
    ['none', [], 'shares'],
  ])('%s', (_, sent, field) => {
    expect(() => reconstruct(toy, commitments, sent)).toThrow(refusal('field-invalid', field));
  });

  test.each([
    [{ threshold: 1, size: 5 }, 'threshold'],
    [{ threshold: 6, size: 5 }, 'threshold'],
    [{ threshold: 2.5, size: 5 }, 'threshold'],
    [{ threshold: 2, size: 33 }, 'size'],
    [{ threshold: 2, size: NaN }, 'size'],
  ])('a sharing of %j', (wrong, field) => {
    expect(() => deal(toy, 1n, wrong, random)).toThrow(refusal('field-invalid', field));
    expect(() => readCommitments(toy, bytes, wrong)).toThrow(refusal('field-invalid', field));
  });

  test.each([0n, -1n, toy.order])('a secret of %d', (secret) => {
    expect(() => deal(toy, secret, sharing, random)).toThrow(refusal('field-invalid', 'secret'));
  });

  test('commitments of another length, that are no points, or to a secret of 0', () => {
    const read = (changed: Uint8Array) => () => readCommitments(toy, changed, sharing, 'keys');
    expect(read(bytes.slice(1))).toThrow(refusal('field-invalid', 'keys'));
    expect(read(Uint8Array.from([...bytes, 0]))).toThrow(refusal('field-invalid', 'keys'));
    expect(read(Uint8Array.from(bytes, (byte, i) => (i < 16 && i >= 8 ? 255 : byte)))).toThrow(refusal('field-invalid', 'keys.1'));
    expect(read(Uint8Array.from(bytes, (byte, i) => (i < 8 ? 0 : byte)))).toThrow(refusal('field-invalid', 'keys.0'));
    expect(read(Uint8Array.from(bytes, (byte, i) => (i >= 16 ? 0 : byte)))).not.toThrow(); // a lower degree
  });
});

describe('bytes of strangers', () => {
  const sharing = { threshold: 2, size: 3 };
  const real = dealt(ristretto, sharing, 'fuzz');
  const commitmentsOfStrangers = fc.oneof(
    fc.uint8Array({ minLength: 60, maxLength: 68 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
    fc.nat(511).map((bit) => real.bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))),
  );

  /** What is written again after it was read, or the refusal. */
  const readAgain = (bytes: Uint8Array): Uint8Array | MeshError => {
    try {
      const { points } = readCommitments(ristretto, bytes, sharing);
      return Uint8Array.from(points.flatMap((point) => [...ristretto.encode(point)]));
    } catch (error) {
      return error as MeshError;
    }
  };

  test('are the one encoding of what they say, or refused by name', () => {
    const refused = refusal('field-invalid', expect.stringMatching(/^commitments/) as unknown as string);
    fc.assert(
      fc.property(commitmentsOfStrangers, (bytes) => {
        const again = readAgain(bytes);
        expect(again).toEqual(again instanceof Error ? refused : bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('with a bit flipped are never a right share', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer({ min: 0, max: 2 }), (bit, place) => {
        const share = real.shares[place]!.share.slice();
        share[bit >> 3]! ^= 1 << (bit & 7);
        expect(verifyShare(ristretto, real.commitments, place + 1, share)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('of any length are a share or not, without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer(), (bytes, index) => {
        expect(verifyShare(toy, dealt(toy, sharing, 'any').commitments, index, bytes)).toBe(false);
      }),
    );
  });

  test('that stand for a scalar of the order or above are none', () => {
    const bytes = (scalar: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((scalar >> BigInt(8 * i)) & 255n));
    expect(decodeScalar(ristretto, bytes(ristretto.order - 1n))).toBe(ristretto.order - 1n);
    expect(decodeScalar(ristretto, bytes(ristretto.order))).toBeNull();
    expect(decodeScalar(ristretto, bytes(2n ** 256n - 1n))).toBeNull();
  });

  // RFC 9496 A.3: above the field's prime, equal to it, negative, without a square root.
  test.each([
    '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
  ])('are no point if an encoding is %s', (hex) => {
    const point = Uint8Array.from(hex.match(/../g)!, (two) => Number.parseInt(two, 16));
    const both = Uint8Array.from([...real.bytes.slice(0, 32), ...point]);
    expect(() => readCommitments(ristretto, both, sharing)).toThrow(refusal('field-invalid', 'commitments.1'));
  });
});
