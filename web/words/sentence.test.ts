import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { Activity } from '#workers/api';
import { OTHER, SEAT, SELF, snapshotOf, STATE } from '../testing/fake-peer.ts';
import { lacksPeople, linksText, sentenceOf, stateOf, stripText, waitingFor } from './sentence.ts';

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
  'ended',
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

test('a model is promised only where one is', () => {
  for (const activity of ['left', 'ended'] as const) {
    const without = snapshotOf(FED, { activity });
    for (const none of [without, { ...without, state: STATE }, { ...without, made: 4 }])
      expect(sentenceOf(none)).not.toMatch(/stays yours/);
    expect(sentenceOf({ ...without, state: STATE, made: 4 })).toMatch(/The model stays yours to try\.$/);
  }
});

const peers = [
  { peer: OTHER, path: 'direct', seat: false, relay: false },
  { peer: SELF, path: 'relayed', seat: false, relay: false },
  { peer: SEAT, path: 'relayed', seat: true, relay: true },
] as const;
const watching = { member: false, over: false, participant: false, mirror: false };
const member = { ...watching, member: true, participant: true };

test('says how many it waits for; a relay is nobody to train with', () => {
  const gathering = snapshotOf(FED, { activity: 'gathering', joined: 2, needed: 3 });
  expect(sentenceOf(gathering)).toBe('Waiting for 1 more participant. Training then starts by itself.');
  expect(sentenceOf({ ...gathering, peers: peers.slice(2) })).toBe(sentenceOf(gathering));
  expect(lacksPeople({ ...gathering, peers: peers.slice(1) })).toBe(true);
  expect(lacksPeople({ ...gathering, peers })).toBe(false);
  // Between two rounds everybody is present, but not everybody has joined the next one yet.
  expect(sentenceOf({ ...gathering, peers, round: 6 })).toBe('Getting ready for round 7.');
  expect(linksText({ ...gathering, peers })).toBe('1 directly, 1 through the relay');
});

test('a round is told with the time that is left: of the project, or of the allowance where that ends first', () => {
  const lines = [0, 1, 2, 3].map((i) => ({ round: i + 1, decidedAt: i * 2000 }));
  const busy = snapshotOf(FED, { activity: 'training', made: 4, joined: 3, peers, rounds: lines as never });
  expect(stripText(busy, 30, true)).toBe('Round 5 of 30 · 3 participants · about 52 seconds left');
  expect(stripText({ ...busy, budget: { ...busy.budget, roundsLeft: 2 } }, 30, true)).toBe(
    'Round 5 of 30 · 3 participants · about 6 seconds left',
  );
  // A watcher does not count and has no allowance.
  expect(stripText({ ...busy, budget: { ...busy.budget, roundsLeft: 2 } }, 30, false)).toBe(
    'Round 5 of 30 · 2 participants · about 52 seconds left',
  );
  expect(stripText({ ...busy, rounds: [] }, 30, true)).toBe('Round 5 of 30 · 3 participants');
  expect(stripText({ ...busy, peers: [] }, 30, true)).toBe(sentenceOf(busy));
});

test('the state in a word or two, by who looks', () => {
  const training = snapshotOf(FED, { activity: 'training', peers });
  expect(stateOf(training, member)).toEqual({ text: 'Training', tone: 'busy' });
  expect(stateOf(training, watching).text).toBe('You are watching');
  expect(stateOf(training, { ...member, over: true })).toEqual({ text: 'Done', tone: 'done' });
  expect(stateOf({ ...training, peers: [], joined: 1 }, member).text).toBe('Waiting: 1 of 3');
  const texts = ACTIVITIES.map((activity) => stateOf(snapshotOf(FED, { activity, peers }), member).text);
  for (const text of texts) expect(text.split(' ').length).toBeLessThanOrEqual(4);
});

test('in the place of a score stands what it waits for', () => {
  const nobody = snapshotOf(FED, { joined: 1 });
  expect(waitingFor(nobody, true)).toEqual({ figure: '1 of 3', text: 'are here' });
  expect(waitingFor({ ...nobody, peers }, true).text).toMatch(/after round 1/);
  expect(waitingFor({ ...nobody, peers, made: 7 }, false)).toEqual({ figure: '7', text: expect.stringMatching(/so no score/) });
});
