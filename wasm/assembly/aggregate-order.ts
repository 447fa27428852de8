/**
 * Rules that sort each coordinate over all vectors (Yin et al. 2018): the median and the trimmed mean.
 *
 * A sorting network on vectors of four coordinates: octets by the 19 comparators of the best network for 8 (Knuth, TAOCP 3, 5.3.4),
 * merged two by two as odd and even (Batcher 1968). Every step takes at most 8 values into registers, so any n up to 64 is sorted by the
 * same few steps, filled up with values that never matter. A step goes along a whole strip of coordinates before the next one begins:
 * within it nothing waits for anything. Bits are sorted as integers, which order like the numbers once the negative ones are turned
 * around: smaller and larger are one instruction each on every processor, on more of its units than those of floats, and with the ends
 * of an octet all of it is known to be sound. Results have +0 only: how zeros of both signs are ordered says nothing.
 */

import { isSound } from './aggregate-sound';

/**
 * Coordinates that are read at once, in bytes, where processors cannot read ahead in each vector: where there are too many, or where some
 * share a load (`fewer`). Elsewhere a strip, which never leaves the first-level cache.
 */
const BLOCK: usize = 2048;
/** Of two rows of scratch: a block and a cache line, so that rows do not share few sets of the first-level cache. */
const ROW: usize = BLOCK + 64;
/** Of a block, what is merged at once: 64 rows of it lie in the first-level cache. */
const STRIP: usize = 128;
const TOP: i32 = 0x7fffffff;
const BOTTOM: i32 = ~TOP;

/**
 * out[c] = the median of coordinate c over n vectors, the mean of the middle two if n is even.
 * @param n 1 to 64
 * @param scratch 132 KiB
 * @returns 1 when every value was sound, else 0 and `out` is worth nothing
 */
export function median(n: i32, x: usize, stride: usize, bytes: i32, scratch: usize, out: usize): i32 {
  const few = n >> 1, many = n - few;
  // Filled up above and below, so that the middle of n is the middle of both columns, or, where n is odd, the upper one of the two.
  const size = sizeFor(many), odd = n & 1;
  const a = scratch, b = scratch + <usize>size * ROW;
  let most = i32x4.splat(0);
  const block = blockFor(many, few);
  for (const end = out + <usize>bytes; out < end; out += block, x += block) {
    const width = min(block, end - out);
    most = octets(many, few, size, 2 * size, x, stride, width, most, scratch);
    for (let k: usize = 0; k < width; k += STRIP) {
      const strip = min(STRIP, width - k);
      merge(size, a + k, strip);
      merge(size, b + k, strip);
      if (size == 8) middle8(a + k, b + k, strip, odd, out + k);
      else if (size == 16) middle16(a + k, b + k, strip, odd, out + k);
      else middle32(a + k, b + k, strip, odd, out + k);
    }
  }
  return isSound(most);
}

/**
 * out[c] = the mean of coordinate c over n vectors without its `cut` smallest and `cut` largest values, added in ascending order, so the
 * bits do not depend on the order of the vectors; clamped to the range of the remaining values.
 * @param n 1 to 64, more than 2 cut
 * @param scratch 132 KiB
 * @returns 1 when every value was sound, else 0 and `out` is worth nothing
 */
export function trimmedMean(n: i32, cut: i32, x: usize, stride: usize, bytes: i32, scratch: usize, out: usize): i32 {
  const first = scratch + <usize>cut * ROW, last = scratch + <usize>(n - cut - 1) * ROW;
  const count = f32x4.splat(<f32>(n - 2 * cut)), zero = f32x4.splat(0);
  const size = sizeFor(n);
  let most = i32x4.splat(0);
  const block = blockFor(n, 0);
  for (const end = out + <usize>bytes; out < end; out += block, x += block) {
    const width = min(block, end - out);
    most = octets(n, 0, size, size, x, stride, width, most, scratch);
    for (let k: usize = 0; k < width; k += 16) {
      if (k % STRIP == 0) merge(size, scratch + k, min(STRIP, width - k));
      let sum = zero;
      for (let at = first + k; at <= last + k; at += ROW) sum = f32x4.add(sum, turned(v128.load(at)));
      const mean = f32x4.pmin(f32x4.pmax(f32x4.div(sum, count), turned(v128.load(first + k))), turned(v128.load(last + k)));
      v128.store(out + k, f32x4.add(mean, zero));
    }
  }
  return isSound(most);
}

