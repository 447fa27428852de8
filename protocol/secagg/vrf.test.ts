import { existsSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { often } from '../../scripts/deep.ts';
import { equalBytes } from '../codec.ts';
import type { MeshError } from '../errors.ts';
import { refusal } from '../testing/refusal.ts';
import { forgedProof, honestProof, inputPoint, littleEndian, ORDER, proofOf, SMALL_ORDER } from './testing/ecvrf-by-hand.ts';
import { ECVRF_FILE, ECVRF_VECTORS, ECVRF_WHOLE, judgeEcvrfVectors } from './testing/ecvrf-vectors.ts';
import { proofToHash, prove, verify, VRF_ELL2, VRF_TAI, type VrfSuite } from './vrf.ts';

const { Point } = ed25519;
const PRIME = Point.Fp.ORDER;
const SUITES = [VRF_TAI, VRF_ELL2] as const;
const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);
const ALPHA = new TextEncoder().encode('list of round 7');
const { point: KEY, pointBytes: KEY_BYTES, scalar: SCALAR } = ed25519.utils.getExtendedPublicKey(SECRET);

const suites = fc.constantFrom<VrfSuite>(...SUITES);
const inputs = fc.uint8Array({ maxLength: 80 });
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

function expectRefused(suite: VrfSuite, key: Uint8Array, alpha: Uint8Array, proof: Uint8Array): MeshError {
  let output: Uint8Array;
  try {
    output = verify(suite, key, alpha, proof);
  } catch (error) {
    return refusal(error);
  }
  throw new Error(`accepted ${Buffer.from(proof).toString('hex')} with output ${Buffer.from(output).toString('hex')}`);
}

const flipped = (bytes: Uint8Array, bit: number) => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
const withS = (proof: Uint8Array, s: bigint) => Uint8Array.of(...proof.slice(0, 48), ...littleEndian(s));
const sOf = (proof: Uint8Array) => bytesToNumberLE(proof.slice(48));
const challengeOf = (proof: Uint8Array) => bytesToNumberLE(proof.slice(32, 48));

describe('proofs', () => {
  it.skipIf(!existsSync(ECVRF_FILE))(`are those of RFC 9381 B.3 and B.4, and others are refused (skipped without ${ECVRF_VECTORS})`, () => {
    expect(judgeEcvrfVectors()).toEqual(ECVRF_WHOLE);
  });

  it('prove one output per key, input and suite, always with the same 80 bytes', () => {
    fc.assert(
      fc.property(suites, keys, inputs, (suite, secret, alpha) => {
        const before = secret.slice();
        const proof = prove(suite, secret, alpha);
        expect(equalBytes(secret, before)).toBe(true);
        expect(proof.length).toBe(80);
        expect(equalBytes(prove(suite, secret, alpha), proof)).toBe(true);
        const output = verify(suite, ed25519.getPublicKey(secret), alpha, proof);
        expect(output.length).toBe(64);
        expect(equalBytes(proofToHash(suite, proof), output)).toBe(true);
      }),
      { numRuns: often(20, 2000) },
    );
  });

  it('have outputs of their own for every suite, key and input', () => {
    const outputs = SUITES.flatMap((suite) =>
      [SECRET, SECRET.toReversed()].flatMap((secret) =>
        [ALPHA, new Uint8Array(0), new Uint8Array(1)].map((alpha) => String(proofToHash(suite, prove(suite, secret, alpha)))),
      ),
    );
    expect(new Set(outputs).size).toBe(12);
  });

  it('are those that the specification gives by hand', () => {
    fc.assert(
      fc.property(suites, keys, inputs, (suite, secret, alpha) => {
        const { proof, output } = honestProof(suite, secret, alpha);
        expect(equalBytes(prove(suite, secret, alpha), proof)).toBe(true);
        expect(equalBytes(verify(suite, ed25519.getPublicKey(secret), alpha, proof), output)).toBe(true);
      }),
      { numRuns: often(10, 1000) },
    );
  });

  it.each(SUITES)('with another nonce have the same output: suite %i', (suite) => {
    const honest = prove(suite, SECRET, ALPHA);
    const gamma = inputPoint(suite, KEY_BYTES, ALPHA).multiply(SCALAR);
    const other = forgedProof({ suite, key: KEY, secret: SCALAR, alpha: ALPHA, gamma });
    expect(equalBytes(other, honest)).toBe(false);
    expect(equalBytes(verify(suite, KEY_BYTES, ALPHA, other), proofToHash(suite, honest))).toBe(true);
  });

  it.each(SUITES)('cannot move the output by a point of small order, even for who holds the key: suite %i', (suite) => {
    const output = proofToHash(suite, prove(suite, SECRET, ALPHA));
    const gamma = inputPoint(suite, KEY_BYTES, ALPHA).multiply(SCALAR);
    for (const small of SMALL_ORDER) {
      const moved = forgedProof({ suite, key: KEY, secret: SCALAR, alpha: ALPHA, gamma: gamma.add(small) });
      expect(equalBytes(verify(suite, KEY_BYTES, ALPHA, moved), output)).toBe(true);
    }
  });

  it.each(SUITES)('cannot show another output, even for who holds the key: suite %i', (suite) => {
    const gamma = inputPoint(suite, KEY_BYTES, ALPHA).multiply(SCALAR + 1n);
    const wrong = forgedProof({ suite, key: KEY, secret: SCALAR, alpha: ALPHA, gamma });
    expect(expectRefused(suite, KEY_BYTES, ALPHA, wrong).code).toBe('signature-invalid');
  });
});

