import { expect, test } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { Score } from '../api.ts';
import { RoundHistory, type AtDecision } from './round-history.ts';

const SELF = 'S'.repeat(43) as PeerId;
const OTHER = 'O'.repeat(43) as PeerId;
const MINE = hashBytes(new Uint8Array([1]));
const at = (patch: Partial<AtDecision> = {}): AtDecision => ({
  self: SELF,
  contributed: false,
  mode: 'active',
  sent: null,
  now: 1000,
  bytesOut: 0,
  bytesIn: 0,
  spent: null,
  ...patch,
});
const record = (round: number, members: readonly PeerId[] = [OTHER]) =>
  ({
    record: {
      round,
      kind: members.length > 0 ? 'model' : 'skip',
      contributions: members.map((member) => ({ kind: 'update', member, vector: MINE })),
    },
  }) as unknown as CertifiedRecord;

test('a line says who was in, what the tab sent since the line before, and what was spent by then', () => {
  const history = new RoundHistory();
  history.note(record(1, [SELF, OTHER]), at({ contributed: true, sent: { hash: MINE, at: 900 }, bytesOut: 500, bytesIn: 800, spent: 0.1 }));
  history.note(record(2, [SELF]), at({ now: 2000, bytesOut: 700, bytesIn: 800, spent: 0.2 }));
  expect(history.lines).toEqual([
    {
      round: 1,
      kind: 'model',
      contributors: 2,
      decidedAt: 1000,
      updateSentAt: 900,
      part: 'in',
      bytesOut: 500,
      bytesIn: 800,
      spentAfter: 0.1,
    },
    {
      round: 2,
      kind: 'model',
      contributors: 1,
      decidedAt: 2000,
      updateSentAt: null,
      part: 'in',
      bytesOut: 200,
      bytesIn: 0,
      spentAfter: 0.2,
    },
  ]);
});

test.each([
  ['watching', { mode: 'following' }],
  ['paused', { mode: 'paused' }],
  ['spent', { mode: 'done' }],
  ['late', { mode: 'done', sent: { hash: MINE, at: 1 } }],
  ['late', { sent: { hash: MINE, at: 1 } }],
  ['absent', {}],
] as const)('%s is why it is not in', (part, patch) => {
  const history = new RoundHistory();
  history.note(record(1), at(patch));
  expect(history.lines[0]!.part).toBe(part);
});

test('an update that was in one round is not late for the next', () => {
  const history = new RoundHistory();
  const sent = { hash: MINE, at: 900 };
  history.note(record(1, [SELF]), at({ contributed: true, sent }));
  history.note(record(2), at({ sent }));
  expect(history.lines[1]!.part).toBe('absent');
});

test('what is restored comes before what follows, and a round that is told twice is one line', async () => {
  const before = new RoundHistory();
  before.note(record(1), at());
  before.note(record(2), at());
  const after = new RoundHistory();
  const kept = before.kept([{ round: 2, accuracy: 0.5, loss: 1 }]);
  const scoring = { scores: [] as readonly Score[] };
  await after.lookBack({ read: async () => kept, write: async () => {} }, 'f'.repeat(43) as Hash, scoring);
  expect(scoring.scores).toEqual(kept.scores);
  after.note(record(2), at({ now: 7 }));
  after.note(record(5, []), at());
  expect(after.lines.map((line) => [line.round, line.kind])).toEqual([
    [1, 'model'],
    [2, 'model'],
    [5, 'skip'],
  ]);
});
