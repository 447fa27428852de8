/** The network's own input is dense; kernels that work on whole vectors of channels take a copy with padded positions. */

/** to[m][p][c] = from[m][p][c]; the copy's positions are `toStep` bytes apart, examples have no gaps, and padding is not written. */
export function fillUp(
  rows: i32, positions: i32, channels: i32, from: usize, stride: usize, step: usize, to: usize, toStep: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let m = 0; m < rows; m++, from += stride) {
    let position = from;
    for (let p = 0; p < positions; p++, position += step, to += toStep) {
      for (let at: usize = 0; at < bytes; at += 4) store<u32>(to + at, load<u32>(position + at));
    }
  }
}
