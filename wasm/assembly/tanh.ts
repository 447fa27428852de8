/** The hyperbolic tangent of 4 values. Only basic operations, so the same bits everywhere. */

/** Kept in memory: the engine would rebuild literals for every vector. */
const FACTORS: usize = memory.data<f32>([
  10, // beyond this tanh is 1 in f32
  1.4426950408889634, // 1 / ln 2
  12582912, // 1.5 * 2^23: adding it rounds to integers, which are then the low bits of the sum (see grid-sum.ts)
  0.693145751953125, // ln 2 in two parts, the first with 15 zero low bits, so that n times it is exact (Cody & Waite 1980)
  1.428606765330187e-6,
  0.00019841270113829523, // 1 / 7!, 1 / 6! …
  0.0013888889225199819,
  0.008333333767950535,
  0.0416666679084301,
  0.1666666716337204,
  0.5,
  1,
  2,
]);

/**
 * tanh x = E / (E + 2) with E = e^2x - 1, which stays accurate near zero, where 1 - 2 / (e^2x + 1) cancels.
 * 2|x| = n ln 2 + r with |r| <= ln 2 / 2; e^r - 1 by its Taylor polynomial of degree 7 (error 5e-9); E = 2^n (e^r - 1) + (2^n - 1).
 */
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // This order of arguments lets a NaN through.
  const magnitude = f32x4.pmin(f32x4.abs(x), v128.load32_splat(FACTORS));
  const twice = f32x4.add(magnitude, magnitude);
  const shifted = f32x4.add(f32x4.mul(twice, v128.load32_splat(FACTORS, 4)), v128.load32_splat(FACTORS, 8));
  const n = f32x4.sub(shifted, v128.load32_splat(FACTORS, 8));
  let r = f32x4.sub(twice, f32x4.mul(n, v128.load32_splat(FACTORS, 12)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load32_splat(FACTORS, 16)));
  let p = v128.load32_splat(FACTORS, 20);
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(FACTORS, 24));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(FACTORS, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(FACTORS, 32));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(FACTORS, 36));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(FACTORS, 40));
  p = f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p));
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  const e = f32x4.add(f32x4.mul(power, p), f32x4.sub(power, v128.load32_splat(FACTORS, 44)));
  return v128.or(f32x4.div(e, f32x4.add(e, v128.load32_splat(FACTORS, 48))), sign);
}
