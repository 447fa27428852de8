/**
 * Turns files of recordings into rows of one sequence federation, with a report of what was found. Nothing leaves the device. A faulty
 * recording is left out and named. A source without a usable one is refused with its first problem, and so is one with too many windows,
 * unless its owner asks for a part of it. sequence-rows.ts cuts windows; recorded-rows.ts handles recordings made with this device.
 */
import { MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX, MEMBER_ROWS_MAX } from '#protocol/limits';
import type { SequenceTask, Task } from '#protocol/manifest/task';
import type { Recording } from '../../api.ts';
import { noteBalance } from '../lines/class-balance.ts';
import type { News } from '../cells/findings.ts';
import { nameOf } from '../cells/file-names.ts';
import { chosenFiles, folderOf, type ChosenFile } from '../picture/picture-labels.ts';
import type { RawWords } from '../lines/raw-hash.ts';
import { RAW_BYTES } from '../lines/raw-rows.ts';
import { joinSensors } from './sensor-files.ts';
import type { Gathered } from './sequence-book.ts';
import { answersOf } from './sequence-labels.ts';
import { RecordingReading, type ReadingOptions } from './sequence-reading.ts';
import { answerFault, faultOf, Remarks } from './sequence-remarks.ts';
import { sequenceOf, windowCount, windowsOf, windowStarts } from './sequence-rows.ts';
import type { ReadRows } from '../lines/read-rows.ts';
import { filesOfZip, isZip, zipRoom } from '../lines/zip.ts';

export const NO_TEXT = /\.(jpe?g|png|gif|webp|bmp|pdf|zip|gz|docx?|xlsx?|mp3|wav|mp4|mov)$/i;

export interface AboutRecordings {
  readonly name?: string;
  readonly synthetic?: boolean;
  /** Share of the recordings to read, above 0, at most 1; each is drawn independently. */
  readonly part?: number;
}

/**
 * @param files as a person chose them: a single one with a column that names recordings, or one per recording and one with their answers
 * @param rowsMax the manifest's limit of windows per member
 * @throws MeshError field-invalid for a task without recordings, or two files with answers; file-empty, rows-too-many, file-too-large,
 * rows-too-few; what the readers throw for a single file; the first recording's problem if none can be used
 */
export async function loadRecordingFiles(
  files: readonly (Blob | string)[],
  task: Task,
  rowsMax: number,
  { name, synthetic = false, part = 1 }: AboutRecordings = {},
): Promise<ReadRows> {
  const sequence = sequenceOf(task);
  const { chosen, single, news } = await chooseRecordings(
    files,
    sequence.channels.map((channel) => channel.name),
    name,
  );
  const reading = await readRecordings(chosen, sequence, { most: Math.min(rowsMax, MEMBER_ROWS_MAX), part, single });
  for (const one of news) reading.findings.add(one, null);
  if (single) needColumns(reading, sequence);
  await answer(reading, sequence);
  const { findings, book, parted } = reading;
  const used = book.recordings.filter((recording) => {
    const fault = answerFault(recording, sequence.label) ?? faultOf(recording, sequence);
    if (fault !== null) leave(reading, recording, fault);
    return fault === null;
  });
  if (used.length === 0) throw reading.firstProblem ?? new MeshError('rows-too-few', { expected: 'at least one recording', got: '0' });
  const windows = used.reduce((sum, { moments }) => sum + Math.min(windowCount(sequence, moments), sequence.windowsMax), 0);
  if (windows + book.beyond > rowsMax) {
    throw new MeshError('rows-too-many', {
      expected: `at most ${rowsMax.toLocaleString('en')} windows`,
      got: String(windows + book.beyond),
    });
  }
  if (parted > 0) {
    const expected = `1 in ${Math.round(1 / part)}`;
    const got = String(parted + book.recordings.length);
    findings.add({ code: 'rows-part', action: 'left-out', count: parted, expected, got }, null);
  }
  const byClass = sequence.label.classes.map((_, i) => used.filter((recording) => recording.label === i).length);
  noteBalance(byClass, sequence.label, findings);
  const remarks = new Remarks(sequence, used, findings);
  for (const recording of used) remarks.note(recording, reading.fileOf.has(recording) ? null : recording.row);
  const recordings = used.map((one): Recording => ({ id: one.id, label: one.label, values: one.values(sequence.channels.length) }));
  const rows = windowsOf(sequence, recordings);
  const classCounts = sequence.label.classes.map(() => 0);
  for (const label of rows.y) classCounts[label]!++;
  const layout = single ? reading.layout : null;
  const report = {
    name: name ?? sourceName(chosen),
    columns: layout?.columns ?? 0,
    classCounts,
    hasHeader: layout?.hasHeader ?? false,
    findings: findings.list(),
    synthetic,
  };
  const joined = used.map((recording) => reading.fileOf.get(recording)?.joined ?? []);
  const raw = rawOf(
    used.map((recording) => recording.raw.words()),
    used,
    sequence,
  );
  const most = Math.max(...joined.map(({ length }) => length));
  const sources = Array.from({ length: most }, (_, i) => {
    const words = joined.map((of, at) => of[i] ?? used[at]!.raw.words());
    return rawOf(words, used, sequence);
  });
  return { rows, report, raw, sources };
}

/** A chosen file, and the name of its recording if it is one. */
export interface NamedFile {
  readonly file: ChosenFile;
  readonly id: string;
}

