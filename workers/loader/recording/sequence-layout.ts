/**
 * Where a sequence task's channels are in the lines of a file, and the columns for recording, answer and time if there are any: by the
 * header in any spelling, or by order without a header. sequence-lines.ts reads the cells.
 */
import { MeshError } from '#protocol/errors';
import type { SequenceTask } from '#protocol/manifest/task';
import { isMissing } from '../cells/cell.ts';
import { clockNamed, evenStep, readClock, type Clock } from '../cells/clock.ts';
import type { News } from '../cells/findings.ts';
import { bare, cellCount, placesIn, shownNames } from '../lines/layout.ts';
import { readNumber } from '../cells/number-cell.ts';
import { firstFew, isBlank, isComment } from '../lines/rows.ts';

/** Measurements must start within this many lines. */
const TITLE_ROWS_MAX = 20;
/** Lines that decide whether an unnamed column is a clock. */
const CLOCK_ROWS = 64;

export interface LineLayout {
  readonly hasHeader: boolean;
  /** Number of the first line of measurements. */
  readonly firstRow: number;
  /** Column index of each channel. */
  readonly channels: readonly number[];
  /** Column indices of the recording's name and of the answer; -1 if absent. */
  readonly recording: number;
  readonly label: number;
  /** The column of times, and its index; null without one. */
  readonly clock: (Clock & { readonly place: number }) | null;
  /** Number of columns in the file. */
  readonly columns: number;
  /** Remarks on the header, for the report. */
  readonly news: readonly News[];
}

/** A header names at least half of the channels; it may be a comment, as NumPy writes it. */
export function isLineHeader(cells: readonly string[], { channels }: SequenceTask): boolean {
  const names = new Set(uncommented(cells).map(bare));
  const named = channels.filter(({ name }) => names.has(bare(name))).length;
  return named > 0 && named * 2 >= channels.length;
}

