import { describe, expect, it } from 'vitest';
import type { Effect } from '../round/effects.ts';
import { coalesce } from './persist.ts';

const persist = (puts: Record<string, unknown>, deletes: readonly string[] = [], lazy = false): Effect => ({
  t: 'persist',
  puts: Object.entries(puts).map(([key, value]) => ({ key, value })),
  deletes,
  lazy,
});
const send: Effect = { t: 'cancel', id: 'tick' };

describe('a batch of effects as one write', () => {
  it('has the last word on each key', () => {
    const write = coalesce([persist({ a: 1, b: 1 }), send, persist({ a: 2 }, ['b']), persist({ c: 1 }, ['a']), persist({ a: 3 })])!;
    expect(write.puts).toEqual([
      { key: 'a', value: 3 },
      { key: 'c', value: 1 },
    ]);
    expect(write.deletes).toEqual(['b']);
  });

  it('is waited for when a promise rests on any part of it', () => {
    expect(coalesce([persist({ a: 1 }, [], true), persist({ b: 1 }, [], true)])!.lazy).toBe(true);
    expect(coalesce([persist({ a: 1 }, [], true), persist({ b: 1 })])!.lazy).toBe(false);
  });

  it('is none where nothing is persisted', () => {
    expect(coalesce([send])).toBeNull();
  });
});
