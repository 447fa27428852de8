import { expect, test } from 'vitest';
import { reachedWith } from './reached.ts';

const scores = [12, 0, 4, 8].map((round) => ({ round, accuracy: round / 20, loss: 1 }));

test('the last model within the rounds that are bought, and whether the federation went further', () => {
  expect(reachedWith(scores, 9)).toEqual({ score: scores[3], stage: 'earlier' });
  expect(reachedWith(scores, 12)).toEqual({ score: scores[0], stage: 'newest' });
  expect(reachedWith(scores, 500)).toEqual({ score: scores[0], stage: 'newest' });
});

test('where every known model took more rounds, the newest is told as that', () => {
  expect(reachedWith([scores[0]!, scores[3]!], 5)).toEqual({ score: scores[0], stage: 'beyond' });
  expect(reachedWith(scores, 3)).toEqual({ score: scores[0], stage: 'beyond' });
});

test('no score, no round and a model before its first round tell nothing', () => {
  expect(reachedWith([], 9)).toBeNull();
  expect(reachedWith(scores, 0)).toBeNull();
  expect(reachedWith([scores[1]!], 9)).toBeNull();
});
