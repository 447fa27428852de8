/** Double masks over Z_2^32 in random groups with random drop-outs, on an expansion of a few lines; a real kernel's are in wasm/. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import { addMasked, checkHeadroom, mask, unmask, type MaskTerms, type SumSecrets } from './mask.ts';
import { pairKeys, selfKeys, type AddStreams } from './streams.ts';

const context = hashBytes(Uint8Array.of(1));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const wordsOf = (key: Uint8Array) => new Uint32Array(key.slice().buffer);

/** Words that depend on all of the key, the nonce and the place. No secret: for tests of what is added to what. */
const toyAdd: AddStreams = (vector, streams) => {
  for (const { key, nonce, block, sign } of streams) {
    let word = [...wordsOf(key), ...wordsOf(nonce)].reduce((all, part) => Math.imul(all ^ part, 0x9e3779b1) ^ (all >>> 15), block + 1);
    for (let i = 0; i < vector.length; i++) {
      word = Math.imul(word ^ (word >>> 13), 0x85ebca6b) + 0x6d2b79f5;
      vector[i]! += sign * word;
    }
  }
};

const secretOf = (...names: string[]) => Uint8Array.from(Buffer.from(hashBytes(new TextEncoder().encode(names.join('/'))), 'base64url'));
const pairSecret = (a: PeerId, b: PeerId) => secretOf('pair', ...[a, b].toSorted());
const selfSecret = (member: PeerId) => secretOf('self', member);
const secretsOf = (member: PeerId, dealers: readonly PeerId[]) => ({
  self: selfSecret(member),
  pairs: new Map(dealers.filter((other) => other !== member).map((other) => [other, pairSecret(member, other)])),
});
const REVEALED: SumSecrets = { self: selfSecret, pair: pairSecret };

const masked = (x: Int32Array<ArrayBuffer>, member: PeerId, terms: MaskTerms, add: AddStreams = toyAdd) => {
  const y = x.slice();
  mask(y, member, secretsOf(member, terms.dealers), terms, add);
  return y;
};
const summed = (vectors: readonly Int32Array[]) => {
  const sum = new Int32Array(vectors[0]!.length);
  for (const vector of vectors) addMasked(sum, vector);
  return sum;
};

/** The message of what was thrown, null for nothing. */
function outcomeOf(work: () => void): string | null {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return null;
}

const DEALERS = ['an', 'bo', 'cy', 'di', 'ed'] as PeerId[];
const TERMS: MaskTerms = { context, dealers: DEALERS, threshold: 3, lengths: [3, 3] };
const X = Int32Array.of(1, -2, 3, 1, -2, 3);

const group = fc
  .record({
    dealers: fc.uniqueArray(fc.stringMatching(/^[\w-]{1,6}$/), { minLength: 2, maxLength: 9 }).map((ids) => ids.toSorted() as PeerId[]),
    lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ dealers, lengths }) => {
    const d = lengths.reduce((a, b) => a + b);
    const most = Math.floor((2 ** 31 - 1) / dealers.length);
    const vector = fc.array(fc.integer({ min: -most, max: most }), { minLength: d, maxLength: d });
    return fc.record({
      terms: fc.integer({ min: 2, max: dealers.length }).map((threshold): MaskTerms => ({ context, dealers, threshold, lengths })),
      vectors: fc.tuple(...dealers.map(() => vector.map((values) => Int32Array.from(values)))),
      keep: fc.tuple(...dealers.map(() => fc.boolean())),
    });
  });

test('every drop-out set opens to the plain integer sum, or is refused below the threshold', () => {
  fc.assert(
    fc.property(group, ({ terms, vectors, keep }) => {
      const ys = vectors.map((x, i) => masked(x, terms.dealers[i]!, terms));
      const kept = terms.dealers.filter((_, i) => keep[i]);
      const sum = summed([new Int32Array(vectors[0]!.length), ...ys.filter((_, i) => keep[i])]);
      const plain = Array.from(sum, (_, j) => vectors.reduce((all, x, i) => all + (keep[i] ? x[j]! : 0), 0));
      const refusal = `out-of-bound: kept: expected at least ${terms.threshold} members, got ${kept.length}`;
      const opened = outcomeOf(() => unmask(sum, kept, REVEALED, terms, toyAdd)) ?? Array.from(sum);
      expect(opened).toEqual(kept.length < terms.threshold ? refusal : plain);
    }),
    { numRuns: 300 },
  );
});

