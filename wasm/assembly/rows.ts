/** Copies and sums of rows for flatten and residual connections. Bytes and strides are multiples of 4. */

/** out[m, column] = 1: the constant input that multiplies a dense layer's bias. */
export function putOnes(rows: i32, column: i32, out: usize, stride: usize): void {
  for (out += <usize>column << 2; rows > 0; rows--, out += stride) store<f32>(out, 1);
}

/** `count` runs of `bytes` bytes each. */
export function copyRows(count: i32, bytes: usize, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  for (let m = 0; m < count; m++, from += fromStride, to += toStride) {
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at));
    for (; at < bytes; at += 4) store<u32>(to + at, load<u32>(from + at));
  }
}

/** out = a + b, elementwise over `count` floats, a multiple of 4; out may be one of them. */
export function addTo(count: i32, a: usize, b: usize, out: usize): void {
  for (const end = a + (<usize>count << 2); a < end; a += 16, b += 16, out += 16) {
    v128.store(out, f32x4.add(v128.load(a), v128.load(b)));
  }
}
