/**
 * The building blocks of products: tiles of 4 or 6 rows x 8 columns that stay in registers over the inner dimension. The left side is
 * copied into tiles first, the right side lies in panels, so both are read in order, at constant strides and offsets: the engine then needs
 * one pointer each (with more it spills registers), and a tile reads from few memory pages.
 *
 * Plain build: tiles of 4 rows, the shape that fits the 16 vector registers of x86-64 and is within 2 % of the best on every engine tried.
 * Relaxed build: tiles of 6, because with fused operations the loop overhead matters, and tiles of 4 for the remaining rows. Loops are
 * minimal, because unrolling them by hand spills registers.
 */
import { madd } from './madd';

/** How many tiles of six rows to use for `rows`, so that tiles of four leave the fewest single rows. */
export function sixesOf(rows: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  const sixes = rows / 6, rest = rows - 6 * sixes;
  return sixes > 0 && (rest == 2 || rest == 3) ? sixes - 1 : sixes;
}

/** tile[k][i] = rows[i][k] for i < height (4 or 6), k < depth. */
export function packRows(height: i32, depth: i32, rows: usize, stride: usize, tile: usize): void {
  let k = 0;
  const step = <usize>height << 2;
  for (; k + 4 <= depth; k += 4, rows += 16, tile += 4 * step) {
    const a = v128.load(rows), b = v128.load(rows + stride), c = v128.load(rows + 2 * stride), d = v128.load(rows + 3 * stride);
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(tile, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
    v128.store(tile + step, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
    v128.store(tile + 2 * step, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5));
    v128.store(tile + 3 * step, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7));
    if (height == 6) {
      const e = v128.load(rows + 4 * stride), f = v128.load(rows + 5 * stride);
      const ef0 = v128.shuffle<f32>(e, f, 0, 4, 1, 5), ef1 = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
      v128.store_lane<u64>(tile + 16, ef0, 0); v128.store_lane<u64>(tile + 40, ef0, 1);
      v128.store_lane<u64>(tile + 64, ef1, 0); v128.store_lane<u64>(tile + 88, ef1, 1);
    }
  }
  for (; k < depth; k++, rows += 4, tile += step) {
    for (let i = 0; i < height; i++) store<f32>(tile + (<usize>i << 2), load<f32>(rows + <usize>i * stride));
  }
}

/** The bits of 1.5 * 2^23, where sums on the grid start. */
const ROUND_BITS: i32 = 0x4b400000;

