/**
 * The class of each picture file: from the innermost folder named like a class, or from a CSV among the files with a column of file names
 * and one of labels, in any order and with any usual header. images.ts reads the pictures.
 */
import { MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { ClassLabel } from '#protocol/manifest/task';
import { answerColumns, listFit, listLines } from '../lines/answer-list.ts';
import { shownCell } from '../cells/cell.ts';
import { FileNames, linesOfFiles, nameOf, partsOf } from '../cells/file-names.ts';
import type { Findings } from '../cells/findings.ts';
import { NameList, oneOf } from '../cells/name-list.ts';
import type { RawWords } from '../lines/raw-hash.ts';
import { readRows, type FileRow } from '../lines/rows.ts';

export interface ChosenFile {
  /** 1-based number among all chosen files. */
  readonly row: number;
  /** With its folders, as far as the browser gives them. */
  readonly path: string;
  readonly file: Blob;
  /** For a file joined from several: the hash of each one's lines. */
  readonly joined?: readonly RawWords[];
}

export interface ChosenFiles {
  readonly pictures: readonly ChosenFile[];
  readonly tables: readonly ChosenFile[];
}

/** Files that systems leave in folders. */
const JUNK = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;
const TABLE = /\.(csv|tsv)$/i;

/** Numbers the files and drops those that systems leave. @param kind name of a file without one, before its number */
export function chosenFiles(files: readonly Blob[], kind: string): ChosenFile[] {
  const chosen = files.map((file, i): ChosenFile => ({ row: i + 1, path: pathOf(file) || `${kind} ${i + 1}`, file }));
  return chosen.filter(({ path }) => !partsOf(path).some((part) => JUNK.test(part)));
}

/** Separates pictures from tables. */
export function sortFiles(files: readonly Blob[]): ChosenFiles {
  const real = chosenFiles(files, 'picture');
  return { pictures: real.filter(({ path }) => !TABLE.test(path)), tables: real.filter(({ path }) => TABLE.test(path)) };
}

/** Folders are in `webkitRelativePath`, which not every browser passes to a worker, or in the name itself. */
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
 * @returns the class of each picture, -1 if unknown
 * @throws MeshError label-unknown if no picture has one; column-missing or field-invalid for a CSV that cannot be used
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
  const got = `${nameOf(tables[0]!.path)}, in which no line gives a picture's answer`;
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
  for await (const row of readRows(table.file, listFit(names))) {
    if (rows.length > IMAGE_FILES_MAX) {
      throw new MeshError('rows-too-many', { field: nameOf(table.path), expected: `at most ${IMAGE_FILES_MAX} rows`, got: 'more' });
    }
    rows.push(row);
  }
  const list = nameOf(table.path);
  const columns = answerColumns(rows, names, label, classes);
  const got = shownCell((rows[0]?.cells ?? []).join(', '));
  if (columns.file < 0)
    throw new MeshError('column-missing', { field: 'file', expected: `a column with the pictures' file names in ${list}`, got });
  const expected = oneOf(label.classes);
  if (columns.answer < 0)
    throw new MeshError('column-missing', { field: label.name, expected: `a column with ${expected} in ${list}`, got });
  const lines = listLines(rows, columns);
  const told = linesOfFiles(lines, names, list, findings, ({ name, row }) => {
    const about = { column: list, expected: 'a picture of that name', got: shownCell(name) };
    findings.add({ code: 'image-unreadable', action: 'left-out', ...about }, row);
  });
  const found = new Int32Array(pictures.length).fill(UNNAMED);
  for (const [place, { row, answer }] of told) {
    found[place] = classes.find(answer).value;
    if (found[place] < 0)
      findings.add({ code: 'label-unknown', action: 'left-out', column: label.name, expected, got: shownCell(answer) }, row);
  }
  return found;
}
