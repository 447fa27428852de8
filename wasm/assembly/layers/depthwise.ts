/**
 * Convolution with one kernel per channel, 8 channels at a time. Layout as in layers/op.ts; a tap of the kernel is one row of channels,
 * padded to `panels` whole vectors of 8, and the bias is a row behind the last tap. Padding around the input is not read: each output
 * uses only the taps inside the input. Every output's sum begins with the bias and adds the taps in order.
 */
import { madd } from '../madd';

/** out[y, x] = bias + sum over the taps (ky, kx) of w[ky, kx] * in[y * down - above + ky, x * right - left + kx]. */
export function depthwise(
  rows: i32, inHeight: i32, inWidth: i32, outHeight: i32, outWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32,
  down: i32, right: i32, above: i32, left: i32, x: usize, xStride: usize, weights: usize, out: usize, outStride: usize,
): void {
  const step = <usize>panels << 5;
  const bias = weights + <usize>(kernelHeight * kernelWidth) * step;
  // Outputs of a line from `inner` to `innerEnd` use all taps.
  const inner = min(outWidth, (left + right - 1) / right);
  const innerEnd = max(inner, wholeWindows(inWidth, outWidth, kernelWidth, right, left));
  for (let m = 0; m < rows; m++, x += xStride, out += outStride) {
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * down - above;
      const firstY = max(0, -iy), endY = min(kernelHeight, inHeight - iy);
      const line = out + <usize>(oy * outWidth) * step;
      for (let panel: usize = 0; panel < step; panel += 32) {
        let ox = 0;
        while (ox < outWidth) {
          const ix = ox * right - left;
          const firstX = max(0, -ix), endX = min(kernelWidth, inWidth - ix);
          const from = x + <usize>((iy + firstY) * inWidth + ix + firstX) * step + panel;
          const tap = weights + <usize>(firstY * kernelWidth + firstX) * step + panel;
          const to = line + <usize>ox * step + panel;
          if (ox >= inner && ox + 4 <= innerEnd) {
            tile4(endY - firstY, kernelWidth, <usize>inWidth * step, step, <usize>right * step, from, tap, bias + panel, to);
            ox += 4;
          } else {
            tile1(endY - firstY, endX - firstX, <usize>inWidth * step, <usize>kernelWidth * step, step, from, tap, bias + panel, to);
            ox++;
          }
        }
      }
    }
  }
}

/** Four adjacent outputs that use all taps of a line. */
function tile4(
  height: i32, width: i32, line: usize, step: usize, apart: usize, x: usize, tap: usize, bias: usize, out: usize,
): void {
  let s00 = v128.load(bias), s01 = v128.load(bias, 16);
  let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
  for (let ky = 0; ky < height; ky++, x += line) {
    let at = x;
    for (let kx = 0; kx < width; kx++, at += step, tap += step) {
      const w0 = v128.load(tap), w1 = v128.load(tap, 16);
      let from = at;
      s00 = madd(v128.load(from), w0, s00); s01 = madd(v128.load(from, 16), w1, s01);
      from += apart;
      s10 = madd(v128.load(from), w0, s10); s11 = madd(v128.load(from, 16), w1, s11);
      from += apart;
      s20 = madd(v128.load(from), w0, s20); s21 = madd(v128.load(from, 16), w1, s21);
      from += apart;
      s30 = madd(v128.load(from), w0, s30); s31 = madd(v128.load(from, 16), w1, s31);
    }
  }
  v128.store(out, s00); v128.store(out, s01, 16);
  out += step;
  v128.store(out, s10); v128.store(out, s11, 16);
  out += step;
  v128.store(out, s20); v128.store(out, s21, 16);
  out += step;
  v128.store(out, s30); v128.store(out, s31, 16);
}

function tile1(
  height: i32, width: i32, line: usize, tapLine: usize, step: usize, x: usize, tap: usize, bias: usize, out: usize,
): void {
  let s0 = v128.load(bias), s1 = v128.load(bias, 16);
  for (let ky = 0; ky < height; ky++, x += line, tap += tapLine) {
    let at = x, w = tap;
    for (let kx = 0; kx < width; kx++, at += step, w += step) {
      s0 = madd(v128.load(at), v128.load(w), s0);
      s1 = madd(v128.load(at, 16), v128.load(w, 16), s1);
    }
  }
  v128.store(out, s0); v128.store(out, s1, 16);
}

