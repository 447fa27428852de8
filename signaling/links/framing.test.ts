import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { LINK_FRAME_PAYLOAD_BYTES, LINK_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import { FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FrameQueue, Reassembler } from './framing.ts';
import { refusal } from '#protocol/testing/refusal';

function framesOf(...messages: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const queue = new FrameQueue();
  for (const message of messages) queue.push(message);
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let frame = queue.next(); frame !== null; frame = queue.next()) frames.push(frame);
  expect(queue.queuedBytes).toBe(0);
  return frames;
}

const filled = (size: number, value = 7) => new Uint8Array(size).fill(value);

describe('frames', () => {
  it('give back every message, whole and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * LINK_FRAME_PAYLOAD_BYTES + 2 }), { maxLength: 6 }), (sizes) => {
        const messages = sizes.map((size, i) => filled(size, i + 1));
        const reassembler = new Reassembler(true);
        const back = framesOf(...messages)
          .map((frame) => reassembler.accept(frame))
          .filter((message) => message !== null);
        expect(back.map((bytes) => [bytes.length, bytes[0]])).toEqual(messages.map((bytes) => [bytes.length, bytes[0]]));
        expect(reassembler.partialBytes).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('are never longer than a data channel of any browser takes', () => {
    const frames = framesOf(filled(100_000));
    expect(Math.max(...frames.map((frame) => frame.length))).toBe(FRAME_BYTES_MAX);
    expect(frames).toHaveLength(Math.ceil(100_000 / LINK_FRAME_PAYLOAD_BYTES));
  });

  it('of a channel that loses nothing are refused after a gap, a repeat or without their start', () => {
    const frames = framesOf(filled(40_000), filled(40_000));
    const tampered = [
      [frames[0]!, frames[2]!], // gap
      [frames[0]!, frames[0]!], // a start inside a message
      [frames[1]!], // no start
      [...frames.slice(0, 3), frames[4]!], // the second message without its start
    ];
    for (const sequence of tampered) {
      const reassembler = new Reassembler(true);
      expect(() => sequence.forEach((frame) => reassembler.accept(frame))).toThrow(MeshError);
    }
  });

  it('of a lossy channel lose the broken message and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (kept) => {
        const frames = framesOf(filled(40_000, 1), filled(10, 2), filled(40_000, 3), filled(50_000, 4), filled(0), filled(5, 6));
        const reassembler = new Reassembler(false);
        const arrived = frames.filter((_, i) => kept[i % kept.length]).map((frame) => reassembler.accept(frame));
        const sizes = arrived.filter((message) => message !== null).map((message) => message.length);
        let at = 0;
        const expected = [3, 1, 3, 4, 1, 1].map((count, i) => {
          const whole = Array.from({ length: count }, (_, k) => kept[(at + k) % kept.length]).every(Boolean);
          at += count;
          return whole ? [40_000, 10, 40_000, 50_000, 0, 5][i]! : -1;
        });
        expect(sizes).toEqual(expected.filter((size) => size >= 0));
      }),
      { numRuns: 200 },
    );
  });

  it('of any bytes at all are taken or refused with a code, and never promise memory', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), fc.boolean(), (frames, strict) => {
        const reassembler = new Reassembler(strict);
        for (const frame of frames) {
          try {
            reassembler.accept(frame);
          } catch (error) {
            refusal(error);
          }
          expect(reassembler.partialBytes).toBeLessThanOrEqual(20 * 64);
        }
      }),
    );
  });

  it('that announce more than a message may have are refused', () => {
    const frame = filled(FRAME_BYTES_MAX);
    const view = new DataView(frame.buffer);
    view.setUint8(0, 16);
    view.setUint32(1, 0);
    view.setUint32(5, MESH_MESSAGE_BYTES_MAX + 1);
    expect(() => new Reassembler(true).accept(frame)).toThrow(/frame-too-large/);
  });
});

describe('the queue of frames', () => {
  it('counts what waits, and refuses more than its bound', () => {
    const queue = new FrameQueue();
    queue.push(filled(1000));
    expect(queue.queuedBytes).toBe(1000 + FRAME_HEADER_BYTES);
    const large = filled(MESH_MESSAGE_BYTES_MAX);
    queue.push(large);
    expect(() => queue.push(large)).toThrow(/slow-consumer/);
    expect(queue.queuedBytes).toBeLessThanOrEqual(LINK_QUEUE_BYTES_MAX);
    expect(() => queue.push(filled(MESH_MESSAGE_BYTES_MAX + 1))).toThrow(/frame-too-large/);
  });

  it('sends a half-sent message again from its start on a new channel', () => {
    const queue = new FrameQueue();
    queue.push(filled(40_000));
    queue.next();
    queue.restart();
    expect(queue.queuedBytes).toBe(40_000 + FRAME_HEADER_BYTES);
    const reassembler = new Reassembler(false);
    let message = null;
    for (let frame = queue.next(); frame !== null; frame = queue.next()) message = reassembler.accept(frame);
    expect(message).toHaveLength(40_000);
  });

  it('gives back what did not leave as a whole', () => {
    const queue = new FrameQueue();
    queue.push(filled(10, 1));
    queue.push(filled(40_000, 2));
    queue.push(filled(20, 3));
    queue.next();
    queue.next();
    expect(queue.takeBack().map((message) => message[0])).toEqual([2, 3]);
    expect(queue.next()).toBeNull();
  });
});
