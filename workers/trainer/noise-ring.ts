/**
 * A ring of finished noise between two threads: one writes samples of one deviation ahead, the other takes each once, in order. A
 * single-producer single-consumer queue (Lamport 1983) in shared memory. How samples are made and used is decided elsewhere.
 *
 * A sample is stored with its top bit flipped: -2^31 is never a sample, so a 0 in a slot means empty. A taken sample is zeroed before its
 * slot is free again. So even a broken writer cannot make the reader use a sample twice, or an empty slot.
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
   * Moves the oldest samples into `into`, from index 0 on, as many as are ready and fit. Never waits.
   * @returns how many
   * @throws MeshError internal if the ring holds what no correct writer leaves; it is then stopped, and nothing in `into` may be used
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
      // Up to the end of the memory, then from its start.
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