/** How many rows a column of n has: 8, 16, 32 or 64. */
function sizeFor(n: i32): i32 {
  return n <= 8 ? 8 : n <= 16 ? 16 : n <= 32 ? 32 : 64;
}

function blockFor(many: i32, few: i32): usize {
  return many + few <= 32 && ((many | few) & 7) == 0 ? STRIP : BLOCK;
}

/** Of floats, integers in the same order, and back: all bits but the sign are inverted where it is set. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function turned(x: v128): v128 {
  return v128.xor(x, v128.and(i32x4.shr_s(x, 31), i32x4.splat(TOP)));
}

/**
 * Rows to[0 … size) = the first `many` vectors' coordinates, filled up above; the other rows = those of the `few` behind, filled up below.
 * Each 8 are ascending. Every octet has a loop of its own: on a Zen 5 one loop whose loads took turns between vectors was four times as
 * slow, probably because processors read ahead by the address of a load.
 * @returns `most`, for `isSound`
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function octets(
  many: i32, few: i32, size: i32, rows: i32, x: usize, stride: usize, width: usize, most: v128, to: usize,
): v128 {
  const half = size >> 3, groups = rows >> 3;
  most = octetOf(0, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(1, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(2, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(3, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(4, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(5, many, few, half, groups, x, stride, width, most, to);
  most = octetOf(6, many, few, half, groups, x, stride, width, most, to);
  return octetOf(7, many, few, half, groups, x, stride, width, most, to);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function octetOf(
  g: i32, many: i32, few: i32, half: i32, groups: i32, x: usize, stride: usize, width: usize, most: v128, to: usize,
): v128 {
  if (g >= groups) return most;
  const above = g < half, done = 8 * (above ? g : g - half), there = (above ? many : few) - done;
  const at = x + <usize>(above ? done : many + done) * stride, rows = to + 8 * g * ROW;
  if (there < 8) return fewer(there, at, stride, width, above ? TOP : BOTTOM, most, rows);
  return sortOctet(true, at, stride, width, most, rows);
}

/** In place: `size` rows, ascending, of octets that are. */
function merge(size: i32, rows: usize, width: usize): void {
  const end = rows + <usize>size * ROW;
  if (size > 8) for (let at = rows; at < end; at += 16 * ROW) merge16(at, width);
  if (size > 16) for (let at = rows; at < end; at += 32 * ROW) merge32(at, width);
  if (size > 32) merge64(rows, width);
}

/** Rows to[0 … 8) = fewer than 8 vectors' coordinates, filled up, ascending. @param n none where it is below 1 */
function fewer(n: i32, x: usize, stride: usize, width: usize, fill: i32, most: v128, to: usize): v128 {
  for (let i = 0; i < 8; i++, x += stride) {
    const row = to + <usize>i * ROW;
    for (let k: usize = 0; k < width; k += 16) {
      let value = i32x4.splat(fill);
      if (i < n) {
        value = turned(v128.load(x + k));
        most = wider(most, value, value);
      }
      v128.store(row + k, value);
    }
  }
  if (n > 0) octetInPlace(to, width);
  return most;
}

