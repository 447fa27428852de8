/**
 * Layer norm (Ba et al. 2016, arXiv:1607.06450) and group norm (Wu & He 2018, arXiv:1803.08494): y = xhat weight + bias with
 * xhat = (x - mean) / sqrt(variance + 1e-5), the variance biased. Layout as in layers/op.ts, channels padded to `panels` vectors of 8;
 * the padding of results is zero, whatever that of x is.
 *
 * Two passes: first the mean, then the squared deviations from it. Long sums are f64; group norm adds short stretches in f32 first.
 * Kept for the backward pass: for a group norm means and scales 1 / sqrt(variance + 1e-5), since its input is still available; for a layer
 * norm, which has as many of them as positions, xhat itself, without gaps between examples.
 * `weights` is one vector: weight, padded like the channels, then bias.
 */
import { upper } from '../vector';

const EPSILON: f64 = 1e-5;
/** Positions summed in f32 before the sum is added in f64. */
const STRETCH: i32 = 32;

/**
 * Each example's groups of neighbouring channels over all positions.
 * @param moments per example: the mean of each channel's group, then the scales, f32, padded; the padding stays zero
 * @param sums scratch, f64 per channel, padded
 */
export function groupNorm(
  rows: i32, positions: i32, panels: i32, groups: i32, groupChannels: i32, x: usize, xStride: usize, out: usize, outStride: usize,
  weights: usize, moments: usize, sums: usize,
): void {
  const step = <usize>panels << 5;
  const count = <f64>(positions * groupChannels);
  for (let m = 0; m < rows; m++, x += xStride, out += outStride, moments += 2 * step) {
    const means = moments, scales = moments + step;
    for (let at: usize = 0; at < step; at += 32) columnSums(positions, step, x + at, sums + 2 * at);
    for (let g = 0, c: usize = 0; g < groups; g++) {
      const first = c, end = c + (<usize>groupChannels << 2);
      let sum: f64 = 0;
      for (; c < end; c += 4) sum += load<f64>(sums + 2 * c);
      const mean = <f32>(sum / count);
      for (let at = first; at < end; at += 4) store<f32>(means + at, mean);
    }
    for (let at: usize = 0; at < step; at += 32) columnSquares(positions, step, x + at, means + at, sums + 2 * at);
    for (let g = 0, c: usize = 0; g < groups; g++) {
      const first = c, end = c + (<usize>groupChannels << 2);
      let sum: f64 = 0;
      for (; c < end; c += 4) sum += load<f64>(sums + 2 * c);
      const scale = <f32>(1 / sqrt<f64>(sum / count + EPSILON));
      for (let at = first; at < end; at += 4) store<f32>(scales + at, scale);
    }
    for (let at: usize = 0; at < step; at += 16) {
      const mean = v128.load(means + at), scale = v128.load(scales + at);
      const weight = v128.load(weights + at), bias = v128.load(weights + step + at);
      let from = x + at, to = out + at;
      for (let p = 0; p < positions; p++, from += step, to += step) {
        const normal = f32x4.mul(f32x4.sub(v128.load(from), mean), scale);
        v128.store(to, f32x4.add(f32x4.mul(normal, weight), bias));
      }
    }
  }
}

/**
 * Each example's gradients of weight and bias, which the backward pass needs as well: into[m] = the sums over its positions of
 * delta * xhat, then those of delta, f32, padded.
 */
export function groupNormGradients(
  rows: i32, positions: i32, panels: i32, x: usize, xStride: usize, delta: usize, deltaStride: usize, moments: usize, into: usize,
): void {
  const step = <usize>panels << 5;
  for (let m = 0; m < rows; m++, x += xStride, delta += deltaStride, moments += 2 * step, into += 2 * step) {
    for (let at: usize = 0; at < step; at += 16) {
      const mean = v128.load(moments + at), scale = v128.load(moments + step + at);
      columnProducts(positions, step, delta + at, x + at, mean, scale, into + at, into + step + at);
    }
  }
}

