/** Keys of mask streams: HKDF as WebCrypto computes it, another key for any other field, and no short seeds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBytes, taggedBytes, type Hash } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import { TENSORS_MAX } from '../limits.ts';
import { pairKeys, selfKeys } from './streams.ts';

const id = (text: string) => text as PeerId;
const context = hashBytes(Uint8Array.of(1));
const secret = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

async function byWebCrypto(ikm: Uint8Array<ArrayBuffer>, label: unknown, tensor: number): Promise<string> {
  const salt = await crypto.subtle.digest('SHA-256', taggedBytes('secagg-stream', label));
  const key = await crypto.subtle.importKey('raw', ikm, 'HKDF', false, ['deriveBits']);
  const info = Uint8Array.of(0, 0, tensor >> 8, tensor & 255);
  return hex(new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, 256)));
}

test('are HKDF-SHA256 of secret, label and tensor', async () => {
  const pair = pairKeys(secret, context, id('bo'), id('an'), 300);
  const self = selfKeys(secret, context, id('an'), 2);
  expect(hex(pair[0]!)).toBe(await byWebCrypto(secret, { context, purpose: 'pair', members: ['an', 'bo'] }, 0));
  expect(hex(pair[299]!)).toBe(await byWebCrypto(secret, { context, purpose: 'pair', members: ['an', 'bo'] }, 299));
  expect(hex(self[1]!)).toBe(await byWebCrypto(secret, { context, purpose: 'self', members: ['an'] }, 1));
});

test('are the same for both of a pair', () => {
  expect(pairKeys(secret, context, id('an'), id('bo'), 3)).toEqual(pairKeys(secret, context, id('bo'), id('an'), 3));
});

test('are 256 bits each, and differ by tensor: equal tensors are masked differently', () => {
  const keys = selfKeys(secret, context, id('an'), TENSORS_MAX + 1);
  expect(new Set(keys.map(hex)).size).toBe(TENSORS_MAX + 1);
  for (const key of keys) expect(key.length).toBe(32);
});

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const member = fc.stringMatching(/^[\w-]{44}$/).map(id);
const place = fc.record({
  secret: bytes32,
  context: bytes32.map((bytes): Hash => hashBytes(bytes)),
  purpose: fc.constantFrom('pair', 'self'),
  a: member,
  b: member,
  tensor: fc.nat(3),
});
type Place = typeof place extends fc.Arbitrary<infer P> ? P : never;
const keyAt = ({ secret: from, context: within, purpose, a, b, tensor }: Place) =>
  hex((purpose === 'pair' ? pairKeys(from, within, a, b, 4) : selfKeys(from, within, a, 4))[tensor]!);
/** Fields that a key depends on, in one order of a pair. */
const spelled = ({ purpose, a, b, ...rest }: Place) =>
  JSON.stringify({ ...rest, secret: hex(rest.secret), purpose, members: purpose === 'pair' ? [a, b].toSorted() : [a] });

test('change with any field', () => {
  const fields = ['secret', 'context', 'purpose', 'a', 'b', 'tensor'] as const;
  fc.assert(
    fc.property(place, place, fc.constantFrom(...fields), (one, other, field) => {
      const changed = { ...one, [field]: other[field] };
      fc.pre(one.a !== one.b && changed.a !== changed.b);
      expect(keyAt(changed) === keyAt(one)).toBe(spelled(changed) === spelled(one));
    }),
    { numRuns: 300 },
  );
});

test('change with each of the 256 bits of a secret, as no key of a shorter seed would', () => {
  const before = hex(pairKeys(secret, context, id('an'), id('bo'), 1)[0]!);
  const keys = Array.from({ length: 256 }, (_, bit) => {
    const other = secret.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    return hex(pairKeys(other, context, id('an'), id('bo'), 1)[0]!);
  });
  expect(new Set([before, ...keys]).size).toBe(257);
});

test('do not change the secret', () => {
  const before = secret.slice();
  selfKeys(secret, context, id('an'), 3);
  expect(secret).toEqual(before);
});

describe('are refused', () => {
  test.each([0, 2, 4, 16, 31, 33, 64])('of a secret of %d bytes', (length) => {
    const short = new Uint8Array(length).fill(5);
    const message = `secret: expected 32 bytes, got ${length}`;
    expect(() => selfKeys(short, context, id('an'), 1)).toThrow(message);
    expect(() => pairKeys(short, context, id('an'), id('bo'), 1)).toThrow(message);
  });

  test('for a member with itself', () => {
    expect(() => pairKeys(secret, context, id('an'), id('an'), 1)).toThrow('field-invalid: pair');
  });

  test.each([0, 1.5, TENSORS_MAX + 2, Number.NaN])('for %d tensors', (tensors) => {
    expect(() => selfKeys(secret, context, id('an'), tensors)).toThrow('field-invalid: tensors');
  });
});
