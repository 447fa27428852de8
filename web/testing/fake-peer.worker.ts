/** The stand-in in a real worker, to test how the peer is started: reports its start arguments. */
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
  // Outside any call, like a bug in a timer.
  setTimeout(() => {
    throw new Error('a stand-in that breaks');
  });
  return { ok: true, value: null };
});
expose(fake.worker);
