/**
 * The mean: sums over vectors in f32, four vectors per pass, in a fixed order. A pass reads each vector once and the sums from the
 * first-level cache, so memory bandwidth is the limit. The last bits depend on the order of the vectors, unlike those of the sorting rules
 * (aggregate-order.ts).
 */
import { isSound, larger } from './aggregate-sound';

/**
 * sums[i] (+)= the sum over up to four vectors.
 * @param vectors 1 to 4
 * @param fresh 1 if the sums begin at zero, whatever is stored there
 * @returns 1 if every value was sound; else 0, and the sums are undefined
 */
export function addFour(vectors: i32, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32): i32 {
  const end = sums + <usize>bytes;
  const keep = i32x4.splat(fresh - 1);
  let most = i32x4.splat(0), also = most;
  if (vectors == 4) {
    let y = x + stride, z = y + stride, w = z + stride;
    for (; sums < end; sums += 16, x += 16, y += 16, z += 16, w += 16) {
      const a = v128.load(x), b = v128.load(y), c = v128.load(z), d = v128.load(w);
      most = larger(larger(most, a), b);
      also = larger(larger(also, c), d);
      const four = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
      v128.store(sums, f32x4.add(v128.and(v128.load(sums), keep), four));
    }
    return isSound(i32x4.max_s(most, also));
  }
  const second = i32x4.splat(-i32(vectors > 1)), third = i32x4.splat(-i32(vectors > 2));
  const toSecond: usize = vectors > 1 ? stride : 0, toThird: usize = vectors > 2 ? 2 * stride : 0;
  for (; sums < end; sums += 16, x += 16) {
    const a = v128.load(x), b = v128.and(v128.load(x + toSecond), second), c = v128.and(v128.load(x + toThird), third);
    most = larger(larger(larger(most, a), b), c);
    v128.store(sums, f32x4.add(v128.and(v128.load(sums), keep), f32x4.add(f32x4.add(a, b), c)));
  }
  return isSound(most);
}

/** In place: values[i] /= count. */
export function divide(values: usize, bytes: i32, count: f32): void {
  const by = f32x4.splat(count);
  for (const end = values + <usize>bytes; values < end; values += 16) v128.store(values, f32x4.div(v128.load(values), by));
}
