/**
 * A list among the chosen files that gives the answer for each picture or recording. Finds its columns of names and of answers: by heading
 * if there is one, otherwise by the cells. file-names.ts resolves the names.
 */
import type { ClassLabel } from '#protocol/manifest/task';
import { plainText } from '../cells/cell.ts';
import type { FileNames, ListLine } from '../cells/file-names.ts';
import { bare } from './layout.ts';
import type { NameList } from '../cells/name-list.ts';
import { firstFew, type FileRow, type Fits } from './rows.ts';

/** Most reliable first. */
const FILE_HEADERS = ['file', 'filename', 'file name', 'path', 'filepath', 'image', 'image name', 'picture', 'img', 'name', 'id'];
const LABEL_HEADERS = ['label', 'class', 'category', 'target', 'answer'];

export interface AnswerColumns {
  /** Column indices; -1 if absent. */
  readonly file: number;
  readonly answer: number;
  readonly hasHeader: boolean;
  /** Lines with a known answer. */
  readonly known: number;
  /** Evidence: first a heading that names this answer, then one that names any, then the share of known answers. */
  readonly score: number;
}

/** Scores a separator by the lines that name a file and have another cell. */
export const listFit =
  (names: FileNames): Fits =>
  (rows) =>
    firstFew(rows).filter((cells) => cells.length > 1 && cells.some((cell) => names.find(cell) !== null)).length;

export function answerColumns(rows: readonly FileRow[], names: FileNames, label: ClassLabel, classes: NameList): AnswerColumns {
  const width = rows.reduce((max, { cells }) => Math.max(max, cells.length), 0);
  const counts = (good: (cell: string) => boolean) =>
    Array.from({ length: width }, (_, c) => rows.reduce((n, { cells }) => n + (good(cells[c] ?? '') ? 1 : 0), 0));
  const files = counts((cell) => names.find(cell) !== null);
  const answers = counts((cell) => classes.find(cell).value >= 0);
  const best = (of: readonly number[], but: number) => of.reduce((a, n, c) => (c !== but && n > 0 && (a < 0 || n > of[a]!) ? c : a), -1);
  const head = (rows[0]?.cells ?? []).map((cell) => cell.replace(/^#+/, '').trim());
  const plain = head.map(plainText);
  const own = head.findIndex((cell) => bare(cell) === bare(label.name));
  const said = own >= 0 ? own : (LABEL_HEADERS.map((name) => plain.indexOf(name)).find((c) => c >= 0) ?? -1);
  const called = FILE_HEADERS.map((name) => plain.indexOf(name)).find((c) => c >= 0 && c !== said && files[c]! > 0);
  const beside = called ?? best(files, said);
  const file = beside >= 0 ? beside : best(files, -1);
  const answer = said >= 0 && said !== file ? said : best(answers, file);
  const known = answers[answer] ?? 0;
  const hasHeader =
    said >= 0 || (rows.length > 0 && names.find(rows[0]!.cells[file] ?? '') === null && classes.find(head[answer] ?? '').value < 0);
  return { file, answer, hasHeader, known, score: (own >= 0 ? 4 : 0) + (said >= 0 ? 2 : 0) + known / Math.max(1, rows.length) };
}

export function listLines(rows: readonly FileRow[], { file, answer, hasHeader }: AnswerColumns): ListLine[] {
  return rows.slice(hasHeader ? 1 : 0).map(({ row, cells }) => ({ row, name: cells[file] ?? '', answer: cells[answer] ?? '' }));
}
