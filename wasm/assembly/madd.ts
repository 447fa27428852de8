/**
 * x y + z, the one operation in which the two builds differ. Plain: rounded after the product and after the sum, the same bits on
 * every engine. Relaxed: rounded once if the machine has a fused multiply-add.
 */

// @ts-ignore: a decorator of AssemblyScript
@inline
export function madd(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, z);
  return f32x4.add(z, f32x4.mul(x, y));
}

/** @returns 1 in the relaxed build */
export function relaxed(): i32 {
  return i32(ASC_FEATURE_RELAXED_SIMD);
}

/** 1 + 2^-12, twice, and minus their product without its last bit; read from memory, so that no compiler folds the result. */
const PROBE: usize = memory.data<f32>([1.000244140625, 1.000244140625, -1.00048828125]);

/** @returns 1 if madd rounds once */
export function fused(): i32 {
  const sum = madd(v128.load32_splat(PROBE), v128.load32_splat(PROBE, 4), v128.load32_splat(PROBE, 8));
  return i32(f32x4.extract_lane(sum, 0) != 0);
}
