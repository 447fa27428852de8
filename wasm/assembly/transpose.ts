/**
 * The same weights in panels of 8 input columns, for the backward pass: a product with the transpose then reads memory in order, like the
 * forward pass. The bias row is left out.
 */

/**
 * turned[k >> 3][n][k & 7] = panels[n >> 3][k][n & 7] for k < inputs, n < outputs. Columns past the last input are not written;
 * they must be zero.
 */
export function transpose(inputs: i32, outputs: i32, panels: usize, turned: usize): void {
  const panelBytes = <usize>(inputs + 1) << 5;
  const turnedBytes = <usize>outputs << 5;
  for (let n = 0; n < outputs; n++) {
    const from = panels + <usize>(n >> 3) * panelBytes + (<usize>(n & 7) << 2);
    const to = turned + (<usize>n << 5);
    for (let k = 0; k < inputs; k++) {
      store<f32>(to + <usize>(k >> 3) * turnedBytes + (<usize>(k & 7) << 2), load<f32>(from + (<usize>k << 5)));
    }
  }
}
