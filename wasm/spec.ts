/**
 * What a model and its arguments must look like before either implementation touches them. Messages name the argument, what was
 * expected and what came.
 */
import type { MlpSpec, Rows } from './numerics.ts';

/** d: weights (in x out) and biases of each layer. @throws RangeError for sizes that make no network */
export function countParameters(spec: MlpSpec): number {
  const { sizes } = spec;
  if (sizes.length < 2) throw new RangeError(`sizes: expected at least [inputs, outputs], got ${sizes.length} numbers`);
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`sizes: expected whole numbers from 1, got ${size}`);
  }
  return sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i]! + 1) * outputs, 0);
}

/** @returns n. @throws RangeError when x is not n x inputs or y does not belong to n rows */
export function countRows(spec: MlpSpec, rows: Rows): number {
  const n = countInputRows(spec, rows.x);
  const perRow = spec.loss === 'mse' ? spec.sizes.at(-1)! : 1;
  if (rows.y.length !== n * perRow) throw new RangeError(`y: expected ${n * perRow} values for ${n} rows, got ${rows.y.length}`);
  return n;
}

/** @throws RangeError when x is not n x inputs */
export function countInputRows(spec: MlpSpec, x: Float32Array): number {
  const inputs = spec.sizes[0]!;
  if (x.length % inputs !== 0) throw new RangeError(`x: expected rows of ${inputs} values, got ${x.length}`);
  return x.length / inputs;
}

/** @throws RangeError when the lot names a row that is not there */
export function checkLot(lot: Int32Array, rowCount: number): void {
  for (const row of lot) {
    if (row < 0 || row >= rowCount) throw new RangeError(`lot: expected rows below ${rowCount}, got ${row}`);
  }
}

/** @throws RangeError when a row comes twice: its gradient would count twice, beyond the bound that the noise covers */
export function checkDistinct(lot: Int32Array, rowCount: number): void {
  const seen = new Int32Array((rowCount + 31) >> 5); // a bit for each row
  for (const row of lot) {
    const bit = 1 << (row & 31);
    if ((seen[row >> 5]! & bit) !== 0) throw new RangeError(`lot: expected each row at most once, got row ${row} again`);
    seen[row >> 5]! |= bit;
  }
}

/** @throws RangeError for a class that the model has no output for */
export function checkClass(value: number, outputs: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= outputs) {
    throw new RangeError(`y: expected classes below ${outputs}, got ${value}`);
  }
  return value;
}

/** @throws RangeError */
export function checkParameters(values: Float32Array | Int32Array, count: number, name = 'parameters'): void {
  if (values.length !== count) throw new RangeError(`${name}: expected ${count} values, got ${values.length}`);
}
