/**
 * A ring of finished noise between two threads: one writes samples of one deviation ahead, the other takes each once, in order. A
 * single-producer single-consumer queue (Lamport 1983) in shared memory. How samples are made and used is decided elsewhere.
 *
 * A sample is stored with its top bit flipped: -2^31 is never a sample, so a 0 in a slot means empty. A taken sample is zeroed before its
 * slot is free again, and whoever adds samples to sums refuses a 0 (exact-noise.ts). So even a broken writer cannot make the reader use a
 * sample twice, or an empty slot.
 *
 * Memory: an Int32Array of HEADER words, then `capacity` slots, a power of two. The counters run on modulo 2^32.
 */
import { MeshError } from '#protocol/errors';
import { NOISE_RING_SAMPLES_MAX } from '#protocol/limits';

/** Samples that the writer finishes at a time, enough to make its overhead small. A ring holds at least two such blocks. */
export const RING_BLOCK = 8192;
/** Each counter has its own cache line. */
const HEADER = 64;
const WRITTEN = 0;
const TAKEN = 16;
/** Counts the events that the writer waits for: samples taken, and the stop. */
const BELL = 32;
const STOPPED = 48;
const FLIP = -(2 ** 31);
/** 16 kB. */
const ZEROS = new Int32Array(4096);
/** Noise for this many updates. */
const UPDATES_AHEAD = 4;

/** @param count samples of one update. @returns empty memory for a few updates, within NOISE_RING_SAMPLES_MAX */
export function ringMemory(count: number): SharedArrayBuffer {
  const wanted = Math.min(NOISE_RING_SAMPLES_MAX, Math.max(2 * RING_BLOCK, UPDATES_AHEAD * count));
  return new SharedArrayBuffer(4 * (HEADER + 2 ** Math.ceil(Math.log2(wanted))));
}

export interface RingWriter {
  /** Samples that fit now. */
  room(): number;
  /**
   * Publishes all samples at once. @param samples at most `room()`; zeroed here @returns false once the ring has stopped, which is then
   * empty
   */
  write(samples: Int32Array): boolean;
  /** Sleeps until `wanted` samples fit. Not on a page's main thread. @returns false once the ring has stopped, after zeroing it */
  waitForRoom(wanted: number): boolean;
}

export interface RingReader {
  /** Samples that are ready. */
  ready(): number;
  /**
   * Moves the oldest samples to the front of `into`, as they lie: at most `count`, as many as are ready. Never waits. One that is 0 is none,
   * and shows that the writer is not sound.
   * @returns how many; null where the ring's counters are what no sound writer leaves: it is stopped then
   */
  take(into: Int32Array, count: number): number | null;
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
      for (let i = 0; i < samples.length; i++) samples[i]! ^= FLIP;
      const at = from & mask;
      const first = Math.min(samples.length, slots.length - at);
      slots.set(samples.subarray(0, first), at);
      slots.set(samples.subarray(first), 0);
      samples.fill(0);
      Atomics.store(words, WRITTEN, (from + samples.length) | 0);
      // The reader zeroes too, but this very call may have written after that.
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
  // Only this reader changes it: the word in shared memory informs the writer.
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
  return {
    ready,
    take(into, most) {
      const waiting = ready();
      if (waiting < 0 || waiting > slots.length) {
        stop();
        return null;
      }
      const count = Math.min(waiting, most);
      if (count === 0) return 0;
      // Up to the end of the memory, then from its start.
      const at = taken & mask;
      const first = Math.min(count, slots.length - at);
      into.set(slots.subarray(at, at + first));
      wipe(slots, at, at + first);
      if (count > first) {
        into.set(slots.subarray(0, count - first), first);
        wipe(slots, 0, count - first);
      }
      taken = (taken + count) | 0;
      ring(TAKEN, taken);
      return count;
    },
    stop,
  };
}

/** Copies zeros, which engines do faster in shared memory than `fill`. */
function wipe(slots: Int32Array, from: number, to: number): void {
  let at = from;
  for (; at + ZEROS.length <= to; at += ZEROS.length) slots.set(ZEROS, at);
  slots.fill(0, at, to);
}

function viewsOf(memory: SharedArrayBuffer): { words: Int32Array; slots: Int32Array; mask: number } {
  const slots = new Int32Array(memory, 4 * HEADER);
  return { words: new Int32Array(memory, 0, HEADER), slots, mask: slots.length - 1 };
}