/** Adds to the input's delta, in the order of the outputs; the caller clears it first. */
export function depthwiseDelta(
  rows: i32, inHeight: i32, inWidth: i32, outHeight: i32, outWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32,
  down: i32, right: i32, above: i32, left: i32, delta: usize, deltaStride: usize, weights: usize, into: usize, intoStride: usize,
): void {
  const step = <usize>panels << 5;
  for (let m = 0; m < rows; m++, into += intoStride) {
    let from = delta + <usize>m * deltaStride;
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * down - above;
      const firstY = max(0, -iy), endY = min(kernelHeight, inHeight - iy);
      for (let ox = 0; ox < outWidth; ox++) {
        const ix = ox * right - left;
        const firstX = max(0, -ix), endX = min(kernelWidth, inWidth - ix);
        for (let panel: usize = 0; panel < step; panel += 32, from += 32) {
          const d0 = v128.load(from), d1 = v128.load(from, 16);
          for (let ky = firstY; ky < endY; ky++) {
            let to = into + <usize>((iy + ky) * inWidth + ix + firstX) * step + panel;
            let w = weights + <usize>(ky * kernelWidth + firstX) * step + panel;
            for (let kx = firstX; kx < endX; kx++, to += step, w += step) {
              v128.store(to, madd(v128.load(w), d0, v128.load(to)));
              v128.store(to, madd(v128.load(w, 16), d1, v128.load(to, 16)), 16);
            }
          }
        }
      }
    }
  }
}

/**
 * into = the gradient of the weights, summed over the examples: one row of channels per tap, then the bias.
 * Each example is summed separately first.
 */
export function depthwiseGradient(
  rows: i32, inHeight: i32, inWidth: i32, outHeight: i32, outWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32,
  down: i32, right: i32, above: i32, left: i32, x: usize, xStride: usize, delta: usize, deltaStride: usize, into: usize,
): void {
  const step = <usize>panels << 5;
  const line = <usize>outWidth * step, apart = <usize>right * step;
  memory.fill(into, 0, <usize>(kernelHeight * kernelWidth + 1) * step);
  for (let m = 0; m < rows; m++, x += xStride, delta += deltaStride) {
    for (let panel: usize = 0; panel < step; panel += 32) {
      let to = into + panel;
      for (let ky = 0; ky < kernelHeight; ky++) {
        const firstY = firstMet(ky, down, above), endY = endMet(ky, down, above, inHeight, outHeight);
        for (let kx = 0; kx < kernelWidth; kx++, to += step) {
          const firstX = firstMet(kx, right, left), endX = endMet(kx, right, left, inWidth, outWidth);
          let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0;
          for (let oy = firstY; oy < endY; oy++) {
            let d = delta + <usize>oy * line + <usize>firstX * step + panel;
            let a = x + <usize>((oy * down - above + ky) * inWidth + firstX * right - left + kx) * step + panel;
            let n = endX - firstX;
            for (; n >= 2; n -= 2) {
              s0 = madd(v128.load(a), v128.load(d), s0); s1 = madd(v128.load(a, 16), v128.load(d, 16), s1);
              a += apart; d += step;
              t0 = madd(v128.load(a), v128.load(d), t0); t1 = madd(v128.load(a, 16), v128.load(d, 16), t1);
              a += apart; d += step;
            }
            if (n > 0) {
              s0 = madd(v128.load(a), v128.load(d), s0); s1 = madd(v128.load(a, 16), v128.load(d, 16), s1);
            }
          }
          add(to, f32x4.add(s0, t0), f32x4.add(s1, t1));
        }
      }
      let s0 = f32x4.splat(0), s1 = s0;
      for (let d = delta + panel, end = d + <usize>outHeight * line; d < end; d += step) {
        s0 = f32x4.add(s0, v128.load(d)); s1 = f32x4.add(s1, v128.load(d, 16));
      }
      add(to, s0, s1);
    }
  }
}

function add(to: usize, s0: v128, s1: v128): void {
  v128.store(to, f32x4.add(v128.load(to), s0)); v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
}

/** End of the outputs of a line whose window lies inside the input. */
function wholeWindows(length: i32, outputs: i32, kernel: i32, stride: i32, padding: i32): i32 {
  const room = length + padding - kernel;
  return room < 0 ? 0 : min(outputs, room / stride + 1);
}

/** First output whose window puts this tap on the input, and the one after the last. */
function firstMet(tap: i32, stride: i32, padding: i32): i32 {
  return tap >= padding ? 0 : (padding - tap + stride - 1) / stride;
}

function endMet(tap: i32, stride: i32, padding: i32, length: i32, outputs: i32): i32 {
  const room = length - 1 + padding - tap;
  return room < 0 ? 0 : min(outputs, room / stride + 1);
}
