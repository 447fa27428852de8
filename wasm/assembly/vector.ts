/**
 * Short vectors of parameters: a gradient's norm, its rounding into sums of grid steps, a descent step. Gradients of matrices are not
 * handled here: gradient-sum.ts and grid-sum.ts add them up without materialising them.
 */

/** 1.5 * 2^23 and its bits: see grid-sum.ts. */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/** Sum of squares of `count` f32, in f64: four independent pairs of sums, to shorten the dependency chain. */
export function sumOfSquares(at: usize, count: i32): f64 {
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

/**
 * sums[i] += the integer nearest (ties to even) to f32(from[i] * factor), i32. Every product must be finite and at most 2^22.
 * @param count of values, a multiple of 4
 */
export function addSteps(count: i32, from: usize, factor: f64, sums: usize): void {
  const factors = f64x2.splat(factor), round = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS);
  for (const end = from + (<usize>count << 2); from < end; from += 16, sums += 16) {
    const values = v128.load(from);
    const low = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(values), factors));
    const high = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.promote_low_f32x4(upper(values)), factors));
    const products = v128.shuffle<i32>(low, high, 0, 1, 4, 5);
    v128.store(sums, i32x4.add(v128.load(sums), i32x4.sub(f32x4.add(products, round), bits)));
  }
}

/** into = the sum of `rows` vectors of `count` f32 (a multiple of 4) that lie one after the other; zeros for none. */
export function sumRows(rows: i32, count: i32, from: usize, into: usize): void {
  const bytes = <usize>count << 2;
  for (const end = from + bytes; from < end; from += 16, into += 16) {
    let sum = f32x4.splat(0);
    for (let m = 0, at = from; m < rows; m++, at += bytes) sum = f32x4.add(sum, v128.load(at));
    v128.store(into, sum);
  }
}

/** to[i] += factor * from[i]. @param count of values, a multiple of 4 */
export function addScaled(count: i32, from: usize, factor: f32, to: usize): void {
  const factors = f32x4.splat(factor);
  for (const end = from + (<usize>count << 2); from < end; from += 16, to += 16) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factors, v128.load(from))));
  }
}

export function upper(values: v128): v128 {
  return v128.shuffle<i32>(values, values, 2, 3, 2, 3);
}
