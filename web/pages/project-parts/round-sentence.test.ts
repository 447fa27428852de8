import { expect, test } from 'vitest';
import type { RoundLine } from '#workers/api';
import { lastRoundText } from './round-sentence.ts';

const line = (patch: Partial<RoundLine> = {}): RoundLine => ({
  round: 12,
  kind: 'model',
  contributors: 4,
  updateSentAt: 1,
  decidedAt: 2,
  part: 'in',
  bytesOut: 12_400,
  bytesIn: 40_000,
  spentAfter: 0.1,
  ...patch,
});
const scores = [
  { round: 10, accuracy: 0.8, loss: 1 },
  { round: 12, accuracy: 0.845, loss: 0.5 },
];

test('says who was in it, what it did to the model, and its traffic', () => {
  expect(lastRoundText({ guessing: 0.1, rounds: [line({ round: 11 }), line()], scores })).toBe(
    'Round 12: 4 updates made the model, yours among them. Accuracy went from 80.0 % to 84.5 %. ' +
      'Always saying the most frequent answer gets 10.0 %. ' +
      'It sent 12.4 kB and received 40 kB.',
  );
  expect(lastRoundText({ guessing: null, rounds: [line({ contributors: 1 })], scores: scores.slice(1) })).toMatch(
    /^Round 12: your update alone made the model. Accuracy is 84.5 %. It sent/,
  );
  expect(lastRoundText({ guessing: null, rounds: [line({ contributors: 1, part: 'late' })], scores: [] })).toMatch(
    /^Round 12: 1 update made the model, yours not: /,
  );
});

test('a model that has no score yet is told without one, a skip without any', () => {
  expect(lastRoundText({ guessing: null, rounds: [line()], scores: scores.slice(0, 1) })).not.toContain('Accuracy');
  const skip = lastRoundText({ guessing: null, rounds: [line({ kind: 'skip', contributors: 0, part: 'late' })], scores });
  expect(skip).toMatch(/^Round 12 gave no result\. /);
  expect(skip).not.toContain('Accuracy');
});

test('each reason not to be in it is a text of its own', () => {
  const reasons = (['late', 'absent', 'paused', 'spent', 'watching'] as const).map((part) =>
    lastRoundText({ guessing: null, rounds: [line({ part })], scores: [] }),
  );
  expect(new Set(reasons).size).toBe(5);
  for (const text of reasons) expect(text).toMatch(/made the model, (?:yours not: |you are not )[a-z ’]+\. It sent/);
});

test('before any round there is nothing to tell', () => {
  expect(lastRoundText({ guessing: null, rounds: [], scores: [] })).toMatch(/^No round has finished/);
});
