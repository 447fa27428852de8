/**
 * Ghost clipping (Goodfellow 2015, arXiv:1510.01799; Li et al. 2022, arXiv:2110.05679): the gradient of a dense layer for one
 * example is the outer product of its input a (with the 1 for the bias) and its delta, so its squared norm is |a|^2 |delta|^2
 * and the gradient is never materialised.
 *
 * Norms and factors are f64: products of two f32 are exact in it and no sum of squares of f32 overflows it.
 */
import { madd } from './madd';
import { scaleRows } from './unit-sum';
import { sumOfSquares } from './vector';

/** (1 + 2^-11)^4: how much longer, squared, an outer product can become by the shorter factors that the grid sum takes (grid-sum.ts). */
const LONGER: f64 = (1 + 2 ** -11) ** 4;

/** norms[m] += |a[m, 0 … inner)|^2 * |delta[m, 0 … outputs)|^2, f64, or two thousandths more. `a` includes the trailing 1. */
export function addGhostNorms(
  rows: i32, inner: i32, a: usize, aStride: usize, outputs: i32, delta: usize, deltaStride: usize, norms: usize,
): void {
  for (let m = 0; m < rows; m++, a += aStride, delta += deltaStride, norms += 8) {
    store<f64>(norms, load<f64>(norms) + LONGER * inputSquares(a, inner) * sumOfSquares(delta, outputs));
  }
}

/**
 * In place: squared norm -> factor that converts the gradient to grid steps. A gradient beyond the limit becomes `reach` steps long, a
 * shorter one is multiplied by `scale`, and one that is not finite by 0.
 * @param reach maximum length in steps of a clipped gradient before rounding
 * @param scale steps per unit of gradient
 */
export function clipFactors(rows: i32, norms: usize, reach: f64, scale: f64): void {
  for (let m = 0; m < rows; m++, norms += 8) {
    const square = load<f64>(norms);
    const factor = min<f64>(scale, reach / sqrt<f64>(square));
    store<f64>(norms, square < Infinity ? factor : 0);
  }
}

/**
 * delta[m] *= factors[m]; if the factor is 0 both rows are cleared, since 0 times a non-finite value is not 0.
 * Clears `inner` columns of a and multiplies `outputs` columns of delta.
 */
export function applyFactors(
  rows: i32, inner: i32, a: usize, aStride: usize, outputs: i32, delta: usize, deltaStride: usize, factors: usize,
): void {
  for (let m = 0; m < rows; m++, a += aStride, delta += deltaStride, factors += 8) {
    const factor = load<f64>(factors);
    if (factor == 0) {
      memory.fill(a, 0, <usize>inner << 2);
      memory.fill(delta, 0, deltaStride);
      continue;
    }
    scaleRows(1, (outputs + 3) & ~3, delta, deltaStride, factor);
  }
}

/**
 * An upper bound of the sum of squares of `count` f32, the last of which is 1. Computed in f32, four times as fast as f64, and raised by
 * the largest rounding error: chains of count / 16 products and sums, and a few to join them (Higham 2002, section 3.1). Squares that
 * underflow f32 are negligible beside the 1; if they overflow, f64 decides.
 */
function inputSquares(at: usize, count: i32): f64 {
  const rest = at + (<usize>(count & ~15) << 2);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let from = at; from < rest; from += 64) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
    s0 = madd(a, a, s0); s1 = madd(b, b, s1); s2 = madd(c, c, s2); s3 = madd(d, d, s3);
  }
  const all = f32x4.add(f32x4.add(s0, s2), f32x4.add(s1, s3));
  const sum = (f32x4.extract_lane(all, 0) + f32x4.extract_lane(all, 2)) + (f32x4.extract_lane(all, 1) + f32x4.extract_lane(all, 3));
  const raised = <f64>sum * (1 + <f64>((count >> 4) + 16) * 5.9604644775390625e-8) + sumOfSquares(rest, count & 15);
  return raised < Infinity ? raised : sumOfSquares(at, count);
}
