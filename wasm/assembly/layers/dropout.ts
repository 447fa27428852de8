/**
 * Dropout (Srivastava et al. 2014). Masks are not kept: the backward pass computes them again, as in dropout-mask.ts. Layout as in
 * layers/op.ts.
 */

const GOLDEN: u32 = 0x9e3779b1;

/**
 * to = from * scale where the mask keeps a value, else 0. `from` and `to` may be the same.
 * @param numbers of the examples' rows, i32
 * @param layer number of the layer
 * @param threshold u32; a value stays if its hash is at least this
 */
export function dropout(
  rows: i32, positions: i32, channels: i32, numbers: usize, seed: u32, layer: u32, threshold: u32, scale: f32,
  from: usize, fromStride: usize, to: usize, toStride: usize,
): void {
  const bytes = <usize>((channels + 7) >> 3) << 5;
  const lanes = i32x4(0, 1, 2, 3), golden = i32x4.splat(GOLDEN), least = i32x4.splat(threshold), scales = f32x4.splat(scale);
  for (let m = 0; m < rows; m++, numbers += 4, from += fromStride, to += toStride) {
    const key = i32x4.splat(mix(mix(mix(seed + GOLDEN) + load<u32>(numbers)) + layer));
    let at: usize = 0;
    for (let p = 0; p < positions; p++) {
      let index = i32x4.add(i32x4.splat(p * channels), lanes);
      for (const end = at + bytes; at < end; at += 16) {
        const keep = i32x4.ge_u(mix4(v128.xor(i32x4.mul(index, golden), key)), least);
        v128.store(to + at, v128.and(f32x4.mul(v128.load(from + at), scales), keep));
        index = i32x4.add(index, i32x4.splat(4));
      }
    }
  }
}

function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

function mix4(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}
