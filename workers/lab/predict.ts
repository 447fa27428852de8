/**
 * Turns one input, as a person gives it, into the numbers that the model reads: typed cells, or the pixels of a picture. Same encoding as
 * for training rows, by the manifest's public constants alone. It does not decode picture files.
 */
import { MeshError } from '#protocol/errors';
import { inputWidth, type Task } from '#protocol/manifest/task';
import { RowReader } from '../loader/table/encode.ts';
import type { CellNews } from '../loader/table/column-reader.ts';
import { pictureEncoder } from '../loader/picture/picture-encode.ts';
import { RowView } from '../loader/lines/row-view.ts';

/**
 * @param cells by column name; an absent one is a missing cell
 * @returns inputs of one row
 * @throws MeshError value-type, field-invalid, naming the column
 */
export function cellInputs(task: Task, cells: Readonly<Record<string, string>>): Float32Array<ArrayBuffer> {
  if (task.kind !== 'table') {
    throw new MeshError('field-invalid', { field: 'input', expected: task.kind === 'image' ? 'a picture' : 'recordings', got: 'cells' });
  }
  const unknown = Object.keys(cells).find((name) => !task.columns.some((column) => column.name === name));
  if (unknown !== undefined) throw new MeshError('field-invalid', { field: 'input', expected: 'a column of the task', got: unknown });
  const inputs = new Float32Array(inputWidth(task));
  const row = task.columns.map((column) => (cells[column.name] ?? '').trim());
  const places = Int32Array.from(row.keys());
  const view = new RowView();
  view.set(row);
  const news: CellNews[] = [];
  if (new RowReader(task).readInputs(view, places, inputs, news)) return inputs;
  const { column, expected, got } = news.at(-1)!;
  throw new MeshError('value-type', { field: column, expected, got });
}

/**
 * @param pixels height x width x colours bytes of the task's picture
 * @returns inputs of one row
 * @throws MeshError wrong-length, field-invalid if the task has no pictures
 */
export function pixelInputs(task: Task, pixels: Uint8Array): Float32Array<ArrayBuffer> {
  const encoder = pictureEncoder(task);
  const inputs = new Float32Array(encoder.inputs);
  encoder.encode(pixels, inputs, 0);
  return inputs;
}
