/**
 * Which class each picture file is of: the innermost folder that is named like a class, or a CSV among the files with a column of
 * file names and one of labels, in any order and under any usual header. Not the reading of the pictures: images.ts.
 */
import { MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { ClassLabel } from '#protocol/task';
import { plainText, shownCell } from './cell.ts';
import { FileNames, linesOfFiles, nameOf, partsOf, type ListLine } from './file-names.ts';
import type { Findings } from './findings.ts';
import { NameList, oneOf } from './name-list.ts';
import type { RawWords } from './raw-lines.ts';
import { firstFew, readRows, type FileRow } from './rows.ts';

/** A chosen file. */
export interface ChosenFile {
  /** Place among all files that were chosen, from 1. */
  readonly row: number;
  /** With its folders, as far as the browser tells them. */
  readonly path: string;
  readonly file: Blob;
  /** Of one that was joined from several, what the lines of each say. */
  readonly joined?: readonly RawWords[];
}

export interface ChosenFiles {
  readonly pictures: readonly ChosenFile[];
  readonly tables: readonly ChosenFile[];
}

/** What systems leave in folders. */
const JUNK = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;
const TABLE = /\.(csv|tsv)$/i;
export const FILE_HEADERS = ['file', 'filename', 'file name', 'path', 'filepath', 'image', 'image name', 'picture', 'img', 'name', 'id'];
export const LABEL_HEADERS = ['label', 'class', 'category', 'target', 'answer'];

/** With their places, without what systems leave in folders. @param kind what a file without a name is called, before its number */
export function chosenFiles(files: readonly Blob[], kind: string): ChosenFile[] {
  const chosen = files.map((file, i): ChosenFile => ({ row: i + 1, path: pathOf(file) || `${kind} ${i + 1}`, file }));
  return chosen.filter(({ path }) => !partsOf(path).some((part) => JUNK.test(part)));
}

/** Pictures and tables apart. */
export function sortFiles(files: readonly Blob[]): ChosenFiles {
  const real = chosenFiles(files, 'picture');
  return { pictures: real.filter(({ path }) => !TABLE.test(path)), tables: real.filter(({ path }) => TABLE.test(path)) };
}

/** Folders are in `webkitRelativePath`, which not every browser hands to a worker, or in the name itself. */
function pathOf(file: Blob): string {
  const { name = '', webkitRelativePath = '' } = file as Partial<File>;
  return webkitRelativePath || name;
}

/** The folder that all files are in, or null. */
export function commonFolder({ pictures, tables }: ChosenFiles): string | null {
  return folderOf([...pictures, ...tables]);
}

export function folderOf(files: readonly ChosenFile[]): string | null {
  const folders = new Set(files.map(({ path }) => (partsOf(path).length > 1 ? partsOf(path)[0]! : '')));
  const [only = ''] = folders;
  return folders.size === 1 && only !== '' ? only : null;
}

/**
 * @returns the class of each picture, -1 where nothing tells it
 * @throws MeshError label-unknown where nothing tells the class of any; column-missing or field-invalid for a CSV that cannot be used
 */
export async function labelsOf({ pictures, tables }: ChosenFiles, label: ClassLabel, findings: Findings): Promise<Int32Array> {
  const classes = new NameList(label.classes, false);
  const byFolder = Int32Array.from(pictures, ({ path }) => folderClass(path, classes));
  const labelled = byFolder.filter((value) => value >= 0).length;
  if (tables.length === 0 || labelled === pictures.length) {
    if (labelled === 0) throw new MeshError('label-unknown', { field: label.name, ...folderFault(pictures, label) });
    return byFolder;
  }
  if (tables.length > 1) {
    throw new MeshError('field-invalid', {
      field: 'pictures',
      expected: 'one CSV among them',
      got: tables.map(({ path }) => nameOf(path)).join(', '),
    });
  }
  const byTable = await tableLabels(tables[0]!, pictures, label, classes, findings);
  const labels = byTable.map((value, i) => (value === UNNAMED ? byFolder[i]! : value));
  if (labels.some((value) => value >= 0)) return labels;
  const got = `${nameOf(tables[0]!.path)}, of which no line tells a picture's answer`;
  throw new MeshError('label-unknown', {
    field: label.name,
    expected: `names that mean one picture each, and ${oneOf(label.classes)}`,
    got,
  });
}

export function folderClass(path: string, classes: NameList): number {
  for (const folder of partsOf(path).slice(0, -1).reverse()) {
    const { value } = classes.find(folder.trim());
    if (value >= 0) return value;
  }
  return -1;
}

function folderFault(pictures: readonly ChosenFile[], { classes }: ClassLabel): { expected: string; got: string } {
  const folders = [...new Set(pictures.flatMap(({ path }) => partsOf(path).slice(-2, -1)))];
  const got = folders.length === 0 ? 'pictures in no folder, and no CSV' : `folders ${folders.slice(0, 5).map(shownCell).join(', ')}`;
  return { expected: `folders, or a CSV with labels, that say ${oneOf(classes)}`, got };
}

/** No row of the table names this picture. */
const UNNAMED = -2;

async function tableLabels(
  table: ChosenFile,
  pictures: readonly ChosenFile[],
  label: ClassLabel,
  classes: NameList,
  findings: Findings,
): Promise<Int32Array> {
  const names = new FileNames(
    pictures.map(({ path }) => path),
    { numbers: false },
  );
  const rows: FileRow[] = [];
  for await (const row of readRows(table.file, (first) => separatorFit(firstFew(first), names))) {
    if (rows.length > IMAGE_FILES_MAX) {
      throw new MeshError('rows-too-many', { field: nameOf(table.path), expected: `at most ${IMAGE_FILES_MAX} rows`, got: 'more' });
    }
    rows.push(row);
  }
  const list = nameOf(table.path);
  const layout = tableLayout(rows, list, names, label, classes);
  const lines = rows
    .slice(layout.header ? 1 : 0)
    .map(({ row, cells }): ListLine => ({ row, name: cells[layout.file] ?? '', answer: cells[layout.label] ?? '' }));
  const told = linesOfFiles(lines, names, list, findings, ({ name, row }) => {
    const about = { column: list, expected: 'a picture of that name', got: shownCell(name) };
    findings.add({ code: 'image-unreadable', action: 'left-out', ...about }, row);
  });
  const found = new Int32Array(pictures.length).fill(UNNAMED);
  const expected = oneOf(label.classes);
  for (const [place, { row, answer }] of told) {
    found[place] = classes.find(answer).value;
    if (found[place] < 0)
      findings.add({ code: 'label-unknown', action: 'left-out', column: label.name, expected, got: shownCell(answer) }, row);
  }
  return found;
}

function separatorFit(rows: readonly string[][], names: FileNames): number {
  return rows.filter((cells) => cells.length > 1 && cells.some((cell) => names.find(cell) !== null)).length;
}

/** By the header where there is one; else by what the cells are: names of the files, and classes. */
function tableLayout(rows: readonly FileRow[], table: string, names: FileNames, label: ClassLabel, classes: NameList) {
  const width = rows.reduce((max, { cells }) => Math.max(max, cells.length), 0);
  const columns = Array.from({ length: width }, (_, column) => column);
  const head = (rows[0]?.cells ?? []).map(plainText);
  const share = (good: (cell: string) => boolean) =>
    columns.map((c) => rows.reduce((n, { cells }) => n + (good(cells[c] ?? '') ? 1 : 0), 0));
  const files = share((cell) => names.find(cell) !== null);
  const best = (counts: readonly number[], but = -1) => {
    const most = Math.max(0, ...counts.filter((_, c) => c !== but));
    return most === 0 ? -1 : counts.findIndex((count, c) => count === most && c !== but);
  };
  const named = (headers: readonly string[]) => headers.map((name) => head.indexOf(name)).find((c) => c >= 0) ?? -1;
  const got = shownCell((rows[0]?.cells ?? []).join(', '));
  const file = files[named(FILE_HEADERS)] ? named(FILE_HEADERS) : best(files);
  if (file < 0)
    throw new MeshError('column-missing', { field: 'file', expected: `a column with the pictures' file names in ${table}`, got });
  const byHeader = named([plainText(label.name), ...LABEL_HEADERS]);
  const answer =
    byHeader >= 0 && byHeader !== file
      ? byHeader
      : best(
          share((cell) => classes.find(cell).value >= 0),
          file,
        );
  if (answer < 0)
    throw new MeshError('column-missing', { field: label.name, expected: `a column with ${oneOf(label.classes)} in ${table}`, got });
  return { file, label: answer, header: byHeader >= 0 || names.find(rows[0]!.cells[file] ?? '') === null };
}
