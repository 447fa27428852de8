/**
 * Predictions for a whole file of rows, or for many pictures, as they stream: a row of a table needs no label, and one that is there
 * is not read. A row that cannot be read keeps its line, with the reason instead of a prediction.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import { classesOf, type TableTask, type Task } from '#protocol/task';
import { RowReader, type CellNews } from '../loader/encode.ts';
import { bare, placesIn } from '../loader/layout.ts';
import { decimalMarks, type DecimalMark } from '../loader/number-cell.ts';
import { pictureEncoder } from '../loader/picture-encode.ts';
import { RowView } from '../loader/row-view.ts';
import { rowBatches } from '../loader/rows.ts';
import type { Problem } from '../api.ts';
import type { BatchPredictions } from './api.ts';
import { PredictionFile } from './prediction-file.ts';

/** `#`, the first letter of a comment. */
const HASH = 35;

export type Probabilities = (x: Float32Array) => Float32Array;

/** Where each column of the task lies in a row of the file; -1: nowhere, an empty cell. */
interface Layout {
  readonly hasHeader: boolean;
  readonly places: readonly number[];
  /** Cells of a whole row. */
  readonly cells: number;
}

/**
 * A file whose numbers could be read by two decimal marks is read once more when its cells, all together, say the comma.
 * @throws MeshError as the reader does; column-missing, column-count; the first row's problem where no row could be read
 */
export async function predictTable(
  source: Blob | string,
  name: string,
  task: TableTask,
  probabilities: Probabilities,
): Promise<BatchPredictions> {
  const first = await readOnce(source, task, probabilities);
  const marks = decimalMarks(first.columns, first.commaIsFree);
  const differs = first.columns.some((column, i) => column !== null && column.either > 0 && column.mark !== marks[i]);
  const { predictions, good } = differs ? await readOnce(source, task, probabilities, marks) : first;
  const problem = predictions.firstProblem;
  if (good === 0 && problem !== null) throw new MeshError(problem.code, problem.detail);
  if (good === 0) throw new MeshError('file-empty', { expected: 'rows of data' });
  return predictions.close(name);
}

async function readOnce(source: Blob | string, task: TableTask, probabilities: Probabilities, marks?: readonly DecimalMark[]) {
  const reader = new RowReader(task, marks);
  const predictions = new PredictionFile('row', { classes: classesOf(task), width: reader.width, probabilities });
  const places = Int32Array.from({ length: task.columns.length }, (_, i) => i);
  const ordered = new RowView();
  const news: CellNews[] = [];
  let layout: Layout | undefined;
  let good = 0;
  const take = (row: number, cells: readonly string[]): Problem | null | undefined => {
    if (layout === undefined) {
      layout = layoutOf(cells, task, row);
      if (layout.hasHeader) return;
    }
    const { cells: wanted } = layout;
    const found = cells.length === wanted + 1 && cells[wanted] === '' ? wanted : cells.length;
    if (found !== wanted) return { code: 'column-count', detail: { expected: `${wanted} columns`, got: String(found) } };
    ordered.set(layout.places.map((place) => cells[place] ?? ''));
    news.length = 0;
    if (reader.readInputs(ordered, places, predictions.inputs, 0, news)) return null;
    const { column, expected, got } = news.at(-1)!;
    return { code: 'value-type', detail: { field: column, expected, got } };
  };
  let separator = ',';
  for await (const batch of rowBatches(source, (rows) => fitOf(rows, task))) {
    ({ separator } = batch);
    batch.each((view, row) => {
      if (view.isBlank() || view.startsWith(HASH)) return;
      const problem = take(row, view.cells());
      if (problem === undefined) return;
      if (problem === null) good++;
      predictions.add(row, String(row), problem);
    });
  }
  return { predictions, good, columns: reader.numberColumns(), commaIsFree: separator !== ',' };
}

/**
 * @param readPicture to the task's pixels
 * @throws MeshError file-empty, rows-too-many; the first picture's problem where none could be read
 */
export async function predictPictures(
  files: readonly File[],
  task: Task,
  readPicture: (picture: Blob) => Promise<Uint8Array>,
  probabilities: Probabilities,
): Promise<BatchPredictions> {
  if (files.length === 0) throw new MeshError('file-empty', { field: 'pictures', expected: 'at least one picture' });
  if (files.length > IMAGE_FILES_MAX) {
    throw new MeshError('rows-too-many', { field: 'pictures', expected: `at most ${IMAGE_FILES_MAX} files`, got: String(files.length) });
  }
  const encoder = pictureEncoder(task);
  const predictions = new PredictionFile('file', { classes: classesOf(task), width: encoder.inputs, probabilities });
  let good = 0;
  for (const [i, file] of files.entries()) {
    try {
      encoder.encode(await readPicture(file), predictions.inputs, 0);
      predictions.add(i + 1, file.name, null);
      good++;
    } catch (error) {
      const { code, detail } = asMeshError(error);
      if (code === 'internal') throw error; // ours, not the picture's
      predictions.add(i + 1, file.name, { code, detail });
    }
  }
  if (good === 0) throw new MeshError(predictions.firstProblem!.code, predictions.firstProblem!.detail);
  return predictions.close('pictures');
}

function readColumns(task: TableTask): TableTask['columns'] {
  return task.columns.filter((column) => column.kind !== 'ignored');
}

function isHeader(cells: readonly string[], task: TableTask): boolean {
  const names = new Set(cells.map(bare));
  const read = readColumns(task);
  const named = read.filter((column) => names.has(bare(column.name))).length;
  return named > 0 && named * 2 >= read.length;
}

/** Judges a separator: a header beats everything, then rows of a right length, then the longest rows. */
function fitOf(rows: readonly string[][], task: TableTask): number {
  const wanted = task.columns.length;
  const longest = rows.reduce((max, cells) => Math.max(max, cells.length), 0);
  const right = rows.filter(({ length }) => length === wanted || length === wanted + 1).length;
  const header = rows[0] !== undefined && isHeader(rows[0], task);
  return (header ? 1e6 : 0) + right * 1e4 + Math.min(longest, 9999);
}

function layoutOf(cells: readonly string[], task: TableTask, row: number): Layout {
  const { columns, label } = task;
  if (!isHeader(cells, task)) {
    const count = columns.length;
    if (cells.length !== count && cells.length !== count + 1) {
      const expected = `${count} columns, or a header that names them`;
      throw new MeshError('column-count', { row, expected, got: String(cells.length) });
    }
    const labelAt = cells.length === count ? count : (label.place ?? count);
    return { hasHeader: false, places: columns.map((_, i) => (i < labelAt ? i : i + 1)), cells: cells.length };
  }
  const placeOf = placesIn(cells);
  const places = columns.map(({ kind, name }) => {
    const place = placeOf(name);
    if (place !== undefined || kind === 'ignored') return place ?? -1;
    throw new MeshError('column-missing', { row, field: name, expected: `a column '${name}'`, got: 'a header without it' });
  });
  return { hasHeader: true, places, cells: cells.length };
}
