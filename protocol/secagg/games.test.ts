/** A few of the games that `npm run prove -- secagg:games` plays by the thousand, and that its oracles can speak. */
import { describe, expect, it } from 'vitest';
import { Game, type Mutant } from './testing/games.ts';
import type { Oracle } from './testing/judge.ts';
import { playLiars } from './testing/liars.ts';

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);

describe('a malicious leader with c members', () => {
  it('learns no less than a sum of t - c honest vectors, and has no two bodies of anybody', () => {
    const outcomes = SEEDS.map((seed) => new Game(seed).play());
    expect(outcomes.flatMap(({ violations }) => violations)).toEqual([]);
    // It does get sums, it is refused, and members do crash: the games are played.
    for (const key of ['opened', 'refused', 'crashes'] as const)
      expect(
        outcomes.some((outcome) => outcome[key] > 0),
        key,
      ).toBe(true);
  });

  it.each<[Mutant, Oracle, number]>([
    ['no-consistency', 'clear', 9],
    ['t-too-low', 'clear', 1],
    ['stream-reused', 'clear', 1],
    ['old-bytes', 'once', 1],
    ['not-durable', 'clear', 8],
    ['short-seeds', 'clear', 1],
    ['enters-again', 'once', 1],
  ])('wins against the mutant %s, which the oracle %s sees', (mutant, oracle, seed) => {
    expect(new Game(seed, mutant).play().violations.map((violation) => violation.oracle)).toContain(oracle);
  });
});

describe('c lying members', () => {
  it('cost an honest leader no sum, and nobody honest their name', () => {
    const outcomes = SEEDS.map((seed) => playLiars(seed));
    expect(outcomes.flatMap(({ violations }) => violations)).toEqual([]);
    expect(outcomes.some(({ named }) => named > 0)).toBe(true);
  });
});
