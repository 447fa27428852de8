/**
 * Sums over the lot of outer products a[m] x delta[m], in tiles of 4 input rows x 8 output columns that stay in registers while
 * the lot passes by. The sums lie row by row as the parameters do, each row filled up to whole panels.
 *
 * Some inputs of every row meet all columns before the next ones: what a row's cache lines hold is used before they go.
 */
import { madd } from './madd';

/** Inputs that take turns: four cache lines of a row. */
const STRIP: i32 = 64;

/**
 * sums[k][n] (+)= sum over m of a[m, k] * delta[m, n], f32, in the order of the rows.
 * @param fresh 1 where the sums begin at zero, whatever lies there
 * @param weights 0, or panels that take a step instead: weights += factor * (sums + sum), and `sums` stay as they are
 */
export function gradientSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
  weights: usize, factor: f32,
): void {
  const rowBytes = <usize>panelCount << 5, panelBytes = <usize>inner << 5;
  for (let strip = 0; strip < inner; strip += STRIP) {
    const end = min(inner, strip + STRIP);
    for (let p = 0; p < panelCount; p++) {
      const column = <usize>p << 5;
      for (let k = strip; k < end;) {
        const x = a + (<usize>k << 2), sum = sums + <usize>k * rowBytes + column;
        const weight = weights ? weights + <usize>p * panelBytes + (<usize>k << 5) : 0;
        if (k + 4 <= end) {
          tile4(rows, x, aStride, delta + column, deltaStride, sum, rowBytes, fresh, weight, factor);
          k += 4;
        } else {
          tile1(rows, x, aStride, delta + column, deltaStride, sum, fresh, weight, factor);
          k++;
        }
      }
    }
  }
}

function begin(at: usize, fresh: i32): v128 {
  return fresh ? f32x4.splat(0) : v128.load(at);
}

/** Where the finished sums of one row of a tile go: among the sums, or as a step into the weights. */
function finish(low: v128, high: v128, sums: usize, weights: usize, factor: f32): void {
  if (weights) {
    const factors = f32x4.splat(factor);
    v128.store(weights, madd(factors, low, v128.load(weights)));
    v128.store(weights, madd(factors, high, v128.load(weights, 16)), 16);
  } else {
    v128.store(sums, low); v128.store(sums, high, 16);
  }
}

function tile4(
  rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, rowBytes: usize, fresh: i32,
  weights: usize, factor: f32,
): void {
  const sums1 = sums + rowBytes, sums2 = sums1 + rowBytes, sums3 = sums2 + rowBytes;
  let s00 = begin(sums, fresh), s01 = begin(sums + 16, fresh), s10 = begin(sums1, fresh), s11 = begin(sums1 + 16, fresh);
  let s20 = begin(sums2, fresh), s21 = begin(sums2 + 16, fresh), s30 = begin(sums3, fresh), s31 = begin(sums3 + 16, fresh);
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
  finish(s00, s01, sums, weights, factor);
  finish(s10, s11, sums1, weights ? weights + 32 : 0, factor);
  finish(s20, s21, sums2, weights ? weights + 64 : 0, factor);
  finish(s30, s31, sums3, weights ? weights + 96 : 0, factor);
}

function tile1(
  rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, fresh: i32, weights: usize, factor: f32,
): void {
  let s0 = begin(sums, fresh), s1 = begin(sums + 16, fresh);
  for (let m = 0; m < rows; m++) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(delta), s0);
    s1 = madd(x, v128.load(delta, 16), s1);
    a += aStride; delta += deltaStride;
  }
  finish(s0, s1, sums, weights, factor);
}
