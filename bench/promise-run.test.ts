/** The proof at a small scale: one federation of each course, concurrently, since they mostly wait. */
import { expect, it } from 'vitest';
import { loadNumerics } from '#wasm/load-node';
import { runCase } from './promise-run.ts';

/** All stay; one leaves and another joins; it waits for somebody new. */
const CASES = [3, 7, 11];

it(
  'a federation runs as many rounds as it promised, whoever comes and goes, and says one number everywhere',
  { timeout: 120_000 },
  async () => {
    const outcomes = await Promise.all(CASES.map((index) => runCase('promise', index, loadNumerics())));
    expect(outcomes.map(({ about }) => about.split(':')[0])).toEqual(['stay', 'replaced', 'thrifty']);
    for (const { wrong, founded, members } of outcomes) {
      expect(wrong).toEqual([]);
      expect(founded).toBeGreaterThan(2);
      for (const { promised, run, reported, epsilonShare } of members.slice(1)) {
        expect([run, reported]).toEqual([promised, promised]);
        expect(epsilonShare).toBeLessThanOrEqual(1);
      }
    }
  },
);
