/**
 * Where the manifest's columns are in a file of known form (table-form.ts): by the heading's names in any spelling, or by order without a
 * heading. For rows to train on, and for rows to predict, which need no answer.
 */
import { MeshError } from '#protocol/errors';
import { headingsOf, type TableColumn, type TableTask } from '#protocol/manifest/task';
import { plainText, unquoted } from '../cells/cell.ts';
import { columnNames, plainHeading } from '../cells/column-names.ts';
import type { News } from '../cells/findings.ts';
import type { Separator } from './rows.ts';
import { tableForm, type TableForm, type Wanted } from './table-form.ts';

const NAMES_SHOWN = 5;
/** Smallest share of lines that must be rows if spaces separate cells. */
const SPACED_SHARE_MIN = 0.9;

export interface Layout {
  readonly hasHeader: boolean;
  /** Index in a row of each manifest column, then of the label; the file's width for absent columns. */
  readonly places: Int32Array<ArrayBuffer>;
  /** Number of columns in the file. */
  readonly columns: number;
  /** Remarks on the header, for the report. */
  readonly news: readonly News[];
}

/** Folds spellings: Hours per Week, hours_per_week and 'hours-per-week' become equal, as do GRÖSSE and Größe (upper case folds ß; Unicode 5.18). */
export function bare(name: string): string {
  return plainText(unquoted(name.trim()).toUpperCase()).replace(/[ .-]/g, '');
}

/** Finds a name's index in a header: an exact match, else the first match in another spelling. */
export function placesIn(header: readonly string[]): (name: string) => number | undefined {
  const written = header.map((cell) => unquoted(cell.trim()));
  const [exactly, loosely] = [firstPlaces(written), firstPlaces(written.map(bare))];
  return (name) => exactly.get(name) ?? loosely.get(bare(name));
}

/** Names that a column or the answer may have in a file, as column-names.ts assigns them. */
function namesFor(column: Pick<TableColumn, 'name' | 'heading'>): readonly string[] {
  return headingsOf(column).flatMap((heading) => columnNames([heading], 1));
}

/** What rows are read for. Rows to predict may lack the answer. */
export type Use = 'training' | 'prediction';

/** A manifest's hints about its files. A heading must name the answer, or at least half of the columns that are read. */
export function wantedOf(task: TableTask, use: Use): Wanted {
  const bareNames = (column: Pick<TableColumn, 'name' | 'heading'>) => namesFor(column).map(bare);
  const read = task.columns.filter(({ kind, name }) => kind !== 'ignored' || name === task.group?.column).map(bareNames);
  const all = task.columns.map(bareNames);
  const answer = bareNames(task.label);
  const width = task.columns.length;
  return {
    names(names) {
      const found = new Set(names.map(bare));
      const most = [read, all].some((some) => {
        const named = some.filter((either) => either.some((name) => found.has(name))).length;
        return named > 0 && named * 2 >= some.length;
      });
      return most ? 2 : answer.some((name) => found.has(name)) ? 1 : 0;
    },
    widths: use === 'training' ? [width + 1] : [width, width + 1],
  };
}

/** Scores a separator by the table it makes of the first rows. Any text has spaces, so with them nearly all lines must be rows. */
export function formFit(rows: readonly string[][], separator: Separator, wanted: Wanted): number {
  const form = tableForm(rows, wanted);
  if (form === null || (separator === ' ' && form.regular < SPACED_SHARE_MIN)) return 0;
  return form.score - (separator === ' ' ? form.width / 1000 : 0);
}

/** Number of cells, without the empty ones past `wanted` that trailing separators make. */
export function cellCount(cells: readonly string[], wanted: number): number {
  let count = cells.length;
  while (count > wanted && cells[count - 1]!.trim() === '') count--;
  return count;
}

/**
 * @param form null for one cell per row
 * @param row number of the heading, else of the first data row, for errors
 * @throws MeshError column-missing, column-count
 */
export function layoutOf(form: TableForm | null, task: TableTask, use: Use, row: number): Layout {
  return form?.known === true ? byName(form, task, use, row) : byPlace(form, task, use, row);
}

function byPlace(form: TableForm | null, task: TableTask, use: Use, row: number): Layout {
  const width = form?.width ?? 1;
  const { length } = task.columns;
  const { widths } = wantedOf(task, use);
  if (!widths.includes(width)) {
    const expected =
      use === 'training'
        ? `${length + 1} columns, or a header that names '${task.label.name}'`
        : `${length} columns, or a header that names them`;
    throw new MeshError('column-count', { row, expected, got: String(width) });
  }
  const labelAt = width === length ? length : (task.label.place ?? length);
  const places = Int32Array.from([...task.columns.map((_, i) => (i < labelAt ? i : i + 1)), labelAt]);
  return { hasHeader: false, places, columns: width, news: [{ code: 'no-header', action: 'kept' }] };
}

function byName({ names, heading, width }: TableForm, task: TableTask, use: Use, row: number): Layout {
  const placeOf = placesIn(names);
  const needed = new Set(
    task.columns.filter(({ kind, name }) => kind !== 'ignored' || name === task.group?.column).map(({ name }) => name),
  );
  if (use === 'training') needed.add(task.label.name);
  const respelt: [written: string, name: string][] = [];
  const places = [...task.columns, task.label].map((column) => {
    const { name } = column;
    const called = namesFor(column);
    const place = called.map(placeOf).find((found) => found !== undefined);
    if (place === undefined) {
      if (!needed.has(name)) return width; // reads as an empty cell, which nothing uses
      throw new MeshError('column-missing', { row, field: name, expected: `a column '${name}'`, got: 'a header without it' });
    }
    if (!called.includes(names[place]!)) respelt.push([names[place]!, name]);
    return place;
  });
  const read = new Set(places);
  const unread = names.filter((_, place) => !read.has(place));
  const news: News[] = [];
  if (respelt.length > 0) {
    const [got, readAs] = [0, 1].map((side) => shownNames(respelt.map((pair) => pair[side]!)));
    news.push({ code: 'header-written', action: 'read-as', count: respelt.length, got: got!, readAs: readAs! });
  }
  if (unread.length > 0) news.push({ code: 'columns-unread', action: 'kept', count: unread.length, got: shownNames(unread) });
  const said = bare(plainHeading(heading?.[places.at(-1)!] ?? ''));
  const answers = (heading ?? []).filter((cell) => bare(plainHeading(cell)) === said).length;
  if (use === 'training' && answers > 1) {
    news.push({ code: 'label-repeated', action: 'kept', column: task.label.name, count: answers, readAs: String(places.at(-1)! + 1) });
  }
  return { hasHeader: true, places: Int32Array.from(places), columns: width, news };
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