/**
 * T = f32: out[i][n] (+)= sum over k of tile[k][i] * panel[k][n], in order of k, n < 8. With `weights`, panel rows that take a step
 * instead: weights[i][n] += factor * (out + sum), and `out` stays as it is.
 * T = i32: out[i][n] (+)= sum over k of round(tile[k][i] * panel[k][n]), of factors that rule out ties (grid-sum.ts).
 * @param end of the panel's rows
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function tile4<T>(
  tile: usize, panel: usize, end: usize, out: usize, outStride: usize, fresh: i32, weights: usize, factor: f32,
): void {
  const out1 = out + outStride, out2 = out1 + outStride, out3 = out2 + outStride;
  let s00 = origin<T>(), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (isFloat<T>() && !fresh) {
    s00 = v128.load(out); s01 = v128.load(out, 16); s10 = v128.load(out1); s11 = v128.load(out1, 16);
    s20 = v128.load(out2); s21 = v128.load(out2, 16); s30 = v128.load(out3); s31 = v128.load(out3, 16);
  }
  for (; panel < end; panel += 32, tile += 16) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    const x0 = v128.load32_splat(tile);
    s00 = madd(x0, b0, s00); s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(tile, 4);
    s10 = madd(x1, b0, s10); s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(tile, 8);
    s20 = madd(x2, b0, s20); s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(tile, 12);
    s30 = madd(x3, b0, s30); s31 = madd(x3, b1, s31);
  }
  finish<T>(s00, s01, out, fresh, weights, factor);
  finish<T>(s10, s11, out1, fresh, weights ? weights + 32 : 0, factor);
  finish<T>(s20, s21, out2, fresh, weights ? weights + 64 : 0, factor);
  finish<T>(s30, s31, out3, fresh, weights ? weights + 96 : 0, factor);
}

/** The same for six rows, in the relaxed build. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function tile6<T>(
  tile: usize, panel: usize, end: usize, out: usize, outStride: usize, fresh: i32, weights: usize, factor: f32,
): void {
  const out1 = out + outStride, out2 = out1 + outStride, out3 = out2 + outStride, out4 = out3 + outStride, out5 = out4 + outStride;
  let s00 = origin<T>(), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  if (isFloat<T>() && !fresh) {
    s00 = v128.load(out); s01 = v128.load(out, 16); s10 = v128.load(out1); s11 = v128.load(out1, 16);
    s20 = v128.load(out2); s21 = v128.load(out2, 16); s30 = v128.load(out3); s31 = v128.load(out3, 16);
    s40 = v128.load(out4); s41 = v128.load(out4, 16); s50 = v128.load(out5); s51 = v128.load(out5, 16);
  }
  for (; panel < end; panel += 32, tile += 24) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    const x0 = v128.load32_splat(tile);
    s00 = madd(x0, b0, s00); s01 = madd(x0, b1, s01);
    const x1 = v128.load32_splat(tile, 4);
    s10 = madd(x1, b0, s10); s11 = madd(x1, b1, s11);
    const x2 = v128.load32_splat(tile, 8);
    s20 = madd(x2, b0, s20); s21 = madd(x2, b1, s21);
    const x3 = v128.load32_splat(tile, 12);
    s30 = madd(x3, b0, s30); s31 = madd(x3, b1, s31);
    const x4 = v128.load32_splat(tile, 16);
    s40 = madd(x4, b0, s40); s41 = madd(x4, b1, s41);
    const x5 = v128.load32_splat(tile, 20);
    s50 = madd(x5, b0, s50); s51 = madd(x5, b1, s51);
  }
  finish<T>(s00, s01, out, fresh, weights, factor);
  finish<T>(s10, s11, out1, fresh, weights ? weights + 32 : 0, factor);
  finish<T>(s20, s21, out2, fresh, weights ? weights + 64 : 0, factor);
  finish<T>(s30, s31, out3, fresh, weights ? weights + 96 : 0, factor);
  finish<T>(s40, s41, out4, fresh, weights ? weights + 128 : 0, factor);
  finish<T>(s50, s51, out5, fresh, weights ? weights + 160 : 0, factor);
}

/** A single row, with its left side unpacked: `step` bytes from value to value. */
export function tile1<T>(
  left: usize, step: usize, panel: usize, depth: i32, out: usize, fresh: i32, weights: usize, factor: f32,
): void {
  let s0 = origin<T>(), s1 = s0;
  if (isFloat<T>() && !fresh) {
    s0 = v128.load(out); s1 = v128.load(out, 16);
  }
  for (; depth > 0; depth--, left += step, panel += 32) {
    const x = v128.load32_splat(left);
    s0 = madd(x, v128.load(panel), s0);
    s1 = madd(x, v128.load(panel, 16), s1);
  }
  finish<T>(s0, s1, out, fresh, weights, factor);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function origin<T>(): v128 {
  return i32x4.splat(isFloat<T>() ? 0 : ROUND_BITS);
}

/** Stores the finished sums of one row of a tile. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function finish<T>(low: v128, high: v128, out: usize, fresh: i32, weights: usize, factor: f32): void {
  if (isFloat<T>()) {
    if (weights) {
      const factors = f32x4.splat(factor);
      v128.store(weights, madd(factors, low, v128.load(weights)));
      v128.store(weights, madd(factors, high, v128.load(weights, 16)), 16);
    } else {
      v128.store(out, low); v128.store(out, high, 16);
    }
  } else {
    const start = i32x4.splat(ROUND_BITS);
    low = i32x4.sub(low, start); high = i32x4.sub(high, start);
    if (!fresh) {
      low = i32x4.add(low, v128.load(out)); high = i32x4.add(high, v128.load(out, 16));
    }
    v128.store(out, low); v128.store(out, high, 16);
  }
}
