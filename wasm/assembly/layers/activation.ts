/**
 * Hidden activations, in place over whole vectors of 4, and their derivatives as functions of the activation itself.
 */
import { tanh4 } from '../tanh';

/** z = tanh(z) for `width` columns, padded to whole vectors. */
export function tanhRows(rows: i32, width: i32, z: usize, stride: usize): void {
  const bytes = <usize>((width + 3) >> 2) << 4;
  for (let m = 0; m < rows; m++, z += stride) {
    for (let at = z, end = z + bytes; at < end; at += 16) v128.store(at, tanh4(v128.load(at)));
  }
}

/** z = max(z, 0) likewise; NaN stays NaN. */
export function reluRows(rows: i32, width: i32, z: usize, stride: usize): void {
  const bytes = <usize>((width + 3) >> 2) << 4;
  const zero = f32x4.splat(0);
  for (let m = 0; m < rows; m++, z += stride) {
    for (let at = z, end = z + bytes; at < end; at += 16) v128.store(at, f32x4.pmax(v128.load(at), zero));
  }
}

/** delta *= 1 - h^2, where h = tanh(z). */
export function tanhDelta(rows: i32, width: i32, h: usize, hStride: usize, delta: usize, deltaStride: usize): void {
  const bytes = <usize>((width + 3) >> 2) << 4;
  const one = f32x4.splat(1);
  for (let m = 0; m < rows; m++, h += hStride, delta += deltaStride) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = v128.load(h + at);
      v128.store(delta + at, f32x4.mul(v128.load(delta + at), f32x4.sub(one, f32x4.mul(value, value))));
    }
  }
}

/** delta stays where h = max(z, 0) is positive and becomes zero elsewhere. */
export function reluDelta(rows: i32, width: i32, h: usize, hStride: usize, delta: usize, deltaStride: usize): void {
  const bytes = <usize>((width + 3) >> 2) << 4;
  const zero = f32x4.splat(0);
  for (let m = 0; m < rows; m++, h += hStride, delta += deltaStride) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(delta + at, v128.and(v128.load(delta + at), f32x4.gt(v128.load(h + at), zero)));
    }
  }
}
