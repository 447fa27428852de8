import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { Activity } from '#workers/api';
import { OTHER, SEAT, SELF, snapshotOf } from '../../testing/fake-peer.ts';
import { lacksPeople, sentenceOf } from './sentence.ts';

const FED = 'F'.repeat(43) as Hash;
const ACTIVITIES: readonly Activity[] = [
  'connecting',
  'waiting-for-relay',
  'checking',
  'fetching-model',
  'gathering',
  'training',
  'waiting-for-others',
  'deciding',
  'paused',
  'leaving',
  'left',
  'budget-spent',
  'waiting-for-new',
  'finished',
  'failed',
];

test('every activity is a full sentence of its own', () => {
  const lacking = (activity: Activity) => (activity === 'waiting-for-new' ? 2 : 0);
  const sentences = ACTIVITIES.map((activity) => sentenceOf(snapshotOf(FED, { activity, round: 4, lacking: lacking(activity) })));
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^{}]+\.$/);
  expect(new Set(sentences).size).toBe(ACTIVITIES.length);
});

test('names the round in work and how people are connected', () => {
  const peers = [
    { peer: OTHER, path: 'direct', seat: false, relay: false },
    { peer: SELF, path: 'relayed', seat: false, relay: false },
    { peer: SEAT, path: 'relayed', seat: true, relay: true },
  ] as const;
  expect(sentenceOf(snapshotOf(FED, { activity: 'training', round: 11, peers }))).toBe(
    'Training on your device for round 12. 1 person connected directly, 1 person through the relay.',
  );
  const gathering = snapshotOf(FED, { activity: 'gathering', joined: 2, needed: 3 });
  expect(sentenceOf(gathering)).toBe('Waiting for people: 2 of 3 are here for round 1.');
  // The relay is nobody to train with.
  expect(sentenceOf({ ...gathering, peers: peers.slice(2) })).toBe('Waiting for people: 2 of 3 are here for round 1.');
  expect(lacksPeople({ ...gathering, peers: peers.slice(1) })).toBe(true);
  expect(lacksPeople({ ...gathering, peers })).toBe(false);
  // Between two rounds everybody is here, though not everybody has joined the next one yet.
  expect(sentenceOf({ ...gathering, peers, round: 6 })).toMatch(/^Getting ready for round 7\. /);
});
