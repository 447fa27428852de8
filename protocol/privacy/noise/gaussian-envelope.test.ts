/** What exactness rests on, checked in integers: steps above the curve, weights without a remainder, bounds on the right side. */
import { describe, expect, test } from 'vitest';
import { SIGMA_GRID_MAX } from './discrete-gaussian.ts';
import { bitLength, expBounds } from './exp-bounds.ts';
import { envelopeFor, SLOTS, SLOT_SHARES, type Envelope } from './gaussian-envelope.ts';
import { RandomWords } from './random-words.ts';
import { seededBytes } from './seeded-bytes.ts';

const SIGMAS = [1, 2, 3, 10, 85, 86, 171, 1000, 72_090, 650_000, SIGMA_GRID_MAX];
const BITS = 128;
const curve = ({ sigma }: Envelope, y: number) => expBounds(BigInt(y) ** 2n, 2n * BigInt(sigma) ** 2n, BITS);
/** Values of a block: the first, the last, and some between. */
function places({ width }: Envelope, words: RandomWords): number[] {
  return [0, width - 1, ...Array.from({ length: 3 }, () => words.below(width))];
}

describe.each(SIGMAS)('the envelope of sigma %d', (sigma) => {
  const envelope = envelopeFor(sigma);
  const { width, blocks, stretch, scale, heights, slots, sure, ratios, reciprocal, shift, slack } = envelope;

  test('lies above the curve at the start of every block, and beyond by the length of its stretches', () => {
    for (const [k, height] of heights.entries()) {
      const [, high] = curve(envelope, k * width);
      expect(BigInt(height) << BigInt(BITS)).toBeGreaterThanOrEqual(scale * high - (scale << 66n)); // high itself is rounded up
    }
    expect(BigInt(stretch * width) * BigInt(blocks * width)).toBeGreaterThanOrEqual(BigInt(sigma) ** 2n);
    expect(blocks).toBeLessThan(SLOTS);
    expect(blocks * width).toBeGreaterThanOrEqual(6 * sigma);
  });

  test('is drawn with its weights exactly', () => {
    const weights = Array.from({ length: SLOTS }, () => 0);
    for (const [slot, packed] of slots.entries()) {
      const threshold = Math.floor(packed / SLOTS);
      expect(threshold).toBeLessThanOrEqual(SLOT_SHARES);
      weights[slot]! += threshold;
      weights[packed % SLOTS]! += SLOT_SHARES - threshold;
    }
    const expected = heights.map((height, k) => (k < blocks ? height : 2 * stretch * height));
    expect(weights.slice(0, blocks + 1)).toEqual(expected);
    expect(weights.slice(blocks + 1).every((weight) => weight === 0)).toBe(true);
  });

  test('calls sure only what lies below the curve, everywhere in the block', () => {
    const words = new RandomWords(seededBytes(`sure${sigma}`));
    for (let k = 0; k < blocks; k++) {
      const unit = BigInt(heights[k]!) << BigInt(BITS - 32);
      for (const j of places(envelope, words)) {
        expect(BigInt(sure[k]!) * unit).toBeLessThanOrEqual(scale * curve(envelope, k * width + j)[0]);
      }
      const [low, high] = curve(envelope, k * width);
      expect(BigInt(ratios[k]!) * unit).toBeLessThanOrEqual(scale * low);
      expect(BigInt(ratios[k]! + 1) * unit).toBeGreaterThanOrEqual(scale * high - unit / 1000n);
      expect(ratios[k]).toBeGreaterThan(0);
    }
    expect([sure[blocks], ratios[blocks]]).toEqual([0, 0]);
  });

  test('keeps the argument of the kernel below 1/8 and its products below 2^64', () => {
    const [d, j, start] = [2n * BigInt(sigma) ** 2n, BigInt(width - 1), BigInt((blocks - 1) * width)];
    const n = j * (2n * start + j);
    expect(8n * n).toBeLessThan(d);
    expect((n >> BigInt(shift)) * reciprocal).toBeLessThan(1n << 61n);
    expect(bitLength(d)).toBeLessThanOrEqual(32 + shift);
    expect(slack).toBeGreaterThanOrEqual(8);
  });

  test('wastes little: the bench can say that it is fast', () => {
    const area = heights.reduce((sum, height, k) => sum + (k < blocks ? height * width : 0), 0);
    const kept = (Number(scale) * sigma * Math.sqrt(Math.PI / 2) + Number(scale) / 2) / area;
    expect(kept).toBeGreaterThan(0.98);
  });
});

test.each([0, -1, 1.5, Number.NaN, SIGMA_GRID_MAX + 1])('a deviation of %s steps is refused', (sigma) => {
  expect(() => envelopeFor(sigma)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
});
