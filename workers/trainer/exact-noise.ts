/**
 * Exact discrete Gaussian noise at the speed of the compiled kernel: protocol/privacy supplies the tables and the rare exact decision, the
 * numerics the rest. Numerics without a kernel sample as the protocol does: slower, from the same distribution. The caller supplies all
 * randomness.
 */
import { sampleDiscreteGaussian } from '#protocol/privacy/noise/discrete-gaussian';
import { sampleEnvelope } from '#protocol/privacy/noise/envelope-gaussian';
import { envelopeFor, type Envelope } from '#protocol/privacy/noise/gaussian-envelope';
import type { SampleNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';

/** Keeps the tables of the last deviation: a federation has one, and they take milliseconds. */
export function exactNoise(numerics: Numerics): SampleNoise {
  let envelope: Envelope | undefined;
  return (count, sigma, random) => {
    if (numerics.noise === undefined) return sampleDiscreteGaussian(count, sigma, random);
    if (envelope?.sigma !== sigma) envelope = envelopeFor(sigma);
    const kernel = numerics.noise(envelope);
    try {
      return sampleEnvelope(count, envelope, random, kernel.settle);
    } finally {
      kernel.free();
    }
  };
}
