/**
 * The answers of recordings that are a file each: one more file with a column of file names, or of the numbers in them, and one of
 * answers; or the innermost folder that is named like an answer. Not the recordings themselves: sequence-files.ts.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { SequenceTask } from '#protocol/task';
import { plainText, shownCell } from './cell.ts';
import { FileNames, linesOfFiles, nameOf, type ListLine } from './file-names.ts';
import type { Findings } from './findings.ts';
import { bare } from './layout.ts';
import { NameList } from './name-list.ts';
import { FILE_HEADERS, folderClass, LABEL_HEADERS, type ChosenFile } from './picture-labels.ts';
import { firstFew, rowBatches } from './rows.ts';

/** A file that may hold answers is read as a whole. */
const ANSWERS_BYTES_MAX = 8 * 1024 * 1024;
export const NAMED_LIKE_ANSWERS = /target|label|answer|class/i;
const FILES_SHOWN = 3;

interface AnswerTable {
  readonly file: ChosenFile;
  /** Without a header. */
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[];
  readonly fileAt: number;
  readonly labelAt: number;
  /** How much speaks for it. */
  readonly score: number;
}

export interface FileAnswer {
  /** Class number, -1 for one that is not known. */
  readonly label: number;
  /** As it is written. */
  readonly answer: string;
}

/**
 * @param recordings files that are one recording each
 * @param others files that are none; one of them may hold the answers
 * @returns the answer of each recording, null where nothing tells it
 * @throws MeshError field-invalid where two files may be meant
 */
export async function answersOf(
  recordings: readonly ChosenFile[],
  others: readonly ChosenFile[],
  label: SequenceTask['label'],
  findings: Findings,
): Promise<(FileAnswer | null)[]> {
  const classes = new NameList(label.classes, false);
  const answers = recordings.map(({ path }): FileAnswer | null => {
    const value = folderClass(path, classes);
    return value < 0 ? null : { label: value, answer: label.classes[value]! };
  });
  const names = recordingNames(recordings);
  const tables: AnswerTable[] = [];
  for (const file of others) {
    const table = await answerTable(file, names, label, classes);
    if (table !== null) tables.push(table);
  }
  tables.sort((a, b) => b.score - a.score);
  const [best, second] = tables;
  if (best !== undefined && second?.score === best.score) {
    const got = `${nameOf(best.file.path)} and ${nameOf(second.file.path)}`;
    throw new MeshError('field-invalid', { field: 'recordings', expected: `one file with '${label.name}'`, got });
  }
  const unread = others.filter((file) => file !== best?.file).map(({ path }) => nameOf(path));
  if (unread.length > 0) {
    const more = unread.length - FILES_SHOWN;
    const got = unread.slice(0, FILES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
    findings.add({ code: 'recording-file', action: 'kept', count: unread.length, got }, null);
  }
  if (best !== undefined) take(best, names, classes, answers, findings);
  return answers;
}

/** Also by the last number in a name. */
export const recordingNames = (recordings: readonly ChosenFile[]): FileNames =>
  new FileNames(
    recordings.map(({ path }) => path),
    { numbers: true },
  );

async function answerTable(
  file: ChosenFile,
  names: FileNames,
  label: SequenceTask['label'],
  classes: NameList,
): Promise<AnswerTable | null> {
  const rows = await rowsOf(file, names);
  if (rows === null || rows.length === 0) return null;
  const width = rows.reduce((max, { cells }) => Math.max(max, cells.length), 0);
  const share = (good: (cell: string) => boolean) =>
    Array.from({ length: width }, (_, c) => rows.reduce((n, { cells }) => n + (good(cells[c] ?? '') ? 1 : 0), 0));
  const files = share((cell) => names.find(cell) !== null);
  const named = share((cell) => classes.find(cell).value >= 0);
  const head = rows[0]!.cells.map((cell) => cell.replace(/^#+/, '').trim());
  const byHeader = head.findIndex((cell) => bare(cell) === bare(label.name));
  const byUsual = byHeader >= 0 ? byHeader : head.findIndex((cell) => LABEL_HEADERS.includes(plainText(cell)));
  const fileByHeader = head.findIndex((cell, c) => c !== byUsual && FILE_HEADERS.includes(plainText(cell)));
  const best = (counts: readonly number[], but: number) =>
    counts.reduce((a, n, c) => (c !== but && n > 0 && (a < 0 || n > counts[a]!) ? c : a), -1);
  const fileAt = fileByHeader >= 0 && files[fileByHeader]! > 0 ? fileByHeader : best(files, byUsual);
  const labelAt = byUsual >= 0 && byUsual !== fileAt ? byUsual : best(named, fileAt);
  if (fileAt < 0 || labelAt < 0 || files[fileAt] === 0 || named[labelAt] === 0) return null;
  const likely = NAMED_LIKE_ANSWERS.test(nameOf(file.path)) ? 1 : 0;
  const score = (byHeader >= 0 ? 4 : 0) + (byUsual >= 0 ? 2 : 0) + likely + named[labelAt]! / rows.length;
  const isHeader = byUsual >= 0 || (names.find(rows[0]!.cells[fileAt] ?? '') === null && classes.find(head[labelAt] ?? '').value < 0);
  return { file, rows: isHeader ? rows.slice(1) : rows, fileAt, labelAt, score };
}

/** All rows, one that begins with # among them; null for a file that is no table. */
async function rowsOf({ file }: ChosenFile, names: FileNames): Promise<AnswerTable['rows'] | null> {
  if (file.size > ANSWERS_BYTES_MAX) return null;
  const fits = (few: readonly string[][]) =>
    firstFew(few).filter((cells) => cells.length > 1 && cells.some((cell) => names.find(cell) !== null)).length;
  const rows: { row: number; cells: string[] }[] = [];
  try {
    for await (const batch of rowBatches(file, fits)) {
      batch.each((view, row) => {
        if (!view.isBlank() && rows.length <= IMAGE_FILES_MAX) rows.push({ row, cells: view.cells() });
      });
    }
  } catch (error) {
    if (asMeshError(error).code === 'internal') throw error;
    return null; // a picture, or a text that goes on and on
  }
  return rows;
}

function take(
  { file, rows, fileAt, labelAt }: AnswerTable,
  names: FileNames,
  classes: NameList,
  answers: (FileAnswer | null)[],
  findings: Findings,
): void {
  const list = nameOf(file.path);
  const lines = rows.map(({ row, cells }): ListLine => ({ row, name: cells[fileAt] ?? '', answer: cells[labelAt] ?? '' }));
  const told = linesOfFiles(lines, names, list, findings, ({ name, row }) => {
    const about = { column: list, expected: 'a recording of that name or number', got: shownCell(name) };
    findings.add({ code: 'recording-file', action: 'left-out', ...about }, row);
  });
  for (const [place, { answer }] of told) answers[place] = { label: classes.find(answer).value, answer };
}
