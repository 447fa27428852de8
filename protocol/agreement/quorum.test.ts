import { describe, expect, it } from 'vitest';
import { SEATS_MAX } from '../limits.ts';
import { quorumOf, turnOf, wantedView } from './quorum.ts';

describe('quorums', () => {
  it('of all n up to the limit and n >= 3f + 1 share an honest seat and can be met without the liars', () => {
    for (let f = 0; 3 * f + 1 <= SEATS_MAX; f++) {
      for (let n = 3 * f + 1; n <= SEATS_MAX; n++) {
        const q = quorumOf(n, f);
        expect(2 * q - n).toBeGreaterThan(f);
        expect(q).toBeLessThanOrEqual(n - f);
        // One less would not do: two quorums could share liars alone.
        expect(2 * (q - 1) - n).toBeLessThanOrEqual(f);
      }
    }
  });

  it('are the published sizes', () => {
    expect(
      [
        [1, 0],
        [3, 0],
        [4, 1],
        [7, 2],
        [10, 3],
      ].map(([n, f]) => quorumOf(n!, f!)),
    ).toEqual([1, 2, 3, 5, 7]);
  });
});

it('every seat has its turn in a slot, and leads the first view of another one', () => {
  for (const slot of [1, 2, 7]) expect([0, 1, 2, 3].map((view) => turnOf(4, slot, view)).sort()).toEqual([0, 1, 2, 3]);
  expect([1, 2, 3, 4].map((slot) => turnOf(4, slot, 0))).toEqual([1, 2, 3, 0]);
});

it('f + 1 seats pull another along, to the lowest view that so many want', () => {
  expect(wantedView([], 0)).toBeUndefined();
  expect(wantedView([7], 1)).toBeUndefined();
  expect(wantedView([3, 7], 1)).toBe(3);
  expect(wantedView([9, 3, 7], 1)).toBe(7);
  expect(wantedView([4], 0)).toBe(4);
});
