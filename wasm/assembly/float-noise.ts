/**
 * A DP-SGD step with floating-point Gaussian noise, only for `npm run prove -- bench:step`: other systems use such noise. It is not part of
 * core.wasm and must never make an update: gaps in f32 noise can reveal a row (Mironov 2012). The product uses the exact discrete Gaussian
 * of protocol/privacy.
 *
 * Box & Muller 1958 on four lanes: log by Cephes' logf polynomial, sine and cosine on [-pi/4, pi/4) with two bits for the quadrant.
 */

import { madd } from './madd';

export function heapBase(): usize {
  return __heap_base;
}

/** Constants of the polynomials, in memory: the engine would rebuild literals for every eight normals. */
const K: usize = memory.data<f32>([
  24, -2, 0.7853981633974483 / 8388608.0, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, 1, 0.5, 0.7071067811865475, 7.0376836292e-2, -1.151461031e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -2.1219444e-4, 0.693359375, -0.5,
]);

function k(offset: usize): v128 {
  return v128.load32_splat(K + offset);
}

/**
 * parameters[i] += sumFactor * sums[i] + noiseFactor * z[i] with z standard normal. Two passes: in a loop of half the length, twice as
 * many vectors are in flight.
 * @param count a multiple of 8
 * @param words count uniform u32, two for each pair of normals; overwritten
 * @param sums count i32
 */
export function noisyStep(count: i32, words: usize, sums: usize, parameters: usize, sumFactor: f32, noiseFactor: f32): void {
  radii(count, words, noiseFactor);
  const factor = f32x4.splat(sumFactor);
  for (const end = words + (<usize>count << 2); words < end; words += 32, sums += 32, parameters += 32) {
    const radius = v128.load(words), w = v128.load(words, 16);
    const angle = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_s(w, 8)), k(8));
    const square = f32x4.mul(angle, angle);
    let sine = madd(k(12), square, k(16));
    sine = madd(sine, square, k(20));
    sine = madd(mul(sine, square), angle, angle);
    let cosine = madd(k(24), square, k(28));
    cosine = madd(cosine, square, k(32));
    cosine = madd(mul(cosine, square), square, f32x4.sub(k(36), mul(k(40), square)));
    const swap = i32x4.shr_s(i32x4.shl(w, 31), 31), sign = i32x4.shl(i32x4.shr_u(w, 1), 31);
    take(sums, parameters, factor, mul(v128.xor(v128.bitselect(cosine, sine, swap), sign), radius));
    take(sums + 16, parameters + 16, factor, mul(v128.xor(v128.bitselect(sine, cosine, swap), sign), radius));
  }
}

/** The first four words of every eight become |deviation| sqrt(-2 ln u), u uniform on (0, 1] in steps of 2^-24. */
function radii(count: i32, words: usize, deviation: f32): void {
  const spread = f32x4.splat(-2 * deviation * deviation);
  for (const end = words + (<usize>count << 2); words < end; words += 32) {
    const uniform = f32x4.convert_i32x4_s(i32x4.add(i32x4.shr_u(v128.load(words), 8), i32x4.splat(1)));
    v128.store(words, f32x4.sqrt(f32x4.mul(spread, log4(uniform))));
  }
}

function take(sums: usize, parameters: usize, factor: v128, noise: v128): void {
  const step = madd(factor, f32x4.convert_i32x4_s(v128.load(sums)), noise);
  v128.store(parameters, add(v128.load(parameters), step));
}

function add(x: v128, y: v128): v128 {
  return f32x4.add(x, y);
}

function mul(x: v128, y: v128): v128 {
  return f32x4.mul(x, y);
}

/**
 * Natural logarithm of positive integer f32 times 2^-24. The nearest exponent keeps the mantissa m within [sqrt(1/2), sqrt(2)).
 */
function log4(x: v128): v128 {
  const half = i32x4.splat(0x3f3504f3); // sqrt(1/2)
  const exponent = i32x4.shr_s(i32x4.sub(x, half), 23);
  const m = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), k(36));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), k(0));
  const square = mul(m, m);
  // In pairs (Estrin 1960): half the dependency chain of Horner's rule.
  const fourth = mul(square, square);
  const low = madd(madd(k(68), m, k(72)), square, madd(k(76), m, k(80)));
  const high = madd(k(48), fourth, madd(madd(k(52), m, k(56)), square, madd(k(60), m, k(64))));
  const y = madd(madd(high, fourth, low), mul(square, m), madd(e, k(84), mul(square, k(92))));
  return madd(e, k(88), add(m, y));
}
