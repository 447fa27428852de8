import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from './codec.ts';
import { MeshError, type ErrorCode } from './errors.ts';
import { PARAMETERS_MAX } from './limits.ts';
import { decodeParameters, decodeState, encodeState, initialState, layerTensors, parameterCount } from './model.ts';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from './safetensors.ts';

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
    ['dtype BF16', file(tensor('BF16', [2], [0, 4]), ONE)],
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
        codeOf(() => readSafetensors(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('is not written with a shape that its values do not have', () => {
    expect(codeOf(() => writeSafetensors([{ name: 'a', shape: [3], values: new Float32Array(2) }]))).toBe('wrong-length');
  });
});

describe('a model state', () => {
  const sizes = [2, 3, 2];

  it('has a golden hash: every engine starts from the same bytes', () => {
    expect(parameterCount(sizes)).toBe(17);
    expect(hashBytes(encodeState(sizes, initialState(sizes, 'golden')))).toBe('02v3V6d0yPxe3BXLZ4uymQgz2vTo9nW6GTMXxgB4sOk');
  });

  it('starts with Glorot-uniform weights, zero biases and zero momentum', () => {
    const wide = [64, 100, 10];
    const { parameters, momentum } = initialState(wide, 'seed');
    for (const { name, shape, offset, length } of layerTensors(wide)) {
      const values = parameters.subarray(offset, offset + length);
      if (name.endsWith('bias')) expect(values.every((v) => v === 0)).toBe(true);
      else {
        const limit = Math.sqrt(6 / (shape[0]! + shape[1]!));
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit));
        expect(Math.abs(values.reduce((a, b) => a + b, 0) / length)).toBeLessThan((4 * limit) / Math.sqrt(3 * length));
        const variance = values.reduce((a, b) => a + b * b, 0) / length;
        expect(variance / (limit * limit)).toBeGreaterThan(0.28);
        expect(variance / (limit * limit)).toBeLessThan(0.39);
      }
    }
    expect(momentum.every((v) => v === 0)).toBe(true);
    expect(initialState(wide, 'seed2').parameters).not.toEqual(parameters);
  });

  it('comes back from its bytes', () => {
    const state = initialState(sizes, 's');
    state.momentum.fill(0.5);
    expect(decodeState(sizes, encodeState(sizes, state))).toEqual(state);
  });

  it.each([NaN, Infinity, -Infinity])('that holds %s is refused, in parameters and in momentum', (bad) => {
    for (const part of ['parameters', 'momentum'] as const) {
      const state = initialState(sizes, 's');
      state[part][3] = bad;
      expect(codeOf(() => decodeState(sizes, encodeState(sizes, state)))).toBe('not-a-number');
    }
  });

  it('of another model is refused', () => {
    const bytes = encodeState(sizes, initialState(sizes, 's'));
    expect(codeOf(() => decodeState([2, 2], bytes))).toBe('wrong-length');
    expect(codeOf(() => decodeState([3, 3, 2], bytes))).toBe('wrong-length');
    const renamed = [...readSafetensors(bytes).values()].map((t) => ({ ...t, name: t.name.replace('bias', 'bjas') }));
    expect(codeOf(() => decodeState(sizes, writeSafetensors(renamed)))).toBe('wrong-length');
    const integers = [...readSafetensors(bytes).values()].map((t) => ({ ...t, values: new Int32Array(t.values.length) }));
    expect(codeOf(() => decodeState(sizes, writeSafetensors(integers)))).toBe('wrong-length');
    const flat = [...readSafetensors(bytes).values()].map((t) => ({ ...t, shape: [t.values.length] }));
    expect(codeOf(() => decodeState(sizes, writeSafetensors(flat)))).toBe('wrong-length');
  });

  it('gives its parameters alone to a file that anybody can load, with what was said beside them', () => {
    const state = initialState(sizes, 's');
    const layers = [...readSafetensors(encodeState(sizes, state)).values()].filter(({ name }) => !name.startsWith('momentum.'));
    const written = writeSafetensors(layers, { round: '7' });
    expect(decodeParameters(sizes, written)).toEqual(state.parameters);
    expect([...readSafetensorsMetadata(written)]).toEqual([['round', '7']]);
    expect(readSafetensorsMetadata(encodeState(sizes, state)).size).toBe(0);
    const codeAndField = (wanted: readonly number[], bytes: Uint8Array) => {
      try {
        decodeParameters(wanted, bytes);
        return null;
      } catch (error) {
        return error instanceof MeshError ? [error.code, error.detail.field] : error;
      }
    };
    expect(codeAndField([...sizes.slice(0, -1), 9], written)).toEqual(['wrong-length', `model.layer${sizes.length - 1}.weight`]);
    expect(codeAndField(sizes, encodeState(sizes, state))).toEqual(['wrong-length', 'model']);
    expect(codeAndField(sizes, writeSafetensors(layers.slice(1)))).toEqual(['wrong-length', 'model.layer1.weight']);
    layers[0]!.values[0] = NaN;
    expect(codeAndField(sizes, writeSafetensors(layers))).toEqual(['not-a-number', 'model.layer1.weight']);
  });

  it('is counted before it is built', () => {
    expect(parameterCount([1023, 976])).toBeLessThan(PARAMETERS_MAX);
    expect(codeOf(() => parameterCount([1024, 1024]))).toBe('field-invalid');
  });
});