/** The same for a layer norm, whose xhat was kept. */
export function layerNormGradients(
  rows: i32, positions: i32, panels: i32, xhat: usize, delta: usize, deltaStride: usize, into: usize,
): void {
  const step = <usize>panels << 5, mean = f32x4.splat(0), scale = f32x4.splat(1);
  for (let m = 0; m < rows; m++, delta += deltaStride, xhat += <usize>positions * step, into += 2 * step) {
    for (let at: usize = 0; at < step; at += 16) {
      columnProducts(positions, step, delta + at, xhat + at, mean, scale, into + at, into + step + at);
    }
  }
}

/**
 * The input's delta of a group norm: scale * (d - mean(d) - xhat mean(d xhat)), d = delta * weight, means over the group.
 * @param gradients as `groupNormGradients` writes them
 * @param scratch 12 bytes per channel, padded; the padding stays zero
 */
export function groupNormDelta(
  rows: i32, positions: i32, panels: i32, groups: i32, groupChannels: i32, x: usize, xStride: usize, delta: usize,
  deltaStride: usize, weights: usize, moments: usize, gradients: usize, scratch: usize, into: usize, intoStride: usize,
): void {
  const step = <usize>panels << 5;
  const factors = scratch, offsets = scratch + step, slopes = scratch + 2 * step;
  const count = <f64>(positions * groupChannels);
  for (let m = 0; m < rows; m++, x += xStride, delta += deltaStride, into += intoStride, moments += 2 * step, gradients += 2 * step) {
    for (let g = 0, c: usize = 0; g < groups; g++) {
      const first = c, end = c + (<usize>groupChannels << 2);
      const scale = <f64>load<f32>(moments + step + first);
      let sum: f64 = 0, products: f64 = 0;
      for (; c < end; c += 4) {
        const weight = <f64>load<f32>(weights + c);
        products += weight * <f64>load<f32>(gradients + c);
        sum += weight * <f64>load<f32>(gradients + step + c);
      }
      for (let at = first; at < end; at += 4) {
        store<f32>(factors + at, <f32>(<f64>load<f32>(weights + at) * scale));
        store<f32>(offsets + at, <f32>(sum / count * scale));
        store<f32>(slopes + at, <f32>(products / count * scale * scale));
      }
    }
    for (let at: usize = 0; at < step; at += 16) {
      const factor = v128.load(factors + at), offset = v128.load(offsets + at), slope = v128.load(slopes + at);
      const mean = v128.load(moments + at);
      let from = delta + at, value = x + at, to = into + at;
      for (let p = 0; p < positions; p++, from += step, value += step, to += step) {
        const straight = f32x4.sub(f32x4.mul(v128.load(from), factor), offset);
        v128.store(to, f32x4.sub(straight, f32x4.mul(f32x4.sub(v128.load(value), mean), slope)));
      }
    }
  }
}

/** The channels of each position. @param scales f32 per example and position */
export function layerNorm(
  rows: i32, positions: i32, channels: i32, x: usize, xStride: usize, out: usize, outStride: usize, weights: usize, xhat: usize,
  scales: usize,
): void {
  const step = <usize>((channels + 7) >> 3) << 5, whole = <usize>(channels >> 2) << 4, rest = tailMask(channels & 3);
  const count = <f64>channels;
  for (let m = 0; m < rows; m++) {
    let from = x + <usize>m * xStride, to = out + <usize>m * outStride;
    for (let p = 0; p < positions; p++, from += step, to += step, xhat += step, scales += 4) {
      let s0 = f64x2.splat(0), s1 = s0;
      for (let at: usize = 0; at < step; at += 16) {
        let values = v128.load(from + at);
        if (at >= whole) values = v128.and(values, select(rest, i32x4.splat(0), at == whole));
        s0 = f64x2.add(s0, f64x2.promote_low_f32x4(values));
        s1 = f64x2.add(s1, f64x2.promote_low_f32x4(upper(values)));
      }
      const mean = f32x4.splat(<f32>(across(s0, s1) / count));
      s0 = f64x2.splat(0); s1 = s0;
      for (let at: usize = 0; at < step; at += 16) {
        let values = f32x4.sub(v128.load(from + at), mean);
        if (at >= whole) values = v128.and(values, select(rest, i32x4.splat(0), at == whole));
        v128.store(xhat + at, values);
        const low = f64x2.promote_low_f32x4(values), high = f64x2.promote_low_f32x4(upper(values));
        s0 = f64x2.add(s0, f64x2.mul(low, low));
        s1 = f64x2.add(s1, f64x2.mul(high, high));
      }
      const scale = <f32>(1 / sqrt<f64>(across(s0, s1) / count + EPSILON));
      store<f32>(scales, scale);
      for (let at: usize = 0; at < step; at += 16) {
        const normal = f32x4.mul(v128.load(xhat + at), f32x4.splat(scale));
        v128.store(xhat + at, normal);
        v128.store(to + at, f32x4.add(f32x4.mul(normal, v128.load(weights + at)), v128.load(weights + step + at)));
      }
    }
  }
}

