/**
 * The hyperbolic tangent of 4 values, for the activations that are made of it. The same bits everywhere: basic operations alone.
 */

/**
 * tanh x = E / (E + 2) with E = e^2x - 1, which keeps its relative accuracy near zero where 1 - 2 / (e^2x + 1) cancels.
 * 2|x| = n ln 2 + r with |r| <= ln 2 / 2; e^r - 1 by its Taylor polynomial of degree 7 (error 5e-9); E = 2^n (e^r - 1) + (2^n - 1).
 * ln 2 in two parts, the first with 15 zero low bits, so that n times it is exact (Cody & Waite 1980).
 */
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // Beyond 10 tanh is 1 in f32. This order of arguments lets a NaN through.
  const magnitude = f32x4.pmin(f32x4.abs(x), f32x4.splat(10));
  const twice = f32x4.add(magnitude, magnitude);
  const n = f32x4.nearest(f32x4.mul(twice, f32x4.splat(1.4426950408889634)));
  let r = f32x4.sub(twice, f32x4.mul(n, f32x4.splat(0.693145751953125)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(1.428606765330187e-6)));
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const e = f32x4.add(f32x4.mul(power, p), f32x4.sub(power, f32x4.splat(1)));
  return v128.or(f32x4.div(e, f32x4.add(e, f32x4.splat(2))), sign);
}
