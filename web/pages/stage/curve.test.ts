import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import { busySnapshot, snapshotOf } from '../../testing/fake-peer.ts';
import { curvesOf } from './curve.ts';

const FED = 'F'.repeat(43) as Hash;
const curves = curvesOf(busySnapshot(FED));
const curve = (name: string) => curves.find((one) => one.name === name)!;

test('every figure that exists has a curve by round, with its own colour and dashes', () => {
  expect(curves.map(({ name }) => name)).toEqual(['accuracy', 'loss', 'spent', 'people']);
  expect(new Set(curves.map(({ dash }) => dash.join())).size).toBe(4);
  for (const { points } of curves) expect(points.map(({ round }) => round)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(curve('spent').points.at(-1)!.value).toBeCloseTo(0.42);
});

test('a sentence says what the curve shows', () => {
  expect(curve('accuracy').summary).toBe('From 35.0 % after round 1 to 84.5 % after round 12. The best was 84.5 %, after round 12.');
  expect(curve('loss').summary).toMatch(/^From 2\.100 after round 1 to 0\.670 after round 12\. The lowest was 0\.670/);
  expect(curve('spent').summary).toBe('ε 0.42 of 1 was used when round 12 was decided.');
  expect(curve('people').summary).toBe('4 participants in round 12, between 0 and 4 in the rounds shown.');
});

test('a figure that never changed is not told as a range', () => {
  const rounds = busySnapshot(FED).rounds.map((line) => ({ ...line, contributors: 1 }));
  const people = curvesOf(snapshotOf(FED, { rounds })).find(({ name }) => name === 'people')!;
  expect(people.summary).toBe('1 participant in round 12, as in every round shown.');
});

test('what is not known has no curve', () => {
  expect(curvesOf(snapshotOf(FED))).toEqual([]);
  const watching = busySnapshot(FED).rounds.map((line) => ({ ...line, spentAfter: null }));
  expect(curvesOf(snapshotOf(FED, { rounds: watching })).map(({ name }) => name)).toEqual(['people']);
  const one = curvesOf(snapshotOf(FED, { scores: [{ round: 3, accuracy: 0.5, loss: 1 }] }));
  expect(one[0]!.summary).toBe('50.0 % after round 3.');
});
