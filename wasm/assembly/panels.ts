/**
 * Converts a layer's weights from rows, as parameters are stored, to panels, as products read them, and back. Rows are padded to whole
 * panels with arbitrary values, panels with zeros.
 */

/** panels[n >> 3][k][n & 7] = rows[k][n] for k < inner, n < outputs; 0 for the columns past the last output. */
export function toPanels(inner: i32, outputs: i32, rows: usize, panels: usize): void {
  const whole = outputs >> 3, rowBytes = <usize>((outputs + 7) >> 3) << 5;
  for (let p = 0; p < whole; p++, rows += 32) {
    let from = rows;
    for (let k = 0; k < inner; k++, from += rowBytes, panels += 32) {
      v128.store(panels, v128.load(from)); v128.store(panels, v128.load(from, 16), 16);
    }
  }
  const rest = <usize>(outputs & 7) << 2;
  if (rest == 0) return;
  for (let k = 0; k < inner; k++, rows += rowBytes, panels += 32) {
    let at: usize = 0;
    for (; at < rest; at += 4) store<u32>(panels + at, load<u32>(rows + at));
    for (; at < 32; at += 4) store<u32>(panels + at, 0);
  }
}

/** rows[k][n] = panels[n >> 3][k][n & 7], whole panels. */
export function fromPanels(inner: i32, panelCount: i32, panels: usize, rows: usize): void {
  const rowBytes = <usize>panelCount << 5;
  for (let p = 0; p < panelCount; p++, rows += 32) {
    let to = rows;
    for (let k = 0; k < inner; k++, to += rowBytes, panels += 32) {
      v128.store(to, v128.load(panels)); v128.store(to, v128.load(panels, 16), 16);
    }
  }
}
