import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { Snapshot } from '#workers/api';
import { OTHER, SEAT, SELF, snapshotOf } from '../../testing/fake-peer.ts';
import { watchMessages } from './messages.ts';

const line = (at: number, to: PeerId) => ({ at, kind: 'update', bytes: 1, to, path: 'in-page' as const, update: null, times: 1 });
const told = (outbox: Snapshot['outbox']) => snapshotOf('F'.repeat(43) as Hash, { outbox });

test('each message is told once, from whom and to whom; who is no participant is the seat', () => {
  const watch = watchMessages([SELF, OTHER]);
  expect(watch.look([null, null])).toEqual([]);
  const first = [told([line(1, OTHER), line(2, SEAT)]), told([line(2, SELF)])];
  expect(watch.look(first)).toEqual([
    { from: 0, to: 1 },
    { from: 0, to: null },
    { from: 1, to: 0 },
  ]);
  expect(watch.look(first)).toEqual([]);
  expect(watch.look([told([line(2, SEAT), line(3, OTHER)]), first[1]!])).toEqual([{ from: 0, to: 1 }]);
});