test('every value has a self-mask and the masks of all pairs, and nothing else; one alone does not show it', () => {
  for (const member of DEALERS) {
    const y = masked(X, member, TERMS);
    const [withoutPairs, withoutSelf, without] = [y.slice(), y.slice(), y.slice()];
    const take = (keys: readonly Uint8Array[], sign: 1 | -1, ...vectors: Int32Array<ArrayBuffer>[]) => {
      for (const [tensor, key] of keys.entries()) {
        const stream = { key, nonce: new Uint8Array(12), block: 0, sign };
        for (const vector of vectors) toyAdd(vector.subarray(3 * tensor, 3 * tensor + 3), [stream]);
      }
    };
    take(selfKeys(selfSecret(member), context, member, 2), -1, withoutSelf, without);
    for (const other of DEALERS.filter((dealer) => dealer !== member)) {
      take(pairKeys(pairSecret(member, other), context, member, other, 2), member < other ? -1 : 1, withoutPairs, without);
    }
    expect(without).toEqual(X);
    for (const vector of [y, withoutPairs, withoutSelf]) for (const [i, x] of X.entries()) expect(vector[i]).not.toBe(x);
  }
});

test('no key is used for two things: not for equal tensors, other members or another attempt', () => {
  const seen = new Map<string, number>();
  const listen: AddStreams = (_, streams) => {
    for (const { key, nonce, block } of streams) {
      expect(block).toBe(0);
      expect(nonce).toEqual(new Uint8Array(12));
      seen.set(hex(key), (seen.get(hex(key)) ?? 0) + 1);
    }
  };
  const attempts = [TERMS, { ...TERMS, context: hashBytes(Uint8Array.of(2)) }];
  for (const terms of attempts) for (const member of DEALERS) masked(X, member, terms, listen);
  const uses = [...seen.values()];
  // Of each attempt and tensor: five members' own, once, and ten pairs', by both.
  expect(uses.filter((count) => count === 1)).toHaveLength(2 * 2 * 5);
  expect(uses.filter((count) => count === 2)).toHaveLength(2 * 2 * 10);
  expect(uses).toHaveLength(2 * 2 * 15);
});

test('keys are wiped after use, also when the expansion breaks', () => {
  for (const breaks of [false, true]) {
    const keys: Uint8Array[] = [];
    const keep: AddStreams = (_, streams) => {
      for (const { key } of streams) {
        expect(key.some((byte) => byte !== 0)).toBe(true);
        keys.push(key);
      }
      if (breaks) throw new Error('broken');
    };
    const masking = () => mask(X.slice(), DEALERS[0]!, secretsOf(DEALERS[0]!, DEALERS), TERMS, keep);
    const unmasking = () => unmask(X.slice(), DEALERS.slice(1), REVEALED, TERMS, keep);
    expect([masking, unmasking].map(outcomeOf)).toEqual(breaks ? ['broken', 'broken'] : [null, null]);
    expect(keys).toHaveLength(breaks ? 5 + 8 : 2 * (5 + 8));
    for (const key of keys) expect(key).toEqual(new Uint8Array(32));
  }
});

