import { expect, test } from 'vitest';
import type { RoundLine } from '#workers/api';
import { duration } from './format.ts';
import { roundGap, timeLeft } from './time-left.ts';

const lines = (...at: readonly [round: number, decidedAt: number][]) =>
  at.map(([round, decidedAt]) => ({ round, decidedAt }) as unknown as RoundLine);
const budget = { epsilon: 1, spent: 0.1, delta: 1e-5, roundsLeft: 20 };

test('is not known before three rounds', () => {
  expect(timeLeft({ rounds: lines([1, 0], [2, 5000]), budget })).toBeNull();
  expect(roundGap([])).toBeNull();
});

test('is the middle gap times the rounds that are left; one long wait does not move it', () => {
  expect(timeLeft({ rounds: lines([1, 0], [2, 4000], [3, 10_000]), budget })).toBe(20 * 5000);
  expect(roundGap(lines([1, 0], [2, 5000], [3, 10_000], [4, 900_000]))).toBe(5000);
});

test('time in which this device was away is no round’s', () => {
  expect(roundGap(lines([1, 0], [2, 5000], [90, 800_000], [91, 807_000]))).toBe(6000);
  expect(roundGap(lines([1, 0], [9, 5000], [17, 10_000]))).toBeNull();
});

test('lengths of time read as people say them', () => {
  expect([800, 12_000, 89_000, 91_000, 3_000_000, 6_000_000, 200_000_000].map(duration)).toEqual([
    '0.8 seconds',
    '12 seconds',
    '89 seconds',
    '2 minutes',
    '50 minutes',
    '2 hours',
    '2 days',
  ]);
});
