/**
 * The mean: sums over vectors in f32, four vectors at a time, in a fixed order. Eight vectors a pass: enough streams to keep the memory
 * busy, few enough for every processor to read ahead in each. In another order of the vectors the last bits differ; the rules that sort
 * (aggregate-order.ts) do not mind.
 *
 * How many instructions lie between two reads decides how many reads are under way at once. So a pass only gathers the bits of all values,
 * one instruction each: where even those together are no number beyond the bound, none of the values is, as with updates, which are below 2.
 * Otherwise it looks at each value again, while all lie in the cache.
 */
import { areSound, isSound, larger } from './aggregate-sound';

/**
 * sums[i] (+)= the sum over up to eight vectors.
 * @param vectors 1 to 8
 * @param fresh 1 where the sums begin at zero, whatever lies there
 * @param count divides the sums at the end; 0: more vectors follow
 * @returns 1 when every value was sound, else 0 and the sums are worth nothing
 */
export function addEight(vectors: i32, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32, count: f32): i32 {
  if (vectors < 8) {
    let most = addFour(min(vectors, 4), x, stride, bytes, sums, fresh);
    if (vectors > 4) most = i32x4.max_s(most, addFour(vectors - 4, x + 4 * stride, stride, bytes, sums, 0));
    if (count > 0) divide(sums, bytes, count);
    return isSound(most);
  }
  const bits = count > 0 ? lastEight(x, stride, bytes, sums, fresh, count) : moreEight(x, stride, bytes, sums, fresh);
  if (isSound(v128.and(bits, i32x4.splat(0x7fffffff)))) return 1;
  for (let i: usize = 0; i < 8; i++) if (!areSound(x + i * stride, bytes)) return 0;
  return 1;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function eightMore(sum: v128, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  const first = f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), second = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  return f32x4.add(f32x4.add(sum, first), second);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofEight(bits: v128, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  const first = v128.or(v128.or(a, b), v128.or(c, d)), second = v128.or(v128.or(e, f), v128.or(g, h));
  return v128.or(bits, v128.or(first, second));
}

function moreEight(x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32): v128 {
  return wholeEight(false, x, stride, bytes, sums, fresh, 1);
}

function lastEight(x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32, count: f32): v128 {
  return wholeEight(true, x, stride, bytes, sums, fresh, count);
}

/** @returns the bits of all values together */
// @ts-ignore: a decorator of AssemblyScript
@inline
function wholeEight(last: bool, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32, count: f32): v128 {
  const keep = i32x4.splat(fresh - 1), by = f32x4.splat(count);
  let bits = i32x4.splat(0);
  let p = x + stride, q = p + stride, r = q + stride, s = r + stride, t = s + stride, u = t + stride, v = u + stride;
  for (const end = sums + <usize>bytes; sums < end; sums += 64) {
    let a = v128.load(x), b = v128.load(p), c = v128.load(q), d = v128.load(r);
    let e = v128.load(s), f = v128.load(t), g = v128.load(u), h = v128.load(v);
    bits = ofEight(bits, a, b, c, d, e, f, g, h);
    let sum = eightMore(v128.and(v128.load(sums), keep), a, b, c, d, e, f, g, h);
    v128.store(sums, last ? f32x4.div(sum, by) : sum);
    a = v128.load(x, 16); b = v128.load(p, 16); c = v128.load(q, 16); d = v128.load(r, 16);
    e = v128.load(s, 16); f = v128.load(t, 16); g = v128.load(u, 16); h = v128.load(v, 16);
    bits = ofEight(bits, a, b, c, d, e, f, g, h);
    sum = eightMore(v128.and(v128.load(sums, 16), keep), a, b, c, d, e, f, g, h);
    v128.store(sums, last ? f32x4.div(sum, by) : sum, 16);
    a = v128.load(x, 32); b = v128.load(p, 32); c = v128.load(q, 32); d = v128.load(r, 32);
    e = v128.load(s, 32); f = v128.load(t, 32); g = v128.load(u, 32); h = v128.load(v, 32);
    bits = ofEight(bits, a, b, c, d, e, f, g, h);
    sum = eightMore(v128.and(v128.load(sums, 32), keep), a, b, c, d, e, f, g, h);
    v128.store(sums, last ? f32x4.div(sum, by) : sum, 32);
    a = v128.load(x, 48); b = v128.load(p, 48); c = v128.load(q, 48); d = v128.load(r, 48);
    e = v128.load(s, 48); f = v128.load(t, 48); g = v128.load(u, 48); h = v128.load(v, 48);
    bits = ofEight(bits, a, b, c, d, e, f, g, h);
    sum = eightMore(v128.and(v128.load(sums, 48), keep), a, b, c, d, e, f, g, h);
    v128.store(sums, last ? f32x4.div(sum, by) : sum, 48);
    x += 64; p += 64; q += 64; r += 64; s += 64; t += 64; u += 64; v += 64;
  }
  return bits;
}

/** @returns the largest magnitude, for `isSound` */
function addFour(vectors: i32, x: usize, stride: usize, bytes: i32, sums: usize, fresh: i32): v128 {
  const end = sums + <usize>bytes;
  const keep = i32x4.splat(fresh - 1);
  let most = i32x4.splat(0);
  const second = i32x4.splat(-i32(vectors > 1)), third = i32x4.splat(-i32(vectors > 2)), fourth = i32x4.splat(-i32(vectors > 3));
  const toSecond: usize = vectors > 1 ? stride : 0, toThird: usize = vectors > 2 ? 2 * stride : 0;
  const toFourth: usize = vectors > 3 ? 3 * stride : 0;
  for (; sums < end; sums += 16, x += 16) {
    const a = v128.load(x), b = v128.and(v128.load(x + toSecond), second);
    const c = v128.and(v128.load(x + toThird), third), d = v128.and(v128.load(x + toFourth), fourth);
    most = larger(larger(larger(larger(most, a), b), c), d);
    v128.store(sums, f32x4.add(v128.and(v128.load(sums), keep), f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
  }
  return most;
}

/** In place: values[i] /= count. */
function divide(values: usize, bytes: i32, count: f32): void {
  const by = f32x4.splat(count);
  for (const end = values + <usize>bytes; values < end; values += 16) v128.store(values, f32x4.div(v128.load(values), by));
}