/** Reads recordings without judging their answers, as for a file to predict. */
export async function readRecordings(chosen: readonly NamedFile[], task: SequenceTask, options: ReadingOptions): Promise<RecordingReading> {
  const first = await readOnce(chosen, task, options);
  const marks = first.marks();
  // If the cells imply another mark than the point, and some are ambiguous, they are read once more by that mark.
  const reading = first.mayDiffer(marks) ? await readOnce(chosen, task, options, marks) : first;
  reading.book.judgeClocks();
  if (reading.book.recordings.length > 0 || reading.parted > 0) return reading;
  const expected = `lines with ${task.channels
    .map(({ name }) => name)
    .slice(0, 5)
    .join(', ')}`;
  throw reading.firstProblem ?? new MeshError('file-empty', { field: 'recordings', expected, got: 'none' });
}

async function readOnce(
  chosen: readonly NamedFile[],
  task: SequenceTask,
  options: ReadingOptions,
  marks?: Parameters<RecordingReading['mayDiffer']>[0],
): Promise<RecordingReading> {
  const reading = new RecordingReading(task, options, marks);
  for (const { file, id } of chosen) {
    if (!options.single && NO_TEXT.test(file.path)) reading.others.push(file);
    else await reading.read(file, id);
  }
  return reading;
}

export interface ChosenRecordings {
  readonly chosen: readonly NamedFile[];
  /** A single file, in which each line must name its recording. */
  readonly single: boolean;
  /** What was done with sensor files. */
  readonly news: readonly News[];
}

/**
 * Unpacks archives, and joins files of several sensors.
 * @param wanted names of the project's measurements; null without a project
 * @throws MeshError file-empty, rows-too-many; file-binary and file-too-large for an archive
 */
export async function chooseRecordings(
  files: readonly (Blob | string)[],
  wanted: readonly string[] | null,
  name = 'recordings',
): Promise<ChosenRecordings> {
  if (files.length > IMAGE_FILES_MAX) {
    throw new MeshError('rows-too-many', { field: 'recordings', expected: `at most ${IMAGE_FILES_MAX} files`, got: String(files.length) });
  }
  const blobs = files.map((file) => (typeof file === 'string' ? new File([file], name) : file));
  const unpacked: Blob[] = [];
  const room = zipRoom();
  for (const blob of blobs) unpacked.push(...((await isZip(blob)) ? await filesOfZip(blob, plainName(blob), room) : [blob]));
  const all = chosenFiles(unpacked, 'recording');
  if (all.length === 0) throw new MeshError('file-empty', { field: 'recordings', expected: 'at least one file', got: '0' });
  const { files: chosen, news } = await joinSensors(all, wanted);
  const names = new Map<string, number>();
  for (const { path } of chosen) names.set(nameOf(path), (names.get(nameOf(path)) ?? 0) + 1);
  const named = chosen.map((file) => ({ file, id: names.get(nameOf(file.path)) === 1 ? nameOf(file.path) : file.path }));
  return { chosen: named, single: all.length === 1, news };
}

const plainName = (blob: Blob): string => (blob instanceof File ? blob.name.replace(/\.zip$/i, '') : 'archive');

/** Answers recordings with one file each, from their folders or another file. */
async function answer({ fileOf, others, findings }: RecordingReading, { label }: SequenceTask): Promise<void> {
  const silent = [...fileOf].filter(([recording]) => recording.answer === null);
  if (silent.length === 0 && others.length === 0) return;
  const answers = await answersOf(
    silent.map(([, file]) => file),
    others,
    label,
    findings,
  );
  for (const [i, [recording]] of silent.entries()) {
    const found = answers[i];
    if (found == null) continue;
    recording.answer = found.answer;
    recording.label = found.label;
  }
}

/** A single file must have columns for the recording and its answer. */
function needColumns({ layout, fileOf }: RecordingReading, { recording, label }: SequenceTask): void {
  const missing = (field: string, expected: string) => new MeshError('column-missing', { field, expected, got: 'a file without it' });
  if (fileOf.size > 0) throw missing(recording, `a column '${recording}', or one file per recording and one with their answers`);
  if (layout !== null && layout.label < 0) throw missing(label.name, `a column '${label.name}'`);
}

function leave(reading: RecordingReading, recording: Gathered, fault: News): void {
  const row = reading.fileOf.has(recording) ? null : recording.row;
  reading.findings.add(fault, row);
  reading.firstProblem ??= problemOf(fault, row);
}

const FAULT_CODES = { 'recording-answers': 'label-unknown', 'recording-unlabelled': 'label-unknown' } as const;

/** A recording's fault as a refusal. @param row number of its first line; null if that means nothing */
export function problemOf({ code, column, expected, got }: News, row: number | null): MeshError {
  const known = code in FAULT_CODES ? FAULT_CODES[code as keyof typeof FAULT_CODES] : 'value-type';
  const where = { ...(row === null ? {} : { row }), ...(column == null ? {} : { field: column }) };
  return new MeshError(known, { ...where, ...(expected == null ? {} : { expected }), ...(got == null ? {} : { got }) });
}

/**
 * All windows carry the hash of their whole recording: windows of another length, which another federation may read, are the same
 * measurements.
 */
function rawOf(names: readonly RawWords[], used: readonly Gathered[], task: SequenceTask): Uint8Array<ArrayBuffer> {
  const words = used.flatMap(({ moments }, at) => windowStarts(task, moments).flatMap(() => names[at]!));
  const bytes = new Uint8Array((words.length / 2) * RAW_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return bytes;
}

function sourceName(chosen: readonly NamedFile[]): string {
  const files = chosen.map(({ file }) => file);
  const [first] = files;
  return files.length === 1 ? nameOf(first!.path) : (folderOf(files) ?? `${files.length} files`);
}