function uncommented(cells: readonly string[]): string[] {
  return cells.map((cell, i) => (i === 0 ? cell.replace(/^\s*#+/, '') : cell).trim());
}

/** Scores a separator: by a header, then by lines of a valid length, then by the longest line. */
export function lineFit(first: readonly string[][], task: SequenceTask): number {
  const rows = firstFew(first);
  const longest = rows.reduce((max, cells) => Math.max(max, cells.length), 0);
  const right = rows.filter((cells) => namelessColumns(cells, task) !== null).length;
  const header = rows.some((cells) => isLineHeader(cells, task));
  return (header ? 1e6 : 0) + right * 1e4 + Math.min(longest, 9999);
}

/** Columns of a line without a header: the channels, or these between recording and answer; null for another number. */
function namelessColumns(cells: readonly string[], { channels }: SequenceTask): number | null {
  const { length } = channels;
  if (cellCount(cells, length) === length) return length;
  return cellCount(cells, length + 2) === length + 2 ? length + 2 : null;
}

/**
 * @param rows the file's first rows, comments and blank lines included
 * @param first number of the first row
 * @throws MeshError column-missing for a header that names other channels; column-count if no line looks like measurements
 */
export function lineLayout(rows: readonly (readonly string[])[], first: number, task: SequenceTask): LineLayout {
  const header = rows.slice(0, TITLE_ROWS_MAX).findIndex((cells, i) => isLineHeader(cells, task) && isFollowed(rows, i));
  if (header >= 0) return byName(uncommented(rows[header]!), rows.slice(header + 1), first + header, task);
  const lines = rows.map((cells, i) => ({ cells, row: first + i })).filter(({ cells }) => !isBlank(cells));
  const start = lines.slice(0, TITLE_ROWS_MAX).findIndex(({ cells }) => isMeasured(cells, task));
  const expected = `${task.channels.length} columns of numbers, or a header that names '${task.channels[0]!.name}'`;
  if (start < 0) {
    const { cells, row } = lines.find((line) => !isComment(line.cells)) ?? { cells: [], row: first };
    throw new MeshError('column-count', { row, expected, got: `${cells.length} columns` });
  }
  const { cells, row } = lines[start]!;
  const before = uncommented(lines[start - 1]?.cells ?? []);
  // As many words above the numbers are a header of something else.
  if (before.length > 1 && before.length === cells.length && before.every((cell) => !isNumber(cell))) {
    throw new MeshError('column-count', { row: row - 1, expected, got: `a header with ${shownNames(before)}` });
  }
  return byPlace(namelessColumns(cells, task)!, row, task);
}

/** A header has numbers or nothing below it; a sentence about the columns is not a header. */
function isFollowed(rows: readonly (readonly string[])[], header: number): boolean {
  const width = cellCount(rows[header]!, 1);
  const below = rows.slice(header + 1).filter((cells) => !isBlank(cells) && !isComment(cells));
  return below.length === 0 || below.slice(0, TITLE_ROWS_MAX).some((cells) => cellCount(cells, width) === width && cells.some(isNumber));
}

const isNumber = (cell: string): boolean => readNumber(cell.trim(), Infinity) !== null;

/** Whether the channels of a line without a header are numbers or gaps, with at least one number. */
function isMeasured(cells: readonly string[], task: SequenceTask): boolean {
  const columns = namelessColumns(cells, task);
  if (columns === null) return false;
  const from = columns > task.channels.length ? 1 : 0;
  const channels = task.channels.map((_, i) => from + i);
  return channels.some((place) => !isMissing(cells[place]!.trim())) && areNumbers(cells, channels);
}

/** Whether the cells at these indices are numbers or gaps. */
export function areNumbers(cells: readonly string[], places: readonly number[]): boolean {
  return places.every((place) => isMissing(cells[place]!.trim()) || isNumber(cells[place]!));
}

function byPlace(columns: number, row: number, { channels }: SequenceTask): LineLayout {
  const long = columns > channels.length;
  return {
    hasHeader: false,
    firstRow: row,
    channels: channels.map((_, i) => (long ? i + 1 : i)),
    recording: long ? 0 : -1,
    label: long ? columns - 1 : -1,
    clock: null,
    columns,
    news: [{ code: 'no-header', action: 'kept' }],
  };
}

function byName(header: readonly string[], below: readonly (readonly string[])[], row: number, task: SequenceTask): LineLayout {
  const columns = cellCount(header, 1);
  const written = header.slice(0, columns);
  const placeOf = placesIn(written);
  const respelt: [written: string, name: string][] = [];
  const find = (name: string): number => {
    const place = placeOf(name) ?? -1;
    if (place >= 0 && written[place] !== name) respelt.push([written[place]!, name]);
    return place;
  };
  const channels = task.channels.map(({ name }) => {
    const place = find(name);
    if (place >= 0) return place;
    throw new MeshError('column-missing', { row, field: name, expected: `a column '${name}'`, got: 'a header without it' });
  });
  const [recording, label] = [find(task.recording), find(task.label.name)];
  const read = new Set([...channels, recording, label]);
  const free = written.map((name, place) => ({ name, place })).filter(({ place }) => !read.has(place));
  const clock = clockAmong(free, recording, below);
  const unread = free.filter(({ place }) => place !== clock?.place).map(({ name }) => name);
  const news: News[] = [];
  if (respelt.length > 0) {
    const [got, readAs] = [0, 1].map((side) => shownNames(respelt.map((pair) => pair[side]!)));
    news.push({ code: 'header-written', action: 'read-as', count: respelt.length, got: got!, readAs: readAs! });
  }
  if (unread.length > 0) news.push({ code: 'columns-unread', action: 'kept', count: unread.length, got: shownNames(unread) });
  return { hasHeader: true, firstRow: row + 1, channels, recording, label, clock, columns, news };
}

/** The first column with a clock's name, or else the first whose values rise evenly in the first recording. */
function clockAmong(
  columns: readonly { readonly name: string; readonly place: number }[],
  recording: number,
  below: readonly (readonly string[])[],
): LineLayout['clock'] {
  for (const { name, place } of columns) {
    const named = clockNamed(name);
    if (named !== null) return { ...named, place };
  }
  const lines = below.filter((cells) => !isBlank(cells)).slice(0, CLOCK_ROWS);
  const first = lines.filter((cells) => recording < 0 || cells[recording] === lines[0]![recording]);
  const steady = columns.find(({ place }) => evenStep(first.map((cells) => readClock((cells[place] ?? '').trim(), false))) !== null);
  return steady === undefined ? null : { seconds: null, named: false, place: steady.place };
}
