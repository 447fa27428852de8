/**
 * Exact noise that another thread makes ahead of the trainer (noise.worker.ts), if the page may share memory between threads. The trainer
 * makes whatever is not ready yet itself. The distribution is the same: both use exact-noise.ts. The rows of a lot are drawn with the
 * trainer's own randomness alone.
 */
import { MeshError } from '#protocol/errors';
import type { SampleNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';
import { exactNoise } from './exact-noise.ts';
import { RING_BLOCK, ringMemory, ringReader, ringWriter, type RingReader } from './noise-ring.ts';

export interface NoiseSource {
  /** Takes what the ring has, made from the other thread's own randomness, and makes the rest from `random`. */
  readonly sample: SampleNoise;
  /** Announces noise of this deviation, `count` samples per update. Noise of an earlier deviation is dropped. */
  prepare(count: number, sigma: number): void;
  /** Ends the other thread and zeroes its noise. `prepare` may be called again. */
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
  const sample = exactNoise(numerics);
  const ring = ringWriter(memory);
  while (ring.waitForRoom(RING_BLOCK)) {
    ring.write(sample(RING_BLOCK, sigma, (n) => crypto.getRandomValues(new Uint8Array(n))));
  }
}

/** Without another thread. */
export function noiseInPlace(numerics: Numerics): NoiseSource {
  return { sample: exactNoise(numerics), prepare: () => {}, stop: () => {} };
}

/** @param start null if threads cannot share memory */
export function noiseAhead(numerics: Numerics, start: StartNoise | null): NoiseSource {
  if (start === null) return noiseInPlace(numerics);
  const inPlace = exactNoise(numerics);
  let ring: { readonly sigma: number; readonly reader: RingReader } | undefined;
  /** A thread that failed once is not started again: it would fail for every update. */
  let failed = false;
  const stop = (): void => {
    ring?.reader.stop();
    ring = undefined;
  };
  return {
    prepare(count, sigma) {
      if (failed || ring?.sigma === sigma) return;
      stop();
      const memory = ringMemory(count);
      const reader = ringReader(memory);
      ring = { sigma, reader };
      start({ memory, sigma }, () => {
        failed = true;
        if (ring?.reader === reader) stop();
      });
    },
    sample(count, sigma, random) {
      if (ring?.sigma !== sigma) return inPlace(count, sigma, random);
      const samples = new Int32Array(count);
      let taken = 0;
      try {
        taken = ring.reader.take(samples);
      } catch (error) {
        if (!(error instanceof MeshError)) throw error;
        failed = true;
        ring = undefined;
        samples.fill(0);
      }
      if (taken === count) return samples;
      const rest = inPlace(count - taken, sigma, random);
      samples.set(rest, taken);
      rest.fill(0);
      return samples;
    },
    stop,
  };
}
