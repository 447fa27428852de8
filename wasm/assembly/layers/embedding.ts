/**
 * Embeddings: rows of a table, selected by integers that the input holds as floats. Table rows are `bytes` long, whole vectors of 8.
 * A unit's gradient has few non-zero rows: the deltas of its tokens, with those of equal tokens added.
 * `tokens` keeps one i32 per example and position: the table row, or -1 for an invalid token.
 */
import { sumOfSquares, addSteps, addScaled } from '../vector';

/** out = the table's rows; zeros, and -1 in `tokens`, if the input is not an integer below the vocabulary's size. */
export function embed(
  rows: i32, positions: i32, vocabulary: i32, bytes: usize, x: usize, xStride: usize, xStep: usize, table: usize, tokens: usize,
  out: usize, outStride: usize,
): void {
  for (let m = 0; m < rows; m++, x += xStride, out += outStride) {
    let from = x, to = out;
    for (let p = 0; p < positions; p++, from += xStep, to += bytes, tokens += 4) {
      const value = load<f32>(from);
      if (value >= 0 && value < <f32>vocabulary && value == floor<f32>(value)) {
        const token = <i32>value;
        store<i32>(tokens, token);
        memory.copy(to, table + <usize>token * bytes, bytes);
      } else {
        store<i32>(tokens, -1);
        memory.fill(to, 0, bytes);
      }
    }
  }
}

/**
 * Adds the deltas of equal tokens of these examples to the first of them, and removes the others from `tokens`.
 * @param owners i32 per table row, all 0 before and after
 * @returns the squared norm of the remaining deltas, f64
 */
export function mergeTokens(
  rows: i32, positions: i32, bytes: usize, tokens: usize, owners: usize, delta: usize, deltaStride: usize,
): f64 {
  const floats = <i32>(bytes >> 2);
  let token = tokens;
  for (let m = 0; m < rows; m++) {
    let from = delta + <usize>m * deltaStride;
    for (let p = 0; p < positions; p++, token += 4, from += bytes) {
      const t = load<i32>(token);
      if (t < 0) continue;
      const owner = owners + (<usize>t << 2), first = <usize>load<u32>(owner);
      if (first == 0) {
        store<u32>(owner, <u32>from);
      } else {
        addScaled(floats, from, 1, first);
        store<i32>(token, -1);
      }
    }
  }
  let square: f64 = 0;
  token = tokens;
  for (let m = 0; m < rows; m++) {
    let from = delta + <usize>m * deltaStride;
    for (let p = 0; p < positions; p++, token += 4, from += bytes) {
      const t = load<i32>(token);
      if (t < 0) continue;
      square += sumOfSquares(from, floats);
      store<u32>(owners + (<usize>t << 2), 0);
    }
  }
  return square;
}

/** sums[token] += delta * factor, rounded to grid steps (see `addSteps`). */
export function addTokenSteps(
  rows: i32, positions: i32, bytes: usize, tokens: usize, delta: usize, deltaStride: usize, factor: f64, sums: usize,
): void {
  for (let m = 0; m < rows; m++) {
    let from = delta + <usize>m * deltaStride;
    for (let p = 0; p < positions; p++, tokens += 4, from += bytes) {
      const t = load<i32>(tokens);
      if (t >= 0) addSteps(<i32>(bytes >> 2), from, factor, sums + <usize>t * bytes);
    }
  }
}

/** sums[token] += delta, f32. */
export function addTokens(
  rows: i32, positions: i32, bytes: usize, tokens: usize, delta: usize, deltaStride: usize, sums: usize,
): void {
  for (let m = 0; m < rows; m++) {
    let from = delta + <usize>m * deltaStride;
    for (let p = 0; p < positions; p++, tokens += 4, from += bytes) {
      const t = load<i32>(tokens);
      if (t >= 0) addScaled(<i32>(bytes >> 2), from, 1, sums + <usize>t * bytes);
    }
  }
}
