/**
 * Settles candidates for exact discrete Gaussian noise in integers if a bound proves the outcome; JavaScript settles the rest. Tables,
 * distribution and proof: protocol/privacy/noise/gaussian-envelope.ts and envelope-gaussian.ts, whose exact arithmetic gives the same
 * samples. No floating point.
 *
 * A candidate is kept when a uniform 32-bit digit lies below p * 2^32, p = ratio * exp(-z), z = j (2 k width + j) / (2 sigma^2) for
 * the j-th value of block k. For most digits the block's bound decides. For the others p is computed in units of 2^-32:
 * - z < 1/8 by the choice of width. The product fits 53 bits; what `shift` drops costs at most 2 units, the reciprocal less than 1,
 *   the last shift 1: z is low by less than 4.
 * - exp(-z): Taylor to the 7th power leaves out z^8 / 8! < 2^-39. A constant and a product are rounded down at each step of
 *   Horner's rule, in opposite directions, and the error so far shrinks by z: less than 1 / (1 - 1/8) at the end.
 * - the ratio is low by at most 1, and the product by 1. Together less than 8; `slack` in the tables is 16.
 */

/** Bytes of the parts of the tables: three times 512 u32, by slot or block, then width, 2^32 mod width, shift, slack, reciprocal. */
const SURE: usize = 2048;
const RATIOS: usize = 4096;
const WIDTH: usize = 6144;
const INCOMPLETE: usize = 6148;
const SHIFT: usize = 6152;
const SLACK: usize = 6156;
const RECIPROCAL: usize = 6160;
/** Where it got to: two u32, the next candidate and the next sum. */
const PROGRESS: usize = 6168;

const ONE: u64 = 1 << 32;

/**
 * Settles candidates (three u32) in order and adds each sample to the next sum, until words or sums end, or one cannot be settled here or
 * its sum does not fit: `words` then points to it. Sums are i32.
 * @param tables 8-byte aligned; progress is written behind them
 */
export function settleNoise(tables: usize, words: usize, wordsEnd: usize, sums: usize, sumsEnd: usize): void {
  const width = load<u32>(tables, WIDTH), incomplete = load<u32>(tables, INCOMPLETE);
  for (; words < wordsEnd && sums < sumsEnd; words += 12) {
    const choice = load<u32>(words);
    const slot = choice >> 23;
    const packed = load<u32>(tables + (<usize>slot << 2));
    const entry = select<u32>(slot, packed & 511, (choice & 0x3fffff) < (packed >> 9));
    const place = <u64>load<u32>(words, 4) * width;
    const j = <u32>(place >> 32);
    const digit = load<u32>(words, 8);
    const at = tables + (<usize>entry << 2);
    if (digit >= load<u32>(at, SURE)) {
      if (load<u32>(at, RATIOS) == 0) break; // beyond the blocks
      if (<u32>place < incomplete) continue;
      const p = keepRatio(tables, at, <u64>entry * width, j), slack = load<u32>(tables, SLACK);
      if (<u64>digit >= p + slack) continue;
      if (<u64>digit + 1 + slack > p) break;
    } else if (<u32>place < incomplete) continue;
    const size = entry * width + j, minus = -(<i32>(choice >> 22) & 1);
    const sample = (<i32>size ^ minus) - minus, before = load<i32>(sums), after = before + sample;
    if (((before ^ after) & (sample ^ after)) < 0) break;
    store<i32>(sums, after);
    sums += <usize>((size | ~minus) != 0) << 2; // a negative zero is not kept
  }
  store<u32>(tables, <u32>words, PROGRESS);
  store<u32>(tables, <u32>sums, PROGRESS + 4);
}

/**
 * Adds samples that lie ready, with the top bit flipped so that none is 0 (workers/trainer/noise-ring.ts), to as many sums, and zeroes
 * them. One pass over both. @returns 1 where a sample was 0, which is none; else 2 where a sum wrapped around; else 0
 */
export function addReady(count: i32, samples: usize, sums: usize): i32 {
  const flip = i32x4.splat(i32.MIN_VALUE), zero = i32x4.splat(0);
  let none = zero, beyond = zero;
  for (const end = samples + (<usize>(count & ~3) << 2); samples < end; samples += 16, sums += 16) {
    const slot = v128.load(samples), before = v128.load(sums);
    const sample = v128.xor(slot, flip), after = i32x4.add(before, sample);
    none = v128.or(none, i32x4.eq(slot, zero));
    beyond = v128.or(beyond, v128.and(v128.xor(before, after), v128.xor(sample, after)));
    v128.store(sums, after);
    v128.store(samples, zero);
  }
  let missing = v128.any_true(none), wrapped = i32x4.bitmask(beyond) != 0;
  for (let i = count & 3; i > 0; i--, samples += 4, sums += 4) {
    const slot = load<i32>(samples), before = load<i32>(sums), sample = slot ^ i32.MIN_VALUE, after = before + sample;
    if (slot == 0) missing = true;
    if (((before ^ after) & (sample ^ after)) < 0) wrapped = true;
    store<i32>(sums, after);
    store<i32>(samples, 0);
  }
  return missing ? 1 : wrapped ? 2 : 0;
}

/** p * 2^32 of value j of the block that starts at `start`, within 8. */
function keepRatio(tables: usize, at: usize, start: u64, j: u64): u64 {
  const z = (((j * (2 * start + j)) >> load<u32>(tables, SHIFT)) * load<u64>(tables, RECIPROCAL)) >> 31;
  let e: u64 = 852176; // 2^32 / 7!, rounded down; then / 6!, / 5! …
  e = 5965232 - ((z * e) >> 32);
  e = 35791394 - ((z * e) >> 32);
  e = 178956970 - ((z * e) >> 32);
  e = 715827882 - ((z * e) >> 32);
  e = 2147483648 - ((z * e) >> 32);
  e = ONE - ((z * e) >> 32);
  e = ONE - ((z * e) >> 32);
  return (<u64>load<u32>(at, RATIOS) * e) >> 32;
}