/** The input's delta of a layer norm, likewise, means over the channels of each position. */
export function layerNormDelta(
  rows: i32, positions: i32, channels: i32, delta: usize, deltaStride: usize, weights: usize, xhat: usize, scales: usize,
  into: usize, intoStride: usize,
): void {
  const step = <usize>((channels + 7) >> 3) << 5, whole = <usize>(channels >> 2) << 4, rest = tailMask(channels & 3);
  const count = <f64>channels;
  for (let m = 0; m < rows; m++) {
    let from = delta + <usize>m * deltaStride, to = into + <usize>m * intoStride;
    for (let p = 0; p < positions; p++, from += step, to += step, xhat += step, scales += 4) {
      let s0 = f64x2.splat(0), s1 = s0, p0 = s0, p1 = s0;
      for (let at: usize = 0; at < step; at += 16) {
        const values = f32x4.mul(v128.load(from + at), v128.load(weights + at)), normal = v128.load(xhat + at);
        const low = f64x2.promote_low_f32x4(values), high = f64x2.promote_low_f32x4(upper(values));
        s0 = f64x2.add(s0, low); s1 = f64x2.add(s1, high);
        p0 = f64x2.add(p0, f64x2.mul(low, f64x2.promote_low_f32x4(normal)));
        p1 = f64x2.add(p1, f64x2.mul(high, f64x2.promote_low_f32x4(upper(normal))));
      }
      const scale = f32x4.splat(load<f32>(scales));
      const mean = f32x4.splat(<f32>(across(s0, s1) / count)), slope = f32x4.splat(<f32>(across(p0, p1) / count));
      for (let at: usize = 0; at < step; at += 16) {
        const value = f32x4.sub(f32x4.mul(v128.load(from + at), v128.load(weights + at)), mean);
        let result = f32x4.mul(f32x4.sub(value, f32x4.mul(v128.load(xhat + at), slope)), scale);
        if (at >= whole) result = v128.and(result, select(rest, i32x4.splat(0), at == whole));
        v128.store(to + at, result);
      }
    }
  }
}

/** into[0 … 8) = sums over the positions, f64. The first position is subtracted before and added back after, so a constant is exact. */
function columnSums(positions: i32, step: usize, x: usize, into: usize): void {
  const base0 = v128.load(x), base1 = v128.load(x, 16), times = f64x2.splat(<f64>positions);
  let t0 = f64x2.mul(f64x2.promote_low_f32x4(base0), times), t1 = f64x2.mul(f64x2.promote_low_f32x4(upper(base0)), times);
  let t2 = f64x2.mul(f64x2.promote_low_f32x4(base1), times), t3 = f64x2.mul(f64x2.promote_low_f32x4(upper(base1)), times);
  while (positions > 0) {
    let n = min(positions, STRETCH);
    positions -= n;
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    for (; n >= 2; n -= 2) {
      a0 = f32x4.add(a0, f32x4.sub(v128.load(x), base0)); a1 = f32x4.add(a1, f32x4.sub(v128.load(x, 16), base1));
      x += step;
      b0 = f32x4.add(b0, f32x4.sub(v128.load(x), base0)); b1 = f32x4.add(b1, f32x4.sub(v128.load(x, 16), base1));
      x += step;
    }
    if (n > 0) {
      a0 = f32x4.add(a0, f32x4.sub(v128.load(x), base0)); a1 = f32x4.add(a1, f32x4.sub(v128.load(x, 16), base1));
      x += step;
    }
    a0 = f32x4.add(a0, b0); a1 = f32x4.add(a1, b1);
    t0 = f64x2.add(t0, f64x2.promote_low_f32x4(a0)); t1 = f64x2.add(t1, f64x2.promote_low_f32x4(upper(a0)));
    t2 = f64x2.add(t2, f64x2.promote_low_f32x4(a1)); t3 = f64x2.add(t3, f64x2.promote_low_f32x4(upper(a1)));
  }
  v128.store(into, t0); v128.store(into, t1, 16); v128.store(into, t2, 32); v128.store(into, t3, 48);
}

