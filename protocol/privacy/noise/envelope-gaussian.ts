/**
 * Exact samples of the discrete Gaussian from the tables of gaussian-envelope.ts, and the oracle of the compiled kernel: without a kernel
 * every candidate is decided in exact arithmetic here; a kernel settles nearly all of them by proven bounds and leaves the rest. Samples
 * are the same either way, bit by bit, for the same random bytes.
 *
 * Why the distribution is exact: an entry has probability weight / 2^31, a value of block k then 1 / width, and is kept with probability
 * scale * f(y) / height. Weight is height, so each value comes with scale * f(y) / (2^31 width): the same multiple of f for all. Beyond the
 * blocks weight is 2 * stretch * height, stretch i has probability 2^-(i+1), a value of it 1 / (stretch * width), and is kept with scale *
 * f(y) * 2^i / height: the same product. A negative zero is redrawn, because zero would count twice otherwise. A coin of probability p
 * compares uniform 32-bit digits with those of p until they differ; p, a rational multiple of e to a rational power, has no last digit.
 *
 * Not constant-time, like discrete-gaussian.ts, whose distribution this is.
 */
import { MeshError } from '../../errors.ts';
import { expBounds } from './exp-bounds.ts';
import { SLOT_SHARES, SLOTS, type Envelope } from './gaussian-envelope.ts';
import { addSample } from './noisy-update.ts';
import { drawChecked, type RandomFill, type RandomWords } from './random-words.ts';

/** Three little-endian u32: entry and sign, place in the block, first digit of the coin. */
export const CANDIDATE_BYTES = 12;
/** crypto.getRandomValues gives at most 65,536 bytes per call. */
export const BLOCK_CANDIDATES = Math.floor(65_536 / CANDIDATE_BYTES);
const INT32_MAX = 2 ** 31 - 1;
const WORD_BITS = 32;
const RETRY_BITS = 64;

/** Where noise is made: memory for what is secret, and the kernel of the envelope, which settles most candidates. */
export interface NoisePlace {
  /** BLOCK_CANDIDATES * CANDIDATE_BYTES for random words. */
  readonly words: Uint8Array<ArrayBuffer>;
  /** What noise is added to. */
  readonly sums: Int32Array;
  /** The first candidate that is not settled, and the first sum without noise: where `settle` got to. */
  readonly candidate: number;
  readonly made: number;
  /**
   * Settles candidates in order, from `candidate` on, and adds their samples to `sums` from `made` on, until it meets one that it cannot
   * settle or add, or until `candidates` or `count` are reached.
   */
  settle(candidate: number, candidates: number, made: number, count: number): void;
}

/** Without a kernel: exact arithmetic throughout, some microseconds per sample. */
export class ExactPlace implements NoisePlace {
  readonly words = new Uint8Array(BLOCK_CANDIDATES * CANDIDATE_BYTES);
  readonly sums: Int32Array<ArrayBuffer>;
  candidate = 0;
  made = 0;

  constructor(count: number) {
    this.sums = new Int32Array(count);
  }

  settle(candidate: number, _candidates: number, made: number): void {
    this.candidate = candidate;
    this.made = made;
  }
}

/**
 * Adds noise to the sums of a place, from `from` to `count`.
 * @param more for exact decisions; wiped here, as the words of the place are
 * @throws MeshError internal (a random source that fails); out-of-bound (beyond 32 bits: 12 deviations, 1e-33): some sums have no noise then
 */
export function addEnvelopeNoise(
  place: NoisePlace,
  count: number,
  envelope: Envelope,
  random: RandomFill,
  more: RandomWords,
  from = 0,
): void {
  const { words, sums } = place;
  more.drawFrom(random);
  try {
    for (let made = from; made < count;) {
      const missing = count - made;
      const candidates = Math.min(BLOCK_CANDIDATES, missing + (missing >> 4) + 16);
      drawChecked(random, candidates === BLOCK_CANDIDATES ? words : words.subarray(0, candidates * CANDIDATE_BYTES));
      for (let candidate = 0; ; candidate++) {
        place.settle(candidate, candidates, made, count);
        ({ candidate, made } = place);
        if (candidate >= candidates || made >= count) break;
        const sample = decide(envelope, words, candidate, more);
        if (sample === null) continue;
        sums[made] = addSample(sums, made, sample);
        made++;
      }
    }
  } finally {
    words.fill(0);
    more.wipe();
  }
}

/** One candidate in exact arithmetic; null if it is rejected. */
function decide(envelope: Envelope, bytes: Uint8Array, candidate: number, more: RandomWords): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset + candidate * CANDIDATE_BYTES, CANDIDATE_BYTES);
  const [choice, place, digit] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  const slot = Math.floor(choice / (2 * SLOT_SHARES));
  const negative = Math.floor(choice / SLOT_SHARES) % 2 === 1;
  const packed = envelope.slots[slot]!;
  const entry = choice % SLOT_SHARES < Math.floor(packed / SLOTS) ? slot : packed % SLOTS;
  const size = entry === envelope.blocks ? beyond(envelope, more) : within(envelope, entry, place, digit, more);
  if (size === null || (negative && size === 0)) return null;
  if (size > INT32_MAX) throw new MeshError('out-of-bound', { field: 'noise', expected: 'below 2^31' });
  return negative ? -size : size;
}

function within({ width, ...envelope }: Envelope, block: number, place: number, digit: number, more: RandomWords): number | null {
  // Uniform below width: the upper half of a product, unless the lower half falls into an incomplete range (Lemire 2019).
  const product = BigInt(place) * BigInt(width);
  if (BigInt.asUintN(WORD_BITS, product) < BigInt(2 ** WORD_BITS % width)) return null;
  const size = block * width + Number(product >> BigInt(WORD_BITS));
  return keeps(envelope, size, 0, envelope.heights[block]!, digit, more) ? size : null;
}

function beyond(envelope: Envelope, more: RandomWords): number | null {
  const { width, blocks, stretch, heights } = envelope;
  let i = 0;
  while (more.below(2) === 0) i++;
  const size = blocks * width + i * stretch * width + more.below(stretch * width);
  return keeps(envelope, size, i, heights[blocks]!, more.word(), more) ? size : null;
}

/** True with probability scale * f(size) * 2^doublings / height, at most 1. @param digit the first of the uniform number */
function keeps(
  { sigma, scale }: Pick<Envelope, 'sigma' | 'scale'>,
  size: number,
  doublings: number,
  height: number,
  digit: number,
  more: RandomWords,
): boolean {
  const [n, d] = [BigInt(size) ** 2n, 2n * BigInt(sigma) ** 2n];
  const factor = scale << BigInt(doublings);
  let uniform = BigInt(digit);
  for (let digits = 1; ; digits++) {
    const [low, high] = floors(n, d, factor, BigInt(height), digits * WORD_BITS);
    if (uniform < low) return true;
    if (uniform >= high) return false;
    uniform = (uniform << BigInt(WORD_BITS)) + BigInt(more.word());
  }
}

/**
 * p * 2^bits between neighbouring integers, p = factor * exp(-n / d) / height.
 * @returns [floor, ceiling]; the same twice where p * 2^bits is an integer
 */
function floors(n: bigint, d: bigint, factor: bigint, height: bigint, bits: number): readonly [bigint, bigint] {
  for (let extra = RETRY_BITS; ; extra *= 2) {
    const [low, high] = expBounds(n, d, bits + extra);
    const divisor = height << BigInt(extra);
    const [floor, ceiling] = [(low * factor) / divisor, (high * factor + divisor - 1n) / divisor];
    if (ceiling - floor <= 1n) return [floor, ceiling];
  }
}