/** The larger of `most` and of what is as large as the ends of a sorted column. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function wider(most: v128, smallest: v128, largest: v128): v128 {
  return i32x4.max_s(most, i32x4.max_s(largest, v128.not(smallest)));
}

/** 8 vectors' coordinates of a strip, ascending. @param raw floats of vectors, not rows that are turned; else `most` stays */
// @ts-ignore: a decorator of AssemblyScript
@inline
function sortOctet(raw: bool, x: usize, stride: usize, width: usize, most: v128, to: usize): v128 {
  for (const end = to + width; to < end; to += 16, x += 16) {
    let at = x;
    let a = v128.load(at); at += stride;
    let b = v128.load(at); at += stride;
    let c = v128.load(at); at += stride;
    let d = v128.load(at); at += stride;
    let e = v128.load(at); at += stride;
    let f = v128.load(at); at += stride;
    let g = v128.load(at); at += stride;
    let h = v128.load(at);
    if (raw) {
      a = turned(a); b = turned(b); c = turned(c); d = turned(d); e = turned(e); f = turned(f); g = turned(g); h = turned(h);
    }
    let t = a; a = i32x4.min_s(t, c); c = i32x4.max_s(t, c); t = b; b = i32x4.min_s(t, d); d = i32x4.max_s(t, d);
    t = e; e = i32x4.min_s(t, g); g = i32x4.max_s(t, g); t = f; f = i32x4.min_s(t, h); h = i32x4.max_s(t, h);
    t = a; a = i32x4.min_s(t, e); e = i32x4.max_s(t, e); t = b; b = i32x4.min_s(t, f); f = i32x4.max_s(t, f);
    t = c; c = i32x4.min_s(t, g); g = i32x4.max_s(t, g); t = d; d = i32x4.min_s(t, h); h = i32x4.max_s(t, h);
    t = a; a = i32x4.min_s(t, b); b = i32x4.max_s(t, b); t = c; c = i32x4.min_s(t, d); d = i32x4.max_s(t, d);
    t = e; e = i32x4.min_s(t, f); f = i32x4.max_s(t, f); t = g; g = i32x4.min_s(t, h); h = i32x4.max_s(t, h);
    t = c; c = i32x4.min_s(t, e); e = i32x4.max_s(t, e); t = d; d = i32x4.min_s(t, f); f = i32x4.max_s(t, f);
    t = b; b = i32x4.min_s(t, e); e = i32x4.max_s(t, e); t = d; d = i32x4.min_s(t, g); g = i32x4.max_s(t, g);
    t = b; b = i32x4.min_s(t, c); c = i32x4.max_s(t, c); t = d; d = i32x4.min_s(t, e); e = i32x4.max_s(t, e);
    t = f; f = i32x4.min_s(t, g); g = i32x4.max_s(t, g);
    if (raw) most = wider(most, a, h);
    v128.store(to, a); v128.store(to, b, ROW); v128.store(to, c, 2 * ROW); v128.store(to, d, 3 * ROW);
    v128.store(to, e, 4 * ROW); v128.store(to, f, 5 * ROW); v128.store(to, g, 6 * ROW); v128.store(to, h, 7 * ROW);
  }
  return most;
}

function octetInPlace(rows: usize, width: usize): void {
  sortOctet(false, rows, ROW, width, i32x4.splat(0), rows);
}

/** In place: two ascending columns of 8 merged. */
function merge16(rows: usize, width: usize): void {
  mergeEven(ROW, rows, width);
  mergeOdd(ROW, rows + ROW, width);
}

/** In place: two ascending columns of 16 merged. */
function merge32(rows: usize, width: usize): void {
  for (const half = rows + 2 * ROW; rows < half; rows += ROW) {
    mergeEven(2 * ROW, rows, width);
    mergeOdd(2 * ROW, rows + 2 * ROW, width);
  }
  rows -= 2 * ROW;
  for (let i: usize = ROW; i < 31 * ROW; i += 2 * ROW) order(rows + i, ROW, width);
}

/** In place: two ascending columns of 32 merged. */
function merge64(rows: usize, width: usize): void {
  for (let i: usize = 0; i < 4 * ROW; i += ROW) {
    mergeEven(4 * ROW, rows + i, width);
    mergeOdd(4 * ROW, rows + i + 4 * ROW, width);
  }
  for (let i: usize = 2 * ROW; i < 62 * ROW; i += 4 * ROW) {
    order(rows + i, 2 * ROW, width);
    order(rows + i + ROW, 2 * ROW, width);
  }
  for (let i: usize = ROW; i < 63 * ROW; i += 2 * ROW) order(rows + i, ROW, width);
}

/** In place: of two rows, `apart` bytes from each other, the smaller values come first. */
function order(at: usize, apart: usize, width: usize): void {
  for (const end = at + width; at < end; at += 16) {
    const s = v128.load(at), t = v128.load(at + apart);
    v128.store(at, i32x4.min_s(s, t)); v128.store(at + apart, i32x4.max_s(s, t));
  }
}

