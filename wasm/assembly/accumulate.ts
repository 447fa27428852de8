/**
 * Sums over the lot of outer products a[m] x delta[m], in tiles of 4 input rows x 8 output columns that stay in registers while
 * the lot passes by; the sums lie in the panels of the weights.
 *
 * `gridSum` rounds every product to an integer before it adds: each example's gradient is rounded on its own, as the sensitivity
 * of the integer sum demands, without ever being written down. Integer addition makes the sum independent of order and blocks.
 */

/**
 * 1.5 * 2^23. Between 2^23 and 2^24 neighbouring f32 are 1 apart, so p + ROUND is p rounded to the nearest integer (ties to even)
 * for |p| <= 2^22, and its bits are that integer plus the bits of ROUND. The latter are taken off once per tile, modulo 2^32.
 * Three operations where nearest, convert and add take a dozen on x86-64.
 */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/** sums[p][k][j] += sum over m of round(a[m, k] * delta[m, 8p + j]), i32. Every product must be finite and at most 2^22. */
export function gridSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize,
): void {
  const panelBytes = <usize>inner << 5;
  const excess = i32x4.splat(rows * ROUND_BITS);
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    for (let p = 0; p < panelCount; p++) {
      gridTile4(rows, a + (<usize>k << 2), aStride, delta + (<usize>p << 5), deltaStride,
        sums + <usize>p * panelBytes + (<usize>k << 5), excess);
    }
  }
  for (; k < inner; k++) {
    for (let p = 0; p < panelCount; p++) {
      gridTile1(rows, a + (<usize>k << 2), aStride, delta + (<usize>p << 5), deltaStride,
        sums + <usize>p * panelBytes + (<usize>k << 5), excess);
    }
  }
}

/** sums[p][k][j] += sum over m of a[m, k] * delta[m, 8p + j], f32, in the order of the rows. */
export function gradientSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize,
): void {
  const panelBytes = <usize>inner << 5;
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    for (let p = 0; p < panelCount; p++) {
      gradientTile4(rows, a + (<usize>k << 2), aStride, delta + (<usize>p << 5), deltaStride,
        sums + <usize>p * panelBytes + (<usize>k << 5));
    }
  }
  for (; k < inner; k++) {
    for (let p = 0; p < panelCount; p++) {
      gradientTile1(rows, a + (<usize>k << 2), aStride, delta + (<usize>p << 5), deltaStride,
        sums + <usize>p * panelBytes + (<usize>k << 5));
    }
  }
}

/** parameters += factor * sums, over `bytes` (a multiple of 16). */
export function step(bytes: usize, factor: f32, sums: usize, parameters: usize): void {
  const factors = f32x4.splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(parameters + at, f32x4.add(v128.load(parameters + at), f32x4.mul(factors, v128.load(sums + at))));
  }
}

function rounded(x: v128, y: v128, sum: v128): v128 {
  return i32x4.add(sum, f32x4.add(f32x4.mul(x, y), f32x4.splat(ROUND)));
}

function gridTile4(rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, excess: v128): void {
  let s00 = v128.load(sums), s01 = v128.load(sums, 16), s10 = v128.load(sums, 32), s11 = v128.load(sums, 48);
  let s20 = v128.load(sums, 64), s21 = v128.load(sums, 80), s30 = v128.load(sums, 96), s31 = v128.load(sums, 112);
  for (let m = 0; m < rows; m++) {
    const d0 = v128.load(delta), d1 = v128.load(delta, 16);
    const x0 = v128.load32_splat(a);
    s00 = rounded(x0, d0, s00); s01 = rounded(x0, d1, s01);
    const x1 = v128.load32_splat(a, 4);
    s10 = rounded(x1, d0, s10); s11 = rounded(x1, d1, s11);
    const x2 = v128.load32_splat(a, 8);
    s20 = rounded(x2, d0, s20); s21 = rounded(x2, d1, s21);
    const x3 = v128.load32_splat(a, 12);
    s30 = rounded(x3, d0, s30); s31 = rounded(x3, d1, s31);
    a += aStride; delta += deltaStride;
  }
  v128.store(sums, i32x4.sub(s00, excess)); v128.store(sums, i32x4.sub(s01, excess), 16);
  v128.store(sums, i32x4.sub(s10, excess), 32); v128.store(sums, i32x4.sub(s11, excess), 48);
  v128.store(sums, i32x4.sub(s20, excess), 64); v128.store(sums, i32x4.sub(s21, excess), 80);
  v128.store(sums, i32x4.sub(s30, excess), 96); v128.store(sums, i32x4.sub(s31, excess), 112);
}

function gridTile1(rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, excess: v128): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16);
  for (let m = 0; m < rows; m++) {
    const x = v128.load32_splat(a);
    s0 = rounded(x, v128.load(delta), s0);
    s1 = rounded(x, v128.load(delta, 16), s1);
    a += aStride; delta += deltaStride;
  }
  v128.store(sums, i32x4.sub(s0, excess)); v128.store(sums, i32x4.sub(s1, excess), 16);
}

function madd(x: v128, y: v128, sum: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

function gradientTile4(rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize): void {
  let s00 = v128.load(sums), s01 = v128.load(sums, 16), s10 = v128.load(sums, 32), s11 = v128.load(sums, 48);
  let s20 = v128.load(sums, 64), s21 = v128.load(sums, 80), s30 = v128.load(sums, 96), s31 = v128.load(sums, 112);
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
  v128.store(sums, s00); v128.store(sums, s01, 16); v128.store(sums, s10, 32); v128.store(sums, s11, 48);
  v128.store(sums, s20, 64); v128.store(sums, s21, 80); v128.store(sums, s30, 96); v128.store(sums, s31, 112);
}

function gradientTile1(rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16);
  for (let m = 0; m < rows; m++) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(delta), s0);
    s1 = madd(x, v128.load(delta, 16), s1);
    a += aStride; delta += deltaStride;
  }
  v128.store(sums, s0); v128.store(sums, s1, 16);
}
