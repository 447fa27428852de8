import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHash, countItems, decode, encode, equalBytes, fromBase64Url, hashBytes, taggedBytes, toBase64Url } from './codec.ts';
import { MeshError, type ErrorCode } from './errors.ts';
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from './limits.ts';
import { refusal } from './testing/refusal.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

function codeOf(run: () => unknown): ErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof MeshError) return error.code;
    throw error;
  }
}

const text = fc.string({ unit: 'binary' }).filter((s) => !s.startsWith('\uFEFF'));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
);
const leaf = fc.oneof(fc.constant(null), fc.boolean(), number, text, fc.uint8Array({ maxLength: 40 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
}));

/** What decode may do with any bytes: refuse them, or return the value whose one spelling they are. */
function expectRefusedOrCanonical(bytes: Uint8Array): void {
  let decoded: unknown;
  try {
    decoded = decode(bytes);
  } catch (error) {
    return void refusal(error);
  }
  expect(equalBytes(encode(decoded), bytes)).toBe(true);
}

describe('a value', () => {
  it('comes back from its encoding', () => {
    fc.assert(
      fc.property(value, (v) => void expect(decode(encode(v))).toEqual(v)),
      { numRuns: 500 },
    );
  });

  it('has one encoding, whatever the order of its keys', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }).filter((d) => !Object.hasOwn(d, '__proto__')),
        (map) => {
          const turned = Object.fromEntries(Object.entries(map).reverse());
          expect(encode(turned)).toEqual(encode(map));
        },
      ),
    );
  });

  it('sorts keys by their bytes, head first, as RFC 8949 4.2.1 does', () => {
    // The RFC's list of keys, as far as text keys go: shorter heads first, then bytewise.
    expect(encode({ aa: 1, z: 2, b: 3 })).toEqual(hex('a3 6162 03 617a 02 626161 01'));
    // A key of 24 bytes has a two-byte head, 0x78, and follows every shorter one.
    const long = 'a'.repeat(24);
    expect(Object.keys(decode(encode({ [long]: 1, zz: 2 })) as object)).toEqual(['zz', long]);
  });

  it('of the appendix of RFC 8949 is encoded as printed there', () => {
    const printed: [unknown, string][] = [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [100, '1864'],
      [1000, '1903e8'],
      [1_000_000, '1a000f4240'],
      [1_000_000_000_000, '1b000000e8d4a51000'],
      [-1, '20'],
      [-100, '3863'],
      [-1000, '3903e7'],
      [1.1, 'fb3ff199999999999a'],
      [1.5, 'f93e00'],
      [5.960464477539063e-8, 'f90001'],
      [0.00006103515625, 'f90400'],
      [-4.1, 'fbc010666666666666'],
      [false, 'f4'],
      [true, 'f5'],
      [null, 'f6'],
      ['', '60'],
      ['IETF', '6449455446'],
      ['\u00fc', '62c3bc'],
      ['\u6c34', '63e6b0b4'],
      ['\ud800\udd51', '64f0908591'],
      [[], '80'],
      [[1, [2, 3], [4, 5]], '8301820203820405'],
      [{}, 'a0'],
      [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
      [new Uint8Array([1, 2, 3, 4]), '4401020304'],
    ];
    for (const [v, bytes] of printed) {
      expect(encode(v)).toEqual(hex(bytes));
      expect(decode(hex(bytes))).toEqual(v);
    }
  });

  it.each([
    ['undefined', undefined],
    ['undefined in a map', { a: undefined }],
    ['a hole in an array', Array.from({ length: 2 }, (_, i) => (i === 0 ? 1 : undefined))],
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['-0', -0],
    ['2^53', 2 ** 53],
    ['-(2^53)', -(2 ** 53)],
    ['1e300', 1e300],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Date', new Date(0)],
    ['a Map', new Map([['a', 1]])],
    ['a Float32Array', new Float32Array(2)],
    ['an object without a prototype', Object.create(null)],
    ['a __proto__ key', JSON.parse('{"__proto__":1}')],
    ['a __proto__ key with a map', JSON.parse('{"__proto__":{"a":1}}')],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { 'a\udfff': 1 }],
    ['a leading byte order mark', '\uFEFFa'],
  ])('outside the data model is refused: %s', (_, v) => {
    expect(codeOf(() => encode(v))).toBe('field-invalid');
  });

  it('is encoded into bytes of its own, of any length', () => {
    for (const length of [0, 20, 100, 250, 300, 5000, 100_000]) {
      const bytes = encode({ a: new Uint8Array(length) });
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  it('that contains itself is refused', () => {
    const list: unknown[] = [];
    list.push(list);
    expect(codeOf(() => encode(list))).toBe('field-invalid');
  });

  it('is as deep and as wide in encode as in decode', () => {
    const nest = (depth: number): unknown => (depth === 0 ? [] : [nest(depth - 1)]);
    expect(decode(encode(nest(CBOR_DEPTH_MAX - 1)))).toEqual(nest(CBOR_DEPTH_MAX - 1));
    expect(codeOf(() => encode(nest(CBOR_DEPTH_MAX)))).toBe('field-invalid');
    expect(codeOf(() => decode(new Uint8Array([...Array.from({ length: CBOR_DEPTH_MAX }, () => 0x81), 0x80])))).toBe('frame-malformed');
    const wide = Array.from({ length: CBOR_ITEMS_MAX }, () => 0);
    expect(decode(encode(wide))).toEqual(wide);
    expect(codeOf(() => encode([...wide, 0]))).toBe('field-invalid');
    const much = Array.from({ length: 40 }, () => wide);
    expect(codeOf(() => encode(much))).toBe('field-invalid');
  });
});

describe('bytes', () => {
  it('that were changed, cut or extended are refused, or are the one encoding of another value', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (v, at, flip, cut) => {
        const bytes = encode(v);
        const changed = bytes.slice();
        changed[at % bytes.length]! ^= flip;
        expectRefusedOrCanonical(changed);
        expect(codeOf(() => decode(bytes.slice(0, cut % bytes.length)))).not.toBeNull();
        expect(codeOf(() => decode(new Uint8Array([...bytes, flip])))).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('of a stranger are refused, or are the one encoding of a value', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), expectRefusedOrCanonical), { numRuns: 2000 });
  });

  it.each<[string, string, ErrorCode]>([
    ['nothing', '', 'frame-malformed'],
    ['an integer in one byte too many', '1817', 'frame-malformed'],
    ['an integer in two bytes too many', '190018', 'frame-malformed'],
    ['an integer in four bytes too many', '1a00000100', 'frame-malformed'],
    ['an integer in eight bytes too many', '1b0000000000000001', 'frame-malformed'],
    ['a negative integer too long', '3800', 'frame-malformed'],
    ['a text length too long', '780161', 'frame-malformed'],
    ['a byte length too long', '580100', 'frame-malformed'],
    ['an array length too long', '980100', 'frame-malformed'],
    ['a map length too long', 'b801616100', 'frame-malformed'],
    ['an indefinite array', '9f01ff', 'frame-malformed'],
    ['an indefinite map', 'bf616101ff', 'frame-malformed'],
    ['an indefinite text', '7f6161ff', 'frame-malformed'],
    ['indefinite bytes', '5f4101ff', 'frame-malformed'],
    ['a break alone', 'ff', 'frame-malformed'],
    ['a reserved length', '1c', 'frame-malformed'],
    ['a key twice', 'a2616101616102', 'frame-malformed'],
    ['a key twice with the same value', 'a2616101616101', 'frame-malformed'],
    ['keys out of order', 'a2616201616101', 'not-canonical'],
    ['a longer key before a shorter one', 'a2626161016162 02', 'not-canonical'],
    ['a key that is no text', 'a10102', 'frame-malformed'],
    ['a key that is bytes', 'a1416101', 'frame-malformed'],
    ['a __proto__ key', 'a1695f5f70726f746f5f5f01', 'field-invalid'],
    ['a __proto__ key with a map', 'a1695f5f70726f746f5f5fa1616101', 'field-invalid'],
    ['a tag', 'c074323031332d30332d32315432303a30343a30305a', 'frame-malformed'],
    ['a big number', 'c249010000000000000000', 'frame-malformed'],
    ['undefined', 'f7', 'frame-malformed'],
    ['a simple value', 'f0', 'frame-malformed'],
    ['a simple value of two bytes', 'f8ff', 'frame-malformed'],
    ['NaN', 'f97e00', 'frame-malformed'],
    ['NaN in four bytes', 'fa7fc00000', 'frame-malformed'],
    ['Infinity', 'f97c00', 'frame-malformed'],
    ['-Infinity in eight bytes', 'fbfff0000000000000', 'frame-malformed'],
    ['-0', 'f98000', 'field-invalid'],
    ['an integer as a half', 'f93c00', 'not-canonical'],
    ['a half as a single', 'fa3fc00000', 'not-canonical'],
    ['a half as a double', 'fb3ff8000000000000', 'not-canonical'],
    ['a single as a double', 'fb40f86a0020000000', 'not-canonical'],
    ['2^53', '1b0020000000000000', 'frame-malformed'],
    ['2^64 - 1', '1bffffffffffffffff', 'frame-malformed'],
    ['-2^64', '3bffffffffffffffff', 'frame-malformed'],
    ['1e300', 'fb7e37e43c8800759c', 'field-invalid'],
    ['text that is no UTF-8', '61ff', 'not-canonical'],
    ['an overlong UTF-8 slash', '62c0af', 'not-canonical'],
    ['a surrogate in UTF-8', '63eda080', 'not-canonical'],
    ['a second item', '0000', 'frame-malformed'],
    ['a missing item', '8201', 'frame-malformed'],
    ['a missing value', 'a16161', 'frame-malformed'],
  ])('of another spelling are refused: %s', (_, bytes, code) => {
    expect(codeOf(() => decode(hex(bytes)))).toBe(code);
  });

  it('never set a prototype', () => {
    codeOf(() => decode(hex('a1695f5f70726f746f5f5fa168706f6c6c7574656401')));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['1 GB of bytes', '5a40000000'],
    ['1 GB of text', '7a40000000'],
    ['2^53 bytes', '5b0020000000000000'],
    ['2^32 items', '9b0000000100000000'],
    ['4097 items', '991001'],
    ['2^31 pairs', 'ba80000000'],
    ['a long list of nothing', '9a00100000'],
  ])('that promise more than they hold are refused before anything is built: %s', (_, bytes) => {
    expect(codeOf(() => decode(hex(bytes)))).toBe('frame-malformed');
  });

  it('of a nest a million deep are refused', () => {
    for (const head of [0x81, 0xa1, 0xc1]) expect(codeOf(() => decode(new Uint8Array(1_000_000).fill(head)))).toBe('frame-malformed');
  });

  it('of twelve million empty lists are refused by their count', () => {
    const inner = new Uint8Array(3 + CBOR_ITEMS_MAX).fill(0x80);
    inner.set(hex('991000'));
    const bomb = new Uint8Array(3 + 2900 * inner.length);
    bomb.set(hex('990b54'));
    for (let i = 0; i < 2900; i++) bomb.set(inner, 3 + i * inner.length);
    expect(() => decode(bomb)).toThrow(/more than \d+ items/);
  });

  it('are counted as the items that they hold', () => {
    expect(countItems(encode({ a: [1, 'x', null], b: {} }))).toBe(8);
    expect(codeOf(() => countItems(hex('9a')))).toBe('frame-malformed');
  });

  it('above the limit are refused by their length', () => {
    expect(codeOf(() => decode(encode(new Uint8Array(100)), 64))).toBe('frame-too-large');
  });
});

