/**
 * Resolves file names in a list to the chosen files. A list may write a name with some, all, none or more of its folders (another
 * computer's path, a URL), with or without the extension, in any case. An ambiguous name is reported, never guessed. answer-list.ts finds
 * the columns.
 */
import { plainText, shownCell } from './cell.ts';
import type { Findings } from './findings.ts';

/** More folders, and a longer name, than any real path has: longer text is not a name. */
const PARTS_MAX = 64;
const NAME_CHARS_MAX = 4096;
const SEVERAL = -1;
const ADDRESS = /^[a-z][a-z\d+.-]*:\/\//i;
/** Extensions that a list may keep after the files were converted. */
const ENDING = /\.(hei[cf]|avif|jpe?g|png|gif|webp|bmp|tiff?|csv|tsv|txt|dat)$/i;

export interface Named {
  /** Index among the chosen files. */
  readonly place: number;
  /** Parts of the path that match the name: more are stronger evidence. */
  readonly parts: number;
}

export const partsOf = (path: string): string[] => path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
export const nameOf = (path: string): string => partsOf(path).at(-1) ?? path;
const withoutExtension = (path: string): string => path.replace(/\.[^./\\]+$/, '');
const keyOf = (parts: readonly string[]): string => parts.join('/').normalize('NFC').toLowerCase();

export class FileNames {
  /** Ends of paths; and whole paths, with or without the chosen folder. */
  readonly #ends = new Map<string, number>();
  readonly #wholes = new Map<string, number>();
  readonly #numbers = new Map<string, number>();

  /** @param numbers whether the last number in a name is a name too, if no other file has it */
  constructor(paths: readonly string[], { numbers }: { readonly numbers: boolean }) {
    for (const [place, path] of paths.entries()) {
      const parts = partsOf(path);
      for (let from = 0; from < parts.length; from++) {
        const key = keyOf(parts.slice(from));
        for (const name of new Set([key, withoutExtension(key)])) {
          note(this.#ends, name, place);
          if (from <= 1) note(this.#wholes, name, place);
        }
      }
      const number = numbers ? /(\d+)\D*$/.exec(withoutExtension(nameOf(path)))?.[1] : undefined;
      if (number !== undefined) note(this.#numbers, String(Number(number)), place);
    }
  }

  /** @param cell trimmed @returns null if it names none of the files */
  find(cell: string): Named | 'several' | null {
    if (cell === '' || cell.length > NAME_CHARS_MAX) return null;
    for (const spelling of spellingsOf(cell)) {
      const found = this.#spelt(partsOf(spelling));
      if (found !== null) return found;
    }
    const number = /^0*\d+(\.0*)?$/.test(cell) ? this.#numbers.get(String(Number(cell))) : undefined;
    return number === undefined ? null : named(number, 1);
  }

  #spelt(parts: readonly string[]): Named | 'several' | null {
    if (parts.length === 0 || parts.length > PARTS_MAX) return null;
    const end = this.#ends.get(keyOf(parts));
    if (end !== undefined) return named(end, parts.length);
    for (let from = 1; from < parts.length; from++) {
      const whole = this.#wholes.get(keyOf(parts.slice(from)));
      if (whole !== undefined) return named(whole, parts.length - from);
    }
    return null;
  }
}

const named = (place: number, parts: number): Named | 'several' => (place === SEVERAL ? 'several' : { place, parts });

function note(index: Map<string, number>, name: string, place: number): void {
  const known = index.get(name);
  index.set(name, known === undefined || known === place ? place : SEVERAL);
}

/** As written; as a URL, percent-decoded and without query and fragment; and without the extension. */
function* spellingsOf(cell: string): Generator<string> {
  yield cell;
  const address = ADDRESS.test(cell) || /[?%]/.test(cell);
  const path = address ? decoded(cell.replace(/[?#].*$/, '').replace(ADDRESS, '')) : cell;
  if (path !== cell) yield path;
  if (ENDING.test(path)) yield withoutExtension(path);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a percent sign that encodes nothing
  }
}

/** A line of a list: the file that it names, and that file's answer. */
export interface ListLine {
  readonly row: number;
  readonly name: string;
  readonly answer: string;
}

/**
 * The line that gives each file's answer: the one that matches most of its path.
 * @param list name of the list
 * @param unknown called for each line that names no file
 * @returns lines by file index
 */
export function linesOfFiles(
  lines: readonly ListLine[],
  names: FileNames,
  list: string,
  findings: Findings,
  unknown: (line: ListLine) => void,
): ReadonlyMap<number, ListLine> {
  const best = new Map<number, { readonly line: ListLine; readonly parts: number; other?: ListLine }>();
  const doubt = (row: number, got: string) => findings.add({ code: 'list-ambiguous', action: 'left-out', column: list, got }, row);
  for (const line of lines) {
    const found = names.find(line.name);
    if (found === null) unknown(line);
    else if (found === 'several') doubt(line.row, `${shownCell(line.name)} may be several files`);
    else {
      const { place, parts } = found;
      const known = best.get(place);
      if (known === undefined || known.parts < parts) best.set(place, { line, parts });
      else if (known.parts === parts && plainText(known.line.answer) !== plainText(line.answer)) known.other ??= line;
    }
  }
  const told = new Map<number, ListLine>();
  for (const [place, { line, other }] of best) {
    if (other === undefined) told.set(place, line);
    else {
      const said = ({ answer, row }: ListLine) => `${shownCell(answer)} in line ${row}`;
      doubt(other.row, `${shownCell(line.name)} is ${said(line)}, ${said(other)}`);
    }
  }
  return told;
}
