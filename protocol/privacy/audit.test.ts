import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditOneRun, oneRunEpsilon, oneRunPValue, trialsEpsilon } from './audit.ts';
import { upperTail } from './normal-tail.ts';
import { RandomWords } from './noise/random-words.ts';
import { seededBytes } from './noise/seeded-bytes.ts';

describe('an audit in one run', () => {
  it.each([
    [50, 10, 1, 1.05],
    [100, 20, 1, 1.82],
    [100, 20, 0.95, 1.29],
    [100, 20, 0.8, 0.4],
    [200, 50, 0.9, 1.39],
    [1000, 100, 1, 3.47],
    [1000, 100, 0.8, 0.96],
    [1000, 300, 0.7, 0.63],
    [2000, 1000, 0.95, 2.7],
    [50, 10, 0.8, 0],
  ])('of %i canaries with %i guesses, %f right, refutes up to epsilon %f', (canaries, guesses, share, expected) => {
    const bound = oneRunEpsilon({ canaries, guesses, correct: Math.round(share * guesses) }, 1e-5);
    expect(Math.abs(bound - expected)).toBeLessThan(0.006);
  });

  it('has p-values that sum the binomial by hand, and rise with delta', () => {
    // 3 guesses, all right, at epsilon 0: 1 / 8; two or more right: 1 / 2.
    expect(oneRunPValue({ canaries: 3, guesses: 3, correct: 3 }, 0, 0)).toBeCloseTo(1 / 8, 14);
    expect(oneRunPValue({ canaries: 3, guesses: 3, correct: 2 }, 0, 0)).toBeCloseTo(1 / 2, 14);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (n, v, epsilon) => {
          const found = { canaries: 100, guesses: n, correct: Math.min(n, v) };
          const [none, some] = [oneRunPValue(found, epsilon, 0), oneRunPValue(found, epsilon, 1e-3)];
          expect(some).toBeGreaterThanOrEqual(none);
          expect(oneRunPValue(found, epsilon + 0.5, 0)).toBeGreaterThanOrEqual(none - 1e-12);
          expect(none).toBeLessThanOrEqual(1 + 1e-12);
        },
      ),
    );
    expect(() => oneRunPValue({ canaries: 2, guesses: 3, correct: 1 }, 1, 0)).toThrowError(
      expect.objectContaining({ code: 'field-invalid' }),
    );
  });

  it('refutes a claim where scores tell the coins, and none where they do not', () => {
    const words = new RandomWords(seededBytes('audit'));
    const included = Array.from({ length: 1000 }, () => words.below(2) === 1);
    const noise = () => Array.from({ length: 12 }, () => words.word() / 2 ** 32).reduce((a, b) => a + b) - 6;
    const telling = included.map((coin) => (coin ? 4 : 0) + noise());
    const silent = included.map(() => noise());
    expect(auditOneRun(telling, included, [50, 100, 200, 400], 1e-5)).toBeGreaterThan(2.5);
    expect(auditOneRun(silent, included, [50, 100, 200, 400], 1e-5)).toBeLessThan(0.6);
  });
});

describe('an audit over trials', () => {
  it('stays below the true epsilon, and comes near it with many trials', () => {
    // One Gaussian release of sensitivity mu: at a threshold t the rates are exact tails.
    const [mu, t, trials] = [1, 1.8, 100_000];
    const rates = [upperTail(t - mu), upperTail(t)] as const;
    const [withIt, without] = rates.map((rate) => ({ trials, saidIn: Math.round(rate * trials) }));
    const bound = trialsEpsilon(withIt!, without!, 0);
    expect(bound).toBeLessThan(Math.log(rates[0] / rates[1]));
    expect(bound).toBeGreaterThan(Math.log(rates[0] / rates[1]) - 0.06);
  });

  it('proves nothing by few trials, and something by perfect ones', () => {
    expect(trialsEpsilon({ trials: 10, saidIn: 5 }, { trials: 10, saidIn: 5 }, 1e-5)).toBe(0);
    expect(trialsEpsilon({ trials: 1000, saidIn: 1000 }, { trials: 1000, saidIn: 0 }, 1e-5)).toBeGreaterThan(5);
  });
});
