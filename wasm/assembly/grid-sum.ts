/**
 * The gradient sum on the integer grid. Every product is rounded to an integer before it is added, so each example's gradient is
 * rounded separately, as the sensitivity of the integer sum demands, without being materialised. Integer sums are exact: the order of
 * rows and blocks does not matter. Tiles and layout are those of outer-sum.ts.
 *
 * Rounding is by magnitude: between 2^23 and 2^24 neighbouring f32 are 1 apart. A sum that starts at 1.5 * 2^23 and stays within 2^22 of it
 * is an integer there, so adding a product rounds the product alone, and costs no more than a sum that is not rounded.
 *
 * A tie, though, would round by the sum's parity and so depend on the other examples. `short` in outer-sum.ts rules ties out: it gives both
 * factors 12 significant bits, the last of them set, with a relative error of at most 2^-11. A product x y 2^s of two odd 12-bit numbers has
 * at most 24 bits, so f32 holds it exactly, fused or not, and it is halfway between integers only if s = -1: then it is at least 2^21, beyond
 * any product here. The error of a product, at most 2^-10 of it, is below that of the grid for fewer than 2^9 steps, and far below the noise.
 */
import { outerSum } from './outer-sum';

/**
 * sums[k][n] (+)= sum over m of round(short(a[m, k]) * short(delta[m, n])), i32. Every product must be finite and at most 2^gridBits.
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 * @param gridBits at most 20
 * @param scratch scratchBytes() for the exclusive use of this call
 */
export function gridSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
  gridBits: i32, scratch: usize,
): void {
  outerSum<i32>(rows, 1 << (22 - gridBits), inner, a, aStride, delta, deltaStride, panelCount, sums, fresh, 0, 0, scratch);
}