describe('verification refuses', () => {
  it('keys of small order, for which everybody can prove', () => {
    for (const suite of SUITES) {
      for (const key of SMALL_ORDER) {
        const proof = forgedProof({ suite, key, secret: 0n, alpha: ALPHA, gamma: Point.ZERO });
        expect(expectRefused(suite, key.toBytes(), ALPHA, proof).detail).toEqual({
          field: 'publicKey',
          expected: 'a key that is not of small order',
        });
      }
    }
  });

  it('scalars at or above the order, though the equations hold', () => {
    const proof = prove(VRF_TAI, SECRET, ALPHA);
    for (const s of [sOf(proof) + ORDER, sOf(proof) + 8n * ORDER, ORDER, 2n ** 256n - 1n]) {
      const { code, detail } = expectRefused(VRF_TAI, KEY_BYTES, ALPHA, withS(proof, s));
      expect([code, detail.field]).toEqual(['field-invalid', 'proof.s']);
      expect(() => proofToHash(VRF_TAI, withS(proof, s))).toThrow('proof.s');
    }
    expect(expectRefused(VRF_TAI, KEY_BYTES, ALPHA, withS(proof, ORDER - 1n)).code).toBe('signature-invalid');
    expect(expectRefused(VRF_TAI, KEY_BYTES, ALPHA, withS(proof, 0n)).code).toBe('signature-invalid');
  });

  it('points in a second spelling, and what is no point', () => {
    const sign = 2n ** 255n;
    // y of 0, 1, 3, … 18 in 255 bits, above the prime; x = 0 with a sign; a y without an x.
    const spellings = [PRIME, PRIME + 1n, PRIME + 3n, PRIME + 18n, sign + 1n, sign + PRIME - 1n, 2n].map(littleEndian);
    const proof = prove(VRF_ELL2, SECRET, ALPHA);
    for (const point of spellings) {
      const expected = 'the canonical encoding of a point of edwards25519';
      expect(expectRefused(VRF_ELL2, point, ALPHA, proof).detail).toEqual({ field: 'publicKey', expected });
      const other = Uint8Array.of(...point, ...proof.slice(32));
      expect(expectRefused(VRF_ELL2, KEY_BYTES, ALPHA, other).detail).toEqual({ field: 'proof.gamma', expected });
    }
  });

  it('other lengths, by name', () => {
    const proof = prove(VRF_TAI, SECRET, ALPHA);
    for (const bytes of [proof.slice(1), Uint8Array.of(...proof, 0), new Uint8Array(0)]) {
      expect(expectRefused(VRF_TAI, KEY_BYTES, ALPHA, bytes).message).toBe(`field-invalid: proof: expected 80 bytes, got ${bytes.length}`);
      expect(() => proofToHash(VRF_TAI, bytes)).toThrow('expected 80 bytes');
      expect(expectRefused(VRF_TAI, bytes, ALPHA, proof).message).toBe(`field-invalid: publicKey: expected 32 bytes, got ${bytes.length}`);
      expect(() => prove(VRF_TAI, bytes, ALPHA)).toThrow(`field-invalid: secretKey: expected 32 bytes, got ${bytes.length}`);
    }
  });

  it('the proof of another suite', () => {
    for (const [mine, other] of [SUITES, SUITES.toReversed()] as [VrfSuite, VrfSuite][]) {
      expect(expectRefused(other, KEY_BYTES, ALPHA, prove(mine, SECRET, ALPHA)).code).toBe('signature-invalid');
    }
  });

  it('a challenge with one other bit, though U and V are right', () => {
    const proof = prove(VRF_TAI, SECRET, ALPHA);
    for (let bit = 256; bit < 384; bit += 5) {
      const other = flipped(proof, bit);
      const s = (sOf(proof) + (challengeOf(other) - challengeOf(proof)) * SCALAR) % ORDER;
      const { code } = expectRefused(VRF_TAI, KEY_BYTES, ALPHA, withS(other, (s + ORDER) % ORDER));
      expect(code).toBe('signature-invalid');
    }
  });

  it('a change in any byte of the proof', () => {
    const proof = prove(VRF_ELL2, SECRET, ALPHA);
    for (let byte = 0; byte < 80; byte++) {
      const { code } = expectRefused(VRF_ELL2, KEY_BYTES, ALPHA, flipped(proof, 8 * byte));
      expect(['field-invalid', 'signature-invalid']).toContain(code);
    }
  });

  it('a changed bit of the proof, the input or the key', () => {
    fc.assert(
      fc.property(suites, keys, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (suite, secret, alpha, bit) => {
        const [key, proof] = [ed25519.getPublicKey(secret), prove(suite, secret, alpha)];
        expectRefused(suite, key, alpha, flipped(proof, bit % 640));
        expectRefused(suite, key, flipped(alpha, bit % (8 * alpha.length)), proof);
        expectRefused(suite, flipped(key, bit % 256), alpha, proof);
      }),
      { numRuns: often(30, 3000) },
    );
  });

  it('random bytes', () => {
    fc.assert(
      fc.property(suites, fc.uint8Array({ maxLength: 40 }), inputs, fc.uint8Array({ maxLength: 100 }), (suite, key, alpha, proof) => {
        expectRefused(suite, key, alpha, proof);
        expectRefused(suite, KEY_BYTES, alpha, proof);
      }),
      { numRuns: often(100, 10_000) },
    );
    fc.assert(
      fc.property(suites, keys, inputs, fc.uint8Array({ minLength: 80, maxLength: 80 }), (suite, key, alpha, proof) => {
        const small = proof.with(79, proof[79]! & 15);
        expectRefused(suite, key, alpha, small);
        expectRefused(suite, KEY_BYTES, alpha, Uint8Array.of(...KEY_BYTES, ...small.slice(32)));
      }),
      { numRuns: often(30, 3000) },
    );
  });

  it('nearly valid proofs', () => {
    const proofs = SUITES.map((suite) => [prove(suite, SECRET, ALPHA), prove(suite, SECRET, SECRET)] as const);
    const changes = fc.constantFrom<(mine: Uint8Array, other: Uint8Array, small: number) => Uint8Array>(
      (mine, other) => Uint8Array.of(...other.slice(0, 32), ...mine.slice(32)),
      (mine, other) => Uint8Array.of(...mine.slice(0, 32), ...other.slice(32, 48), ...mine.slice(48)),
      (mine, other) => Uint8Array.of(...mine.slice(0, 48), ...other.slice(48)),
      (mine, _, small) => proofOf(Point.fromBytes(mine.slice(0, 32)).add(SMALL_ORDER[1 + small]!), mine.slice(32, 48), sOf(mine)),
      (mine) => proofOf(Point.fromBytes(mine.slice(0, 32)).negate(), mine.slice(32, 48), sOf(mine)),
      (mine, _, small) => proofOf(SMALL_ORDER[small]!, mine.slice(32, 48), sOf(mine)),
      (mine, _, small) => withS(mine, (sOf(mine) + BigInt(small + 1)) % ORDER),
      (mine, _, small) => withS(mine, sOf(mine) + BigInt(small + 1) * ORDER),
      (mine) => withS(mine, ORDER - sOf(mine)),
      (mine, _, small) => mine.fill(small === 0 ? 255 : 0, 32, 48),
      (mine, _, small) => mine.fill(small === 0 ? 255 : 0, 48),
      (_, other) => other,
    );
    fc.assert(
      fc.property(fc.nat(1), changes, fc.nat(6), (which, change, small) => {
        const [mine, other] = proofs[which]!;
        expectRefused(SUITES[which]!, KEY_BYTES, ALPHA, change(mine.slice(), other, small));
      }),
      { numRuns: often(80, 5000) },
    );
  });
});
