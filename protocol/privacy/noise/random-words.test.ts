import { describe, expect, test } from 'vitest';
import { drawChecked, RandomWords, shuffle, type RandomFill } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

/** A source whose words, in order, are the given ones; then noise, so that a block is never one repeated byte. */
function wordsThen(...first: number[]): RandomWords {
  return new RandomWords((into) => {
    seededBytes('tail')(into);
    const view = new DataView(into.buffer);
    for (const [i, word] of first.entries()) view.setUint32(i * 4, word, true);
  });
}

describe('uniform integers', () => {
  test('words are little-endian and come in the order of the bytes', () => {
    const words = new RandomWords((into) => into.set(into.map((_, i) => i & 255)));
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

  test.each<[string, RandomFill]>([
    ['zeros', (into) => into.fill(0)],
    ['ones', (into) => into.fill(255)],
    ['nothing', () => {}],
    ['half a block', (into) => seededBytes('half')(into.subarray(0, into.length / 2))],
    ['a block but for its first bytes', (into) => seededBytes('rest')(into.subarray(16))],
    ['a block but for its last bytes', (into) => seededBytes('rest')(into.subarray(0, -16))],
  ])('a source of %s is refused, for the first block and for a later one', (_, source) => {
    expect(() => new RandomWords(source).word()).toThrow(expect.objectContaining({ code: 'internal' }));
    let calls = 0;
    const sound = seededBytes('sound');
    const words = new RandomWords((into) => (calls++ === 0 ? sound(into) : source(into)));
    for (let i = 0; i < 1024; i++) words.word();
    expect(() => words.word()).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('a source that throws leaves nothing of the block before it', () => {
    const block = new Uint8Array(64).fill(9);
    const broken = () => {
      throw new Error('no entropy');
    };
    expect(() => drawChecked(broken, block)).toThrow('no entropy');
    expect(block.every((byte) => byte === 0)).toBe(true);
  });

  test('what was drawn is wiped on demand, and never used for another source', () => {
    const given: Uint8Array[] = [];
    const words = new RandomWords((into) => {
      seededBytes('given')(into);
      given.push(into);
    });
    const first = words.word();
    words.wipe();
    expect(given[0]!.every((byte) => byte === 0)).toBe(true);
    expect(words.word()).toBe(first);
    const other = words.drawFrom(seededBytes('other')).word();
    expect(other).toBe(new RandomWords(seededBytes('other')).word());
    expect(new Set(given).size).toBe(1);
    expect(() => new RandomWords().word()).toThrow(expect.objectContaining({ code: 'internal' }));
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
