/**
 * Squared distances between all pairs of vectors, as Krum needs them (Blanchard et al. 2017), over stretches of BLOCK coordinates.
 *
 * |x|^2 + |y|^2 - 2 x.y takes two operations per coordinate, the difference three, but the former cancels if two vectors are closer to each
 * other than to the origin. Subtracting a reference vector first would not reliably help: colluders that send equal vectors are close to
 * each other and far from any reference, and Krum asks for the distances to the nearest vectors. So a stretch of a pair uses products if at
 * least a quarter of |x|^2 + |y|^2 remains, as it does for noisy updates, and differences otherwise. Equal vectors have distance 0, no
 * distance is negative, and the relative error is small.
 *
 * Sums are f32 along four lanes of BLOCK / 4 within a stretch, and f64 across stretches. In the worst case 130 roundings cost a relative
 * 8e-6 by differences and 7e-5 by products; typical is 1e-6.
 */
import { isSound, larger } from './aggregate-sound';

/** Bytes: 512 coordinates. Four vectors of it lie in the first-level cache, and 64 in the second. */
const BLOCK: i32 = 2048;
/** f64: one row of the sums. */
const ROW: usize = 512;

/**
 * sums[i][j] += squared distance of vectors i > j over `bytes`; the diagonal and above are undefined.
 * @param n 1 to 64
 * @param sums 64 x 64 f64, then 64 f64 of scratch
 * @returns 1 if every value was sound; else 0, and the sums are undefined
 */
export function addDistances(n: i32, x: usize, stride: usize, bytes: i32, sums: usize): i32 {
  const norms = sums + 64 * ROW;
  let most = i32x4.splat(0);
  for (let start = 0; start < bytes; start += BLOCK, x += <usize>BLOCK) {
    const length = min(bytes - start, BLOCK);
    for (let i = 0; i < n; i++) most = norm(x + <usize>i * stride, length, most, norms + (<usize>i << 3));
    for (let i = 0; i < n; i += 4) {
      // The last vector pads the group; nobody reads those sums.
      const second = min(i + 1, n - 1), third = min(i + 2, n - 1), fourth = min(i + 3, n - 1);
      const a = x + <usize>i * stride, b = x + <usize>second * stride, c = x + <usize>third * stride, d = x + <usize>fourth * stride;
      const p = norm4(norms, i), q = norm4(norms, second), r = norm4(norms, third), s = norm4(norms, fourth);
      let row = sums + <usize>i * ROW, e = x;
      for (let j = 0; j < i; j += 2, e += 2 * stride, row += 16) {
        const pair = v128.load(norms + (<usize>j << 3));
        if (!byProducts(a, b, c, d, e, stride, length, f64x2.add(p, pair), f64x2.add(q, pair), f64x2.add(r, pair), f64x2.add(s, pair), row)) {
          byDifferences(a, b, c, d, e, stride, length, row);
        }
      }
      corner(a, b, c, d, length, row);
    }
  }
  return isSound(most);
}

function norm4(norms: usize, i: i32): v128 {
  return v128.load64_splat(norms + (<usize>i << 3));
}

/** The sum of four lanes in each of two vectors, in f64. */
function sums2(x: v128, y: v128): v128 {
  const low = i8x16.shuffle(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high = i8x16.shuffle(x, y, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const outer = f64x2.add(f64x2.promote_low_f32x4(low), f64x2.promote_low_f32x4(high));
  const inner = f64x2.add(f64x2.promote_low_f32x4(swap(low)), f64x2.promote_low_f32x4(swap(high)));
  return f64x2.add(outer, inner);
}

function swap(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0);
}

function addTo(sums: usize, two: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), two));
}

function norm(x: usize, bytes: i32, most: v128, to: usize): v128 {
  let sum = f32x4.splat(0), also = sum;
  const end = x + <usize>bytes;
  for (const whole = x + <usize>(bytes & ~31); x < whole; x += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    most = larger(larger(most, a), b);
    sum = f32x4.add(sum, f32x4.mul(a, a));
    also = f32x4.add(also, f32x4.mul(b, b));
  }
  if (x < end) {
    const a = v128.load(x);
    most = larger(most, a);
    sum = f32x4.add(sum, f32x4.mul(a, a));
  }
  const two = sums2(sum, also);
  store<f64>(to, f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1));
  return most;
}

