import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { Activity } from '#workers/api';
import { snapshotOf } from '../../testing/fake-peer.ts';
import { practiceSentence } from './sentence.ts';

const FED = 'F'.repeat(43) as Hash;
const ACTIVITIES: readonly Activity[] = [
  'connecting',
  'gathering',
  'training',
  'waiting-for-others',
  'deciding',
  'budget-spent',
  'waiting-for-new',
  'finished',
  'failed',
];
const sentence = (activity: Activity, round: number) => practiceSentence(snapshotOf(FED, { activity, round: round + 2, made: round }), 30);

test('every sentence of a practice is whole and speaks of no relay, no people and no budget', () => {
  for (const activity of ACTIVITIES) {
    expect(sentence(activity, 4)).toMatch(/^[A-Z][^{}]+\.$/);
    expect(sentence(activity, 4)).not.toMatch(/relay|people|budget|ε/i);
  }
});

test('names the round that is in work, and never one past the last', () => {
  expect(sentence('training', 4)).toBe('Learning for round 5 of 30.');
  expect(sentence('gathering', 30)).toBe('Getting round 30 of 30 ready.');
});
