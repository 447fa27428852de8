/** Buckets by name: each has its pace, nobody pays for another, and names that are made up do not pile up. */
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-bucket.ts';

describe('a bucket for each name', () => {
  const takes = (buckets: TokenBuckets, name: string, times: number, now: number) =>
    Array.from({ length: times }, () => buckets.take(name, now)).filter(Boolean).length;

  it('gives its burst at once, and its pace however often it is asked', () => {
    const buckets = new TokenBuckets(10, 40);
    expect(takes(buckets, 'a', 1000, 0)).toBe(40);
    expect(takes(buckets, 'b', 30, 0)).toBe(30);
    let given = 0;
    for (let ms = 1; ms <= 2000; ms++) given += takes(buckets, 'a', 5, ms);
    expect(given).toBe(20);
  });

  it('forgets the oldest of too many', () => {
    const buckets = new TokenBuckets(1, 1);
    expect(takes(buckets, 'a', 2, 0)).toBe(1);
    for (let i = 0; i < 5000; i++) buckets.take(`stranger ${i}`, 0);
    expect(takes(buckets, 'a', 2, 0)).toBe(1);
    expect(takes(buckets, 'stranger 4999', 1, 0)).toBe(0);
  });
});
