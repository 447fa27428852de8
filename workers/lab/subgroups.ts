/**
 * Rows by what one column says, read back from the encoded inputs: a category's values, or the thirds of a number's public range.
 * No cell of the file is needed, and none is kept.
 */
import { MeshError } from '#protocol/errors';
import { columnWidth, inputWidth, type Task } from '#protocol/task';

export interface RowGroup {
  readonly value: string;
  readonly rows: readonly number[];
}

/** What a row says that is none of the listed values, or nothing at all. */
export const NO_VALUE = '';

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
  const names = column.kind === 'category' ? column.values : thirds(column.min, column.max);
  const rows: number[][] = Array.from({ length: names.length + 1 }, () => []);
  for (let row = 0; row * width < x.length; row++) {
    const cell = x.subarray(row * width + at, row * width + at + inputs);
    rows[column.kind === 'category' ? listed(cell) : third(cell, column)]!.push(row);
  }
  return rows.map((of, i) => ({ value: names[i] ?? NO_VALUE, rows: of })).filter((group) => group.rows.length > 0);
}

function listed(cell: Float32Array): number {
  const found = cell.indexOf(1);
  return found < 0 ? cell.length : found;
}

function third(cell: Float32Array, { min, max, typical }: { min: number; max: number; typical?: number | undefined }): number {
  if (cell[1] === 1) return 3; // the second input says that the number is missing
  // Scaling moved the typical value to 0 and the range to a width of 2.
  const share = cell[0]! / 2 + ((typical ?? (min + max) / 2) - min) / (max - min);
  return Math.min(2, Math.max(0, Math.floor(share * 3 + 1e-6)));
}

function thirds(min: number, max: number): string[] {
  const cut = (i: number) => String(Number((min + ((max - min) * i) / 3).toPrecision(4)));
  return [0, 1, 2].map((i) => `${cut(i)} – ${cut(i + 1)}`);
}