/**
 * In place: of 8 rows, two times `half` bytes apart, two ascending columns of 4 merged by 9 comparators. They are the odd ones (`odd`) or
 * the even ones of 16 rows; the odd ones are then ordered with the even ones behind them, which were merged before.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function mergeFours(odd: bool, half: usize, at: usize, width: usize): void {
  const two = 2 * half;
  for (const end = at + width; at < end; at += 16) {
    let p = at;
    let a = v128.load(p); p += two;
    let b = v128.load(p); p += two;
    let c = v128.load(p); p += two;
    let d = v128.load(p); p += two;
    let e = v128.load(p); p += two;
    let f = v128.load(p); p += two;
    let g = v128.load(p); p += two;
    let h = v128.load(p);
    let t = a; a = i32x4.min_s(t, e); e = i32x4.max_s(t, e); t = b; b = i32x4.min_s(t, f); f = i32x4.max_s(t, f);
    t = c; c = i32x4.min_s(t, g); g = i32x4.max_s(t, g); t = d; d = i32x4.min_s(t, h); h = i32x4.max_s(t, h);
    t = c; c = i32x4.min_s(t, e); e = i32x4.max_s(t, e); t = d; d = i32x4.min_s(t, f); f = i32x4.max_s(t, f);
    t = b; b = i32x4.min_s(t, c); c = i32x4.max_s(t, c); t = d; d = i32x4.min_s(t, e); e = i32x4.max_s(t, e);
    t = f; f = i32x4.min_s(t, g); g = i32x4.max_s(t, g);
    p = at;
    if (odd) {
      t = v128.load(p + half); v128.store(p, i32x4.min_s(a, t)); v128.store(p + half, i32x4.max_s(a, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(b, t)); v128.store(p + half, i32x4.max_s(b, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(c, t)); v128.store(p + half, i32x4.max_s(c, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(d, t)); v128.store(p + half, i32x4.max_s(d, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(e, t)); v128.store(p + half, i32x4.max_s(e, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(f, t)); v128.store(p + half, i32x4.max_s(f, t)); p += two;
      t = v128.load(p + half); v128.store(p, i32x4.min_s(g, t)); v128.store(p + half, i32x4.max_s(g, t)); p += two;
      v128.store(p, h);
    } else {
      v128.store(p, a); p += two; v128.store(p, b); p += two; v128.store(p, c); p += two; v128.store(p, d); p += two;
      v128.store(p, e); p += two; v128.store(p, f); p += two; v128.store(p, g); p += two; v128.store(p, h);
    }
  }
}

function mergeEven(half: usize, at: usize, width: usize): void {
  mergeFours(false, half, at, width);
}

function mergeOdd(half: usize, at: usize, width: usize): void {
  mergeFours(true, half, at, width);
}

/*
 * The middle two of two ascending columns of m rows, by a merge that is followed back from them (Batcher's, where each of the two depends
 * on one of the odd and one of the even values): of rows i of both columns the larger where i is in the lower half of m and the smaller
 * where it is in the upper half, then the same of what i and i + m / 2 gave, until two are left.
 */

// @ts-ignore: a decorator of AssemblyScript
@inline
function pick(upper: bool, s: v128, t: v128): v128 {
  return upper ? i32x4.min_s(s, t) : i32x4.max_s(s, t);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofRows(m: usize, i: usize, a: usize, b: usize): v128 {
  return pick(i >= m / 2, v128.load(a + i * ROW), v128.load(b + i * ROW));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofHalf32(i: usize, a: usize, b: usize): v128 {
  return pick(i >= 8, ofRows(32, i, a, b), ofRows(32, i + 16, a, b));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofEight(m: usize, i: usize, a: usize, b: usize): v128 {
  if (m == 8) return ofRows(8, i, a, b);
  if (m == 16) return pick(i >= 4, ofRows(16, i, a, b), ofRows(16, i + 8, a, b));
  return pick(i >= 4, ofHalf32(i, a, b), ofHalf32(i + 8, a, b));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofFour(m: usize, i: usize, a: usize, b: usize): v128 {
  return pick(i >= 2, ofEight(m, i, a, b), ofEight(m, i + 4, a, b));
}

/** @param m 8, 16 or 32, a constant: each loop is compiled on its own. @param odd 1 where the upper one alone is the median */
// @ts-ignore: a decorator of AssemblyScript
@inline
function middle(m: usize, a: usize, b: usize, width: usize, odd: i32, out: usize): void {
  const both = i32x4.splat(odd - 1);
  for (const end = out + width; out < end; out += 16, a += 16, b += 16) {
    const s = pick(false, ofFour(m, 0, a, b), ofFour(m, 2, a, b)), t = pick(true, ofFour(m, 1, a, b), ofFour(m, 3, a, b));
    const high = i32x4.max_s(s, t), low = v128.bitselect(i32x4.min_s(s, t), high, both);
    v128.store(out, f32x4.add(f32x4.mul(f32x4.add(turned(low), turned(high)), f32x4.splat(0.5)), f32x4.splat(0)));
  }
}

function middle8(a: usize, b: usize, width: usize, odd: i32, out: usize): void {
  middle(8, a, b, width, odd, out);
}

function middle16(a: usize, b: usize, width: usize, odd: i32, out: usize): void {
  middle(16, a, b, width, odd, out);
}

function middle32(a: usize, b: usize, width: usize, odd: i32, out: usize): void {
  middle(32, a, b, width, odd, out);
}
