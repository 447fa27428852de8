/**
 * Ghost clipping (Goodfellow 2015, arXiv:1510.01799; Li et al. 2022, arXiv:2110.05679): the gradient of a dense layer for one
 * example is the outer product of its input a (with the 1 for the bias) and its delta, so its squared norm is |a|^2 |delta|^2
 * and nobody has to write the gradient down.
 *
 * Norms and factors are f64: products of two f32 are exact in it and no sum of squares of f32 overflows it.
 */

/** norms[m] += |a[m, 0 … inner)|^2 * |delta[m, 0 … outputs)|^2, f64. `a` includes the trailing 1. */
export function addGhostNorms(
  rows: i32, inner: i32, a: usize, aStride: usize, outputs: i32, delta: usize, deltaStride: usize, norms: usize,
): void {
  for (let m = 0; m < rows; m++, a += aStride, delta += deltaStride, norms += 8) {
    store<f64>(norms, load<f64>(norms) + squares(a, inner) * squares(delta, outputs));
  }
}

/**
 * In place: squared norm -> what multiplies the gradient to bring it to grid steps. An example whose gradient is longer than the
 * limit comes out `reach` steps long; a shorter one is multiplied by `scale`; one that is not finite gets 0.
 * @param reach length in steps that a clipped gradient may have before rounding
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
 * delta[m] *= factors[m]; where the factor is 0 both rows are cleared, since 0 times a value that is not finite is not 0.
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
    for (let at = delta, end = delta + (<usize>outputs << 2); at < end; at += 4) {
      store<f32>(at, <f32>(<f64>load<f32>(at) * factor));
    }
  }
}

/** Sum of squares of `count` f32, in f64. */
function squares(at: usize, count: i32): f64 {
  let even = f64x2.splat(0), odd = f64x2.splat(0);
  for (; count >= 4; count -= 4, at += 16) {
    const values = v128.load(at);
    const low = f64x2.promote_low_f32x4(values);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const both = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; count > 0; count--, at += 4) sum += <f64>load<f32>(at) * <f64>load<f32>(at);
  return sum;
}
