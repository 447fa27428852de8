import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { Activity } from '#workers/api';
import { OTHER, SEAT, snapshotOf } from '../../testing/fake-peer.ts';
import { sentenceOf } from './sentence.ts';

const FED = 'F'.repeat(43) as Hash;
const ACTIVITIES: readonly Activity[] = [
  'connecting', 'waiting-for-relay', 'fetching-model', 'gathering', 'training', 'waiting-for-others', 'deciding', 'paused', 'leaving',
  'left', 'budget-spent', 'finished', 'failed',
];

test('every activity is a full sentence of its own', () => {
  const sentences = ACTIVITIES.map((activity) => sentenceOf(snapshotOf(FED, { activity, round: 4 })));
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^{}]+\.$/);
  expect(new Set(sentences).size).toBe(ACTIVITIES.length);
});

test('names the round in work and how people are connected', () => {
  const peers = [{ peer: OTHER, path: 'direct', seat: false }, { peer: SEAT, path: 'relayed', seat: true }] as const;
  expect(sentenceOf(snapshotOf(FED, { activity: 'training', round: 11, peers }))).toBe(
    'Training on your device for round 12. 1 connected directly, 1 through the relay.',
  );
  const gathering = snapshotOf(FED, { activity: 'gathering', joined: 2, needed: 3 });
  expect(sentenceOf(gathering)).toBe('Waiting for people: 2 of 3 are here for round 1.');
});
