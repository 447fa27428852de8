/**
 * Exact noise that another thread makes ahead of the trainer (noise.worker.ts), if the page may share memory between threads. The trainer
 * makes whatever is not ready yet itself. The distribution is the same: both use exact-noise.ts. The rows of a lot are drawn with the
 * trainer's own randomness alone.
 */
import type { AddNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';
import { exactNoise, type ReadyNoise } from './exact-noise.ts';
import { RING_BLOCK, ringMemory, ringReader, ringWriter, type RingReader } from './noise-ring.ts';

export interface NoiseSource {
  /** Takes what the ring has, made from the other thread's own randomness, and makes the rest from `random`. */
  readonly add: AddNoise;
  /** Makes all of it from `random`. */
  readonly addHere: AddNoise;
  /** Announces noise of this deviation, `count` samples per update. Noise of an earlier deviation is dropped. */
  prepare(count: number, sigma: number): void;
  /** Ends the other thread, zeroes what it made, and gives memory back. `prepare` may be called again. */
  stop(): void;
}

/** What the noise thread is given once, at its start. */
export interface NoiseOrder {
  readonly memory: SharedArrayBuffer;
  /** In grid steps. */
  readonly sigma: number;
}

/** Starts a thread that fills the ring until it stops, or dies. @param died called at most once */
export type StartNoise = (order: NoiseOrder, died: () => void) => void;

/**
 * What the other thread does until the ring stops. It may block: the trainer never waits for it, and it answers nobody else. Samples are
 * made in unshared memory and copied, since no browser fills shared memory with randomness (Web Crypto, getRandomValues).
 */
export function fillRing({ memory, sigma }: NoiseOrder, numerics: Numerics): void {
  const noise = exactNoise(numerics);
  const ring = ringWriter(memory);
  const [zeros, samples] = [new Int32Array(RING_BLOCK), new Int32Array(RING_BLOCK)];
  while (ring.waitForRoom(RING_BLOCK)) {
    noise.add(zeros, sigma, (into) => crypto.getRandomValues(into), samples);
    ring.write(samples);
  }
  noise.release();
}

/** Without another thread. */
export function noiseInPlace(numerics: Numerics): NoiseSource {
  const { add, release } = exactNoise(numerics);
  return { add, addHere: add, prepare: () => {}, stop: release };
}

/** @param start null if threads cannot share memory */
export function noiseAhead(numerics: Numerics, start: StartNoise | null): NoiseSource {
  if (start === null) return noiseInPlace(numerics);
  const here = exactNoise(numerics);
  let ring: { readonly sigma: number; readonly reader: RingReader; readonly ready: ReadyNoise } | undefined;
  /** A thread that failed once is not started again: it would fail for every update. */
  let failed = false;
  const stopRing = (): void => {
    ring?.reader.stop();
    ring = undefined;
  };
  const fail = (): void => {
    failed = true;
    stopRing();
  };
  const readyFrom = (reader: RingReader): ReadyNoise => ({
    take(into, count) {
      const taken = reader.take(into, count);
      if (taken === null) fail();
      return taken ?? 0;
    },
    refuse: fail,
  });
  return {
    prepare(count, sigma) {
      if (failed || ring?.sigma === sigma) return;
      stopRing();
      const memory = ringMemory(count);
      const reader = ringReader(memory);
      ring = { sigma, reader, ready: readyFrom(reader) };
      start({ memory, sigma }, () => {
        if (ring?.reader === reader) fail();
        failed = true;
      });
    },
    add(sum, sigma, random, into) {
      if (ring?.sigma === sigma) here.addAfter(ring.ready, sum, sigma, random, into);
      else here.add(sum, sigma, random, into);
    },
    addHere: here.add,
    stop() {
      stopRing();
      here.release();
    },
  };
}
