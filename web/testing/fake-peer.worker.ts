/** The stand-in behind a true worker border, for the test of what starts the peer: says what it was started with. */
import { expose } from 'comlink';
import type { Hash } from '#protocol/codec';
import { fakePeer, snapshotOf } from './fake-peer.ts';

const fake = fakePeer();
fake.answer('follow', () => {
  const [rtc, relay] = fake.asked.find(({ name }) => name === 'start')!.args;
  const seen = `${rtc instanceof MessagePort ? 'port' : 'none'} ${String(relay)}`;
  fake.publish(snapshotOf(seen as Hash));
  return { ok: true, value: { resumed: false } };
});
fake.answer('leave', () => {
  // Outside of any call: as a bug in a timer would be.
  setTimeout(() => {
    throw new Error('a stand-in that breaks');
  });
  return { ok: true, value: null };
});
expose(fake.worker);
