/**
 * Which values may be aggregated: |value| at most 2^56. Infinity and NaN are not, and nothing that is can take a sum, or a sum of squared
 * differences, out of f32. Kernels look at values as they read them: one look at the memory is all that a mean costs.
 */

/** f32 bits of 2^56: without the sign, values order like their bits, and Infinity and NaN come last. */
const LARGEST: i32 = (127 + 56) << 23;

/** The larger in magnitude, as bits, of what was seen and of `x`; starts at zero. */
export function larger(most: v128, x: v128): v128 {
  return i32x4.max_s(most, v128.and(x, i32x4.splat(0x7fffffff)));
}

export function isSound(most: v128): i32 {
  return i32(!v128.any_true(i32x4.gt_s(most, i32x4.splat(LARGEST))));
}

/** 1 when every value of one vector is sound, else 0. @param bytes a multiple of 16 */
export function sound(x: usize, bytes: i32): i32 {
  let most = i32x4.splat(0);
  for (const end = x + <usize>bytes; x < end; x += 16) most = larger(most, v128.load(x));
  return isSound(most);
}
