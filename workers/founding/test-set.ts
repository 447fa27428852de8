/**
 * The public test set of a federation: some rows of the sample, which their owner publishes, encoded by the manifest's public description
 * without unread columns. Its shape is what scoring expects: x F32 [n, inputs] and y I32 [n], or y F32 [n] for answers that are numbers.
 */
import { MeshError } from '#protocol/errors';
import { MEMBER_ROWS_MAX, TEST_SET_BYTES_MAX } from '#protocol/limits';
import { shuffle, type RandomWords } from '#protocol/privacy/noise/random-words';
import { writeSafetensors } from '#protocol/model/safetensors';
import { inputWidth, numberAnswerOf, type SequenceTask, type TableTask } from '#protocol/manifest/task';
import { RowReader } from '../loader/table/encode.ts';
import type { CellNews } from '../loader/table/column-reader.ts';
import { columnMarks, type CellMark } from '../loader/table/column-marks.ts';
import { RowView } from '../loader/lines/row-view.ts';
import { loadRecordingFiles } from '../loader/recording/sequence-files.ts';
import type { Sample } from './sample.ts';

/** Room for the file's header. */
const HEADER_BYTES = 1024;

type Words = Pick<RandomWords, 'below'>;

export interface TestSet {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
}

/**
 * @param share of the sample's rows, above 0 to 1, among those that fit the schema
 * @param words decide which rows
 * @throws MeshError rows-too-few if no row of the sample fits the schema; field-invalid for a schema of other columns
 */
export function testSetOf(sample: Sample, task: TableTask, share: number, words: Words): TestSet {
  const first = encodeRows(sample, task);
  // All cells of a column together decide its decimal mark, as in a member's file.
  const marks = columnMarks(first.reader.markedColumns(), sample.separator !== ',');
  // Files are often sorted by the very answer to learn.
  const rows = shuffle(encodeRows(sample, task, marks).rows, words);
  const { width } = first.reader.code;
  return written(rows.slice(0, Math.min(roomFor(width), Math.ceil(rows.length * share))), width, numberAnswerOf(task) !== null);
}

/**
 * The same for recordings: whole ones, each with all of its windows that count.
 * @param files that the sample was read from @param share of its recordings
 * @throws MeshError as the loader does; rows-too-few if no recording fits
 */
export async function recordingTestSet(files: readonly File[], task: SequenceTask, share: number, words: Words): Promise<TestSet> {
  const { rows } = await loadRecordingFiles(files, task, MEMBER_ROWS_MAX);
  const width = inputWidth(task);
  const windows: EncodedRow[][] = [];
  for (const [row, label] of rows.y.entries()) {
    (windows[rows.units?.[row] ?? row] ??= []).push({ x: rows.x.subarray(row * width, (row + 1) * width), label });
  }
  const kept: EncodedRow[] = [];
  for (const recording of shuffle(windows, words).slice(0, Math.ceil(windows.length * share))) {
    if (kept.length + recording.length <= roomFor(width)) kept.push(...recording);
  }
  return written(kept, width);
}

const roomFor = (width: number): number => Math.floor((TEST_SET_BYTES_MAX - HEADER_BYTES) / (4 * width + 4));

function written(rows: readonly EncodedRow[], width: number, numbers = false): TestSet {
  const count = rows.length;
  if (count === 0) throw new MeshError('rows-too-few', { field: 'testShare', expected: 'rows that fit the columns', got: '0' });
  const x = new Float32Array(count * width);
  const y = new (numbers ? Float32Array : Int32Array)(count);
  for (const [i, row] of rows.entries()) {
    x.set(row.x, i * width);
    y[i] = row.label;
  }
  const bytes = writeSafetensors([
    { name: 'x', shape: [count, width], values: x },
    { name: 'y', shape: [count], values: y },
  ]);
  return { bytes, rows: count };
}

interface EncodedRow {
  readonly x: Float32Array;
  readonly label: number;
}

/** Rows that fit the schema. */
function encodeRows(sample: Sample, task: TableTask, marks?: readonly CellMark[]) {
  const reader = new RowReader(task, marks);
  const places = Int32Array.from(placesOf(sample, task));
  const view = new RowView();
  const news: CellNews[] = [];
  const coded = new Float32Array(reader.code.kept);
  const rows: EncodedRow[] = [];
  for (const cells of sample.rows) {
    news.length = 0;
    view.set(cells);
    const label = reader.read(view, places, coded.fill(0), 0, news);
    if (Number.isNaN(label)) continue;
    const x = new Float32Array(reader.code.width);
    reader.code.write(coded, 0, x, 0);
    rows.push({ x, label });
  }
  return { reader, rows };
}

/** Columns keep the sample's order whatever their names; the label stands between them. */
function placesOf({ names }: Sample, { columns, label }: TableTask): number[] {
  if (columns.length + 1 !== names.length) {
    const got = `${columns.length + 1} of ${names.length}`;
    throw new MeshError('field-invalid', { field: 'testShare', expected: 'all columns of the sample', got });
  }
  const at = label.place ?? columns.length;
  return [...columns.map((_, i) => (i < at ? i : i + 1)), at];
}
