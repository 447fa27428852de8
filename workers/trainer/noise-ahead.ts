/**
 * Exact noise that another thread makes ahead of the trainer (noise.worker.ts), if the page may share memory between threads; otherwise,
 * and for whatever is not ready yet, the trainer makes it itself. The distribution is the same: both use exact-noise.ts. Only the trainer's
 * own randomness decides which rows are drawn.
 */
import { MeshError } from '#protocol/errors';
import type { SampleNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';
import { exactNoise } from './exact-noise.ts';
import { RING_BLOCK, ringMemory, ringReader, ringWriter, type RingReader } from './noise-ring.ts';

export interface NoiseSource {
  /** Makes what the ring lacks from `random`; what it has came from the device's own randomness in the other thread. */
  readonly sample: SampleNoise;
  /** Noise of this deviation will be wanted, `count` samples per update. Another deviation before it is given up. */
  prepare(count: number, sigma: number): void;
  /** Ends the other thread and zeroes what it made. `prepare` may be called again. */
  stop(): void;
}

/** What the noise thread is told, once. */
export interface NoiseOrder {
  readonly memory: SharedArrayBuffer;
  /** In grid steps. */
  readonly sigma: number;
}

/** A thread that fills the ring until it stops, or dies. @param died called at most once */
export type StartNoise = (order: NoiseOrder, died: () => void) => void;

/**
 * What the other thread does until the ring stops. Blocks: the trainer never waits for it, and it has nobody else to answer. Samples are
 * made in memory of its own, since no browser fills shared memory with randomness (Web Crypto, getRandomValues), and copied when finished.
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

/** @param start null where threads cannot share memory */
export function noiseAhead(numerics: Numerics, start: StartNoise | null): NoiseSource {
  if (start === null) return noiseInPlace(numerics);
  const inPlace = exactNoise(numerics);
  let ring: { readonly sigma: number; readonly reader: RingReader } | undefined;
  /** A thread that failed once is not tried again: it would fail for every update. */
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