describe('refused, with the vector as before:', () => {
  const terms = (given: Partial<MaskTerms>) => ({ ...TERMS, ...given });
  const unsorted = ['bo', 'an', 'cy', 'di', 'ed'] as PeerId[];
  const twice = ['an', 'an', 'bo', 'cy', 'di'] as PeerId[];
  test.each([
    ['dealers out of order', terms({ dealers: unsorted }), 'field-invalid: dealers'],
    ['a dealer twice', terms({ dealers: twice }), 'field-invalid: dealers'],
    ['a threshold of one', terms({ threshold: 1 }), 'field-invalid: threshold'],
    ['a threshold beyond the group', terms({ threshold: 6 }), 'field-invalid: threshold'],
    ['an empty tensor', terms({ lengths: [6, 0] }), 'field-invalid: lengths'],
    ['tensors of another length', terms({ lengths: [3, 4] }), 'wrong-length: vector: expected 7 values, got 6'],
    ['no tensors', terms({ lengths: [] }), 'wrong-length: vector'],
  ])('%s', (_, wrong, message) => {
    const vector = X.slice();
    expect(() => mask(vector, DEALERS[0]!, secretsOf(DEALERS[0]!, DEALERS), wrong, toyAdd)).toThrow(message);
    expect(() => unmask(vector, DEALERS, REVEALED, wrong, toyAdd)).toThrow(message);
    expect(vector).toEqual(X);
  });

  test('a member who is no dealer', () => {
    const vector = X.slice();
    const zoe = 'zoe' as PeerId;
    expect(() => mask(vector, zoe, secretsOf(zoe, DEALERS), TERMS, toyAdd)).toThrow('not-listed: member');
    expect(vector).toEqual(X);
  });

  test('a missing secret, or a short one, of the last pair', () => {
    const vector = X.slice();
    for (const wrong of [null, new Uint8Array(4)]) {
      const { self, pairs } = secretsOf(DEALERS[0]!, DEALERS);
      if (wrong === null) pairs.delete(DEALERS[4]!);
      else pairs.set(DEALERS[4]!, wrong);
      expect(() => mask(vector, DEALERS[0]!, { self, pairs }, TERMS, toyAdd)).toThrow('secret: expected 32 bytes');
    }
    expect(vector).toEqual(X);
  });

  test.each([
    ['out of order', ['bo', 'an', 'cy']],
    ['twice', ['an', 'bo', 'bo']],
    ['unknown', ['an', 'bo', 'zoe']],
  ])('kept members %s', (_, kept) => {
    const vector = X.slice();
    expect(() => unmask(vector, kept as PeerId[], REVEALED, TERMS, toyAdd)).toThrow('not-listed: kept');
    expect(vector).toEqual(X);
  });

  test('a masked vector of another length', () => {
    expect(() => addMasked(new Int32Array(3), new Int32Array(2))).toThrow('wrong-length: masked: expected 3 values, got 2');
  });
});

describe('headroom', () => {
  test('at 1,000 rows a member, 32 members fit a grid of 15 bits and not one of 16', () => {
    const at = (gridBits: number, size = 32) => checkHeadroom({ size, sensitivity: 2 ** gridBits, rowsMax: 1000, noise: 2 ** gridBits });
    expect(() => at(15)).not.toThrow();
    expect(() => at(16)).not.toThrow(); // 2.10e9, and 32 members' noise is 4.4e6
    expect(() => at(16, 33)).toThrow('out-of-bound: gridBits: expected sums of 33 members below 2^31 grid steps, got 2.17e+9');
    expect(() => at(17)).toThrow('sums of 32 members');
  });

  test('what is allowed cannot wrap: the largest sum is itself in 32 bits, and one that is refused is not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 32 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 1000 }),
        (size, bits, noise) => {
          const sensitivity = 2 ** bits;
          const noiseMost = Math.ceil(12 * noise * Math.sqrt(size));
          const rowsMax = Math.floor((2 ** 31 - 1 - noiseMost) / (size * sensitivity));
          const wrapped = (rows: number) => Int32Array.of(size * sensitivity * rows + noiseMost)[0];
          checkHeadroom({ size, sensitivity, rowsMax, noise });
          expect(wrapped(rowsMax)).toBe(size * sensitivity * rowsMax + noiseMost);
          expect(() => checkHeadroom({ size, sensitivity, rowsMax: rowsMax + 2, noise })).toThrow('out-of-bound: gridBits');
          expect(wrapped(rowsMax + 2)).toBeLessThan(0);
        },
      ),
    );
  });

  test.each([Number.NaN, Infinity])('a bound of %d is refused', (noise) => {
    expect(() => checkHeadroom({ size: 4, sensitivity: 1, rowsMax: 1, noise })).toThrow('out-of-bound');
  });
});
