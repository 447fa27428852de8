/** Sums over the lot of outer products a[m] x delta[m]: gradients without clipping. */
import { outerSum } from './outer-sum';

/**
 * sums[k][n] (+)= sum over m of a[m, k] * delta[m, n], f32, in the order of the rows.
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 * @param weights 0, or panels that take a step instead: weights += factor * (sums + sum), and `sums` is undefined afterwards
 * @param scratch scratchBytes() for the exclusive use of this call
 */
export function gradientSum(
  rows: i32, inner: i32, a: usize, aStride: usize, delta: usize, deltaStride: usize, panelCount: i32, sums: usize, fresh: i32,
  weights: usize, factor: f32, scratch: usize,
): void {
  outerSum<f32>(rows, rows, inner, a, aStride, delta, deltaStride, panelCount, sums, fresh, weights, factor, scratch);
}
