/**
 * Matrix product of examples with a layer's panels, in tiles (tiles.ts).
 *
 * An output depends only on its own row and is summed over k in order, whether the row is part of a tile or not, so an example's
 * result does not depend on its neighbours in the lot.
 */
import { packRows, sixesOf, tile1, tile4, tile6 } from '../tiles';

/** Rows and inputs per pass over a panel: the packed tiles, and a panel's part of them, stay in the caches. */
const ROWS: i32 = 24;
const INPUTS: i32 = 512;
export const DENSE_SCRATCH: i32 = ROWS * INPUTS * 4;

/**
 * out[m, 8p + j] = sum over k < inner of a[m, k] * panels[p][k][j]. Writes 8 * panelCount columns of every row.
 * @param scratch scratchBytes() for the exclusive use of this call
 */
export function dense(
  rows: i32, inner: i32, a: usize, aStride: usize, panels: usize, panelCount: i32, out: usize, outStride: usize, scratch: usize,
): void {
  const panelBytes = <usize>inner << 5;
  for (; rows > 0; rows -= ROWS, a += ROWS * aStride, out += ROWS * outStride) {
    const count = min(ROWS, rows);
    for (let k = 0; k < inner; k += INPUTS) {
      const depth = min(INPUTS, inner - k), fresh = i32(k == 0);
      const left = a + (<usize>k << 2), panel = panels + (<usize>k << 5);
      pack(count, depth, left, aStride, scratch);
      for (let p = 0; p < panelCount; p++) {
        product(count, depth, left, aStride, scratch, panel + <usize>p * panelBytes, out + (<usize>p << 5), outStride, fresh);
      }
    }
  }
}

function pack(rows: i32, depth: i32, a: usize, aStride: usize, tile: usize): void {
  const sixes = sixesOf(rows);
  for (let m = 0; m < sixes; m++, a += 6 * aStride, tile += <usize>depth * 24) packRows(6, depth, a, aStride, tile);
  for (let left = rows - 6 * sixes; left >= 4; left -= 4, a += 4 * aStride, tile += <usize>depth << 4) packRows(4, depth, a, aStride, tile);
}

/** Multiplies all packed rows with one panel; the last rows are read unpacked. */
function product(
  rows: i32, depth: i32, a: usize, aStride: usize, tile: usize, panel: usize, out: usize, outStride: usize, fresh: i32,
): void {
  const end = panel + (<usize>depth << 5), last = a + <usize>rows * aStride;
  const sixes = sixesOf(rows);
  if (ASC_FEATURE_RELAXED_SIMD) {
    for (let m = 0; m < sixes; m++, tile += <usize>depth * 24, out += 6 * outStride) {
      tile6<f32>(tile, panel, end, out, outStride, fresh, 0, 0);
    }
  }
  let left = rows - 6 * sixes;
  for (; left >= 4; left -= 4, tile += <usize>depth << 4, out += 4 * outStride) tile4<f32>(tile, panel, end, out, outStride, fresh, 0, 0);
  for (let at = last - <usize>left * aStride; at < last; at += aStride, out += outStride) {
    tile1<f32>(at, 4, panel, depth, out, fresh, 0, 0);
  }
}
