/**
 * GELU in its tanh form (Hendrycks & Gimpel 2016, arXiv:1606.08415): y = x (1 + tanh u) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3).
 * `bytes` of each example, a multiple of 16. The derivative is computed from the input.
 */
import { tanh4 } from '../tanh';

const ROOT: f32 = 0.7978845608028654;
const CUBIC: f32 = 0.044715;

export function gelu(rows: i32, bytes: usize, x: usize, xStride: usize, out: usize, outStride: usize): void {
  const one = f32x4.splat(1), half = f32x4.splat(0.5);
  for (let m = 0; m < rows; m++, x += xStride, out += outStride) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = v128.load(x + at), near = bounded(value);
      const t = tanh4(inner(near, f32x4.mul(near, near)));
      v128.store(out + at, f32x4.mul(f32x4.mul(half, value), f32x4.add(one, t)));
    }
  }
}

/** into = delta * ((1 + t) / 2 + x (1 - t^2) u' / 2), t = tanh u. */
export function geluDelta(
  rows: i32, bytes: usize, x: usize, xStride: usize, delta: usize, deltaStride: usize, into: usize, intoStride: usize,
): void {
  const one = f32x4.splat(1), half = f32x4.splat(0.5), root = f32x4.splat(ROOT), slope = f32x4.splat(3 * CUBIC);
  for (let m = 0; m < rows; m++, x += xStride, delta += deltaStride, into += intoStride) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = bounded(v128.load(x + at)), square = f32x4.mul(value, value);
      const t = tanh4(inner(value, square));
      const steep = f32x4.mul(f32x4.sub(one, f32x4.mul(t, t)), f32x4.mul(root, f32x4.add(one, f32x4.mul(slope, square))));
      const derivative = f32x4.mul(half, f32x4.add(f32x4.add(one, t), f32x4.mul(value, steep)));
      v128.store(into + at, f32x4.mul(v128.load(delta + at), derivative));
    }
  }
}

function inner(x: v128, square: v128): v128 {
  return f32x4.mul(f32x4.mul(f32x4.splat(ROOT), x), f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(CUBIC), square)));
}

/** Clamps to [-16, 16], beyond which tanh u is 1 or -1 in f32, so no power overflows. NaN stays NaN. */
function bounded(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-16)), f32x4.splat(16));
}