/** Four vectors against two. `pa` and the others: |a|^2 + |e|^2 and |a|^2 + |f|^2. @returns 0, and adds nothing, if it would cancel */
function byProducts(
  a: usize, b: usize, c: usize, d: usize, e: usize, stride: usize, bytes: i32, pa: v128, pb: v128, pc: v128, pd: v128, sums: usize,
): i32 {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  let f = e + stride;
  for (const end = e + <usize>bytes; e < end; e += 16) {
    const x = v128.load(e), y = v128.load(f);
    const p = v128.load(a); a0 = f32x4.add(a0, f32x4.mul(p, x)); a1 = f32x4.add(a1, f32x4.mul(p, y));
    const q = v128.load(b); b0 = f32x4.add(b0, f32x4.mul(q, x)); b1 = f32x4.add(b1, f32x4.mul(q, y));
    const r = v128.load(c); c0 = f32x4.add(c0, f32x4.mul(r, x)); c1 = f32x4.add(c1, f32x4.mul(r, y));
    const s = v128.load(d); d0 = f32x4.add(d0, f32x4.mul(s, x)); d1 = f32x4.add(d1, f32x4.mul(s, y));
    a += 16; b += 16; c += 16; d += 16; f += 16;
  }
  const two = f64x2.splat(2), quarter = f64x2.splat(0.25);
  const da = f64x2.sub(pa, f64x2.mul(two, sums2(a0, a1))), db = f64x2.sub(pb, f64x2.mul(two, sums2(b0, b1)));
  const dc = f64x2.sub(pc, f64x2.mul(two, sums2(c0, c1))), dd = f64x2.sub(pd, f64x2.mul(two, sums2(d0, d1)));
  const left = v128.and(
    v128.and(f64x2.ge(da, f64x2.mul(quarter, pa)), f64x2.ge(db, f64x2.mul(quarter, pb))),
    v128.and(f64x2.ge(dc, f64x2.mul(quarter, pc)), f64x2.ge(dd, f64x2.mul(quarter, pd))),
  );
  if (!i64x2.all_true(left)) return 0;
  addTo(sums, da); addTo(sums + ROW, db); addTo(sums + 2 * ROW, dc); addTo(sums + 3 * ROW, dd);
  return 1;
}

function squared(x: v128, y: v128, sum: v128): v128 {
  const difference = f32x4.sub(x, y);
  return f32x4.add(sum, f32x4.mul(difference, difference));
}

function byDifferences(a: usize, b: usize, c: usize, d: usize, e: usize, stride: usize, bytes: i32, sums: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  let f = e + stride;
  for (const end = e + <usize>bytes; e < end; e += 16) {
    const x = v128.load(e), y = v128.load(f);
    const p = v128.load(a); a0 = squared(p, x, a0); a1 = squared(p, y, a1);
    const q = v128.load(b); b0 = squared(q, x, b0); b1 = squared(q, y, b1);
    const r = v128.load(c); c0 = squared(r, x, c0); c1 = squared(r, y, c1);
    const s = v128.load(d); d0 = squared(s, x, d0); d1 = squared(s, y, d1);
    a += 16; b += 16; c += 16; d += 16; f += 16;
  }
  addTo(sums, sums2(a0, a1)); addTo(sums + ROW, sums2(b0, b1)); addTo(sums + 2 * ROW, sums2(c0, c1)); addTo(sums + 3 * ROW, sums2(d0, d1));
}

/** The six pairs among four vectors, by differences. */
function corner(a: usize, b: usize, c: usize, d: usize, bytes: i32, sums: usize): void {
  let ba = f32x4.splat(0), ca = ba, cb = ba, da = ba, db = ba, dc = ba;
  for (const end = a + <usize>bytes; a < end; a += 16, b += 16, c += 16, d += 16) {
    const p = v128.load(a), q = v128.load(b), r = v128.load(c), s = v128.load(d);
    ba = squared(q, p, ba); ca = squared(r, p, ca); cb = squared(r, q, cb);
    da = squared(s, p, da); db = squared(s, q, db); dc = squared(s, r, dc);
  }
  const none = f32x4.splat(0);
  addTo(sums + ROW, sums2(ba, none)); addTo(sums + 2 * ROW, sums2(ca, cb)); addTo(sums + 3 * ROW, sums2(da, db));
  addTo(sums + 3 * ROW + 16, sums2(dc, none));
}
