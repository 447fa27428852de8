import { describe, expect, test } from 'vitest';
import { bernoulli, bernoulliExp, bernoulliExpSmall } from './exact-coins.ts';
import { RandomWords } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

const TOSSES = 40_000;
function rate(coin: (words: RandomWords) => boolean): number {
  const words = new RandomWords(seededBytes('coins'));
  let heads = 0;
  for (let i = 0; i < TOSSES; i++) if (coin(words)) heads++;
  return heads / TOSSES;
}
const expectNear = (got: number, p: number) => expect(Math.abs(got - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / TOSSES) + 1e-12);

describe('exact coins', () => {
  test.each([
    [0, 7],
    [1, 7],
    [6, 7],
    [650_000, 650_001],
    [1, 1],
  ])('e^-(%d/%d)', (n, d) => {
    expectNear(
      rate((words) => bernoulliExpSmall(words, n, d)),
      Math.exp(-n / d),
    );
    expectNear(
      rate((words) => bernoulliExp(words, BigInt(n), BigInt(d))),
      Math.exp(-n / d),
    );
  });

  test.each([
    [3n, 2n],
    [2n, 1n],
    [7n, 3n],
    [5n * 10n ** 30n, 2n * 10n ** 30n],
  ])('e^-(%d/%d), above one', (n, d) => {
    expectNear(
      rate((words) => bernoulliExp(words, n, d)),
      Math.exp(-Number(n) / Number(d)),
    );
  });

  test.each([
    [0n, 5n],
    [1n, 3n],
    [2n, 3n],
    [10n ** 30n, 3n * 10n ** 30n],
  ])('%d/%d', (n, d) => {
    expectNear(
      rate((words) => bernoulli(words, n, d)),
      Number(n) / Number(d),
    );
  });

  test('a tie in the first 32 bits is decided by the next, exactly', () => {
    // 5/2^33 + 1/2^64: digits 2, then 2^31 + 1.
    const [n, d] = [5n * 2n ** 31n + 1n, 2n ** 64n];
    const toss = (first: number, second: number) => {
      const words = new RandomWords((into) => {
        seededBytes('tail')(into);
        new DataView(into.buffer).setUint32(0, first, true);
        new DataView(into.buffer).setUint32(4, second, true);
      });
      return bernoulli(words, n, d);
    };
    expect(toss(1, 2 ** 32 - 1)).toBe(true);
    expect(toss(3, 0)).toBe(false);
    expect(toss(2, 2 ** 31)).toBe(true);
    expect(toss(2, 2 ** 31 + 1)).toBe(false);
  });
});
