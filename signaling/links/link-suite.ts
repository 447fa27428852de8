/**
 * The acceptance suite of Link: every implementation passes it, over its real transport. A pair is one link with its two ends; the
 * messages that an end receives, and its events in order, are recorded.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MeshError } from '#protocol/errors';
import { LINK_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import type { Link, LinkEvents } from './link.ts';

export interface LinkEnd {
  readonly link: Link;
  readonly seen: Seen;
}

/** What one end was told. Given to the implementation as its events. */
export interface Seen {
  readonly events: LinkEvents;
  readonly messages: Uint8Array<ArrayBuffer>[];
  /** 'open', 'message', 'close' in the order they came. */
  readonly order: string[];
  readonly errors: (MeshError | undefined)[];
}

export function watch(): Seen {
  const messages: Uint8Array<ArrayBuffer>[] = [];
  const order: string[] = [];
  const errors: (MeshError | undefined)[] = [];
  return {
    messages,
    order,
    errors,
    events: {
      message(bytes) {
        messages.push(bytes);
        order.push('message');
      },
      open: () => void order.push('open'),
      close(error) {
        errors.push(error);
        order.push('close');
      },
    },
  };
}

/** Two ends that are about to open, or are open already. */
export type Pair = readonly [LinkEnd, LinkEnd];

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 10 });

export function patternOf(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);
}

/**
 * @param connect makes a pair; called once a test
 * @param dispose ends whatever the pairs stood on
 */
export function linkSuite(name: string, connect: () => Promise<Pair>, dispose: () => Promise<void>): void {
  describe(name, () => {
    const made: Pair[] = [];
    const pair = async () => {
      const ends = await connect();
      made.push(ends);
      return ends;
    };
    const opened = async () => {
      const ends = await pair();
      await eventually(() => expect(ends.map(({ link }) => link.state)).toEqual(['open', 'open']));
      return ends;
    };
    afterEach(async () => {
      for (const ends of made.splice(0)) for (const { link } of ends) link.close();
      await dispose();
    });

    it('delivers what was sent while it was opening, after it opened', async () => {
      const [a, b] = await pair();
      a.link.send(Uint8Array.of(1));
      b.link.send(Uint8Array.of(2));
      await eventually(() => expect([a.seen.messages.length, b.seen.messages.length]).toEqual([1, 1]));
      expect(b.seen.messages[0]).toEqual(Uint8Array.of(1));
      expect(a.seen.messages[0]).toEqual(Uint8Array.of(2));
      await eventually(() => expect(a.seen.order.filter((event) => event === 'open')).toHaveLength(1));
    });

    it('keeps order and boundaries of many messages both ways', async () => {
      const [a, b] = await opened();
      const sizes = [0, 1, 2, 16_383, 16_384, 16_385, 32_768, 0, 65_537, 5, 0];
      const messages = sizes.map((size, i) => patternOf(size, i + 1));
      for (const message of messages) {
        a.link.send(message.slice());
        b.link.send(message.slice());
      }
      for (const end of [a, b]) {
        await eventually(() => expect(end.seen.messages.map((message) => message.length)).toEqual(sizes));
        expect(messages.every((message, i) => same(end.seen.messages[i], message))).toBe(true);
      }
    });

    it('carries 1 MB both ways at once', async () => {
      const [a, b] = await opened();
      const there = patternOf(1_000_000, 3);
      const back = patternOf(1_000_000, 4);
      a.link.send(there.slice());
      b.link.send(back.slice());
      await eventually(() => expect([a.seen.messages.length, b.seen.messages.length]).toEqual([1, 1]));
      expect(same(b.seen.messages[0], there)).toBe(true);
      expect(same(a.seen.messages[0], back)).toBe(true);
      await eventually(() => expect(a.link.queuedBytes).toBe(0));
    });

    it('gives the receiver bytes of its own, and leaves the sender its buffer', async () => {
      const [a, b] = await opened();
      const message = patternOf(40_000);
      a.link.send(message);
      a.link.send(message);
      await eventually(() => expect(b.seen.messages).toHaveLength(2));
      expect(message.byteLength).toBe(40_000);
      b.seen.messages[0]!.fill(0);
      expect(same(b.seen.messages[1], patternOf(40_000))).toBe(true);
    });

    it('closes as too slow when more waits than the bound, and throws nothing', async () => {
      const [a] = await opened();
      const message = new Uint8Array(4 * 1024 * 1024);
      const count = Math.ceil(LINK_QUEUE_BYTES_MAX / message.length) + 4;
      for (let i = 0; i < count && a.link.state !== 'closed'; i++) a.link.send(message);
      await eventually(() => expect(a.link.state).toBe('closed'));
      expect(a.seen.errors.map((error) => error?.code)).toEqual(['slow-consumer']);
    });

    it('closes on a message that no frame sequence may carry', async () => {
      const [a] = await opened();
      a.link.send(new Uint8Array(MESH_MESSAGE_BYTES_MAX + 1));
      await eventually(() => expect(a.seen.errors.map((error) => error?.code)).toEqual(['frame-too-large']));
    });

    it('closes both ends once when one closes, and is silent afterwards', async () => {
      const [a, b] = await opened();
      a.link.close();
      expect(a.link.state).toBe('closed');
      await eventually(() => expect(b.link.state).toBe('closed'));
      a.link.close();
      b.link.close();
      a.link.send(Uint8Array.of(1));
      b.link.send(Uint8Array.of(1));
      expect([a.link.queuedBytes, b.link.queuedBytes]).toEqual([0, 0]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const end of [a, b]) expect(end.seen.order).toEqual(['open', 'close']);
      expect(a.seen.errors).toEqual([undefined]);
    });
  });
}
