/** Seeded exact noise for golden tests, and random words where a wrong bound would show. */
import { addEnvelopeNoise, BLOCK_CANDIDATES, CANDIDATE_BYTES, ExactPlace } from '#protocol/privacy/noise/envelope-gaussian';
import { SIGMA_GRID_MAX } from '#protocol/privacy/noise/discrete-gaussian';
import { envelopeFor, SLOT_SHARES, SLOTS, type Envelope } from '#protocol/privacy/noise/gaussian-envelope';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import type { Numerics } from '#wasm/numerics';
import { exactNoise } from './exact-noise.ts';

export const SIGMAS: readonly number[] = [1, 3, 10, 85, 86, 171, 1000, 72_090, 589_825, SIGMA_GRID_MAX];
/** Changes with the tables, or with the order in which words are used. */
export const NOISE_SHA256 = '6c2346d1e89c416b72e1fb2ba77d8c6b52c969d8677a58c3ddd8c6664791f6ab';
/** More than a block of random words. */
const COUNT = BLOCK_CANDIDATES + 100;

/** @returns SHA-256 in hex over samples at every deviation */
export async function seededNoise(numerics: Numerics): Promise<string> {
  const { add, release } = exactNoise(numerics);
  const parts = SIGMAS.map((sigma) => samplesOf(add, COUNT, sigma, seededBytes(`golden${sigma}`)));
  release();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Samples by the kernel with this slack, and by exact arithmetic throughout, from the same source. */
export function both(numerics: Numerics, sigma: number, count: number, source: (envelope: Envelope) => RandomFill, slack?: number) {
  const exact = envelopeFor(sigma);
  const envelope = { ...exact, slack: slack ?? exact.slack };
  const kernel = numerics.noise!(envelope, count);
  const place = new ExactPlace(count);
  try {
    addEnvelopeNoise(kernel, count, envelope, source(exact), new RandomWords());
    addEnvelopeNoise(place, count, exact, source(exact), new RandomWords());
    return { kernel: kernel.sums.slice(), oracle: place.sums };
  } finally {
    kernel.free();
  }
}

/** Random candidates whose digit lies within `near` of the bound that the kernel computes: wherever its error matters. */
export function nearBounds(seed: string, near: number): (envelope: Envelope) => RandomFill {
  return ({ sigma, width, blocks, slots, heights, scale }) => {
    const random = seededBytes(seed);
    return (into) => {
      random(into);
      const view = new DataView(into.buffer, into.byteOffset, into.length);
      for (let at = 0; at + CANDIDATE_BYTES <= into.length; at += CANDIDATE_BYTES) {
        const [choice, place, digit] = [view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
        const slot = Math.floor(choice / (2 * SLOT_SHARES));
        const entry = choice % SLOT_SHARES < Math.floor(slots[slot]! / SLOTS) ? slot : slots[slot]! % SLOTS;
        if (entry === blocks) continue;
        const y = entry * width + Number((BigInt(place) * BigInt(width)) >> 32n);
        // Floating point suffices: the target is near the bound, not on it.
        const p = (Number(scale) / heights[entry]!) * Math.exp(-((y / sigma) ** 2) / 2);
        const wanted = Math.floor(p * 2 ** 32) + (digit % (2 * near + 1)) - near;
        view.setUint32(at + 8, Math.max(0, Math.min(2 ** 32 - 1, wanted)), true);
      }
    };
  };
}
