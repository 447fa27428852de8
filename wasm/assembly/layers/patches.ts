/**
 * Writes windows of a picture or sequence out as rows, so that a convolution is a matrix product (Chellapilla et al. 2006), and adds their
 * deltas back to the inputs. A row is kernelHeight x kernelWidth x channels values, then the constant 1 for the bias.
 */

/**
 * out[(m, oy, ox)] = the window of example m at (oy, ox), zeros outside the input, then a 1.
 * @param step bytes from position to position of the input; stride: from example to example
 */
export function toPatches(
  examples: i32, height: i32, width: i32, channels: i32, input: usize, stride: usize, step: usize,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, padY: i32, padX: i32,
  outHeight: i32, outWidth: i32, out: usize, outStride: usize,
): void {
  const position = <usize>channels << 2, line = position * <usize>kernelWidth;
  const together = step == position;
  for (let m = 0; m < examples; m++, input += stride) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, out += outStride) {
        const x0 = ox * strideX - padX;
        const first = max(0, -x0), last = min(kernelWidth, width - x0);
        let to = out;
        for (let ky = 0; ky < kernelHeight; ky++, to += line) {
          const y = oy * strideY - padY + ky;
          if (y < 0 || y >= height) {
            clear(to, line);
            continue;
          }
          const from = input + <usize>(y * width + x0 + first) * step;
          if (first > 0) clear(to, <usize>first * position);
          if (last < kernelWidth) clear(to + <usize>last * position, <usize>(kernelWidth - last) * position);
          if (together) copy(to + <usize>first * position, from, <usize>(last - first) * position);
          else for (let kx = first; kx < last; kx++) copy(to + <usize>kx * position, from + <usize>(kx - first) * step, position);
        }
        store<f32>(to, 1);
      }
    }
  }
}

/** delta[m] = for each input the sum over all windows that contain it. Writes `stride` bytes of every example. */
export function fromPatches(
  examples: i32, height: i32, width: i32, channels: i32, delta: usize, stride: usize, step: usize,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, padY: i32, padX: i32,
  outHeight: i32, outWidth: i32, patches: usize, patchStride: usize,
): void {
  const position = <usize>channels << 2, line = position * <usize>kernelWidth;
  const together = step == position;
  for (let m = 0; m < examples; m++, delta += stride) {
    memory.fill(delta, 0, stride);
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, patches += patchStride) {
        const x0 = ox * strideX - padX;
        const first = max(0, -x0), last = min(kernelWidth, width - x0);
        let from = patches;
        for (let ky = 0; ky < kernelHeight; ky++, from += line) {
          const y = oy * strideY - padY + ky;
          if (y < 0 || y >= height) continue;
          const to = delta + <usize>(y * width + x0 + first) * step;
          if (together) add(to, from + <usize>first * position, <usize>(last - first) * position);
          else for (let kx = first; kx < last; kx++) add(to + <usize>(kx - first) * step, from + <usize>kx * position, position);
        }
      }
    }
  }
}

/** Bytes are a multiple of 4. Loops, because windows are short and calling memory.copy would cost more. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function copy(to: usize, from: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < bytes; at += 4) store<u32>(to + at, load<u32>(from + at));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function clear(to: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, i32x4.splat(0));
  for (; at < bytes; at += 4) store<u32>(to + at, 0);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(to: usize, from: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
}
