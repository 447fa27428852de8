/**
 * Which class each picture file is of: the innermost folder that is named like a class, or a CSV among the files with a column of
 * file names and one of labels, in any order and under any usual header. Not the reading of the pictures: images.ts.
 */
import { MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import type { ClassLabel } from '#protocol/task';
import { plainText, shownCell } from './cell.ts';
import type { Findings } from './findings.ts';
import { NameList, oneOf } from './name-list.ts';
import { readRows, type FileRow } from './rows.ts';

/** A chosen file. */
export interface ChosenFile {
  /** Place among all files that were chosen, from 1. */
  readonly row: number;
  /** With its folders, as far as the browser tells them. */
  readonly path: string;
  readonly file: Blob;
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

const partsOf = (path: string): string[] => path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
const withoutExtension = (path: string): string => path.replace(/\.[^./\\]+$/, '');
export const nameOf = (path: string): string => partsOf(path).at(-1) ?? path;

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
  return byTable.map((value, i) => (value === UNNAMED ? byFolder[i]! : value));
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
  const index = fileIndex(pictures);
  const rows: FileRow[] = [];
  for await (const row of readRows(table.file, (few) => separatorFit(few, index))) {
    if (rows.length > IMAGE_FILES_MAX) {
      throw new MeshError('rows-too-many', { field: nameOf(table.path), expected: `at most ${IMAGE_FILES_MAX} rows`, got: 'more' });
    }
    rows.push(row);
  }
  const layout = tableLayout(rows, nameOf(table.path), index, label, classes);
  const found = new Int32Array(pictures.length).fill(UNNAMED);
  const expected = oneOf(label.classes);
  for (const { row, cells } of rows.slice(layout.header ? 1 : 0)) {
    const name = cells[layout.file] ?? '';
    const place = index.get(nameKey(name));
    if (place === undefined) {
      findings.add(
        {
          code: 'image-unreadable',
          action: 'left-out',
          column: nameOf(table.path),
          expected: 'a picture of that name',
          got: shownCell(name),
        },
        row,
      );
      continue;
    }
    const cell = cells[layout.label] ?? '';
    found[place] = classes.find(cell).value;
    if (found[place] < 0)
      findings.add({ code: 'label-unknown', action: 'left-out', column: label.name, expected, got: shownCell(cell) }, row);
  }
  return found;
}

/** File names as tables write them: with some, all or none of their folders, with or without the ending, in any case. */
export function fileIndex(pictures: readonly Pick<ChosenFile, 'path'>[]): Map<string, number> {
  const index = new Map<string, number>();
  const ambiguous = new Set<string>();
  const add = (name: string, place: number) => {
    if (index.has(name) && index.get(name) !== place) ambiguous.add(name);
    index.set(name, place);
  };
  for (const [place, { path }] of pictures.entries()) {
    const parts = partsOf(path);
    for (let from = 0; from < parts.length; from++) {
      const name = nameKey(parts.slice(from).join('/'));
      add(name, place);
      if (withoutExtension(name) !== name) add(withoutExtension(name), place);
    }
  }
  for (const name of ambiguous) index.delete(name);
  return index;
}

export function nameKey(name: string): string {
  return partsOf(name).join('/').normalize('NFC').toLowerCase();
}

function separatorFit(rows: readonly string[][], index: ReadonlyMap<string, number>): number {
  return rows.filter((cells) => cells.length > 1 && cells.some((cell) => index.has(nameKey(cell)))).length;
}

/** By the header where there is one; else by what the cells are: names of the files, and classes. */
function tableLayout(rows: readonly FileRow[], table: string, index: ReadonlyMap<string, number>, label: ClassLabel, classes: NameList) {
  const width = rows.reduce((max, { cells }) => Math.max(max, cells.length), 0);
  const columns = Array.from({ length: width }, (_, column) => column);
  const head = (rows[0]?.cells ?? []).map(plainText);
  const share = (good: (cell: string) => boolean) =>
    columns.map((c) => rows.reduce((n, { cells }) => n + (good(cells[c] ?? '') ? 1 : 0), 0));
  const files = share((cell) => index.has(nameKey(cell)));
  const best = (counts: readonly number[], but = -1) => {
    const most = Math.max(0, ...counts.filter((_, c) => c !== but));
    return most === 0 ? -1 : counts.findIndex((count, c) => count === most && c !== but);
  };
  const named = (names: readonly string[]) => names.map((name) => head.indexOf(name)).find((c) => c >= 0) ?? -1;
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
  return { file, label: answer, header: byHeader >= 0 || !index.has(nameKey(rows[0]!.cells[file] ?? '')) };
}
