/** The ring between the thread that makes noise and the one that uses it: order, single use, faulty writers, what is left in memory. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOISE_RING_SAMPLES_MAX, PARAMETERS_MAX } from '#protocol/limits';
import { RING_BLOCK, ringMemory, ringReader, ringWriter } from './noise-ring.ts';

const HEADER = 64;
/** Of an empty slot: no sample. */
const FLIP = -(2 ** 31);
const capacityOf = (memory: SharedArrayBuffer) => memory.byteLength / 4 - HEADER;
const slotsOf = (memory: SharedArrayBuffer) => new Int32Array(memory, 4 * HEADER);
const counting = (from: number, count: number) => Int32Array.from({ length: count }, (_, i) => from + i);

function take(reader: ReturnType<typeof ringReader>, count: number): number[] {
  const into = new Int32Array(count);
  return [...into.subarray(0, reader.take(into, count)!)].map((slot) => slot ^ FLIP);
}

describe('a ring of samples', () => {
  test('holds a few updates, at least two blocks, and is bounded', () => {
    for (const count of [1, 1000, 101_770, PARAMETERS_MAX]) {
      const capacity = capacityOf(ringMemory(count));
      expect(capacity).toBeGreaterThanOrEqual(Math.max(2 * count, 2 * RING_BLOCK));
      expect(capacity).toBeLessThanOrEqual(NOISE_RING_SAMPLES_MAX);
      expect(Math.log2(capacity) % 1).toBe(0);
    }
  });

  test('gives each sample once and in order, whatever the interleaving', () => {
    const turns = fc.array(fc.record({ write: fc.boolean(), count: fc.integer({ min: 0, max: 5000 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(turns, fc.constantFrom(0, -5000, 2 ** 31 - 7000), (list, start) => {
        const memory = ringMemory(1);
        // Counters about to pass 2^31, or 0 from below.
        const words = new Int32Array(memory, 0, HEADER);
        words[0] = words[16] = start;
        const [writer, reader] = [ringWriter(memory), ringReader(memory)];
        let [written, taken] = [0, 0];
        for (const { write, count } of list) {
          expect(writer.room()).toBe(capacityOf(memory) - (written - taken));
          const wanted = Math.min(count, write ? writer.room() : written - taken);
          const next = [...counting((write ? written : taken) - 2000, wanted)];
          expect(write ? writer.write(Int32Array.from(next)) && next : take(reader, count)).toEqual(next);
          if (write) written += wanted;
          else taken += wanted;
        }
        // Taken samples leave nothing behind.
        expect(slotsOf(memory).filter((slot) => slot !== 0).length).toBe(written - taken);
      }),
      { numRuns: 60 },
    );
  });

  test('carries every value that a sample can have, including 0', () => {
    const memory = ringMemory(1);
    const values = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31) + 1, 0];
    const written = Int32Array.from(values);
    ringWriter(memory).write(written);
    expect([...written]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(take(ringReader(memory), 9)).toEqual(values);
  });

  test('refuses more than fits', () => {
    const memory = ringMemory(1);
    const writer = ringWriter(memory);
    expect(() => writer.write(new Int32Array(writer.room() + 1))).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('keeps the order between two concurrent threads, and ends the writer', async () => {
    const memory = ringMemory(1);
    const reader = ringReader(memory);
    const thread = new Worker(new URL('./noise-ring.fixture.ts', import.meta.url), { workerData: memory });
    const ended = once(thread, 'message');
    let expected = 1;
    const into = new Int32Array(3001);
    while (expected < 1_000_000) {
      const count = reader.take(into, 3001)!;
      const wrong = into.subarray(0, count).findIndex((got, i) => (got ^ FLIP) !== expected + i);
      expect(wrong, `number ${expected + wrong}`).toBe(-1);
      expected += count;
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 1)); // the thread starts, or has only this core
    }
    reader.stop();
    const [last] = (await ended) as [number];
    expect(last).toBeGreaterThanOrEqual(expected - 1);
    expect(slotsOf(memory).every((slot) => slot === 0)).toBe(true);
  });
});

describe('a faulty writer', () => {
  test('that dies in the middle of a block leaves nothing of it', () => {
    const memory = ringMemory(1);
    const [writer, reader] = [ringWriter(memory), ringReader(memory)];
    writer.write(counting(1, 10));
    slotsOf(memory).set([77, 78, 79], 10); // slots are filled first, the count is what publishes them
    expect(take(reader, 100)).toEqual([...counting(1, 10)]);
    expect(take(reader, 100)).toEqual([]);
  });

  test('that publishes slots which it did not fill is found out: those are 0, and no noise', () => {
    const memory = ringMemory(1);
    const [writer, reader] = [ringWriter(memory), ringReader(memory)];
    writer.write(counting(1, 10));
    new Int32Array(memory)[0]! += 5;
    const into = new Int32Array(100);
    expect(reader.take(into, 100)).toBe(15);
    expect([...into.subarray(9, 16)]).toEqual([10 ^ FLIP, 0, 0, 0, 0, 0, 0]);
    expect(slotsOf(memory).every((slot) => slot === 0)).toBe(true);
  });

  test.each([
    ['back', -3],
    ['beyond the ring', 2 ** 20],
  ])('that counts %s gives no sample a second time', (_, by) => {
    const memory = ringMemory(1);
    const [writer, reader] = [ringWriter(memory), ringReader(memory)];
    writer.write(counting(1, 10));
    take(reader, 10);
    new Int32Array(memory)[0]! += by;
    expect(reader.take(new Int32Array(10), 10)).toBeNull();
    expect([reader.take(new Int32Array(10), 10), writer.waitForRoom(1)]).toEqual([0, false]);
  });

  test('that changes the reader’s count moves nothing back', () => {
    const memory = ringMemory(1);
    const [writer, reader] = [ringWriter(memory), ringReader(memory)];
    writer.write(counting(1, 10));
    take(reader, 6);
    new Int32Array(memory)[16] = 0;
    expect(take(reader, 10)).toEqual([7, 8, 9, 10]);
  });
});

test('a stopped ring holds nothing, gives nothing, and accepts nothing', () => {
  const memory = ringMemory(1);
  const [writer, reader] = [ringWriter(memory), ringReader(memory)];
  writer.write(counting(1, 1000));
  reader.stop();
  expect(slotsOf(memory).every((slot) => slot === 0)).toBe(true);
  expect(writer.write(counting(1, 1000))).toBe(false); // it was in the middle of a block
  expect(slotsOf(memory).every((slot) => slot === 0)).toBe(true);
  expect(writer.waitForRoom(1)).toBe(false);
  expect([reader.ready(), take(reader, 10)]).toEqual([0, []]);
});
