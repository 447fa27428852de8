/**
 * The answers of recordings with one file each: from another file with a column of file names, or of the numbers in them, and a column of
 * answers; or from the innermost folder named like an answer. sequence-files.ts reads the recordings.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { SequenceTask } from '#protocol/manifest/task';
import { answerColumns, listFit, listLines } from '../lines/answer-list.ts';
import { shownCell } from '../cells/cell.ts';
import { FileNames, linesOfFiles, nameOf, type ListLine } from '../cells/file-names.ts';
import type { Findings } from '../cells/findings.ts';
import { NameList } from '../cells/name-list.ts';
import { folderClass, type ChosenFile } from '../picture/picture-labels.ts';
import { readRows, type FileRow } from '../lines/rows.ts';

/** Size limit of a file with answers, which is read as a whole. */
const ANSWERS_BYTES_MAX = 8 * 1024 * 1024;
export const NAMED_LIKE_ANSWERS = /target|label|answer|class/i;
const FILES_SHOWN = 3;

interface AnswerTable {
  readonly file: ChosenFile;
  readonly lines: readonly ListLine[];
  /** Strength of the evidence. */
  readonly score: number;
}

export interface FileAnswer {
  /** Class number, -1 if unknown. */
  readonly label: number;
  /** As written. */
  readonly answer: string;
}

/**
 * @param recordings files that are one recording each
 * @param others other files; one of them may hold the answers
 * @returns the answer of each recording, null if nothing gives it
 * @throws MeshError field-invalid if two files may hold the answers
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

/** Finds recordings by name, or by the last number in it. */
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
  const columns = answerColumns(rows ?? [], names, label, classes);
  if (rows === null || columns.file < 0 || columns.known === 0) return null;
  const likely = NAMED_LIKE_ANSWERS.test(nameOf(file.path)) ? 1 : 0;
  return { file, lines: listLines(rows, columns), score: columns.score + likely };
}

/** Null for a file that is not a table. */
async function rowsOf({ file }: ChosenFile, names: FileNames): Promise<readonly FileRow[] | null> {
  if (file.size > ANSWERS_BYTES_MAX) return null;
  const rows: FileRow[] = [];
  try {
    for await (const row of readRows(file, listFit(names))) if (rows.push(row) > IMAGE_FILES_MAX) break;
  } catch (error) {
    if (asMeshError(error).code === 'internal') throw error;
    return null; // a picture, or a text without line ends
  }
  return rows;
}

function take({ file, lines }: AnswerTable, names: FileNames, classes: NameList, answers: (FileAnswer | null)[], findings: Findings): void {
  const list = nameOf(file.path);
  const told = linesOfFiles(lines, names, list, findings, ({ name, row }) => {
    const about = { column: list, expected: 'a recording of that name or number', got: shownCell(name) };
    findings.add({ code: 'recording-file', action: 'left-out', ...about }, row);
  });
  for (const [place, { answer }] of told) answers[place] = { label: classes.find(answer).value, answer };
}
