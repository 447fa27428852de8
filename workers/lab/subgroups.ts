/**
 * Groups rows by one column, read back from the encoded inputs: a category's values, the thirds of a public range of numbers or days, the
 * days of the week, or the quarters of a day. It needs no cell of the file, and none is kept.
 */
import { MeshError } from '#protocol/errors';
import { columnWidth, inputWidth, typicalOf, type DateColumn, type TableColumn, type Task } from '#protocol/manifest/task';
import { dayOfIso, isoOfDay } from '../loader/cells/date-cell.ts';

export interface RowGroup {
  readonly value: string;
  readonly rows: readonly number[];
}

/** Stands for an unlisted value, or an empty cell. */
const NO_VALUE = '';
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const QUARTERS = ['0:00 – 6:00', '6:00 – 12:00', '12:00 – 18:00', '18:00 – 24:00'];

/**
 * @param x rows x inputs
 * @returns groups that have rows, in the manifest's order; `NO_VALUE` last
 * @throws MeshError field-invalid for a column that the task does not read
 */
export function groupRows(task: Task, x: Float32Array, name: string): RowGroup[] {
  const columns = task.kind === 'table' ? task.columns : [];
  const index = columns.findIndex((column) => column.name === name && column.kind !== 'ignored');
  const column = columns[index];
  if (column === undefined || column.kind === 'ignored') {
    const expected = columns.filter((c) => c.kind !== 'ignored').map((c) => c.name);
    throw new MeshError('field-invalid', { field: 'column', expected: expected.join(', ') || 'a table', got: name });
  }
  const width = inputWidth(task);
  const at = columns.slice(0, index).reduce((sum, c) => sum + columnWidth(c), 0);
  const inputs = columnWidth(column);
  const { names, placeOf } = groupsOf(column);
  const rows: number[][] = Array.from({ length: names.length + 1 }, () => []);
  for (let row = 0; row * width < x.length; row++) {
    const cell = x.subarray(row * width + at, row * width + at + inputs);
    rows[placeOf(cell)]!.push(row);
  }
  return rows.map((of, i) => ({ value: names[i] ?? NO_VALUE, rows: of })).filter((group) => group.rows.length > 0);
}

interface Groups {
  readonly names: readonly string[];
  /** @returns the index of the name, or one past the last if the cell is empty */
  readonly placeOf: (cell: Float32Array) => number;
}

function groupsOf(column: Exclude<TableColumn, { kind: 'ignored' }>): Groups {
  if (column.kind === 'category') return { names: column.values, placeOf: listed };
  if (column.kind === 'date') return dateGroups(column);
  const missing = column.missing === 'fill' ? 1 : -1; // the second input says that the number is missing
  return {
    names: thirds(column.min, column.max, (value) => String(Number(value.toPrecision(4)))),
    placeOf: (cell) => (cell[missing] === 1 ? 3 : third(cell, column)),
  };
}

/** By the first of its parts that is read. */
function dateGroups(column: DateColumn): Groups {
  const missing = column.missing === 'fill' ? columnWidth(column) - 1 : -1;
  const known = (place: (cell: Float32Array) => number, none: number) => (cell: Float32Array) => (cell[missing] === 1 ? none : place(cell));
  if (column.from !== undefined && column.to !== undefined) {
    const [min, max] = [dayOfIso(column.from), dayOfIso(column.to)];
    const names = thirds(min, max, (days) => isoOfDay(Math.round(days)));
    return { names, placeOf: known((cell) => third(cell, { min, max }), 3) };
  }
  if (column.weekday === true)
    return { names: WEEKDAYS, placeOf: known((cell) => listed(cell.subarray(0, WEEKDAYS.length)), WEEKDAYS.length) };
  return { names: QUARTERS, placeOf: known(quarter, QUARTERS.length) };
}

/** The quarter of a time of day, given as sine and cosine; the last index without one. */
function quarter(cell: Float32Array): number {
  const [sine, cosine] = [cell[0]!, cell[1]!];
  if (sine === 0 && cosine === 0) return QUARTERS.length;
  const turn = Math.atan2(sine, cosine) / (2 * Math.PI);
  return Math.min(3, Math.floor((turn < 0 ? turn + 1 : turn) * 4 + 1e-6));
}

function listed(cell: Float32Array): number {
  const found = cell.indexOf(1);
  return found < 0 ? cell.length : found;
}

function third(cell: Float32Array, range: { min: number; max: number; typical?: number | undefined }): number {
  // Scaling moved the typical value to 0 and the range to a width of 2.
  const share = cell[0]! / 2 + (typicalOf(range) - range.min) / (range.max - range.min);
  return Math.min(2, Math.max(0, Math.floor(share * 3 + 1e-6)));
}

function thirds(min: number, max: number, written: (value: number) => string): string[] {
  const cut = (i: number) => written(min + ((max - min) * i) / 3);
  return [0, 1, 2].map((i) => `${cut(i)} – ${cut(i + 1)}`);
}
