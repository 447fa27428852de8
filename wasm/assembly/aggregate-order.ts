/**
 * Rules that sort each coordinate over all vectors (Yin et al. 2018): the median and the trimmed mean.
 *
 * A sorting network on vectors of four coordinates: octets by the 19 comparators of the best network for 8 (Knuth, TAOCP 3, 5.3.4),
 * merged two by two as bitonic sequences (Batcher 1968). Every step reads 8 values into registers and writes 8, so the same few steps sort
 * any n up to 64, padded with infinities. A step covers a whole strip of coordinates before the next one begins, so its operations are
 * independent. pmin and pmax are one instruction each; min and max, which handle NaN, are several. Results have +0 only, because the order
 * of zeros of both signs depends on their positions.
 */

import { isSound, larger } from './aggregate-sound';

/** Coordinates of a strip in bytes: the distance of two rows of scratch. */
const ROW: usize = 128;
/** Of scratch: two areas of 64 rows. */
const AREA: usize = 64 * ROW;

/**
 * out[c] = the median of coordinate c over n vectors, the mean of the middle two if n is even.
 * @param n 1 to 64
 * @param scratch 16 KiB
 * @returns 1 if every value was sound; else 0, and `out` is undefined
 */
export function median(n: i32, x: usize, stride: usize, bytes: i32, scratch: usize, out: usize): i32 {
  const few = n >> 1, many = n - few;
  const a = scratch + AREA, b = a + <usize>sizeFor(many) * ROW;
  let most = i32x4.splat(0);
  for (const end = out + <usize>bytes; out < end; out += ROW, x += ROW) {
    const width = min(ROW, end - out);
    most = sort(many, x, stride, width, most, scratch, a);
    if (few) most = sort(few, x + <usize>many * stride, stride, width, most, scratch, b);
    for (let k: usize = 0; k < width; k += 16) v128.store(out + k, middle(few, n & 1, a + k, b + k));
  }
  return isSound(most);
}

/** Pair two sorted columns in opposite directions: the smaller values of the pairs are the lower half of all, the larger the upper. */
function middle(few: i32, odd: i32, a: usize, b: usize): v128 {
  let low = f32x4.splat(-Infinity), high = f32x4.splat(Infinity);
  let below = low, above = high;
  b += <usize>few * ROW;
  const stop = a + <usize>few * ROW;
  for (const even = a + <usize>(few & ~1) * ROW; a < even; a += 2 * ROW) {
    b -= 2 * ROW;
    const s = v128.load(a), t = v128.load(b, ROW);
    low = f32x4.pmax(low, f32x4.pmin(s, t));
    high = f32x4.pmin(high, f32x4.pmax(s, t));
    const u = v128.load(a, ROW), v = v128.load(b);
    below = f32x4.pmax(below, f32x4.pmin(u, v));
    above = f32x4.pmin(above, f32x4.pmax(u, v));
  }
  low = f32x4.pmax(low, below); high = f32x4.pmin(high, above);
  if (a < stop) {
    const s = v128.load(a), t = v128.load(b - ROW);
    low = f32x4.pmax(low, f32x4.pmin(s, t));
    high = f32x4.pmin(high, f32x4.pmax(s, t));
  }
  // For odd n the largest of the longer half is the median, unless the other column's upper half begins below it.
  if (odd) low = high = f32x4.pmin(high, v128.load(stop));
  return f32x4.add(f32x4.mul(f32x4.add(low, high), f32x4.splat(0.5)), f32x4.splat(0));
}

/**
 * out[c] = the mean of coordinate c over n vectors without its `cut` smallest and `cut` largest values, added in ascending order, so the
 * bits do not depend on the order of the vectors; clamped to the range of the remaining values.
 * @param n 1 to 64, more than 2 cut
 * @param scratch 16 KiB
 * @returns 1 if every value was sound; else 0, and `out` is undefined
 */
export function trimmedMean(n: i32, cut: i32, x: usize, stride: usize, bytes: i32, scratch: usize, out: usize): i32 {
  const sorted = scratch + AREA;
  const first = sorted + <usize>cut * ROW, last = sorted + <usize>(n - cut - 1) * ROW;
  const count = f32x4.splat(<f32>(n - 2 * cut)), zero = f32x4.splat(0);
  let most = i32x4.splat(0);
  for (const end = out + <usize>bytes; out < end; out += ROW, x += ROW) {
    const width = min(ROW, end - out);
    most = sort(n, x, stride, width, most, scratch, sorted);
    for (let k: usize = 0; k < width; k += 16) {
      let sum = zero;
      for (let at = first + k; at <= last + k; at += ROW) sum = f32x4.add(sum, v128.load(at));
      const mean = f32x4.pmin(f32x4.pmax(f32x4.div(sum, count), v128.load(first + k)), v128.load(last + k));
      v128.store(out + k, f32x4.add(mean, zero));
    }
  }
  return isSound(most);
}

/** How many rows `sort` writes for n: 8, 16, 32 or 64. */
function sizeFor(n: i32): i32 {
  return n <= 8 ? 8 : n <= 16 ? 16 : n <= 32 ? 32 : 64;
}

