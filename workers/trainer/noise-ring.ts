/**
 * A ring of finished noise between two threads: one writes samples of one deviation ahead, the other takes each once, in order. A
 * single-producer single-consumer queue (Lamport 1983) in shared memory. What makes the samples, and what they are added to, is not here.
 *
 * A sample lies in its slot with the top bit flipped: -2^31 is never a sample, so a slot that holds 0 holds none. A taken sample is zeroed
 * before its slot is free again, so a slot counts as noise only between one write and one take; even a broken writer cannot make the taker
 * use a sample twice or an empty slot.
 *
 * Memory: an Int32Array of HEADER words, then `capacity` slots, a power of two. The counters run on modulo 2^32.
 */
import { MeshError } from '#protocol/errors';
import { NOISE_RING_SAMPLES_MAX } from '#protocol/limits';

/** Samples that the writer finishes at a time, enough that to begin costs little; a ring has room for two such blocks at least. */
export const RING_BLOCK = 8192;
/** Each counter has a cache line of its own. */
const HEADER = 64;
const WRITTEN = 0;
const TAKEN = 16;
/** Counts what the writer may wait for: samples taken, and the end. */
const BELL = 32;
const STOPPED = 48;
const FLIP = -(2 ** 31);
/** Updates' worth of noise. */
const UPDATES_AHEAD = 4;

/** @param count samples of one update. @returns empty memory for a few updates, within NOISE_RING_SAMPLES_MAX */
export function ringMemory(count: number): SharedArrayBuffer {
  const wanted = Math.min(NOISE_RING_SAMPLES_MAX, Math.max(2 * RING_BLOCK, UPDATES_AHEAD * count));
  return new SharedArrayBuffer(4 * (HEADER + 2 ** Math.ceil(Math.log2(wanted))));
}

export interface RingWriter {
  /** Samples that fit now. */
  room(): number;
  /** Publishes them, all at once. @param samples at most `room()`; zeroed here. @returns false once the ring has stopped: then it holds none */
  write(samples: Int32Array): boolean;
  /** Sleeps until `wanted` samples fit. Not on a page's main thread. @returns false once the ring has stopped, which is zeroed then */
  waitForRoom(wanted: number): boolean;
}

export interface RingReader {
  /** Samples that are ready. */
  ready(): number;
  /**
   * Moves the oldest samples into `into`, from index 0 on, as many as are ready and fit. Never waits.
   * @returns how many
   * @throws MeshError internal when the ring holds what no sound writer leaves; it is stopped then, and nothing in `into` is to be used
   */
  take(into: Int32Array): number;
  /** Ends the writer and zeroes what is left. */
  stop(): void;
}

export function ringWriter(memory: SharedArrayBuffer): RingWriter {
  const { words, slots, mask } = viewsOf(memory);
  const room = () => slots.length - ((Atomics.load(words, WRITTEN) - Atomics.load(words, TAKEN)) | 0);
  const stopped = () => Atomics.load(words, STOPPED) !== 0;
  return {
    room,
    write(samples) {
      if (samples.length > room())
        throw new MeshError('internal', { field: 'noise', expected: `${room()} samples`, got: `${samples.length}` });
      const from = words[WRITTEN]!;
      for (let i = 0; i < samples.length; i++) slots[(from + i) & mask] = samples[i]! ^ FLIP;
      samples.fill(0);
      Atomics.store(words, WRITTEN, (from + samples.length) | 0);
      // The taker zeroes too, but what it zeroed may have been overwritten by this very call.
      if (stopped()) slots.fill(0);
      return !stopped();
    },
    waitForRoom(wanted) {
      for (;;) {
        const rung = Atomics.load(words, BELL);
        if (stopped()) {
          slots.fill(0);
          return false;
        }
        if (room() >= wanted) return true;
        Atomics.wait(words, BELL, rung);
      }
    },
  };
}

export function ringReader(memory: SharedArrayBuffer): RingReader {
  const { words, slots, mask } = viewsOf(memory);
  // The only one who moves it: the word in shared memory is for the writer to see.
  let taken = Atomics.load(words, TAKEN);
  const ready = () => (Atomics.load(words, STOPPED) === 0 ? (Atomics.load(words, WRITTEN) - taken) | 0 : 0);
  const ring = (word: number, value: number): void => {
    Atomics.store(words, word, value);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  };
  const stop = (): void => {
    ring(STOPPED, 1);
    slots.fill(0);
  };
  const broken = (expected: string, got: number): never => {
    stop();
    throw new MeshError('internal', { field: 'noise', expected, got: String(got) });
  };
  return {
    ready,
    take(into) {
      const waiting = ready();
      if (waiting < 0 || waiting > slots.length) broken(`0 to ${slots.length} samples`, waiting);
      const count = Math.min(waiting, into.length);
      if (count === 0) return 0;
      // Up to the end of the memory, and on from its start.
      const at = taken & mask;
      const first = slots.subarray(at, Math.min(at + count, slots.length));
      const second = slots.subarray(0, count - first.length);
      into.set(first);
      into.set(second, first.length);
      first.fill(0);
      second.fill(0);
      let empty = 0;
      for (let i = 0; i < count; i++) {
        const slot = into[i]!;
        if (slot === 0) empty++;
        into[i] = slot ^ FLIP;
      }
      if (empty > 0) broken('a sample in every slot', empty);
      taken = (taken + count) | 0;
      ring(TAKEN, taken);
      return count;
    },
    stop,
  };
}

function viewsOf(memory: SharedArrayBuffer): { words: Int32Array; slots: Int32Array; mask: number } {
  const slots = new Int32Array(memory, 4 * HEADER);
  return { words: new Int32Array(memory, 0, HEADER), slots, mask: slots.length - 1 };
}
