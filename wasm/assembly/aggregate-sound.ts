/**
 * Values may be aggregated if |value| <= 2^56. That excludes Infinity and NaN, and no sum of such values or of their squared differences
 * overflows f32. Kernels check values as they read them, since a mean is limited by reading memory once.
 */

/** f32 bits of 2^56: without the sign, values order like their bits, and Infinity and NaN come last. */
const LARGEST: i32 = (127 + 56) << 23;

/** The bits of the largest magnitude seen so far, including `x`; starts at zero. */
export function larger(most: v128, x: v128): v128 {
  return i32x4.max_s(most, v128.and(x, i32x4.splat(0x7fffffff)));
}

export function isSound(most: v128): i32 {
  return i32(!v128.any_true(i32x4.gt_s(most, i32x4.splat(LARGEST))));
}

/** 1 when every value of one vector is sound, else 0. @param bytes a multiple of 64 */
export function areSound(x: usize, bytes: i32): i32 {
  let most = i32x4.splat(0);
  for (const end = x + <usize>bytes; x < end; x += 16) most = larger(most, v128.load(x));
  return isSound(most);
}
