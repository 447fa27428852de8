/**
 * Where the manifest's columns lie in a file: found by a header in whatever spelling, or by their order when there is none. Also where
 * the table starts, since some files begin with a title. Knows rows of cells only, not where they come from.
 */
import { MeshError } from '#protocol/errors';
import type { TableTask } from '#protocol/task';
import { plainText, unquoted } from './cell.ts';
import type { News } from './findings.ts';

/** Rows in which a table must have started. */
const TITLE_ROWS_MAX = 20;
const NAMES_SHOWN = 5;

export interface Layout {
  readonly hasHeader: boolean;
  /** Where each column of the manifest, and as the last entry the label, lies in a row; the file's width for columns that are not there. */
  readonly places: Int32Array<ArrayBuffer>;
  /** Columns of the file. */
  readonly columns: number;
  /** What the header said, for the report. */
  readonly news: readonly News[];
}

/** Names as people compare them, GRÖSSE and Größe too (upper case first, which folds ß; Unicode 5.18): Hours per Week, hours_per_week, 'hours per week' and hours-per-week are one. */
export function bare(name: string): string {
  return plainText(unquoted(name.trim()).toUpperCase()).replace(/[ .-]/g, '');
}

/** Finds a name's place in a header: as it is spelt, or else in another spelling, the first of equals. */
export function placesIn(header: readonly string[]): (name: string) => number | undefined {
  const written = header.map((cell) => unquoted(cell.trim()));
  const [exactly, loosely] = [firstPlaces(written), firstPlaces(written.map(bare))];
  return (name) => exactly.get(name) ?? loosely.get(bare(name));
}

const wantedNames = (task: TableTask): string[] => [...task.columns.map((column) => column.name), task.label.name];

/** A row is a header when it names the label, or at least half of the columns (then the label is what is missing). */
export function isHeader(cells: readonly string[], task: TableTask): boolean {
  const names = new Set(cells.map(bare));
  return names.has(bare(task.label.name)) || namesMost(names, task);
}

function namesMost(names: ReadonlySet<string>, task: TableTask): boolean {
  const named = task.columns.filter((column) => names.has(bare(column.name))).length;
  return named > 0 && named * 2 >= task.columns.length;
}

/** A header that stands in a comment, as NumPy writes it: its cells, or null. */
export function commentedHeader(cells: readonly string[], task: TableTask): string[] | null {
  const inside = cells.map((cell, i) => (i === 0 ? cell.replace(/^\s*#+/, '') : cell).trim());
  return cells.length > 1 && namesMost(new Set(inside.map(bare)), task) && isHeader(inside, task) ? inside : null;
}

/** Judges a separator: a header beats everything, then rows of the right length, then the longest rows. */
export function fitOf(rows: readonly string[][], task: TableTask): number {
  const wanted = task.columns.length + 1;
  const longest = rows.reduce((max, cells) => Math.max(max, cells.length), 0);
  const right = rows.filter((cells) => cellCount(cells, wanted) === wanted).length;
  const header = rows.some((cells) => cells.length > 1 && isHeader(cells, task));
  return (header ? 1e6 : 0) + right * 1e4 + Math.min(longest, 9999);
}

/** Number of cells, without empty ones behind the wanted number, as separators at the end of a line make them. */
export function cellCount(cells: readonly string[], wanted: number): number {
  let count = cells.length;
  while (count > wanted && cells[count - 1]!.trim() === '') count--;
  return count;
}

/**
 * The place of the row that the table starts with, among the first rows without comments and blank lines: what comes before a header,
 * or before the first row of the right length, is a title.
 */
export function startOf(rows: readonly (readonly string[])[], task: TableTask): number {
  const few = rows.slice(0, TITLE_ROWS_MAX);
  if (few.length === 0 || isHeader(few[0]!, task)) return 0;
  const header = few.findIndex((cells) => namesMost(new Set(cells.map(bare)), task));
  if (header >= 0) return header;
  const wanted = task.columns.length + 1;
  return Math.max(
    0,
    few.findIndex((cells) => cellCount(cells, wanted) === wanted),
  );
}

/**
 * @param cells of the row that the table starts with
 * @param row its number, for errors
 * @throws MeshError column-missing, column-count
 */
export function layoutOf(cells: readonly string[], task: TableTask, row: number): Layout {
  return isHeader(cells, task) ? byName(cells, task, row) : byPlace(cells, task, row);
}

function byPlace(cells: readonly string[], task: TableTask, row: number): Layout {
  const wanted = task.columns.length + 1;
  const found = cellCount(cells, wanted);
  if (found !== wanted) {
    throw new MeshError('column-count', {
      row,
      expected: `${wanted} columns, or a header that names '${task.label.name}'`,
      got: String(found),
    });
  }
  const labelAt = task.label.place ?? task.columns.length;
  const places = Int32Array.from([...task.columns.map((_, i) => (i < labelAt ? i : i + 1)), labelAt]);
  return { hasHeader: false, places, columns: wanted, news: [{ code: 'no-header', action: 'kept' }] };
}

function byName(cells: readonly string[], task: TableTask, row: number): Layout {
  const columns = cellCount(cells, 1);
  const written = cells.slice(0, columns).map((cell) => cell.trim());
  const placeOf = placesIn(written);
  const needed = new Set(
    task.columns.filter(({ kind, name }) => kind !== 'ignored' || name === task.group?.column).map(({ name }) => name),
  );
  needed.add(task.label.name);
  const respelt: [written: string, name: string][] = [];
  const places = wantedNames(task).map((name) => {
    const place = placeOf(name);
    if (place === undefined) {
      if (!needed.has(name)) return columns; // an empty cell that nobody reads
      throw new MeshError('column-missing', { row, field: name, expected: `a column '${name}'`, got: 'a header without it' });
    }
    if (written[place] !== name) respelt.push([written[place]!, name]);
    return place;
  });
  const read = new Set(places);
  const unread = written.filter((_, place) => !read.has(place));
  const news: News[] = [];
  if (respelt.length > 0) {
    const [got, readAs] = [0, 1].map((side) => shownNames(respelt.map((pair) => pair[side]!)));
    news.push({ code: 'header-written', action: 'read-as', count: respelt.length, got: got!, readAs: readAs! });
  }
  if (unread.length > 0) news.push({ code: 'columns-unread', action: 'kept', count: unread.length, got: shownNames(unread) });
  return { hasHeader: true, places: Int32Array.from(places), columns, news };
}

export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `'${name.slice(0, 40)}'`);
  return shown.join(', ') + (names.length > shown.length ? ` and ${names.length - shown.length} more` : '');
}

function firstPlaces(names: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) if (!places.has(name)) places.set(name, place);
  return places;
}
