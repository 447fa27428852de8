/**
 * The gradient sum on the integer grid: every product is rounded to an integer before it is added, so each example's gradient is
 * rounded on its own, as the sensitivity of the integer sum demands, without ever being written down. Integer sums are exact: the
 * order of rows and blocks does not matter. Tiles and layout as in gradient-sum.ts.
 *
 * Rounding is by magnitude: between 2^23 and 2^24 neighbouring f32 are 1 apart, so there every f32 addition rounds to integers.
 *
 * Plain build: p + ROUND is p rounded (ties to even) for |p| <= 2^22, and its bits are that integer plus the bits of ROUND. The
 * latter are taken off once per tile, modulo 2^32.
 *
 * Relaxed build, on machines that fuse: the sum itself starts at ROUND and stays within 2^22 of it, so one fused operation
 * multiplies exactly, adds, and rounds the product alone, since the sum is an integer already. Only a tie would round by the sum's
 * own parity and so depend on the other examples. `makeOdd` rules ties out: with delta = m 2^s, m odd and of 24 bits, a product
 * h / 2 with h odd is at least m / 2 >= 2^22, beyond any product here; and a subnormal delta would need an input of 2^148.
 */

/** 1.5 * 2^23. Kept in memory: as a literal the engine builds it anew for every product, which costs half as much again. */
const ROUND: usize = memory.data<f32>([12582912]);
const ROUND_BITS: i32 = 0x4b400000;

const STRIP: i32 = 64;

/**
 * sums[k][n] (+)= sum over m of round(a[m, k] * delta[m, n]), i32. Every product must be finite and at most 2^gridBits.
 * The relaxed build needs `makeOdd` on delta, and a machine where `fused` is 1.
 * @param fresh 1 where the sums begin at zero, whatever lies there
 */
export function gridSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
  gridBits: i32,
): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return pass(rows, inner, a, aStride, delta, deltaStride, panelCount, sums, fresh);
  const most = 1 << (22 - gridBits);
  for (let first = 0; first < rows; first += most) {
    pass(min(most, rows - first), inner, a + <usize>first * aStride, aStride, delta + <usize>first * deltaStride, deltaStride,
      panelCount, sums, fresh & i32(first == 0));
  }
}

/** In place: the last bit of every f32 that is not zero is set, a change of at most 2^-23 of it. Rows are filled up to 4 columns. */
export function makeOdd(rows: i32, columns: i32, a: usize, stride: usize): void {
  const one = i32x4.splat(1), zero = i32x4.splat(0);
  const bytes = <usize>((columns + 3) >> 2) << 4;
  for (let m = 0; m < rows; m++, a += stride) {
    for (let at = a, end = a + bytes; at < end; at += 16) {
      const bits = v128.load(at);
      v128.store(at, v128.or(bits, v128.and(one, i32x4.ne(i32x4.shl(bits, 1), zero))));
    }
  }
}

function pass(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
): void {
  const rowBytes = <usize>panelCount << 5;
  const round = v128.load32_splat(ROUND);
  const excess = i32x4.splat(ASC_FEATURE_RELAXED_SIMD ? ROUND_BITS : rows * ROUND_BITS);
  for (let strip = 0; strip < inner; strip += STRIP) {
    const end = min(inner, strip + STRIP);
    for (let p = 0; p < panelCount; p++) {
      const column = <usize>p << 5;
      for (let k = strip; k < end;) {
        const x = a + (<usize>k << 2), sum = sums + <usize>k * rowBytes + column;
        if (k + 4 <= end) {
          tile4(rows, x, aStride, delta + column, deltaStride, sum, rowBytes, fresh, round, excess);
          k += 4;
        } else {
          tile1(rows, x, aStride, delta + column, deltaStride, sum, fresh, round, excess);
          k++;
        }
      }
    }
  }
}

/** sum + round(x y) */
function rounded(x: v128, y: v128, sum: v128, round: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
  return i32x4.add(sum, f32x4.add(f32x4.mul(x, y), round));
}

function begin(round: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? round : i32x4.splat(0);
}

function finish(low: v128, high: v128, sums: usize, fresh: i32, excess: v128): void {
  low = i32x4.sub(low, excess); high = i32x4.sub(high, excess);
  if (!fresh) {
    low = i32x4.add(low, v128.load(sums)); high = i32x4.add(high, v128.load(sums, 16));
  }
  v128.store(sums, low); v128.store(sums, high, 16);
}

function tile4(
  rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, rowBytes: usize, fresh: i32,
  round: v128, excess: v128,
): void {
  let s00 = begin(round), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let m = 0; m < rows; m++) {
    const d0 = v128.load(delta), d1 = v128.load(delta, 16);
    const x0 = v128.load32_splat(a);
    s00 = rounded(x0, d0, s00, round); s01 = rounded(x0, d1, s01, round);
    const x1 = v128.load32_splat(a, 4);
    s10 = rounded(x1, d0, s10, round); s11 = rounded(x1, d1, s11, round);
    const x2 = v128.load32_splat(a, 8);
    s20 = rounded(x2, d0, s20, round); s21 = rounded(x2, d1, s21, round);
    const x3 = v128.load32_splat(a, 12);
    s30 = rounded(x3, d0, s30, round); s31 = rounded(x3, d1, s31, round);
    a += aStride; delta += deltaStride;
  }
  finish(s00, s01, sums, fresh, excess);
  finish(s10, s11, sums + rowBytes, fresh, excess);
  finish(s20, s21, sums + 2 * rowBytes, fresh, excess);
  finish(s30, s31, sums + 3 * rowBytes, fresh, excess);
}

function tile1(
  rows: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, sums: usize, fresh: i32, round: v128, excess: v128,
): void {
  let s0 = begin(round), s1 = s0;
  for (let m = 0; m < rows; m++) {
    const x = v128.load32_splat(a);
    s0 = rounded(x, v128.load(delta), s0, round);
    s1 = rounded(x, v128.load(delta, 16), s1, round);
    a += aStride; delta += deltaStride;
  }
  finish(s0, s1, sums, fresh, excess);
}
