/**
 * Pooling windows over height and width, channel by channel, 8 channels at a time. Layout as in layers/op.ts: channels padded to `panels`
 * whole vectors of 8, positions and rows of positions without gaps. Windows stay inside the input.
 *
 * Backward: if windows do not overlap, deltas are written; if they do (`overlap` 1) they are added in the order of the outputs. The caller
 * clears inputs that no window covers.
 */

/**
 * out = the largest value of each window, and its index in the window (i32, row by row, the first of equals).
 * A NaN in the window gives NaN.
 */
export function maxPool(
  rows: i32, outHeight: i32, outWidth: i32, inWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32, down: i32, right: i32,
  x: usize, xStride: usize, out: usize, outStride: usize, winners: usize,
): void {
  const step = <usize>panels << 5, line = <usize>inWidth * step;
  for (let m = 0; m < rows; m++, x += xStride) {
    let to = out + <usize>m * outStride;
    for (let oy = 0; oy < outHeight; oy++) {
      let corner = x + <usize>(oy * down) * line;
      for (let ox = 0; ox < outWidth; ox++, corner += <usize>right * step) {
        for (let panel = corner, end = corner + step; panel < end; panel += 32, to += 32, winners += 32) {
          let best0 = v128.load(panel), best1 = v128.load(panel, 16);
          let place0 = i32x4.splat(0), place1 = place0, nan0 = place0, nan1 = place0;
          let k = 0;
          for (let ky = 0, top = panel; ky < kernelHeight; ky++, top += line) {
            for (let kx = 0, at = top; kx < kernelWidth; kx++, at += step, k++) {
              const place = i32x4.splat(k);
              const v0 = v128.load(at), v1 = v128.load(at, 16);
              // Later windows have larger indices, so the larger of two is the later winner.
              place0 = i32x4.max_s(place0, v128.and(place, f32x4.gt(v0, best0)));
              place1 = i32x4.max_s(place1, v128.and(place, f32x4.gt(v1, best1)));
              best0 = f32x4.pmax(best0, v0); best1 = f32x4.pmax(best1, v1);
              nan0 = v128.or(nan0, f32x4.ne(v0, v0)); nan1 = v128.or(nan1, f32x4.ne(v1, v1));
            }
          }
          v128.store(to, v128.or(best0, nan0)); v128.store(to, v128.or(best1, nan1), 16);
          v128.store(winners, place0); v128.store(winners, place1, 16);
        }
      }
    }
  }
}

/** The input's delta: each output's delta goes to the winner of its window, zeros to the others. */
export function maxPoolDelta(
  rows: i32, outHeight: i32, outWidth: i32, inWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32, down: i32, right: i32,
  delta: usize, deltaStride: usize, winners: usize, overlap: i32, into: usize, intoStride: usize,
): void {
  const step = <usize>panels << 5, line = <usize>inWidth * step;
  for (let m = 0; m < rows; m++, into += intoStride) {
    let from = delta + <usize>m * deltaStride;
    for (let oy = 0; oy < outHeight; oy++) {
      let corner = into + <usize>(oy * down) * line;
      for (let ox = 0; ox < outWidth; ox++, corner += <usize>right * step) {
        for (let panel = corner, end = corner + step; panel < end; panel += 32, from += 32, winners += 32) {
          const d0 = v128.load(from), d1 = v128.load(from, 16);
          const place0 = v128.load(winners), place1 = v128.load(winners, 16);
          let k = 0;
          for (let ky = 0, top = panel; ky < kernelHeight; ky++, top += line) {
            for (let kx = 0, at = top; kx < kernelWidth; kx++, at += step, k++) {
              const place = i32x4.splat(k);
              put(at, v128.and(d0, i32x4.eq(place0, place)), v128.and(d1, i32x4.eq(place1, place)), overlap);
            }
          }
        }
      }
    }
  }
}

/** out = the mean of each window. */
export function avgPool(
  rows: i32, outHeight: i32, outWidth: i32, inWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32, down: i32, right: i32,
  x: usize, xStride: usize, out: usize, outStride: usize,
): void {
  const step = <usize>panels << 5, line = <usize>inWidth * step;
  const part = f32x4.splat(1 / <f32>(kernelHeight * kernelWidth));
  for (let m = 0; m < rows; m++, x += xStride) {
    let to = out + <usize>m * outStride;
    for (let oy = 0; oy < outHeight; oy++) {
      let corner = x + <usize>(oy * down) * line;
      for (let ox = 0; ox < outWidth; ox++, corner += <usize>right * step) {
        for (let panel = corner, end = corner + step; panel < end; panel += 32, to += 32) {
          let s0 = f32x4.splat(0), s1 = s0;
          for (let ky = 0, top = panel; ky < kernelHeight; ky++, top += line) {
            for (let kx = 0, at = top; kx < kernelWidth; kx++, at += step) {
              s0 = f32x4.add(s0, v128.load(at)); s1 = f32x4.add(s1, v128.load(at, 16));
            }
          }
          v128.store(to, f32x4.mul(s0, part)); v128.store(to, f32x4.mul(s1, part), 16);
        }
      }
    }
  }
}

/** The input's delta: each output's delta is distributed evenly over its window. */
export function avgPoolDelta(
  rows: i32, outHeight: i32, outWidth: i32, inWidth: i32, panels: i32, kernelHeight: i32, kernelWidth: i32, down: i32, right: i32,
  delta: usize, deltaStride: usize, overlap: i32, into: usize, intoStride: usize,
): void {
  const step = <usize>panels << 5, line = <usize>inWidth * step;
  const part = f32x4.splat(1 / <f32>(kernelHeight * kernelWidth));
  for (let m = 0; m < rows; m++, into += intoStride) {
    let from = delta + <usize>m * deltaStride;
    for (let oy = 0; oy < outHeight; oy++) {
      let corner = into + <usize>(oy * down) * line;
      for (let ox = 0; ox < outWidth; ox++, corner += <usize>right * step) {
        for (let panel = corner, end = corner + step; panel < end; panel += 32, from += 32) {
          const d0 = f32x4.mul(v128.load(from), part), d1 = f32x4.mul(v128.load(from, 16), part);
          for (let ky = 0, top = panel; ky < kernelHeight; ky++, top += line) {
            for (let kx = 0, at = top; kx < kernelWidth; kx++, at += step) put(at, d0, d1, overlap);
          }
        }
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function put(at: usize, d0: v128, d1: v128, overlap: i32): void {
  if (overlap) {
    v128.store(at, f32x4.add(v128.load(at), d0)); v128.store(at, f32x4.add(v128.load(at, 16), d1), 16);
  } else {
    v128.store(at, d0); v128.store(at, d1, 16);
  }
}
