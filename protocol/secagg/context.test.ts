import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import { FED, id } from '../round/core.fixture.ts';
import { contextOf, isAfter, isSameAt, type At, type AttemptTerms, type GroupTerms } from './context.ts';

const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const at: At = { fed: FED, epoch: 1, round: 3, view: 2, attempt: 1 };
const terms: GroupTerms = {
  mode: 'shares',
  members: ['a', 'b', 'c', 'd'].map(id),
  channels: [1, 2, 3, 4].map((n) => new Uint8Array(32).fill(n)),
  threshold: 3,
  colluders: 1,
  honest: 2,
  coordinates: 8,
  gridBits: 12,
  roster: hash('roster'),
  beacon: hash('beacon'),
};
const group: AttemptTerms = { at, group: 0, state: hash('state'), stateRound: 2, terms };

describe('a context', () => {
  it('changes with every field of the attempt and of the group', () => {
    const others: AttemptTerms[] = [
      { ...group, state: hash('other') },
      { ...group, stateRound: 1 },
      ...Object.entries({ fed: hash('fed'), epoch: 0, round: 4, view: 3, attempt: 0 }).map(([k, v]) => ({
        ...group,
        at: { ...at, [k]: v },
      })),
      ...Object.entries({
        mode: 'masked',
        members: ['a', 'b', 'c', 'e'].map(id),
        channels: terms.channels.toReversed(),
        threshold: 4,
        colluders: 2,
        honest: 1,
        coordinates: 9,
        gridBits: 13,
        roster: hash('r'),
        beacon: hash('b'),
      }).map(([k, v]) => ({ ...group, terms: { ...terms, [k]: v } as GroupTerms })),
    ];
    expect(new Set([group, ...others].map(contextOf)).size).toBe(others.length + 1);
  });

  it('orders attempts by epoch, round, view and draw', () => {
    const later: At[] = [
      { ...at, epoch: 2, round: 0, view: 0, attempt: 0 },
      { ...at, round: 4, view: 0 },
      { ...at, view: 3, attempt: 0 },
      { ...at, attempt: 2 },
    ];
    for (const other of later) expect([isAfter(other, at), isAfter(at, other), isSameAt(at, other)]).toEqual([true, false, false]);
    expect([isAfter(at, { ...at }), isSameAt(at, { ...at }), isSameAt(at, { ...at, fed: hash('other') })]).toEqual([false, true, false]);
  });
});
