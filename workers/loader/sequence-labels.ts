/**
 * The answers of recordings that are a file each: one more file with a column of file names, or of the numbers in them, and one of
 * answers; or the innermost folder that is named like an answer. Not the recordings themselves: sequence-files.ts.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { SequenceTask } from '#protocol/task';
import { plainText, shownCell } from './cell.ts';
import type { Findings } from './findings.ts';
import { bare } from './layout.ts';
import { NameList } from './name-list.ts';
import { FILE_HEADERS, fileIndex, folderClass, LABEL_HEADERS, nameKey, nameOf, type ChosenFile } from './picture-labels.ts';
import { rowBatches } from './rows.ts';

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
  const index = recordingIndex(recordings);
  const tables: AnswerTable[] = [];
  for (const file of others) {
    const table = await answerTable(file, index, label, classes);
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
  if (best !== undefined) take(best, index, classes, answers, findings);
  return answers;
}

/** File names as tables write them, and the last number in a name where no other file has it. */
export function recordingIndex(recordings: readonly ChosenFile[]): ReadonlyMap<string, number> {
  const index = fileIndex(recordings);
  const numbers = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [place, { path }] of recordings.entries()) {
    const number = /(\d+)\D*$/.exec(nameOf(path).replace(/\.[^.]+$/, ''))?.[1];
    if (number === undefined) continue;
    const plain = String(Number(number));
    if (numbers.has(plain)) repeated.add(plain);
    numbers.set(plain, place);
  }
  for (const [number, place] of numbers) if (!repeated.has(number) && !index.has(number)) index.set(number, place);
  return index;
}

export function placeOf(index: ReadonlyMap<string, number>, cell: string): number | undefined {
  const found = index.get(nameKey(cell));
  return found ?? (/^0*\d+(\.0*)?$/.test(cell) ? index.get(String(Number(cell))) : undefined);
}

async function answerTable(
  file: ChosenFile,
  index: ReadonlyMap<string, number>,
  label: SequenceTask['label'],
  classes: NameList,
): Promise<AnswerTable | null> {
  const rows = await rowsOf(file, index);
  if (rows === null || rows.length === 0) return null;
  const width = rows.reduce((max, { cells }) => Math.max(max, cells.length), 0);
  const share = (good: (cell: string) => boolean) =>
    Array.from({ length: width }, (_, c) => rows.reduce((n, { cells }) => n + (good(cells[c] ?? '') ? 1 : 0), 0));
  const files = share((cell) => placeOf(index, cell) !== undefined);
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
  const isHeader =
    byUsual >= 0 || (placeOf(index, rows[0]!.cells[fileAt] ?? '') === undefined && classes.find(head[labelAt] ?? '').value < 0);
  return { file, rows: isHeader ? rows.slice(1) : rows, fileAt, labelAt, score };
}

/** All rows, one that begins with # among them; null for a file that is no table. */
async function rowsOf({ file }: ChosenFile, index: ReadonlyMap<string, number>): Promise<AnswerTable['rows'] | null> {
  if (file.size > ANSWERS_BYTES_MAX) return null;
  const fits = (few: readonly string[][]) =>
    few.filter((cells) => cells.length > 1 && cells.some((cell) => placeOf(index, cell) !== undefined)).length;
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
  index: ReadonlyMap<string, number>,
  classes: NameList,
  answers: (FileAnswer | null)[],
  findings: Findings,
): void {
  for (const { row, cells } of rows) {
    const [name, answer] = [cells[fileAt] ?? '', cells[labelAt] ?? ''];
    const place = placeOf(index, name);
    if (place === undefined) {
      const about = { column: nameOf(file.path), expected: 'a recording of that name or number', got: shownCell(name) };
      findings.add({ code: 'recording-file', action: 'left-out', ...about }, row);
      continue;
    }
    answers[place] = { label: classes.find(answer).value, answer };
  }
}