/** Rows to[0 … size) = the n vectors' coordinates of a strip, each ascending, then infinities. @returns `most`, for `isSound` */
function sort(n: i32, x: usize, stride: usize, width: usize, most: v128, spare: usize, to: usize): v128 {
  if (n <= 8) return octet(n, x, stride, width, most, to);
  const size = sizeFor(n);
  for (let i = 0; i < size; i += 8, x += stride << 3) most = octet(n - i, x, stride, width, most, spare + <usize>i * ROW);
  for (let at: usize = 0, end = <usize>size * ROW; at < end; at += 16 * ROW) merge16(spare + at, width, to + at);
  if (size < 32) return most;
  merge32(to, width, spare);
  if (size < 64) return most;
  merge32(to + 32 * ROW, width, spare);
  merge64(to, width, spare);
  return most;
}

/** Rows to[0 … 8) = the first n of 8 vectors ascending, padded with infinities. @returns `most`, for `isSound` */
function octet(n: i32, x: usize, stride: usize, width: usize, most: v128, to: usize): v128 {
  if (n < 8) {
    for (let i = 0; i < 8; i++) {
      const from = x + <usize>i * stride, row = to + <usize>i * ROW;
      for (let k: usize = 0; k < width; k += 16) {
        let value = f32x4.splat(Infinity);
        if (i < n) {
          value = v128.load(from + k);
          most = larger(most, value);
        }
        v128.store(row + k, value);
      }
    }
    if (n > 1) sortOctet(to, ROW, width, most, to);
    return most;
  }
  return sortOctet(x, stride, width, most, to);
}

/** Sorts the coordinates of 8 vectors along a strip, ascending; may be in place. */
function sortOctet(x: usize, stride: usize, width: usize, most: v128, to: usize): v128 {
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
    most = larger(larger(larger(larger(most, a), b), c), d);
    most = larger(larger(larger(larger(most, e), f), g), h);
    let t = a; a = f32x4.pmin(t, c); c = f32x4.pmax(c, t); t = b; b = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = f; f = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, e); e = f32x4.pmax(e, t); t = b; b = f32x4.pmin(t, f); f = f32x4.pmax(f, t);
    t = c; c = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = d; d = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, b); b = f32x4.pmax(b, t); t = c; c = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, f); f = f32x4.pmax(f, t); t = g; g = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = c; c = f32x4.pmin(t, e); e = f32x4.pmax(e, t); t = d; d = f32x4.pmin(t, f); f = f32x4.pmax(f, t);
    t = b; b = f32x4.pmin(t, e); e = f32x4.pmax(e, t); t = d; d = f32x4.pmin(t, g); g = f32x4.pmax(g, t);
    t = b; b = f32x4.pmin(t, c); c = f32x4.pmax(c, t); t = d; d = f32x4.pmin(t, e); e = f32x4.pmax(e, t);
    t = f; f = f32x4.pmin(t, g); g = f32x4.pmax(g, t);
    v128.store(to, a); v128.store(to, b, ROW); v128.store(to, c, 2 * ROW); v128.store(to, d, 3 * ROW);
    v128.store(to, e, 4 * ROW); v128.store(to, f, 5 * ROW); v128.store(to, g, 6 * ROW); v128.store(to, h, 7 * ROW);
  }
  return most;
}

/** Rows to[0 … 16) = two sorted octets merged. */
function merge16(from: usize, width: usize, to: usize): void {
  lowReversed(from, width, to);
  highReversed(from, width, to + 8 * ROW);
}

/** In place: two sorted columns of 16 merged. */
function merge32(rows: usize, width: usize, spare: usize): void {
  quarter(rows, width, spare);
  for (let at: usize = 0; at < 32 * ROW; at += 8 * ROW) sortBitonic8(spare + at, width, rows + at);
}

/** Splits two sorted columns of 16 into four bitonic ones of 8, in ascending order. */
function quarter(from: usize, width: usize, to: usize): void {
  let q = from + 23 * ROW;
  for (const end = to + 8 * ROW; to < end; from += ROW, q -= ROW, to += ROW) {
    for (let k: usize = 0; k < width; k += 16) {
      const a = v128.load(from + k), d = v128.load(q + k, 8 * ROW);
      const b = v128.load(from + k, 8 * ROW), c = v128.load(q + k);
      const a1 = f32x4.pmin(a, d), d1 = f32x4.pmax(d, a), b1 = f32x4.pmin(b, c), c1 = f32x4.pmax(c, b);
      v128.store(to + k, f32x4.pmin(a1, b1)); v128.store(to + k, f32x4.pmax(b1, a1), 8 * ROW);
      v128.store(to + k, f32x4.pmin(d1, c1), 16 * ROW); v128.store(to + k, f32x4.pmax(c1, d1), 24 * ROW);
    }
  }
}

/** In place: two sorted columns of 32 merged. */
function merge64(rows: usize, width: usize, spare: usize): void {
  fold(rows, width, spare);
  for (let i: usize = 0; i < 64; i += 32) halve(spare + i * ROW, 16, width);
  for (let i: usize = 0; i < 64; i += 16) halve(spare + i * ROW, 8, width);
  for (let at: usize = 0; at < 64 * ROW; at += 8 * ROW) sortBitonic8(spare + at, width, rows + at);
}

