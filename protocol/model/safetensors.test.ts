import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError, type ErrorCode } from '../errors.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

/** A file as the format's text describes it: length, header, data. */
function file(header: string, data: readonly number[], length?: bigint): Uint8Array {
  const head = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + head.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return bytes;
}

function codeOf(run: () => unknown): ErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof MeshError) return error.code;
    throw error;
  }
}

const tensor = (dtype: string, shape: unknown, offsets: unknown) => JSON.stringify({ a: { dtype, shape, data_offsets: offsets } });
const ONE = [0, 0, 128, 63]; // 1.0 as little-endian float32
const [F, I] = ['F32', 'I32'];

describe('a safetensors file', () => {
  it('written by hand is read', () => {
    const header =
      '{"__metadata__":{"made":"by hand"},' +
      '"b":{"dtype":"I32","shape":[2,1],"data_offsets":[4,12]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  ';
    const tensors = readSafetensors(file(header, [...ONE, 255, 255, 255, 255, 2, 1, 0, 0]));
    expect(tensors.get('a')).toEqual({ name: 'a', shape: [], values: new Float32Array([1]) });
    expect(tensors.get('b')).toEqual({ name: 'b', shape: [2, 1], values: new Int32Array([-1, 258]) });
    expect([...tensors.keys()].sort()).toEqual(['a', 'b']);
  });

  it('of F16 is read as the floats that have the same value, by the table of IEEE 754', () => {
    // 1, -2, 65504, 2^-14, 2^-24, 1023 * 2^-24, -0, 1/3 rounded, infinity
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x8000, 0x3555, 0x7c00];
    const data = bits.flatMap((word) => [word & 255, word >> 8]);
    const values = readSafetensors(file(tensor('F16', [9], [0, 18]), data)).get('a')!.values;
    expect([...values]).toEqual([1, -2, 65504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24, -0, 0.333251953125, Infinity]);
    expect(readSafetensors(file(tensor('F16', [1], [0, 2]), [1, 0x7c])).get('a')!.values[0]).toBeNaN();
    // Every finite value but zero stands between its neighbours.
    const all = Array.from({ length: 0x7c00 }, (_, word) => [word & 255, word >> 8]).flat();
    const rising = readSafetensors(file(tensor('F16', [0x7c00], [0, 0xf800]), all)).get('a')!.values;
    expect(rising.every((v, i) => i === 0 || v > rising[i - 1]!)).toBe(true);
  });

  it('of BF16 is read as the upper halves of floats', () => {
    // 1, -2.5, 2^127 * 1.9921875, the smallest, -infinity
    const bits = [0x3f80, 0xc020, 0x7f7f, 0x0001, 0xff80];
    const data = bits.flatMap((word) => [word & 255, word >> 8]);
    const values = readSafetensors(file(tensor('BF16', [5], [0, 10]), data)).get('a')!.values;
    expect([...values]).toEqual([1, -2.5, 1.9921875 * 2 ** 127, 2 ** -133, -Infinity]);
    expect(values).toBeInstanceOf(Float32Array);
  });

  it('with names that look like numbers is read, whatever order their keys take', () => {
    const header = '{"10":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"9":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    expect(readSafetensors(file(header, [...ONE, ...ONE])).get('9')?.values).toEqual(new Float32Array([1]));
  });

  it('is written as the format says, data aligned to 8 bytes', () => {
    const bytes = writeSafetensors([{ name: 'a', shape: [2], values: new Float32Array([1, -2]) }], { k: 'v' });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect((8 + length) % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(JSON.parse(header)).toEqual({ __metadata__: { k: 'v' }, a: { dtype: F, shape: [2], data_offsets: [0, 8] } });
    expect([...bytes.subarray(8 + length)]).toEqual([...ONE, 0, 0, 0, 192]);
  });

  it('comes back from its bytes, and the same tensors make the same bytes', () => {
    const one = fc.record({ floats: fc.boolean(), values: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), (list) => {
        const tensors = list.map(({ floats, values }, i) => ({
          name: `t${i}`,
          shape: [values.length],
          values: floats ? new Float32Array(values.map((v) => v / 3)) : new Int32Array(values),
        }));
        const bytes = writeSafetensors(tensors);
        expect([...readSafetensors(bytes).values()]).toEqual(tensors);
        expect(writeSafetensors(tensors)).toEqual(bytes);
      }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['seven bytes', new Uint8Array(7)],
    ['a header above the file', file('{}', [], 100n)],
    ['a header of 2^63 bytes', file('{}', [], 2n ** 63n)],
    ['a header of 300 kB', file('{}'.padEnd(300_000), [])],
    ['no JSON', file('{"a":', [])],
    ['an empty header', file('', [])],
    ['no UTF-8', file('{"\uFFFD":1}', []).map((b) => (b === 0xef ? 0xff : b))],
    ['a list', file('[]', [])],
    ['null', file('null', [])],
    ['a space before the header', file(' {}', [])],
    ['an entry that is a number', file('{"a":1}', [])],
    ['an entry that is null', file('{"a":null}', [])],
    ['dtype F64', file(tensor('F64', [1], [0, 8]), [...ONE, ...ONE])],
    ['dtype F8_E4M3', file(tensor('F8_E4M3', [4], [0, 4]), ONE)],
    ['a dtype that is a part of every object', file(tensor('constructor', [1], [0, 4]), ONE)],
    ['F16 of the length of F32', file(tensor('F16', [1], [0, 4]), ONE)],
    ['no dtype', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', ONE)],
    ['a hole at the start', file(tensor(F!, [1], [4, 8]), [...ONE, ...ONE])],
    ['a hole at the end', file(tensor(F!, [1], [0, 4]), [...ONE, 0])],
    [
      'an overlap',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', [...ONE, ...ONE]),
    ],
    [
      'a hole between',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}', [
        ...ONE,
        ...ONE,
        ...ONE,
      ]),
    ],
    [
      'the same bytes twice',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', ONE),
    ],
    ['offsets past the end', file(tensor(F!, [2], [0, 8]), ONE)],
    ['offsets backwards', file(tensor(I!, [0], [4, 0]), ONE)],
    ['a shape that is larger', file(tensor(F!, [3], [0, 4]), ONE)],
    ['a shape beyond 2^53', file(tensor(F!, [2 ** 52, 2 ** 52], [0, 4]), ONE)],
    ['a negative shape', file(tensor(F!, [-1], [0, -4]), [])],
    ['a fraction', file(tensor(F!, [0.5], [0, 2]), [0, 0])],
    ['a shape that is text', file(tensor(F!, '1', [0, 4]), ONE)],
    ['three offsets', file(tensor(F!, [1], [0, 4, 8]), ONE)],
  ])('is refused: %s', (_, bytes) => {
    expect(codeOf(() => readSafetensors(bytes))).toBe('frame-malformed');
  });

  it('above the limit is refused by its length', () => {
    expect(codeOf(() => readSafetensors(new Uint8Array(65), 64))).toBe('frame-too-large');
  });

  it('with bytes turned is read or refused, never anything else', () => {
    const good = writeSafetensors([
      { name: 'a', shape: [2], values: new Float32Array([1, 2]) },
      { name: 'b', shape: [1], values: new Int32Array([3]) },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(good.length), (turns, cut) => {
        const bytes = good.slice(0, cut);
        for (const [at, to] of turns) if (at < cut) bytes[at] = to;
        expect([null, 'frame-malformed']).toContain(codeOf(() => readSafetensors(bytes)));
      }),
      { numRuns: 1000 },
    );
  });

  it('is not written with a shape that its values do not have', () => {
    expect(codeOf(() => writeSafetensors([{ name: 'a', shape: [3], values: new Float32Array(2) }]))).toBe('wrong-length');
  });
});
