/** The list of what left says what its note says: no heartbeats, no receipts, and nothing twice. */
import { expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { Leaving } from '#protocol/driver/ports';
import type { Departure } from '#signaling/transport';
import { manifestFixture } from '../manifest.fixture.ts';
import { Outbox } from './outbox.ts';
import { openFederation, until } from './session.fixture.ts';

const [SEAT, OTHER] = ['seat' as PeerId, 'other' as PeerId];
const HASH = 'H'.repeat(43) as Hash;

function openOutbox() {
  let at = 0;
  const outbox = new Outbox(manifestFixture().privacy, () => ++at);
  const say = (kind: Leaving['kind'] | null, to: PeerId = SEAT, more: Partial<Departure> & { update?: Hash } = {}) => {
    const { update = null, ...departure } = more;
    const leaving = kind === null ? null : { kind, update };
    outbox.note({ kind: 'message', to, bytes: 312, path: 'relayed', ...departure }, leaving);
  };
  const said = () => outbox.lines().map(({ kind, to, times }) => `${kind} ${to} ${times}`);
  return { outbox, say, said };
}

test('what is said again to the same peer adds to its line, which moves up', () => {
  const { outbox, say, said } = openOutbox();
  for (let i = 0; i < 3; i++) {
    say('join', SEAT);
    say('join', OTHER);
  }
  expect(said()).toEqual(['join other 3', 'join seat 3']);
  say('join', SEAT);
  expect(said()).toEqual(['join seat 4', 'join other 3']);
  expect(outbox.lines()[0]!.at).toBe(7);
  expect(outbox.bytesOut).toBe(7 * 312);
});

test('another message, path or update is another line', () => {
  const { say, said } = openOutbox();
  say('join');
  say('update', SEAT, { update: HASH });
  say('update', SEAT, { update: HASH });
  say('update', SEAT, { update: `${HASH.slice(1)}J` as Hash });
  say('update', SEAT, { update: `${HASH.slice(1)}J` as Hash, path: 'direct' });
  say('join');
  expect(said()).toEqual(['join seat 1', 'update seat 1', 'update seat 1', 'update seat 2', 'join seat 1']);
});

test('heartbeats and receipts are counted and not listed, also when they take another path', () => {
  const { outbox, say, said } = openOutbox();
  const [status, update] = [new Uint8Array(312), new Uint8Array(312)];
  say('status', SEAT, { message: status });
  say('ack');
  say('update', SEAT, { message: update, update: HASH });
  // Their link is lost, and nobody says again what they are.
  say(null, SEAT, { message: status });
  say(null, SEAT, { message: update });
  expect(said()).toEqual(['update seat 2']);
  expect(outbox.lines()[0]!.update?.hash).toBe(HASH);
  expect(outbox.bytesOut).toBe(5 * 312);
});

test('a member that waits for people has one line for its join, however long it waits', { timeout: 60_000 }, async () => {
  const federation = await openFederation({ rounds: { ...manifestFixture().rounds, minContributors: 2 } });
  const device = await federation.device();
  try {
    await device.join(federation.manifest.body.privacy.epsilon);
    const joins = () => device.last?.outbox.filter(({ kind }) => kind === 'join') ?? [];
    await until('a join that was said again', () => (joins()[0]?.times ?? 0) > 1);
    expect(joins()).toHaveLength(1);
  } finally {
    await federation.close();
  }
});
