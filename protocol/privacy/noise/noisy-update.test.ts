import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDiscreteGaussian, sigmaOnGrid } from './discrete-gaussian.ts';
import { samplesOf } from './gaussian-suite.ts';
import { checkUpdate, encodeUpdate } from './noisy-update.ts';
import type { RandomFill } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';
import { refusal } from '../../testing/refusal.ts';

function noised(sum: Int32Array, sigma: number, random: RandomFill): Int32Array {
  const update = new Int32Array(sum.length);
  addDiscreteGaussian(sum, sigma, random, update);
  return update;
}

describe('what leaves the device', () => {
  test('is the sum plus noise of deviation sigma times the clip norm, for an empty lot too', () => {
    const d = 20_000;
    const update = noised(new Int32Array(d), sigmaOnGrid(1.1, 16), seededBytes('noise'));
    const deviation = Math.sqrt(update.reduce((sum, y) => sum + y * y, 0) / d);
    // 65,536 steps are one clip norm. Half of sigma, or a variance taken for a deviation, is far outside.
    expect(deviation / 65_536).toBeGreaterThan(1.1 * (1 - 5 / Math.sqrt(2 * d)));
    expect(deviation / 65_536).toBeLessThan(1.1 * (1 + 5 / Math.sqrt(2 * d)));
  });

  test('is exactly sum + sample, and leaves the sum as it was', () => {
    const sum = Int32Array.from([5, -70_000, 0, 123_456]);
    const update = noised(sum, 900, seededBytes('s'));
    const noise = samplesOf(addDiscreteGaussian, 4, 900, seededBytes('s'));
    expect([...update]).toEqual([...sum].map((value, i) => value + noise[i]!));
    expect([...sum]).toEqual([5, -70_000, 0, 123_456]);
  });

  test('refuses to wrap around', () => {
    const sum = new Int32Array(64).fill(2 ** 31 - 1);
    expect(() => noised(sum, 1000, seededBytes('o'))).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
    expect(() =>
      noised(
        sum.map(() => -(2 ** 31)),
        1000,
        seededBytes('o'),
      ),
    ).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
  });

  test('never leaves without noise', () => {
    expect(() => noised(new Int32Array(3), 0, seededBytes('x'))).toThrow(expect.objectContaining({ code: 'field-invalid' }));
    expect(() => noised(new Int32Array(3), 5, () => {})).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

describe('what a stranger sends', () => {
  test('little-endian int32, back and forth', () => {
    expect([...encodeUpdate(Int32Array.from([1, -2, 0x01020304]))]).toEqual([1, 0, 0, 0, 254, 255, 255, 255, 4, 3, 2, 1]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 50 }), (values) => {
        expect([...checkUpdate(encodeUpdate(Int32Array.from(values)), values.length, 2 ** 40)]).toEqual(values);
      }),
    );
  });

  test('a view that is not aligned is read as it is', () => {
    const bytes = new Uint8Array(13);
    bytes.set(encodeUpdate(Int32Array.from([7, -8, 9])), 1);
    expect([...checkUpdate(bytes.subarray(1), 3, 100)]).toEqual([7, -8, 9]);
  });

  test.each([0, 4, 11, 13, 16])('%d bytes for three parameters are refused', (length) => {
    expect(() => checkUpdate(new Uint8Array(length), 3, 100)).toThrow(expect.objectContaining({ code: 'wrong-length' }));
  });

  test('the bound is the L2 norm, inclusive', () => {
    const bytes = encodeUpdate(Int32Array.from([3, -4, 0]));
    expect([...checkUpdate(bytes, 3, 5)]).toEqual([3, -4, 0]);
    expect(() => checkUpdate(bytes, 3, 4.999)).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
    expect(() => checkUpdate(bytes, 3, Number.NaN)).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
  });

  test('float patterns of NaN and infinity are beyond any bound of a manifest', () => {
    const bytes = new Uint8Array(new Float32Array([Number.NaN, Infinity, -Infinity, Number.NaN]).buffer);
    expect(() => checkUpdate(bytes, 4, 2 ** 31)).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
  });

  test('any bytes give a vector within the bound or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (bytes, d) => {
        let vector: Int32Array<ArrayBuffer>;
        try {
          vector = checkUpdate(bytes, d, 2 ** 30);
        } catch (error) {
          if (['wrong-length', 'out-of-bound'].includes(refusal(error).code)) return;
          throw error;
        }
        expect(Math.hypot(...vector)).toBeLessThanOrEqual(2 ** 30 * (1 + 1e-12));
        expect(encodeUpdate(vector)).toEqual(bytes);
      }),
    );
  });
});
