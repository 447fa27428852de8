/**
 * Checks a model and its arguments before either implementation uses them. Messages name the argument, the expected and the actual value.
 */
import { checkSumFits } from './grid.ts';
import type { Clipping, ModelSpec, Rows } from './numerics.ts';

/** UNIT_ROWS_MAX of the protocol, repeated because wasm imports only types (docs/adr/0005). */
export const UNIT_ROWS_MAX = 64;

/** Values of one example, of its outputs, and of its target. */
export const inputsOf = ({ network: { input } }: ModelSpec): number => input.height * input.width * input.channels;
export const outputsOf = ({ network: { output } }: ModelSpec): number => output.height * output.width * output.channels;
export const targetsOf = (spec: ModelSpec): number => (spec.loss === 'cross-entropy' ? 1 : outputsOf(spec));

/** @returns n. @throws RangeError if x is not n x inputs or y does not have n rows */
export function countRows(spec: ModelSpec, rows: Rows): number {
  const n = countInputRows(spec, rows.x);
  const expected = n * targetsOf(spec);
  if (rows.y.length !== expected) throw new RangeError(`y: expected ${expected} values for ${n} rows, got ${rows.y.length}`);
  return n;
}

/** @throws RangeError if x is not n x inputs */
export function countInputRows(spec: ModelSpec, x: Float32Array): number {
  const inputs = inputsOf(spec);
  if (x.length % inputs !== 0) throw new RangeError(`x: expected rows of ${inputs} values, got ${x.length}`);
  return x.length / inputs;
}

/** @throws RangeError if the lot has a row that does not exist */
export function checkLot(lot: Int32Array, rowCount: number): void {
  for (let i = 0; i < lot.length; i++) {
    const row = lot[i]!;
    if (row < 0 || row >= rowCount) throw new RangeError(`lot: expected rows below ${rowCount}, got ${row}`);
  }
}

/**
 * Checks a lot whose clipped gradients are to be summed.
 * @returns where each unit starts in the lot, and the lot's length: unit u is the rows at [u] .. [u + 1]
 * @throws RangeError if rows, lot and units disagree, a row occurs twice, or the sum could overflow int32
 */
export function checkClippedLot(spec: ModelSpec, rows: Rows, lot: Int32Array, { units, gridBits }: Clipping): number[] {
  const rowCount = countRows(spec, rows);
  checkLot(lot, rowCount);
  checkDistinct(lot, rowCount);
  const starts = unitStarts(lot, units);
  checkSumFits(starts.length - 1, gridBits);
  return starts;
}

/** @throws RangeError if a row occurs twice: its gradient would count twice and exceed the sensitivity */
function checkDistinct(lot: Int32Array, rowCount: number): void {
  let rising = 1;
  while (rising < lot.length && lot[rising]! > lot[rising - 1]!) rising++;
  if (rising >= lot.length) return; // as lots are drawn
  const seen = new Int32Array((rowCount + 31) >> 5); // one bit per row
  for (let i = 0; i < lot.length; i++) {
    const row = lot[i]!;
    const bit = 1 << (row & 31);
    if ((seen[row >> 5]! & bit) !== 0) throw new RangeError(`lot: expected each row at most once, got row ${row} again`);
    seen[row >> 5]! |= bit;
  }
}

/** @param units rows of each unit, in the order of the lot; absent: one each. @throws RangeError if the units do not add up to the lot */
function unitStarts(lot: Int32Array, units?: Int32Array): number[] {
  const starts = [0];
  if (units === undefined) {
    for (let i = 1; i <= lot.length; i++) starts.push(i);
    return starts;
  }
  for (const rows of units) {
    if (rows < 1 || rows > UNIT_ROWS_MAX) throw new RangeError(`units: expected 1 to ${UNIT_ROWS_MAX} rows each, got ${rows}`);
    starts.push(starts.at(-1)! + rows);
  }
  if (starts.at(-1) !== lot.length) throw new RangeError(`units: expected the lot's ${lot.length} rows in all, got ${starts.at(-1)}`);
  return starts;
}

/** @throws RangeError for a class without an output */
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

/** @throws RangeError for outputs that are not flat */
export function checkOutputs({ network: { output } }: ModelSpec): void {
  const { height, width, channels } = output;
  if (height * width !== 1) throw new RangeError(`network: expected flat outputs, got ${height}x${width}x${channels}`);
}
