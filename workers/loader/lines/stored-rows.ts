/** Rows as their reader keeps them: the inputs are written only where they are needed, so that no second tensor of all rows exists. */
import type { Answers, TrainingRows } from '../../training-rows.ts';

export interface StoredRows {
  /** Inputs per row. */
  readonly width: number;
  readonly y: Answers;
  /** As in TrainingRows. */
  readonly units?: Int32Array;
  /** Writes the row's inputs. @param out zeros from `at` on */
  write(row: number, out: Float32Array, at: number): void;
}

/** Rows whose inputs are a tensor already. */
export function storedRows({ x, y, units }: TrainingRows): StoredRows {
  const width = y.length === 0 ? 0 : x.length / y.length;
  const write: StoredRows['write'] = (row, out, at) => out.set(x.subarray(row * width, (row + 1) * width), at);
  return units === undefined ? { width, y, write } : { width, y, units, write };
}

/** All rows, as tensors. */
export function tensorsOf({ width, y, units, write }: StoredRows): TrainingRows {
  const x = new Float32Array(y.length * width);
  for (let row = 0; row < y.length; row++) write(row, x, row * width);
  return units === undefined ? { x, y } : { x, y, units };
}
