/**
 * Sums over rows of outer products a[m] x delta[m], in tiles (tiles.ts) that stay in registers across the rows. The sums lie row by row,
 * like the parameters, each row padded to whole panels.
 *
 * Rows are processed in groups, and each group in blocks of inputs and panels of deltas: the inputs and one panel stay in the first-level
 * cache, all packed values in the second-level one.
 */
import { sixesOf, tile1, tile4, tile6 } from './tiles';

const ROWS: i32 = 64;
const INPUTS: i32 = 48;
const PANELS: i32 = 16;
/** Deltas lie before the inputs. */
const DELTAS: i32 = ROWS * PANELS * 32;
export const OUTER_SCRATCH: i32 = DELTAS + ROWS * INPUTS * 4;

/**
 * T = f32: sums[k][n] (+)= sum over m of a[m, k] * delta[m, n], in the order of the rows. T = i32: of rounded products (grid-sum.ts).
 * @param rowsAtOnce maximum number of rows per group
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 * @param weights 0, or panels that take a step instead: weights += factor * (sums + sum), and `sums` is undefined afterwards
 * @param scratch scratchBytes() for the exclusive use of this call
 */
export function outerSum<T>(
  rows: i32, rowsAtOnce: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize,
  fresh: i32, weights: usize, factor: f32, scratch: usize,
): void {
  const most = min(ROWS, rowsAtOnce);
  const rowBytes = <usize>panelCount << 5, panelBytes = <usize>inner << 5;
  do {
    const count = min(most, rows);
    rows -= count;
    const step = rows == 0 ? weights : 0;
    for (let q = 0; q < panelCount; q += PANELS) {
      const panels = min(PANELS, panelCount - q), column = <usize>q << 5;
      packDeltas<T>(count, panels, delta + column, deltaStride, scratch);
      for (let k = 0; k < inner; k += INPUTS) {
        const inputs = min(INPUTS, inner - k), left = a + (<usize>k << 2);
        packInputs<T>(count, inputs, left, aStride, scratch + DELTAS);
        let sum = sums + <usize>k * rowBytes + column;
        let weight = step ? step + <usize>q * panelBytes + (<usize>k << 5) : 0;
        for (let p = 0; p < panels; p++, sum += 32) {
          product<T>(count, inputs, scratch + DELTAS, scratch + <usize>(p * ROWS << 5), sum, rowBytes, fresh, weight, factor);
          if (weight) weight += panelBytes;
        }
      }
    }
    a += <usize>count * aStride; delta += <usize>count * deltaStride;
    fresh = 0;
  } while (rows > 0);
}

/** to[p][m] = 8 columns of delta[m]. */
function packDeltas<T>(rows: i32, panels: i32, delta: usize, stride: usize, to: usize): void {
  const high = v128.load32_splat(HIGH), last = v128.load32_splat(LAST), least = v128.load32_splat(LEAST);
  for (let p = 0; p < panels; p++, delta += 32, to += ROWS * 32) {
    let from = delta, into = to;
    for (let m = 0; m < rows; m++, from += stride, into += 32) {
      v128.store(into, packed<T>(v128.load(from), high, last, least)); v128.store(into, packed<T>(v128.load(from, 16), high, last, least), 16);
    }
  }
}

/** Tiles [m][i] of 6, 4 or 1 inputs, one after the other. */
function packInputs<T>(rows: i32, inputs: i32, a: usize, stride: usize, tile: usize): void {
  const high = v128.load32_splat(HIGH), last = v128.load32_splat(LAST), least = v128.load32_splat(LEAST);
  const sixes = sixesOf(inputs);
  for (let k = 0; k < sixes; k++, a += 24) {
    for (let m = 0, from = a; m < rows; m++, from += stride, tile += 24) {
      v128.store(tile, packed<T>(v128.load(from), high, last, least)); v128.store_lane<u64>(tile, packed<T>(v128.load64_zero(from, 16), high, last, least), 0, 16);
    }
  }
  let left = inputs - 6 * sixes;
  for (; left >= 4; left -= 4, a += 16) {
    for (let m = 0, from = a; m < rows; m++, from += stride, tile += 16) v128.store(tile, packed<T>(v128.load(from), high, last, least));
  }
  for (; left > 0; left--, a += 4) {
    for (let m = 0, from = a; m < rows; m++, from += stride, tile += 4) v128.store_lane<u32>(tile, packed<T>(v128.load32_zero(from), high, last, least), 0);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function packed<T>(values: v128, high: v128, last: v128, least: v128): v128 {
  return isInteger<T>() ? short(values, high, last, least) : values;
}

/**
 * The first 12 significant bits, the last of them, and the least number that has so many, 2^-126. In memory, because the engine would
 * rebuild a literal for every value.
 */
const HIGH: usize = memory.data<u32>([0xfffff000]);
const LAST: usize = memory.data<u32>([0x1000]);
const LEAST: usize = memory.data<u32>([0x00800000]);

/**
 * The nearest f32 with 12 significant bits of which the last is set: a relative change of at most 2^-11. Why: grid-sum.ts. Numbers below
 * 2^-126 only lose bits, so no norm grows; their products are below 4, where the other factor's last bit alone rules out ties.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function short(values: v128, high: v128, last: v128, least: v128): v128 {
  return v128.or(v128.and(values, high), v128.and(last, f32x4.ge(f32x4.abs(values), least)));
}

/** Multiplies all packed inputs with one panel of deltas. */
function product<T>(
  rows: i32, inputs: i32, tile: usize, panel: usize, sums: usize, rowBytes: usize, fresh: i32, weights: usize, factor: f32,
): void {
  const end = panel + (<usize>rows << 5);
  const sixes = sixesOf(inputs);
  if (ASC_FEATURE_RELAXED_SIMD) {
    for (let k = 0; k < sixes; k++, tile += <usize>rows * 24, sums += 6 * rowBytes) {
      tile6<T>(tile, panel, end, sums, rowBytes, fresh, weights, factor);
      if (weights) weights += 192;
    }
  }
  let left = inputs - 6 * sixes;
  for (; left >= 4; left -= 4, tile += <usize>rows << 4, sums += 4 * rowBytes) {
    tile4<T>(tile, panel, end, sums, rowBytes, fresh, weights, factor);
    if (weights) weights += 128;
  }
  for (; left > 0; left--, tile += <usize>rows << 2, sums += rowBytes) {
    tile1<T>(tile, 4, panel, rows, sums, fresh, weights, factor);
    if (weights) weights += 32;
  }
}
