/**
 * Streams predictions for a whole file of rows, or for many pictures. Rows need no label, and an existing one is not read. A row that
 * cannot be read keeps its line, with the reason instead of a prediction.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import { classesOf, type TableTask, type Task } from '#protocol/manifest/task';
import { RowReader } from '../loader/table/encode.ts';
import type { CellNews } from '../loader/table/column-reader.ts';
import { formFit, layoutOf, wantedOf, type Layout } from '../loader/lines/layout.ts';
import { columnMarks, marksDiffer, type CellMark } from '../loader/table/column-marks.ts';
import { openTable, type OpenedTable } from '../loader/lines/opened-table.ts';
import { pictureEncoder } from '../loader/picture/picture-encode.ts';
import { RowView } from '../loader/lines/row-view.ts';
import { rowBatches } from '../loader/lines/rows.ts';
import type { Problem } from '../api.ts';
import type { BatchPredictions } from './api.ts';
import { classPredicting, PredictionFile, type Predicting } from './prediction-file.ts';

export type Probabilities = (x: Float32Array) => Float32Array;

/**
 * Reads a file a second time if its numbers fit two decimal marks and all cells together imply the comma.
 * @throws MeshError as the reader does; column-missing, column-count; the first row's problem if no row could be read
 */
export async function predictTable(
  source: Blob | string,
  name: string,
  task: TableTask,
  predicting: (inputs: number) => Predicting,
): Promise<BatchPredictions> {
  const first = await readOnce(source, task, predicting);
  const marks = columnMarks(first.columns, first.commaIsFree);
  const differs = marksDiffer(first.columns, marks);
  const { predictions, good } = differs ? await readOnce(source, task, predicting, marks) : first;
  const problem = predictions.firstProblem;
  if (good === 0 && problem !== null) throw new MeshError(problem.code, problem.detail);
  if (good === 0) throw new MeshError('file-empty', { expected: 'rows of data' });
  return predictions.close(name);
}

async function readOnce(source: Blob | string, task: TableTask, predicting: (inputs: number) => Predicting, marks?: readonly CellMark[]) {
  const reader = new RowReader(task, marks);
  const predictions = new PredictionFile('row', predicting(reader.code.width));
  const places = Int32Array.from({ length: task.columns.length }, (_, i) => i);
  const ordered = new RowView();
  const news: CellNews[] = [];
  const wanted = wantedOf(task, 'prediction');
  let table: OpenedTable | null = null;
  let layout: Layout | undefined;
  let good = 0;
  const take = (view: RowView, { columns, places: at }: Layout): Problem | null => {
    const found = view.width(columns);
    if (found !== columns) return { code: 'column-count', detail: { expected: `${columns} columns`, got: String(found) } };
    ordered.set(Array.from(at.subarray(0, -1), (place) => view.cell(place)));
    news.length = 0;
    if (reader.readInputs(ordered, places, predictions.inputs, news)) return null;
    const { column, expected, got } = news.at(-1)!;
    return { code: 'value-type', detail: { field: column, expected, got } };
  };
  let separator = ',';
  for await (const batch of rowBatches(source, (first, by) => formFit(first, by, wanted))) {
    ({ separator } = batch);
    table ??= openTable(batch, wanted);
    if (table !== null) layout ??= layoutOf(table.form, task, 'prediction', table.row);
    batch.each((view, row) => {
      if (layout === undefined || view.isBlank() || table!.lineOf(view, row) !== 'row') return;
      const problem = take(view, layout);
      if (problem === null) good++;
      predictions.add(row, String(row), problem);
    });
  }
  return { predictions, good, columns: reader.markedColumns(), commaIsFree: separator !== ',' };
}

/**
 * @param readPicture to the task's pixels
 * @throws MeshError file-empty, rows-too-many; the first picture's problem if none could be read
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
  const predictions = new PredictionFile('file', classPredicting(classesOf(task), encoder.inputs, probabilities));
  let good = 0;
  for (const [i, file] of files.entries()) {
    try {
      encoder.encode(await readPicture(file), predictions.inputs, 0);
      predictions.add(i + 1, file.name, null);
      good++;
    } catch (error) {
      const { code, detail } = asMeshError(error);
      if (code === 'internal') throw error; // our error, not the picture's
      predictions.add(i + 1, file.name, { code, detail });
    }
  }
  if (good === 0) throw new MeshError(predictions.firstProblem!.code, predictions.firstProblem!.detail);
  return predictions.close('pictures');
}
