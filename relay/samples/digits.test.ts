import { describe, expect, it } from 'vitest';
import { seededDraws } from './seeded.ts';
import { DIGIT_MAX, DIGIT_SIDE, drawDigit } from './stroke-digits.ts';

const PIXELS = DIGIT_SIDE ** 2;

function drawMany(count: number, seed: string) {
  const draws = seededDraws(seed);
  return Array.from({ length: count }, (_, i) => ({ digit: i % 10, picture: drawDigit(i % 10, draws) }));
}

/** The label of the nearest known picture. */
function nearest(known: ReturnType<typeof drawMany>, picture: Uint8Array): number {
  let best = { digit: -1, distance: Infinity };
  for (const { digit, picture: other } of known) {
    let distance = 0;
    for (let i = 0; i < PIXELS && distance < best.distance; i++) distance += (picture[i]! - other[i]!) ** 2;
    if (distance < best.distance) best = { digit, distance };
  }
  return best.digit;
}

describe('drawn digits', () => {
  it('are 64 counts of 0..16 with some ink and some paper', () => {
    for (const { picture } of drawMany(100, 'shape')) {
      expect(picture).toHaveLength(PIXELS);
      expect(Math.max(...picture)).toBeLessThanOrEqual(DIGIT_MAX);
      const ink = picture.reduce((sum, v) => sum + v, 0) / (PIXELS * DIGIT_MAX);
      expect(ink).toBeGreaterThan(0.03);
      expect(ink).toBeLessThan(0.6);
    }
  });

  it('are the same for the same seed, differ between seeds, and hardly ever repeat', () => {
    expect(drawMany(50, 'a')).toEqual(drawMany(50, 'a'));
    expect(drawMany(50, 'a')).not.toEqual(drawMany(50, 'b'));
    expect(new Set(drawMany(500, 'a').map(({ picture }) => picture.join())).size).toBeGreaterThan(490);
  });

  it('can be told apart: the nearest of 400 others has the same digit nine times out of ten', () => {
    const known = drawMany(400, 'known');
    const asked = drawMany(300, 'asked');
    const right = asked.filter(({ digit, picture }) => nearest(known, picture) === digit).length;
    expect(right / asked.length).toBeGreaterThan(0.9);
  });
});
