import { p256 } from '@noble/curves/nist.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, fromBase64Url, taggedBytes, toBase64Url } from './codec.ts';
import { generateKeyPair, identityOf, parsePeerId, signBody, verifyBytes, verifySigned, type Identity, type PeerId } from './identity.ts';

const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const body = { t: 'prepare', round: 1 } as const;
const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));
const sOf = (sig: Uint8Array) => BigInt(`0x${Buffer.from(sig.subarray(32)).toString('hex')}`);
const { ORDER } = p256.Point.Fn;

function highTwin(sig: Uint8Array): Uint8Array {
  const twin = sig.slice();
  twin.set(fromHex((ORDER - sOf(sig)).toString(16).padStart(64, '0')), 32);
  return twin;
}

describe('a peer id', () => {
  it('is the compressed point of the key pair that WebCrypto made', async () => {
    const pair = await generateKeyPair(true);
    const { id } = await identityOf(pair);
    const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const odd = fromBase64Url(y!)[31]! & 1;
    expect(fromBase64Url(id)).toEqual(new Uint8Array([2 + odd, ...fromBase64Url(x!)]));
    expect(parsePeerId(id)).toBe(id);
  });

  it('of the key of RFC 6979 A.2.5 is its published point, compressed', async () => {
    const d = 'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721';
    const x = '60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6';
    const y = '7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299';
    const b64 = (text: string) => toBase64Url(fromHex(text));
    const jwk = { kty: 'EC', crv: 'P-256', x: b64(x), y: b64(y) };
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const privateKey = await crypto.subtle.importKey('jwk', { ...jwk, d: b64(d) }, algorithm, false, ['sign']);
    const publicKey = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']);
    const identity = await identityOf({ privateKey, publicKey });
    expect(identity.id).toBe(b64(`03${x}`));
    expect(await verifySigned(await signBody(identity, body))).toBe(true);
  });

  it('verifies the signature of RFC 6979 A.2.5 with SHA-256, in its low-s spelling only', async () => {
    const id = toBase64Url(fromHex('0360FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6')) as PeerId;
    const high = fromHex(
      'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
    );
    const sample = new TextEncoder().encode('sample');
    expect(await verifyBytes(id, sample, high)).toBe(false);
    expect(await verifyBytes(id, sample, highTwin(high))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'peer'],
    ['33 zeros', toBase64Url(new Uint8Array(33))],
    ['32 bytes', toBase64Url(new Uint8Array(32).fill(2))],
    ['an x without a point', toBase64Url(new Uint8Array([2, ...new Uint8Array(31), 1]))],
    ['an x above the field', toBase64Url(new Uint8Array([2, ...new Uint8Array(32).fill(255)]))],
    ['an x plus p', toBase64Url(fromHex('03ffffffff00000001000000000000000000000001000000000000000000000004'))],
    ['the uncompressed generator', toBase64Url(p256.Point.BASE.toBytes(false))],
    ['the point at infinity', toBase64Url(new Uint8Array([0]))],
    ['padding', `${toBase64Url(p256.Point.BASE.toBytes(true))}=`],
    ['a hybrid head', toBase64Url(new Uint8Array([6, ...p256.Point.BASE.toBytes(true).subarray(1)]))],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parsePeerId(text, 'steward')).toThrow(
      expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field: 'steward' }) }),
    );
  });

  it('is refused for any text that is not a point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(() => parsePeerId(text)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
      }),
    );
  });
});

describe('a signature', () => {
  it('is verified, has low s, and its high twin is refused', async () => {
    const identity = await newIdentity();
    for (let i = 0; i < 24; i++) {
      const signed = await signBody(identity, { ...body, round: i });
      expect(signed.sig).toHaveLength(64);
      expect(sOf(signed.sig) <= ORDER / 2n).toBe(true);
      expect(await verifySigned(signed)).toBe(true);
      expect(await verifySigned({ ...signed, sig: highTwin(signed.sig) })).toBe(false);
    }
  });

  it('covers the domain, every field and the signer', async () => {
    const [alice, bob] = [await newIdentity(), await newIdentity()];
    const signed = await signBody(alice, body);
    expect(await verifySigned(signed)).toBe(true);
    expect(await verifySigned({ ...signed, by: bob.id })).toBe(false);
    expect(await verifySigned({ ...signed, body: { t: 'commit', round: 1 } as never })).toBe(false);
    expect(await verifySigned({ ...signed, body: { t: 'prepare', round: 2 } as never })).toBe(false);
    expect(await verifySigned({ ...signed, body: { t: 'prepare', round: 1, view: 0 } as never })).toBe(false);
    // Without the domain tag the same body is another message.
    expect(await verifySigned({ ...signed, sig: await alice.sign(encode(body)) })).toBe(false);
  });

  it('that is garbage is false, never an exception', async () => {
    const identity = await newIdentity();
    const bytes = taggedBytes('t', {});
    const bad = [
      new Uint8Array(0),
      new Uint8Array(63),
      new Uint8Array(64),
      new Uint8Array(65),
      new Uint8Array(64).fill(255),
      fromHex(`${'00'.repeat(32)}${'00'.repeat(31)}01`),
    ];
    for (const sig of bad) expect(await verifyBytes(identity.id, bytes, sig)).toBe(false);
    const { sig } = await signBody(identity, { t: 't' });
    for (const by of ['', 'x', 'A'.repeat(44), '\ud800']) expect(await verifyBytes(by as PeerId, bytes, sig)).toBe(false);
  });

  it('with one bit turned is refused', async () => {
    const identity = await newIdentity();
    const signed = await signBody(identity, body);
    for (let bit = 0; bit < 512; bit += 7) {
      const sig = signed.sig.slice();
      sig[bit >> 3]! ^= 1 << (bit & 7);
      expect(await verifySigned({ ...signed, sig })).toBe(false);
    }
  });
});
