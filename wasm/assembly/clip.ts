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

/** Sum of squares of `count` f32, in f64: four pairs of sums, so that no addition waits for the one before. */
function squares(at: usize, count: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; count >= 8; count -= 8, at += 32) {
    const first = v128.load(at), second = v128.load(at, 16);
    const a = f64x2.promote_low_f32x4(first), b = f64x2.promote_low_f32x4(upper(first));
    const c = f64x2.promote_low_f32x4(second), d = f64x2.promote_low_f32x4(upper(second));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
  }
  const all = f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3));
  let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
  for (; count > 0; count--, at += 4) sum += <f64>load<f32>(at) * <f64>load<f32>(at);
  return sum;
}

function upper(values: v128): v128 {
  return v128.shuffle<i32>(values, values, 2, 3, 2, 3);
}
