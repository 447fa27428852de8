/**
 * The discrete Fourier transform of a power-of-two length in place (Cooley and Tukey 1965, radix 2, decimation in time). Enough for
 * distributions of some million cells; not a general library.
 */

export interface Transform {
  readonly size: number;
  /** re, im become their transform, unscaled. */
  forward(re: Float64Array, im: Float64Array): void;
  /** The other way, scaled: backward(forward(x)) = x. */
  backward(re: Float64Array, im: Float64Array): void;
}

/** @param size a power of two. Twiddles are made once for every use of the transform */
export function transformOf(size: number): Transform {
  if (!(size >= 2 && Number.isInteger(Math.log2(size)))) throw new RangeError(`size: expected a power of two, got ${size}`);
  const half = size / 2;
  const [cos, sin] = [new Float64Array(half), new Float64Array(half)];
  for (let i = 0; i < half; i++) {
    const angle = (-2 * Math.PI * i) / size;
    cos[i] = Math.cos(angle);
    sin[i] = Math.sin(angle);
  }
  const forward = (re: Float64Array, im: Float64Array) => {
    if (re.length !== size || im.length !== size) throw new RangeError(`expected ${size} values, got ${re.length} and ${im.length}`);
    reorder(re, im);
    butterflies(re, im, cos, sin);
  };
  return {
    size,
    forward,
    backward(re, im) {
      forward(im, re); // swapping the parts conjugates the transform
      for (let i = 0; i < size; i++) {
        re[i]! /= size;
        im[i]! /= size;
      }
    },
  };
}

/** Bit-reversed order, by counting the reversed index up along with the plain one. */
function reorder(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const x = re[i]!;
      const y = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = x;
      im[j] = y;
    }
  }
}

/**
 * Two stages at a time: half the passes over memory, and memory is what a transform of this size waits for. Plain variables instead of
 * small arrays: this loop runs some ten million times.
 */
function butterflies(re: Float64Array, im: Float64Array, cos: Float64Array, sin: Float64Array): void {
  const n = re.length;
  let width = 2;
  if (Math.log2(n) % 2 === 1) {
    for (let at = 0; at < n; at += 2) {
      const x = re[at + 1]!;
      const y = im[at + 1]!;
      re[at + 1] = re[at]! - x;
      im[at + 1] = im[at]! - y;
      re[at]! += x;
      im[at]! += y;
    }
    width = 4;
  }
  for (; width < n; width *= 4) fourfold(re, im, cos, sin, width);
}

/** The stages of `width` and 2 `width`: four blocks of width / 2 become one of 2 `width`. */
function fourfold(re: Float64Array, im: Float64Array, cos: Float64Array, sin: Float64Array, width: number): void {
  const n = re.length;
  const half = width / 2;
  const stride = n / (2 * width);
  for (let i = 0; i < half; i++) {
    const c1 = cos[2 * i * stride]!;
    const s1 = sin[2 * i * stride]!;
    const c2 = cos[i * stride]!;
    const s2 = sin[i * stride]!;
    for (let at = i; at < n; at += 2 * width) {
      const b = at + half;
      const c = at + width;
      const d = c + half;
      const bx = re[b]! * c1 - im[b]! * s1;
      const by = re[b]! * s1 + im[b]! * c1;
      const dx = re[d]! * c1 - im[d]! * s1;
      const dy = re[d]! * s1 + im[d]! * c1;
      const px = re[at]! + bx;
      const py = im[at]! + by;
      const qx = re[at]! - bx;
      const qy = im[at]! - by;
      const ux = re[c]! + dx;
      const uy = im[c]! + dy;
      const vx = re[c]! - dx;
      const vy = im[c]! - dy;
      const wx = ux * c2 - uy * s2;
      const wy = ux * s2 + uy * c2;
      // A quarter turn further: times -i.
      const zx = vx * s2 + vy * c2;
      const zy = vy * s2 - vx * c2;
      re[at] = px + wx;
      im[at] = py + wy;
      re[c] = px - wx;
      im[c] = py - wy;
      re[b] = qx + zx;
      im[b] = qy + zy;
      re[d] = qx - zx;
      im[d] = qy - zy;
    }
  }
}
