/**
 * The gradient sum on the integer grid. Every product is rounded to an integer before it is added, so each example's gradient is
 * rounded separately, as the sensitivity of the integer sum demands, without being materialised. Integer sums are exact: the order of
 * rows and blocks does not matter. Tiles and layout are those of outer-sum.ts.
 *
 * Rounding is by magnitude: between 2^23 and 2^24 neighbouring f32 are 1 apart, so there every f32 addition rounds to integers.
 *
 * Plain build: p + ROUND is p rounded (ties to even) for |p| <= 2^22, and its bits are that integer plus the bits of ROUND. The
 * latter are subtracted once per tile, modulo 2^32.
 *
 * Relaxed build, on machines that fuse: the sum itself starts at ROUND and stays within 2^22 of it, so one fused operation
 * multiplies exactly, adds, and rounds only the product, since the sum is an integer already. A tie would round by the sum's
 * parity and so depend on the other examples. `odd` in outer-sum.ts rules ties out: with delta = m 2^s, m odd and of 24 bits, a product
 * h / 2 with h odd is at least m / 2 >= 2^22, beyond any product here; and a subnormal delta would need an input of 2^148.
 */
import { outerSum } from './outer-sum';

/**
 * sums[k][n] (+)= sum over m of round(a[m, k] * delta[m, n]), i32. Every product must be finite and at most 2^gridBits.
 * The relaxed build needs a machine on which `fused` is 1.
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 * @param scratch scratchBytes() for the exclusive use of this call
 */
export function gridSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
  gridBits: i32, scratch: usize,
): void {
  const most = ASC_FEATURE_RELAXED_SIMD ? 1 << (22 - gridBits) : rows;
  outerSum<i32>(rows, most, inner, a, aStride, delta, deltaStride, panelCount, sums, fresh, 0, 0, scratch);
}
