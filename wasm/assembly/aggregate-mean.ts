/**
 * The mean: sums over vectors in f32, four vectors at a time, in a fixed order. Sixteen vectors a pass: enough streams to keep the memory
 * busy and to pass over the sums seldom, few enough for processors to read ahead in each. Every load of a pass has a stream of its own, which
 * is faster (see `octets` in aggregate-order.ts). In another order of the vectors the last bits differ; the rules that sort do not mind.
 *
 * How many instructions lie between two reads decides how many reads are under way at once. So a pass only gathers the bits of all values,
 * one instruction each: where even those together are no number beyond the bound, none of the values is, as with updates, which are below 2.
 * Otherwise it looks at each value again, while all lie in the cache.
 */
import { areSound, isSound } from './aggregate-sound';

/**
 * sums[i] (+)= the sum over up to sixteen vectors.
 * @param vectors 1 to 16
 * @param fresh 1 where the sums begin at zero, whatever lies there
 * @param count divides the sums at the end; 0: more vectors follow
 * @returns 1 when every value was sound, else 0 and the sums are worth nothing
 */
export function addSixteen(vectors: i32, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32, count: f32): i32 {
  let bits = i32x4.splat(0);
  if (vectors == 16) {
    bits = fresh
      ? count > 0 ? onlySixteen(x, stride, bytes, sums, count) : firstSixteen(x, stride, bytes, sums)
      : count > 0 ? lastSixteen(x, stride, bytes, sums, count) : moreSixteen(x, stride, bytes, sums);
  } else {
    let at = x;
    for (let left = vectors; left > 0; left -= 4, at += stride << 2, fresh = 0) {
      bits = v128.or(bits, addFour(min(left, 4), at, stride, bytes, sums, fresh));
    }
    if (count > 0) divide(sums, bytes, count);
  }
  if (isSound(v128.and(bits, i32x4.splat(0x7fffffff)))) return 1;
  for (let i = 0; i < vectors; i++) if (!areSound(x + <usize>i * stride, bytes)) return 0;
  return 1;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function fourMore(sum: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofFour(bits: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.or(bits, v128.or(v128.or(a, b), v128.or(c, d)));
}

function onlySixteen(x: usize, stride: usize, bytes: i32, sums: usize, count: f32): v128 {
  return wholeSixteen(true, true, x, stride, bytes, sums, count);
}

function firstSixteen(x: usize, stride: usize, bytes: i32, sums: usize): v128 {
  return wholeSixteen(true, false, x, stride, bytes, sums, 1);
}

function moreSixteen(x: usize, stride: usize, bytes: i32, sums: usize): v128 {
  return wholeSixteen(false, false, x, stride, bytes, sums, 1);
}

function lastSixteen(x: usize, stride: usize, bytes: i32, sums: usize, count: f32): v128 {
  return wholeSixteen(false, true, x, stride, bytes, sums, count);
}

/** A cache line of each vector at a time. @returns the bits of all values together */
// @ts-ignore: a decorator of AssemblyScript
@inline
function wholeSixteen(first: bool, last: bool, x: usize, stride: usize, bytes: i32, sums: usize, count: f32): v128 {
  const by = f32x4.splat(count), zero = i32x4.splat(0);
  let bits = zero;
  let a: v128, b: v128, c: v128, d: v128, p1: usize, p2: usize, p3: usize;
  for (const end = sums + <usize>bytes; sums < end; sums += 64, x += 64) {
    let s = first ? zero : v128.load(sums), t = first ? zero : v128.load(sums, 16);
    let u = first ? zero : v128.load(sums, 32), v = first ? zero : v128.load(sums, 48), p = x;
    p1 = p + stride; p2 = p1 + stride; p3 = p2 + stride;
    a = v128.load(p); b = v128.load(p1); c = v128.load(p2); d = v128.load(p3);
    bits = ofFour(bits, a, b, c, d); s = fourMore(s, a, b, c, d);
    a = v128.load(p, 16); b = v128.load(p1, 16); c = v128.load(p2, 16); d = v128.load(p3, 16);
    bits = ofFour(bits, a, b, c, d); t = fourMore(t, a, b, c, d);
    a = v128.load(p, 32); b = v128.load(p1, 32); c = v128.load(p2, 32); d = v128.load(p3, 32);
    bits = ofFour(bits, a, b, c, d); u = fourMore(u, a, b, c, d);
    a = v128.load(p, 48); b = v128.load(p1, 48); c = v128.load(p2, 48); d = v128.load(p3, 48);
    bits = ofFour(bits, a, b, c, d); v = fourMore(v, a, b, c, d);
    p = p3 + stride; p1 = p + stride; p2 = p1 + stride; p3 = p2 + stride;
    a = v128.load(p); b = v128.load(p1); c = v128.load(p2); d = v128.load(p3);
    bits = ofFour(bits, a, b, c, d); s = fourMore(s, a, b, c, d);
    a = v128.load(p, 16); b = v128.load(p1, 16); c = v128.load(p2, 16); d = v128.load(p3, 16);
    bits = ofFour(bits, a, b, c, d); t = fourMore(t, a, b, c, d);
    a = v128.load(p, 32); b = v128.load(p1, 32); c = v128.load(p2, 32); d = v128.load(p3, 32);
    bits = ofFour(bits, a, b, c, d); u = fourMore(u, a, b, c, d);
    a = v128.load(p, 48); b = v128.load(p1, 48); c = v128.load(p2, 48); d = v128.load(p3, 48);
    bits = ofFour(bits, a, b, c, d); v = fourMore(v, a, b, c, d);
    p = p3 + stride; p1 = p + stride; p2 = p1 + stride; p3 = p2 + stride;
    a = v128.load(p); b = v128.load(p1); c = v128.load(p2); d = v128.load(p3);
    bits = ofFour(bits, a, b, c, d); s = fourMore(s, a, b, c, d);
    a = v128.load(p, 16); b = v128.load(p1, 16); c = v128.load(p2, 16); d = v128.load(p3, 16);
    bits = ofFour(bits, a, b, c, d); t = fourMore(t, a, b, c, d);
    a = v128.load(p, 32); b = v128.load(p1, 32); c = v128.load(p2, 32); d = v128.load(p3, 32);
    bits = ofFour(bits, a, b, c, d); u = fourMore(u, a, b, c, d);
    a = v128.load(p, 48); b = v128.load(p1, 48); c = v128.load(p2, 48); d = v128.load(p3, 48);
    bits = ofFour(bits, a, b, c, d); v = fourMore(v, a, b, c, d);
    p = p3 + stride; p1 = p + stride; p2 = p1 + stride; p3 = p2 + stride;
    a = v128.load(p); b = v128.load(p1); c = v128.load(p2); d = v128.load(p3);
    bits = ofFour(bits, a, b, c, d); s = fourMore(s, a, b, c, d);
    a = v128.load(p, 16); b = v128.load(p1, 16); c = v128.load(p2, 16); d = v128.load(p3, 16);
    bits = ofFour(bits, a, b, c, d); t = fourMore(t, a, b, c, d);
    a = v128.load(p, 32); b = v128.load(p1, 32); c = v128.load(p2, 32); d = v128.load(p3, 32);
    bits = ofFour(bits, a, b, c, d); u = fourMore(u, a, b, c, d);
    a = v128.load(p, 48); b = v128.load(p1, 48); c = v128.load(p2, 48); d = v128.load(p3, 48);
    bits = ofFour(bits, a, b, c, d); v = fourMore(v, a, b, c, d);
    if (last) { s = f32x4.div(s, by); t = f32x4.div(t, by); u = f32x4.div(u, by); v = f32x4.div(v, by); }
    v128.store(sums, s); v128.store(sums, t, 16); v128.store(sums, u, 32); v128.store(sums, v, 48);
  }
  return bits;
}

/** @param vectors 1 to 4. @returns the bits of all values together */
function addFour(vectors: i32, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32): v128 {
  const end = sums + <usize>bytes;
  const keep = i32x4.splat(fresh - 1);
  let bits = i32x4.splat(0);
  const second = i32x4.splat(-i32(vectors > 1)), third = i32x4.splat(-i32(vectors > 2)), fourth = i32x4.splat(-i32(vectors > 3));
  const toSecond: usize = vectors > 1 ? stride : 0, toThird: usize = vectors > 2 ? 2 * stride : 0;
  const toFourth: usize = vectors > 3 ? 3 * stride : 0;
  for (; sums < end; sums += 16, x += 16) {
    const a = v128.load(x), b = v128.and(v128.load(x + toSecond), second);
    const c = v128.and(v128.load(x + toThird), third), d = v128.and(v128.load(x + toFourth), fourth);
    bits = ofFour(bits, a, b, c, d);
    v128.store(sums, fourMore(v128.and(v128.load(sums), keep), a, b, c, d));
  }
  return bits;
}

/** In place: values[i] /= count. */
function divide(values: usize, bytes: i32, count: f32): void {
  const by = f32x4.splat(count);
  for (const end = values + <usize>bytes; values < end; values += 16) v128.store(values, f32x4.div(v128.load(values), by));
}
