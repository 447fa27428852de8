/**
 * Gradients of one unit of privacy whose rows (positions of a convolution, records of a group) are added before clipping: the norm of their
 * sum without materialising it, and the sum itself, rounded to the grid.
 */
import { madd } from './madd';
import { upper } from './vector';

/** Largest relative error of one f32 operation. */
const UNIT: f64 = 5.9604644775390625e-8;
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/**
 * An upper bound of the squared L2 norm of G = sum over t of a[t] x delta[t], with
 * |G|^2 = sum over s, t of (a[s] . a[t]) (delta[s] . delta[t]) (ghost norm of a sequence, Li et al. 2022, arXiv:2110.05679), in f64,
 * which holds every product of f32.
 *
 * It also bounds G as computed in f32: with S = sum over t of |a[t]| |delta[t]|, scaling the deltas and summing the rows in f32 moves G
 * by at most (rows + 24) units of S in norm: one unit per row for products and sums, without a quadratic term for any number of rows,
 * fused or not (Jeannerod & Rump 2013, doi:10.1137/120894488), and one for the scaling. That much is added, and 1e-12 S^2 for f64, whose
 * dot products of up to 65,537 values have an error of at most 1.9e-12 of their lengths; the spare units cover the difference.
 * Only few rows use this, at most 44 within a million parameters (ghostIsCheaper in layers/matrix-weights.ts): for more rows the gradient
 * is written out and measured. A delta that the scaling makes subnormal moves a step by up to 2^-22 if its input is near 2^128, the end of
 * f32: 44 of them by 1.05e-5, which the margin in grid.ts and the spare units cover.
 * It also keeps every term below `reach / (24 units)` once G is scaled to `reach`, so no term overflows.
 */
export function ghostBound(rows: i32, inner: i32, a: usize, aStride: usize, outputs: i32, delta: usize, deltaStride: usize): f64 {
  let total: f64 = 0, lengths: f64 = 0;
  for (let t = 0; t < rows; t++) {
    const x = a + <usize>t * aStride, d = delta + <usize>t * deltaStride;
    const own = dot(inner, x, x) * dot(outputs, d, d);
    total += own;
    lengths += sqrt<f64>(own);
    for (let s = 0; s < t; s++) {
      total += 2 * dot(inner, x, a + <usize>s * aStride) * dot(outputs, d, delta + <usize>s * deltaStride);
    }
  }
  const norm = sqrt<f64>(max<f64>(total, 0) + 1e-12 * lengths * lengths) + <f64>(rows + 24) * UNIT * lengths;
  // max() must not turn NaN into a number.
  return total == total ? norm * norm : total;
}

/** In f64: two independent pairs of sums, to shorten the dependency chain. */
function dot(count: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  for (; count >= 4; count -= 4, x += 16, y += 16) {
    const first = v128.load(x), second = v128.load(y);
    s0 = f64x2.add(s0, f64x2.mul(f64x2.promote_low_f32x4(first), f64x2.promote_low_f32x4(second)));
    s1 = f64x2.add(s1, f64x2.mul(f64x2.promote_low_f32x4(upper(first)), f64x2.promote_low_f32x4(upper(second))));
  }
  s0 = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; count > 0; count--, x += 4, y += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(y);
  return sum;
}

/** delta[t] *= factor for `columns` columns, a multiple of 4; in f64, so that tiny factors and huge deltas survive. */
export function scaleRows(rows: i32, columns: i32, delta: usize, stride: usize, factor: f64): void {
  const factors = f64x2.splat(factor), bytes = <usize>columns << 2;
  for (; rows > 0; rows--, delta += stride) {
    for (let at = delta, end = delta + bytes; at < end; at += 16) {
      const values = v128.load(at);
      const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(values), factors));
      const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(upper(values)), factors));
      v128.store(at, v128.shuffle<i32>(low, high, 0, 1, 4, 5));
    }
  }
}

/**
 * sums[k][n] += round(sum over t of a[t, k] * delta[t, n]), i32, for deltas that are scaled to steps: the sum must be finite and at
 * most 2^20. Tiles of 4 x 8 as in tiles.ts, but the rows are read unpacked.
 */
export function unitSteps(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize,
): void {
  const rowBytes = <usize>panelCount << 5;
  for (let p = 0; p < panelCount; p++) {
    const column = <usize>p << 5;
    let k = 0;
    for (; k + 4 <= inner; k += 4) {
      tile4(rows, a + (<usize>k << 2), aStride, delta + column, deltaStride, sums + <usize>k * rowBytes + column, rowBytes);
    }
    for (; k < inner; k++) {
      tile1(rows, a + (<usize>k << 2), aStride, delta + column, deltaStride, sums + <usize>k * rowBytes + column);
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function finish(low: v128, high: v128, sums: usize): void {
  const round = f32x4.splat(ROUND), excess = i32x4.splat(ROUND_BITS);
  const first = i32x4.sub(f32x4.add(low, round), excess);
  const second = i32x4.sub(f32x4.add(high, round), excess);
  v128.store(sums, i32x4.add(v128.load(sums), first)); v128.store(sums, i32x4.add(v128.load(sums, 16), second), 16);
}

function tile4(
  rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, rowBytes: usize,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let m = 0; m < rows; m++) {
    const d0 = v128.load(delta), d1 = v128.load(delta, 16);
    const x0 = v128.load32_splat(a);
    s00 = madd(x0, d0, s00); s01 = madd(x0, d1, s01);
    const x1 = v128.load32_splat(a, 4);
    s10 = madd(x1, d0, s10); s11 = madd(x1, d1, s11);
    const x2 = v128.load32_splat(a, 8);
    s20 = madd(x2, d0, s20); s21 = madd(x2, d1, s21);
    const x3 = v128.load32_splat(a, 12);
    s30 = madd(x3, d0, s30); s31 = madd(x3, d1, s31);
    a += aStride; delta += deltaStride;
  }
  finish(s00, s01, sums);
  finish(s10, s11, sums + rowBytes);
  finish(s20, s21, sums + 2 * rowBytes);
  finish(s30, s31, sums + 3 * rowBytes);
}

function tile1(rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize): void {
  let s0 = f32x4.splat(0), s1 = s0;
  for (let m = 0; m < rows; m++) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(delta), s0);
    s1 = madd(x, v128.load(delta, 16), s1);
    a += aStride; delta += deltaStride;
  }
  finish(s0, s1, sums);
}