/** into[0 … 8) = sums over the positions of (x - mean)^2, f64. */
function columnSquares(positions: i32, step: usize, x: usize, means: usize, into: usize): void {
  const mean0 = v128.load(means), mean1 = v128.load(means, 16);
  let t0 = f64x2.splat(0), t1 = t0, t2 = t0, t3 = t0;
  while (positions > 0) {
    let n = min(positions, STRETCH);
    positions -= n;
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    for (; n >= 2; n -= 2) {
      const x0 = f32x4.sub(v128.load(x), mean0), x1 = f32x4.sub(v128.load(x, 16), mean1);
      a0 = f32x4.add(a0, f32x4.mul(x0, x0)); a1 = f32x4.add(a1, f32x4.mul(x1, x1));
      x += step;
      const y0 = f32x4.sub(v128.load(x), mean0), y1 = f32x4.sub(v128.load(x, 16), mean1);
      b0 = f32x4.add(b0, f32x4.mul(y0, y0)); b1 = f32x4.add(b1, f32x4.mul(y1, y1));
      x += step;
    }
    if (n > 0) {
      const x0 = f32x4.sub(v128.load(x), mean0), x1 = f32x4.sub(v128.load(x, 16), mean1);
      a0 = f32x4.add(a0, f32x4.mul(x0, x0)); a1 = f32x4.add(a1, f32x4.mul(x1, x1));
      x += step;
    }
    a0 = f32x4.add(a0, b0); a1 = f32x4.add(a1, b1);
    t0 = f64x2.add(t0, f64x2.promote_low_f32x4(a0)); t1 = f64x2.add(t1, f64x2.promote_low_f32x4(upper(a0)));
    t2 = f64x2.add(t2, f64x2.promote_low_f32x4(a1)); t3 = f64x2.add(t3, f64x2.promote_low_f32x4(upper(a1)));
  }
  v128.store(into, t0); v128.store(into, t1, 16); v128.store(into, t2, 32); v128.store(into, t3, 48);
}

/** products[0 … 4) = scale * sums over the positions of delta * (x - mean), deltas[0 … 4) = those of delta, f32. */
function columnProducts(
  positions: i32, step: usize, delta: usize, x: usize, mean: v128, scale: v128, products: usize, deltas: usize,
): void {
  let t0 = f64x2.splat(0), t1 = t0, u0 = t0, u1 = t0;
  while (positions > 0) {
    let n = min(positions, STRETCH);
    positions -= n;
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    for (; n >= 2; n -= 2) {
      const d = v128.load(delta);
      a0 = f32x4.add(a0, f32x4.mul(d, f32x4.sub(v128.load(x), mean))); a1 = f32x4.add(a1, d);
      delta += step; x += step;
      const e = v128.load(delta);
      b0 = f32x4.add(b0, f32x4.mul(e, f32x4.sub(v128.load(x), mean))); b1 = f32x4.add(b1, e);
      delta += step; x += step;
    }
    if (n > 0) {
      const d = v128.load(delta);
      a0 = f32x4.add(a0, f32x4.mul(d, f32x4.sub(v128.load(x), mean))); a1 = f32x4.add(a1, d);
      delta += step; x += step;
    }
    a0 = f32x4.add(a0, b0); a1 = f32x4.add(a1, b1);
    t0 = f64x2.add(t0, f64x2.promote_low_f32x4(a0)); t1 = f64x2.add(t1, f64x2.promote_low_f32x4(upper(a0)));
    u0 = f64x2.add(u0, f64x2.promote_low_f32x4(a1)); u1 = f64x2.add(u1, f64x2.promote_low_f32x4(upper(a1)));
  }
  v128.store(products, f32x4.mul(together(t0, t1), scale)); v128.store(deltas, together(u0, u1));
}

function together(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

function across(low: v128, high: v128): f64 {
  const all = f64x2.add(low, high);
  return f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
}

/** The first `count` lanes. */
function tailMask(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}
