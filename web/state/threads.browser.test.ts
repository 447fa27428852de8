import { expect, test } from 'vitest';
import { defaultThreads } from './threads.ts';

test.each([
  { most: 1, touch: false, threads: 1 },
  { most: 3, touch: false, threads: 3 },
  { most: 15, touch: false, threads: 4 },
  { most: 1, touch: true, threads: 1 },
  { most: 7, touch: true, threads: 1 },
])('at most $most threads, touch $touch: $threads by default', ({ most, touch, threads }) => {
  expect(defaultThreads(most, touch)).toBe(threads);
});
