import { describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { LINK_FRAME_PAYLOAD_BYTES, MAILBOX_PARTIAL_BYTES_MAX, MAILBOX_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import { ByteBudget } from '../byte-budget.ts';
import type { Environment } from '#protocol/driver/ports';
import { systemEnvironment } from '../environment.ts';
import { FrameQueue } from './framing.ts';
import { MailboxInbox, MailboxSender } from './mailbox-queue.ts';

const id = (name: string) => name as PeerId;

/** A way out that takes `room` frames, and timers that fire when told. */
function wayOut() {
  const sent: string[] = [];
  const timers: (() => void)[] = [];
  const state = { room: Infinity };
  const environment: Environment = {
    now: () => 0,
    random: () => 0,
    timer(_ms, call) {
      timers.push(call);
      return () => void timers.splice(timers.indexOf(call) >>> 0, 1);
    },
  };
  const sender = new MailboxSender(
    {
      ready: () => state.room > 0,
      frame(to) {
        state.room--;
        sent.push(to);
      },
    },
    environment,
  );
  return { sender, sent, timers, state };
}

describe('the way out of a mailbox', () => {
  it('gives every peer its turn, so that a large message holds nobody up', () => {
    const { sender, sent, state } = wayOut();
    state.room = 0;
    sender.push(id('large'), new Uint8Array(10 * LINK_FRAME_PAYLOAD_BYTES));
    sender.push(id('small'), new Uint8Array(1));
    state.room = 4;
    sender.restart();
    expect(sent).toEqual(['large', 'small', 'large', 'large']);
  });

  it('looks again while something waits, and not when nothing does', () => {
    const { sender, sent, timers, state } = wayOut();
    state.room = 1;
    sender.push(id('a'), new Uint8Array(3 * LINK_FRAME_PAYLOAD_BYTES));
    expect([sent.length, timers.length]).toEqual([1, 1]);
    state.room = Infinity;
    timers.shift()!();
    expect([sent.length, timers.length]).toEqual([3, 0]);
    expect(sender.queuedBytes(id('a'))).toBe(0);
  });

  it('waits without looking while there is no way out, and sends half-sent messages again', () => {
    const { sender, sent, timers, state } = wayOut();
    state.room = 2;
    sender.push(id('a'), new Uint8Array(3 * LINK_FRAME_PAYLOAD_BYTES));
    sender.pause();
    sender.push(id('a'), new Uint8Array(1));
    expect([sent.length, timers.length]).toEqual([2, 0]);
    state.room = Infinity;
    sender.restart();
    expect(sent).toHaveLength(2 + 3 + 1);
  });
});

describe('what waits in a tab', () => {
  it('is bounded over all peers, and leaves a place to others', () => {
    const { sender } = wayOut();
    sender.pause();
    for (let peer = 0; peer < 40; peer++) sender.push(id(`deaf${peer}`), new Uint8Array(MESH_MESSAGE_BYTES_MAX));
    const waiting = Array.from({ length: 40 }, (_, peer) => sender.queuedBytes(id(`deaf${peer}`)));
    expect(waiting.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(MAILBOX_QUEUE_BYTES_MAX);
    sender.push(id('reader'), new Uint8Array(1_000_000));
    expect(sender.queuedBytes(id('reader'))).toBeGreaterThan(0);
  });
});

describe('the inbox of a mailbox', () => {
  const startOf = (bytes: number) => {
    const queue = new FrameQueue();
    queue.push(new Uint8Array(bytes));
    const frames: Uint8Array<ArrayBuffer>[] = [];
    for (let frame = queue.next(); frame !== null; frame = queue.next()) frames.push(frame);
    return frames;
  };

  it('keeps the messages of different peers apart', () => {
    const inbox = new MailboxInbox(null, systemEnvironment);
    const frames = startOf(40_000);
    for (const frame of frames.slice(0, 2)) for (const name of ['a', 'b']) expect(inbox.accept(id(name), frame)).toBeNull();
    expect(inbox.accept(id('b'), frames[2]!)).toHaveLength(40_000);
    expect(inbox.accept(id('a'), frames[2]!)).toHaveLength(40_000);
  });

  it('bounds what half-arrived messages keep, for each sender and in all, and leaves a place to others', () => {
    const inbox = new MailboxInbox(null, systemEnvironment);
    const frames = startOf(MESH_MESSAGE_BYTES_MAX);
    for (let peer = 0; peer < 40; peer++) for (const frame of frames.slice(0, -1)) inbox.accept(id(`flood${peer}`), frame);
    const honest = startOf(40_000);
    expect(inbox.accept(id('a'), honest[0]!)).toBeNull();
    expect(inbox.accept(id('a'), honest[1]!)).toBeNull();
    expect(inbox.accept(id('a'), honest[2]!)).toHaveLength(40_000);
  });

  it('charges a half-arrived message to its sender, and gives it back when it is whole, forgotten or stops', () => {
    const timers: (() => void)[] = [];
    let now = 0;
    const environment: Environment = { now: () => now, random: () => 0, timer: (_ms, call) => (timers.push(call), () => {}) };
    const budget = new ByteBudget(MAILBOX_PARTIAL_BYTES_MAX, 3 * LINK_FRAME_PAYLOAD_BYTES);
    const inbox = new MailboxInbox(budget, environment);
    const frames = startOf(40_000);
    for (const name of ['a', 'b', 'c']) inbox.accept(id(name), frames[0]!, 'one address');
    expect(budget.usedBy('one address')).toBe(3 * LINK_FRAME_PAYLOAD_BYTES);
    inbox.accept(id('d'), frames[0]!, 'one address');
    expect(budget.usedBy('one address')).toBe(3 * LINK_FRAME_PAYLOAD_BYTES);
    inbox.forget(id('c'));
    inbox.accept(id('a'), frames[1]!, 'one address');
    expect(inbox.accept(id('a'), frames[2]!, 'one address')).toHaveLength(40_000);
    expect(budget.used).toBe(LINK_FRAME_PAYLOAD_BYTES);
    now = 20_000;
    timers.shift()!();
    expect([budget.used, timers.length]).toEqual([0, 0]);
  });

  it('drops a message that arrives too slowly to be meant', () => {
    const timers: (() => void)[] = [];
    let now = 0;
    const environment: Environment = { now: () => now, random: () => 0, timer: (_ms, call) => (timers.push(call), () => {}) };
    const budget = new ByteBudget(MAILBOX_PARTIAL_BYTES_MAX, MAILBOX_PARTIAL_BYTES_MAX);
    const inbox = new MailboxInbox(budget, environment);
    const frames = startOf(MESH_MESSAGE_BYTES_MAX);
    for (const frame of frames.slice(0, 6)) {
      inbox.accept(id('a'), frame);
      now += 10_000;
      timers.splice(0).forEach((call) => call());
    }
    expect(budget.used).toBe(0);
  });

  it('says what is wrong with a frame, and takes the next one', () => {
    const inbox = new MailboxInbox(null, systemEnvironment);
    expect(inbox.accept(id('a'), new Uint8Array(5))).toBeInstanceOf(MeshError);
    expect(inbox.accept(id('a'), startOf(3)[0]!)).toHaveLength(3);
  });
});
