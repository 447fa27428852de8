/**
 * Exact discrete Gaussian noise at the speed of the compiled kernel: protocol/privacy supplies the tables and the rare exact decision, the
 * numerics the rest. Random words are drawn into the kernel's own memory, which no thread shares, and samples are added to sums there.
 * Numerics without a kernel sample as the protocol does: slower, from the same distribution. The caller supplies all randomness.
 */
import { addDiscreteGaussian } from '#protocol/privacy/noise/discrete-gaussian';
import { addEnvelopeNoise } from '#protocol/privacy/noise/envelope-gaussian';
import { envelopeFor, type Envelope } from '#protocol/privacy/noise/gaussian-envelope';
import { addSample, type AddNoise } from '#protocol/privacy/noise/noisy-update';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import type { NoiseKernel, Numerics } from '#wasm/numerics';

/** Samples of the deviation that is wanted, made before. */
export interface ReadyNoise {
  /** Moves at most `count` of them to the front of `into`, with the top bit flipped; each comes once. @returns how many */
  take(into: Int32Array, count: number): number;
  /** What came was no noise: nothing of it is used. */
  refuse(): void;
}

export interface ExactNoise {
  readonly add: AddNoise;
  /** The same with what lies ready first; the rest is made. */
  addAfter(ready: ReadyNoise, ...noise: Parameters<AddNoise>): void;
  /** Gives the memory back. It is taken again when noise is added again. */
  release(): void;
}

interface Opened {
  readonly envelope: Envelope;
  readonly kernel: NoiseKernel;
}

/** Keeps the kernel of the last deviation: a federation has one, its tables take milliseconds, and fresh memory costs more than noise. */
export function exactNoise(numerics: Numerics): ExactNoise {
  if (numerics.noise === undefined) {
    return { add: addDiscreteGaussian, addAfter: (_, ...noise) => addDiscreteGaussian(...noise), release: () => {} };
  }
  const more = new RandomWords();
  let last: Opened | undefined;
  const release = (): void => {
    last?.kernel.free();
    last = undefined;
  };
  const opened = (sigma: number, count: number): Opened => {
    if (last?.envelope.sigma === sigma && last.kernel.sums.length >= count) return last;
    const envelope = last?.envelope.sigma === sigma ? last.envelope : envelopeFor(sigma);
    release();
    last = { envelope, kernel: numerics.noise!(envelope, count) };
    return last;
  };
  const noised = (sum: Int32Array, sigma: number, random: RandomFill, into: Int32Array, ready: ReadyNoise | null): void => {
    const count = sum.length;
    if (count === 0) return;
    const { envelope, kernel } = opened(sigma, count);
    const taken = ready === null ? 0 : ready.take(kernel.ready, count);
    const { sums } = kernel;
    try {
      sums.set(sum);
      const found = taken === 0 ? 'added' : kernel.addReady(taken);
      if (found === 'no-sample') {
        ready!.refuse();
        sums.set(sum);
      } else if (found === 'beyond') for (let i = 0; i < taken; i++) addSample(sum, i, (sums[i]! - sum[i]!) | 0);
      addEnvelopeNoise(kernel, count, envelope, random, more, found === 'no-sample' ? 0 : taken);
      into.set(count === sums.length ? sums : sums.subarray(0, count));
    } finally {
      sums.fill(0);
    }
  };
  return {
    add: (sum, sigma, random, into) => noised(sum, sigma, random, into, null),
    addAfter: (ready, sum, sigma, random, into) => noised(sum, sigma, random, into, ready),
    release,
  };
}