/** In place: splits a bitonic column of length 2 half into its smaller and its larger half, each bitonic. */
function halve(rows: usize, half: usize, width: usize): void {
  for (const end = rows + half * ROW; rows < end; rows += ROW) {
    for (let p = rows, q = rows + half * ROW, stop = rows + width; p < stop; p += 16, q += 16) {
      const s = v128.load(p), t = v128.load(q);
      v128.store(p, f32x4.pmin(s, t)); v128.store(q, f32x4.pmax(t, s));
    }
  }
}

/** Splits two sorted columns of 32 into the smaller and the larger half of all, each bitonic. */
function fold(from: usize, width: usize, to: usize): void {
  const half = 32 * ROW;
  for (let q = from + 2 * half - ROW, end = to + half; to < end; from += ROW, q -= ROW, to += ROW) {
    for (let k: usize = 0; k < width; k += 16) {
      const s = v128.load(from + k), t = v128.load(q + k);
      v128.store(to + k, f32x4.pmin(s, t)); v128.store(to + half + k, f32x4.pmax(t, s));
    }
  }
}

/** The smaller of rows i and 15 - i, sorted. */
function lowReversed(from: usize, width: usize, to: usize): void {
  halfReversed(false, from, width, to);
}

/** The larger of rows i and 15 - i, sorted. */
function highReversed(from: usize, width: usize, to: usize): void {
  halfReversed(true, from, width, to);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function ofPair(high: bool, s: v128, t: v128): v128 {
  return high ? f32x4.pmax(s, t) : f32x4.pmin(s, t);
}

/** Inlined into both with a constant `high`, so the loop has no branch. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function halfReversed(high: bool, from: usize, width: usize, to: usize): void {
  for (const end = to + width; to < end; to += 16, from += 16) {
    let a = ofPair(high, v128.load(from), v128.load(from, 15 * ROW));
    let b = ofPair(high, v128.load(from, ROW), v128.load(from, 14 * ROW));
    let c = ofPair(high, v128.load(from, 2 * ROW), v128.load(from, 13 * ROW));
    let d = ofPair(high, v128.load(from, 3 * ROW), v128.load(from, 12 * ROW));
    let e = ofPair(high, v128.load(from, 4 * ROW), v128.load(from, 11 * ROW));
    let f = ofPair(high, v128.load(from, 5 * ROW), v128.load(from, 10 * ROW));
    let g = ofPair(high, v128.load(from, 6 * ROW), v128.load(from, 9 * ROW));
    let h = ofPair(high, v128.load(from, 7 * ROW), v128.load(from, 8 * ROW));
    let t = a; a = f32x4.pmin(t, e); e = f32x4.pmax(e, t); t = b; b = f32x4.pmin(t, f); f = f32x4.pmax(f, t);
    t = c; c = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = d; d = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, c); c = f32x4.pmax(c, t); t = b; b = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = f; f = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, b); b = f32x4.pmax(b, t); t = c; c = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, f); f = f32x4.pmax(f, t); t = g; g = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    v128.store(to, a); v128.store(to, b, ROW); v128.store(to, c, 2 * ROW); v128.store(to, d, 3 * ROW);
    v128.store(to, e, 4 * ROW); v128.store(to, f, 5 * ROW); v128.store(to, g, 6 * ROW); v128.store(to, h, 7 * ROW);
  }
}

/** Rows to[0 … 8) = a bitonic column of 8, sorted; may be in place. */
function sortBitonic8(from: usize, width: usize, to: usize): void {
  for (const end = to + width; to < end; to += 16, from += 16) {
    let a = v128.load(from);
    let b = v128.load(from, ROW);
    let c = v128.load(from, 2 * ROW);
    let d = v128.load(from, 3 * ROW);
    let e = v128.load(from, 4 * ROW);
    let f = v128.load(from, 5 * ROW);
    let g = v128.load(from, 6 * ROW);
    let h = v128.load(from, 7 * ROW);
    let t = a; a = f32x4.pmin(t, e); e = f32x4.pmax(e, t); t = b; b = f32x4.pmin(t, f); f = f32x4.pmax(f, t);
    t = c; c = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = d; d = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, c); c = f32x4.pmax(c, t); t = b; b = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, g); g = f32x4.pmax(g, t); t = f; f = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    t = a; a = f32x4.pmin(t, b); b = f32x4.pmax(b, t); t = c; c = f32x4.pmin(t, d); d = f32x4.pmax(d, t);
    t = e; e = f32x4.pmin(t, f); f = f32x4.pmax(f, t); t = g; g = f32x4.pmin(t, h); h = f32x4.pmax(h, t);
    v128.store(to, a); v128.store(to, b, ROW); v128.store(to, c, 2 * ROW); v128.store(to, d, 3 * ROW);
    v128.store(to, e, 4 * ROW); v128.store(to, f, 5 * ROW); v128.store(to, g, 6 * ROW); v128.store(to, h, 7 * ROW);
  }
}