describe('base64url', () => {
  it('is what Node writes, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('has one spelling for the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABCDwxyz0129-_+/='), maxLength: 12 }), (letters) => {
        let bytes: Uint8Array;
        try {
          bytes = fromBase64Url(letters);
        } catch (error) {
          return void refusal(error);
        }
        expect(toBase64Url(bytes)).toBe(letters);
      }),
    );
  });

  it.each(['A', 'AB', 'AAAAA', 'AA==', 'AA\n', ' AAA', 'AA+/', 'AAB', 'é', '\u{1F600}AA'])('refuses %j', (letters) => {
    expect(codeOf(() => fromBase64Url(letters))).toBe('field-invalid');
  });
});

describe('hashes', () => {
  it('are SHA-256', () => {
    // FIPS 180-4, "abc"
    expect(hashBytes(new TextEncoder().encode('abc'))).toBe(
      toBase64Url(hex('ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad')),
    );
  });

  it('of equal bodies differ by domain, and no domain runs into its body', () => {
    const body = { a: 1 };
    expect(bodyHash('prepare', body)).not.toBe(bodyHash('commit', body));
    expect(Buffer.from(taggedBytes('t', body)).toString('latin1')).toBe('sovereign-mesh/1/t\0\xa1\x61\x61\x01');
  });
});
