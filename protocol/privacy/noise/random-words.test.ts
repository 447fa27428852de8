import { describe, expect, test } from 'vitest';
import { RandomWords, shuffle } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

/** A source whose words, in order, are the given ones; then noise, so that a block is never one repeated byte. */
function wordsThen(...first: number[]): RandomWords {
  return new RandomWords((n) => {
    const bytes = seededBytes('tail')(n);
    const view = new DataView(bytes.buffer);
    for (const [i, word] of first.entries()) view.setUint32(i * 4, word, true);
    return bytes;
  });
}

describe('uniform integers', () => {
  test('words are little-endian and come in the order of the bytes', () => {
    const words = new RandomWords((n) => Uint8Array.from({ length: n }, (_, i) => i & 255));
    expect([words.word(), words.word()]).toEqual([0x03020100, 0x07060504]);
  });

  test('an incomplete last range is drawn again', () => {
    // 2^32 = 3 * 1431655765 + 1: the top word alone would favour 0.
    expect(wordsThen(0xffffffff, 5).below(3)).toBe(2);
    expect(wordsThen(0xfffffffe).below(3)).toBe(0xfffffffe % 3);
    // Above 32 bits: 53 bits from two words.
    expect(wordsThen(1 << 11, 7).below(2 ** 40)).toBe(2 ** 32 + 7);
    const third = Math.floor(2 ** 53 / 3) + 1;
    expect(wordsThen(0xffffffff, 0xffffffff, 0, 9).below(third)).toBe(9);
  });

  test('every value comes about equally often', () => {
    const words = new RandomWords(seededBytes('below'));
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[words.below(10)]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(40); // 9 degrees of freedom, p about 1e-5
  });

  test.each([
    ['zeros', (n: number) => new Uint8Array(n)],
    ['ones', (n: number) => new Uint8Array(n).fill(255)],
    ['nothing', () => new Uint8Array(0)],
  ])('a source of %s is refused', (_, source) => {
    expect(() => new RandomWords(source).word()).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test.each([0, -1, 1.5, 2 ** 53 + 2, Number.NaN])('a range of %s is refused', (n) => {
    expect(() => wordsThen().below(n)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

test('every order of a list is as likely as any other', () => {
  const words = new RandomWords(seededBytes('orders'));
  const times = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffle([...'abc'], words).join('');
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  expect(times.size).toBe(6);
  for (const count of times.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
});
