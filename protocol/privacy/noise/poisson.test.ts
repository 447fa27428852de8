import { describe, expect, test } from 'vitest';
import { poissonLot } from './poisson.ts';
import { RandomWords, type RandomFill } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

describe('Poisson lots', () => {
  test('sizes have the binomial mean and variance of the rate', () => {
    const [rows, rate, lots] = [500, 0.06, 2000];
    const random = seededBytes('sizes');
    const sizes = Array.from({ length: lots }, () => poissonLot(rows, rate, new RandomWords(random)).length);
    const mean = sizes.reduce((a, b) => a + b) / lots;
    const variance = sizes.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (lots - 1);
    const expected = rows * rate * (1 - rate);
    expect(Math.abs(mean - rows * rate)).toBeLessThan(5 * Math.sqrt(expected / lots));
    // A fixed-size sampler has variance 0; the relative error of a variance is about sqrt(2 / lots).
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / lots));
  });

  test('every row is as likely as any other, and rows are independent', () => {
    const [rows, rate, lots] = [20, 0.3, 20_000];
    const random = seededBytes('rows');
    const hits = Array.from({ length: rows }, () => 0);
    let both = 0;
    for (let i = 0; i < lots; i++) {
      const lot = poissonLot(rows, rate, new RandomWords(random));
      for (const row of lot) hits[row]!++;
      if (lot.includes(3) && lot.includes(4)) both++;
    }
    const deviation = Math.sqrt(lots * rate * (1 - rate));
    for (const n of hits) expect(Math.abs(n - lots * rate)).toBeLessThan(5 * deviation);
    expect(Math.abs(both - lots * rate ** 2)).toBeLessThan(5 * Math.sqrt(lots * rate ** 2));
  });

  test('ascending, without repetition, and the same for the same bytes', () => {
    const lot = poissonLot(1000, 0.4, new RandomWords(seededBytes('a')));
    expect([...lot]).toEqual([...new Set(lot)].toSorted((a, b) => a - b));
    expect(lot).toEqual(poissonLot(1000, 0.4, new RandomWords(seededBytes('a'))));
    expect(lot).not.toEqual(poissonLot(1000, 0.4, new RandomWords(seededBytes('b'))));
  });

  test('edges: rate 0, rate 1, no rows, an empty lot', () => {
    expect(poissonLot(100, 0, new RandomWords(seededBytes('x')))).toHaveLength(0);
    expect([...poissonLot(5, 1, new RandomWords(seededBytes('x')))]).toEqual([0, 1, 2, 3, 4]);
    expect(poissonLot(0, 0.5, new RandomWords(seededBytes('x')))).toHaveLength(0);
    const empty = Array.from({ length: 50 }, (_, i) => poissonLot(3, 0.1, new RandomWords(seededBytes(`e${i}`)))).filter(
      (lot) => lot.length === 0,
    );
    expect(empty.length).toBeGreaterThan(0);
  });

  test('its words are wiped, and what is left of the room for rows is left alone', () => {
    const given = new Set<Uint8Array>();
    const words = new RandomWords((into) => {
      seededBytes('wiped')(into);
      given.add(into);
    });
    const into = new Int32Array(40).fill(-1);
    const lot = poissonLot(40, 0.5, words, into);
    expect(lot.buffer).toBe(into.buffer);
    expect(into.subarray(lot.length).every((row) => row === -1)).toBe(true);
    expect([...given].every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  test('the coin is exact in its last bit', () => {
    const rate = 2 ** -3 + 2 ** -40; // threshold: first word 2^29, second word 2^24
    const withSecond =
      (second: number): RandomFill =>
      (into) => {
        seededBytes('tail')(into);
        new DataView(into.buffer).setUint32(0, 2 ** 29, true);
        new DataView(into.buffer).setUint32(4, second, true);
      };
    expect(poissonLot(1, rate, new RandomWords(withSecond(2 ** 24 - 1)))).toHaveLength(1);
    expect(poissonLot(1, rate, new RandomWords(withSecond(2 ** 24)))).toHaveLength(0);
  });

  test.each([
    [10, -0.1],
    [10, 1.1],
    [10, Number.NaN],
    [-1, 0.5],
    [1.5, 0.5],
  ])('%d rows at rate %d are refused', (rows, rate) => {
    expect(() => poissonLot(rows, rate, new RandomWords(seededBytes('x')))).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });
});
