/**
 * Tables for sampling the discrete Gaussian f(y) = exp(-y^2 / (2 sigma^2)) exactly and fast: steps that lie above f, drawn with
 * exact integer weights, and what is needed to decide how much of a step is f. Rejection from a stepped envelope as in the discrete
 * ziggurat (Buchmann, Cabarcas, Göpfert, Hülsing, Weiden 2013), blocks chosen by Walker's alias method (1977); all in integers.
 * How samples come from it, and why they are exact: envelope-gaussian.ts.
 *
 * Block k < blocks holds the `width` values from k * width on, each with weight heights[k] >= scale * f(k * width). What lies beyond,
 * from y = blocks * width on, is one entry: stretches of `stretch` * width values, the weight of a value halved from one stretch to
 * the next. That stays above f, since stretch * width * (blocks * width) >= sigma^2 lets f fall by e from a stretch to the next.
 * The weights times the values of an entry, in units of `width` values, sum to 2^31 exactly.
 */
import { checkSigma } from './discrete-gaussian.ts';
import { bitLength, expBounds } from './exp-bounds.ts';

export const SLOTS = 512;
/** Of the 32 bits that choose an entry: 9 for the slot, 1 for the sign, 22 between the two entries of the slot. */
export const SLOT_SHARES = 2 ** 22;
const TOTAL = SLOTS * SLOT_SHARES;
/** Blocks reach this many deviations if they can be narrow: 2 samples in 10^9 fall beyond. */
const REACH = 6;
const BITS = 64;
const WORD_MAX = 2 ** 32 - 1;
/** The kernel's fixed-point ratio is off by less than 8 of 2^32 (wasm/assembly/discrete-gaussian.ts says why). */
const SLACK = 16;

export interface Envelope {
  readonly sigma: number;
  /** Values of a block. */
  readonly width: number;
  /** At most SLOTS - 1; also the number of the entry for what lies beyond. */
  readonly blocks: number;
  /** Blocks of a stretch beyond. */
  readonly stretch: number;
  readonly scale: bigint;
  /** blocks + 1 weights of a single value; the last is of a value of the first stretch. */
  readonly heights: readonly number[];
  /** By slot: threshold * 2^9 + alias. The slot's own entry below the threshold, its alias from there on. */
  readonly slots: Uint32Array<ArrayBuffer>;
  /** By block: a u32 below it is below 2^32 * scale * f(y) / height for every y of the block. 0 beyond. */
  readonly sure: Uint32Array<ArrayBuffer>;
  /** By block: 2^32 * scale * f(first value) / height, off by at most 1. */
  readonly ratios: Uint32Array<ArrayBuffer>;
  /** floor(2^(63 + shift) / (2 sigma^2)). */
  readonly reciprocal: bigint;
  /** 2 sigma^2 is below 2^(32 + shift). */
  readonly shift: number;
  /**
   * How close to a ratio the kernel leaves the decision open, in 2^-32. A larger value leaves more to exact arithmetic and changes no
   * sample.
   */
  readonly slack: number;
}

/** @param sigma deviation in grid steps, an integer >= 1. @throws MeshError field-invalid */
export function envelopeFor(sigma: number): Envelope {
  checkSigma(sigma);
  const width = Math.ceil((REACH * sigma) / (SLOTS - 1));
  const blocks = Math.ceil((REACH * sigma) / width);
  const [w, variance] = [BigInt(width), BigInt(sigma) ** 2n];
  const edge = w * BigInt(blocks);
  const stretch = Number((variance + edge * w - 1n) / (edge * w));
  const bounds = (y: bigint) => expBounds(y * y, 2n * variance, BITS);
  const tops = Array.from({ length: blocks + 1 }, (_, k) => bounds(BigInt(k) * w));

  // As many values share the weight of the last height as two stretches hold: 1 + 1/2 + 1/4 + …
  const area = tops.reduce((sum, [, high], k) => sum + (k < blocks ? high : high * BigInt(2 * stretch)), 0n);
  // Minus what rounding the heights up may add.
  const scale = (BigInt(TOTAL - blocks - 2 * stretch) << BigInt(BITS)) / area;
  const heights = tops.map(([, high]) => Number((scale * high + (1n << BigInt(BITS)) - 1n) >> BigInt(BITS)));
  const weights = heights.map((height, k) => (k < blocks ? height : 2 * stretch * height));
  const rest = TOTAL - weights.reduce((sum, weight) => sum + weight, 0);
  heights[0]! += rest; // any height above f serves
  weights[0]! += rest;

  const ratioOf = (low: bigint, k: number) => {
    const ratio = (scale * low) / (BigInt(heights[k]!) << BigInt(BITS - 32));
    return ratio > BigInt(WORD_MAX) ? WORD_MAX : Number(ratio);
  };
  const [sure, ratios] = [new Uint32Array(SLOTS), new Uint32Array(SLOTS)];
  for (let k = 0; k < blocks; k++) {
    ratios[k] = ratioOf(tops[k]![0], k);
    sure[k] = width === 1 ? ratios[k]! : ratioOf(bounds(BigInt(k + 1) * w - 1n)[0], k);
  }
  const shift = Math.max(0, bitLength(2n * variance) - 32);
  const reciprocal = (1n << BigInt(63 + shift)) / (2n * variance);
  return { sigma, width, blocks, stretch, scale, heights, slots: aliasSlots(weights), sure, ratios, reciprocal, shift, slack: SLACK };
}

/** Splits integer weights over slots of SLOT_SHARES each, at most two entries per slot. @param weights at most SLOTS; they sum to TOTAL */
function aliasSlots(weights: readonly number[]): Uint32Array<ArrayBuffer> {
  const rest = Array.from({ length: SLOTS }, (_, k) => weights[k] ?? 0);
  const slots = new Uint32Array(SLOTS);
  const [small, large]: [number[], number[]] = [[], []];
  for (const [k, weight] of rest.entries()) (weight < SLOT_SHARES ? small : large).push(k);
  for (let slot = small.pop(); slot !== undefined; slot = small.pop()) {
    const giver = large.at(-1)!; // one exists: what is missing here is surplus elsewhere
    slots[slot] = rest[slot]! * SLOTS + giver;
    rest[giver]! -= SLOT_SHARES - rest[slot]!;
    if (rest[giver]! < SLOT_SHARES) small.push(large.pop()!);
  }
  for (const slot of large) slots[slot] = SLOT_SHARES * SLOTS + slot; // whole: its own entry throughout
  return slots;
}
