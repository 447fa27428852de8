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
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
}

function butterflies(re: Float64Array, im: Float64Array, cos: Float64Array, sin: Float64Array): void {
  const n = re.length;
  for (let width = 2; width <= n; width *= 2) {
    const [half, stride] = [width / 2, n / width];
    for (let start = 0; start < n; start += width) {
      for (let i = 0; i < half; i++) {
        const [low, high] = [start + i, start + i + half];
        const [c, s] = [cos[i * stride]!, sin[i * stride]!];
        const [a, b] = [re[high]!, im[high]!];
        const x = a * c - b * s;
        const y = a * s + b * c;
        re[high] = re[low]! - x;
        im[high] = im[low]! - y;
        re[low]! += x;
        im[low]! += y;
      }
    }
  }
}
