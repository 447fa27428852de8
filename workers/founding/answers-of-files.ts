/**
 * Finds the answers of sample files, pictures or recordings: in a list among the files with a column that names them, or in their folders.
 * It works without a schema. The loader's picture-labels.ts and sequence-labels.ts find the answer of each file.
 */
import { asMeshError } from '#protocol/errors';
import { nameOf, partsOf, type FileNames } from '../loader/cells/file-names.ts';
import type { ChosenFile } from '../loader/picture/picture-labels.ts';
import { NAMED_LIKE_ANSWERS } from '../loader/recording/sequence-labels.ts';
import { readFirstRows, type FirstRows } from './sample.ts';

export const LABEL_NAME = /label|class|target|answer|activity|outcome|category/i;

export interface ReadFile {
  readonly file: ChosenFile;
  readonly sample: FirstRows;
}

export interface Answers {
  /** Names of the columns with the files and the answers; null without a list that has them. */
  readonly key: string | null;
  readonly label: string | null;
  /** Distinct answers in order of appearance; empty if there are none. */
  readonly answers: readonly string[];
}

/** Reads the tables among the files and skips others. @param rowsMax rows of each */
export async function readTables(files: readonly ChosenFile[], rowsMax: number): Promise<ReadFile[]> {
  const read: ReadFile[] = [];
  for (const file of files) {
    try {
      read.push({ file, sample: await readFirstRows(namedFile(file), rowsMax) });
    } catch (error) {
      if (asMeshError(error).code === 'internal') throw error; // other errors: not a table
    }
  }
  return read;
}

export const namedFile = ({ file, path }: ChosenFile): File => (file instanceof File ? file : new File([file], nameOf(path)));

/**
 * @param files by name @param count how many there are
 * @param lists tables that may hold the answers
 * @param paths of all files whose folders may be answers
 * @param most answers that a column or a level of folders may have
 */
export function answersOfFiles(
  files: FileNames,
  count: number,
  lists: readonly ReadFile[],
  paths: readonly string[],
  most: number,
): Answers {
  const placeOf = (cell: string): number | null => {
    const found = files.find(cell);
    return found === null || found === 'several' ? null : found.place;
  };
  const tables = lists.flatMap(({ file, sample: { names, rows, hasHeader } }) => {
    const columns = names.map((name, i) => ({ i, name, cells: rows.map((cells) => cells[i]!) }));
    const hits = columns.map(({ cells }) => new Set(cells.map((cell) => placeOf(cell)).filter((place) => place !== null)).size);
    const key = hits.indexOf(Math.max(...hits));
    if (hits[key]! * 2 < Math.min(rows.length, count)) return [];
    return columns.flatMap(({ i, name, cells }) => {
      const answers = [...new Set(cells)].filter((cell) => cell !== '');
      if (i === key || answers.length < 2 || answers.length > most) return [];
      const score = Number(LABEL_NAME.test(name)) * 2 + Number(NAMED_LIKE_ANSWERS.test(nameOf(file.path)));
      return [{ score, key: hasHeader ? names[key]! : null, label: hasHeader ? name : null, answers }];
    });
  });
  const [best] = tables.toSorted((a, b) => b.score - a.score || a.answers.length - b.answers.length);
  return best ?? { key: null, label: null, answers: answerFolders(paths.map(partsOf), most) };
}

/** The innermost folders that are few and repeat, or else that are few. */
function answerFolders(paths: readonly (readonly string[])[], most: number): readonly string[] {
  const deepest = Math.max(1, ...paths.map(({ length }) => length));
  const levels = Array.from({ length: deepest - 1 }, (_, up) => [...new Set(paths.map((parts) => parts.at(-2 - up) ?? ''))]);
  const few = levels.filter((names) => names.length > 1 && names.length <= most && !names.includes(''));
  return few.find((names) => names.length * 2 <= paths.length) ?? few[0] ?? [];
}
