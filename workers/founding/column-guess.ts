/**
 * What one column of a sample looks like, and a proposal for it: a number in a round range, a category, a date, or nothing, with the
 * reason. A person can correct the proposal; the values and ranges become public with the manifest. infer.ts decides which column is the
 * answer.
 */
import { isBounded, type TableColumn } from '#protocol/manifest/task';
import { isMissing, parseNumber } from '../loader/cells/cell.ts';
import { readNumber, type NumberCell } from '../loader/cells/number-cell.ts';
import type { ColumnGuess } from './api.ts';
import { areDates, guessDates, type DateGuess } from './date-guess.ts';
import { roundNumbers, type RoundNumbers } from './round-range.ts';
import { sentinelsIn } from './sentinels.ts';

/** Values that a column may have to be proposed as a category, and that a manifest may list. */
const FEW_VALUES = 30;
const VALUES_MAX = 256;
const VALUE_CHARS_MAX = 64;
/** Whole numbers from 1 up to this without a gap are grades or codes, not amounts: classes of a ship, kinds of a house. */
const CODES_MAX = 6;
/** Rare values get no place of their own if repeated values cover this part of the rows. */
const COMMON_SHARE = 0.9;
/** A column is of a kind if this part of its cells is; the others count as slips. */
const MOST = 0.95;
/** With fewer rows, unseen values are likely. */
const SURE_ROWS = 1000;
/** With fewer rows, a column may count up by chance. */
const IDENTIFIER_ROWS_MIN = 5;
const EXAMPLES = 3;
const EXAMPLE_CHARS = 24;
/** Cells of running text have at least this many words on average. */
const TEXT_WORDS = 2.5;

const IDENTIFIER_NAME = /(^|[\s_.-])(id|ids|uuid|guid|key|index|number|no|nr)$|^(id|uuid|index)/i;
const REFERENCE_NAME = /(^|[\s_.-])(ids?|uuid|guid)$/i;
/** zoneID, but not paid. */
const CAMEL_ID = /[a-z]I[dD]$/;
/** Facts counted in one column. */
interface Facts {
  readonly cells: readonly string[];
  readonly missing: number;
  /** Values and how often they occur, the most frequent first. */
  readonly counts: readonly (readonly [value: string, times: number])[];
  /** Cells counted in `counts`: those of the whole file if it has few values. */
  readonly total: number;
  /** The numbers in the cells, without slips; null if cells are not numbers. */
  readonly numbers: readonly number[] | null;
  /** Whether they increase by a fixed step from row to row. */
  readonly countsUp: boolean;
}

/** One column of a sample. */
export interface SampledColumn {
  /** Trimmed. */
  readonly cells: readonly string[];
  /** The row of the file that each cell comes from, counted from 0. */
  readonly places: readonly number[];
  /** From the whole file: its values and how often they occur, or null if there are many; and its missing cells. */
  readonly whole: { readonly values: ReadonlyMap<string, number> | null; readonly gaps: number };
}

/** Facts about all columns of a sample. */
export interface Around {
  /** False if the names were made up. */
  readonly named: boolean;
  /** Whether the file goes on after the sample. */
  readonly cut: boolean;
  /** Decimal mark of a column whose own cells leave it open: by the other columns, or else by a separator that is not a comma. */
  readonly comma: boolean;
}

/** @param columns cells of all columns @param commaIsFree columns are not separated by commas */
export function commaIn(columns: readonly (readonly string[])[], commaIsFree: boolean): boolean {
  const balance = columns.reduce((sum, cells) => sum + balanceOf(readingsOf(cells)), 0);
  return balance > 0 || (balance === 0 && commaIsFree);
}

const readingsOf = (cells: readonly string[]): readonly NumberCell[] =>
  cells.map((cell) => readNumber(cell, Infinity)).filter((number) => number !== null);

/** Cells that imply the decimal comma, minus those that imply the point. */
const balanceOf = (read: readonly NumberCell[]): number =>
  read.reduce((sum, { mark }) => sum + (mark === ',' ? 1 : mark === '.' ? -1 : 0), 0);

/** A column whose rows are the whole file. */
export function wholeColumn(cells: readonly string[]): SampledColumn {
  return { cells, places: cells.map((_, i) => i), whole: { values: countsOf(cells), gaps: cells.filter(isMissing).length } };
}

function countsOf(cells: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const cell of cells) if (!isMissing(cell)) times.set(cell, (times.get(cell) ?? 0) + 1);
  return times;
}

export function guessColumn(name: string, column: SampledColumn, { named, cut, comma }: Around): ColumnGuess {
  const facts = factsOf(column, comma);
  const range = facts.numbers === null ? null : numbersSeen(facts.numbers);
  const values = listedValues(facts);
  const about = {
    distinct: Math.min(facts.counts.length, VALUES_MAX + 1),
    missing: facts.missing,
    examples: facts.counts
      .slice(0, EXAMPLES)
      .map(([value]) => (value.length > EXAMPLE_CHARS ? `${value.slice(0, EXAMPLE_CHARS)}…` : value)),
    values: values !== null && values.length <= VALUES_MAX ? values : null,
    range,
    dates: guessDates(named ? name : '', facts.cells),
    sentinels: facts.numbers === null ? [] : sentinelsIn(Float64Array.from(facts.numbers).sort()),
  };
  const reason = about.dates === null ? reasonOf(name, facts, named) : 'dates';
  const proposed = ((): TableColumn => {
    if (reason === 'numbers' && range !== null) {
      return { kind: 'number', name, ...range, ...(facts.missing > 0 ? { missing: 'fill' as const } : {}) };
    }
    if (about.dates !== null) return dateColumn(name, about.dates, facts.missing > 0);
    if (reason !== 'few-values') return { kind: 'ignored', name };
    const { listed, others } = categoryOf(facts, cut && column.whole.values === null);
    return { kind: 'category', name, values: listed, ...(others ? { others: true as const } : {}) };
  })();
  return { proposed, reason, ...about };
}

function dateColumn(name: string, { range, weekday, hour }: DateGuess, gaps: boolean): TableColumn {
  return {
    kind: 'date',
    name,
    ...range,
    ...(weekday ? { weekday: true as const } : {}),
    ...(hour ? { hour: true as const } : {}),
    ...(gaps ? { missing: 'fill' as const } : {}),
  };
}

function factsOf({ cells, places, whole }: SampledColumn, comma: boolean): Facts {
  const present = cells.filter((cell) => !isMissing(cell));
  const times = whole.values ?? countsOf(present);
  const counts = [...times].sort((a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
  const numbers = numbersOf(present, comma);
  const numeric = present.length > 0 && numbers.length >= present.length * MOST;
  const total = counts.reduce((sum, [, n]) => sum + n, 0);
  return {
    cells: present,
    missing: whole.gaps,
    counts,
    total,
    numbers: numeric ? numbers : null,
    countsUp: numeric && numbers.length === cells.length && countsUp(numbers, places),
  };
}

/** Cells that are numbers, by the decimal mark that most of the column's own cells imply. */
function numbersOf(cells: readonly string[], comma: boolean): number[] {
  const read = readingsOf(cells);
  const balance = balanceOf(read);
  return read.map(({ value, withComma }) => (balance > 0 || (balance === 0 && comma) ? withComma : value)).filter(Number.isFinite);
}

function reasonOf(name: string, facts: Facts, named: boolean): ColumnGuess['reason'] {
  const { cells, counts, total, numbers } = facts;
  const { length } = cells;
  if (length === 0) return 'empty';
  if (counts.length === 1) return 'constant';
  const allDiffer = counts.length === total;
  if (numbers !== null) {
    if (allDiffer && length >= IDENTIFIER_ROWS_MIN && (facts.countsUp || (named && (IDENTIFIER_NAME.test(name) || CAMEL_ID.test(name)))))
      return 'identifier';
    // A number that refers to something else is not an amount, even if it repeats.
    if (named && (REFERENCE_NAME.test(name) || CAMEL_ID.test(name)) && numbers.every(Number.isInteger))
      return counts.length <= FEW_VALUES ? 'few-values' : 'identifier';
    return isCode(numbers, counts.length) ? 'few-values' : 'numbers';
  }
  if (areDates(cells)) return 'dates';
  if (counts.some(([value]) => value.length > VALUE_CHARS_MAX)) return 'free-text';
  if (counts.length <= FEW_VALUES && counts.length <= Math.max(2, total / 2)) return 'few-values';
  if (commonValues(facts) !== null) return 'few-values';
  const words = cells.reduce((sum, cell) => sum + cell.split(/\s+/).length, 0) / length;
  if (words >= TEXT_WORDS) return 'free-text';
  return counts.length >= total * MOST && length >= IDENTIFIER_ROWS_MIN ? 'identifier' : 'too-many-values';
}

/** 1, 2, 3 … or with another step: a running number. @param places of their rows */
function countsUp(numbers: readonly number[], places: readonly number[]): boolean {
  const [first, second] = [numbers[0]!, numbers[1]!];
  const step = (second - first) / (places[1]! - places[0]!);
  return step !== 0 && Number.isInteger(step) && numbers.every((value, i) => value === first + (places[i]! - places[0]!) * step);
}

/** Two values, or the first few whole numbers from 1 on without a gap. Counts start at 0 and thin out. */
function isCode(numbers: readonly number[], distinct: number): boolean {
  if (!numbers.every(Number.isInteger)) return false;
  if (distinct === 2) return true;
  const [low, high] = extent(numbers);
  return low === 1 && high === distinct && distinct <= CODES_MAX && numbers.length >= 3 * distinct;
}

function extent(numbers: readonly number[]): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of numbers) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Null if no manifest can express the range. */
function numbersSeen(numbers: readonly number[]): RoundNumbers | null {
  const sorted = Float64Array.from(numbers).sort();
  const range = Number.isFinite(sorted.at(-1)! - sorted[0]!) ? roundNumbers(sorted) : null;
  return range !== null && isBounded(range) ? range : null;
}

/** Values that occur more than once, if a few of them make up nearly all cells: a file of the world's countries has mostly one. */
function commonValues({ total, counts }: Facts): readonly string[] | null {
  const common = counts.filter(([, times]) => times > 1).slice(0, FEW_VALUES);
  const covered = common.reduce((sum, [, times]) => sum + times, 0);
  return common.length >= 2 && covered >= total * COMMON_SHARE ? common.map(([value]) => value) : null;
}

function categoryOf(facts: Facts, cut: boolean): { readonly listed: string[]; readonly others: boolean } {
  const { total, counts, missing } = facts;
  const all = counts.map(([value]) => value);
  const listed = all.length <= FEW_VALUES ? all : (commonValues(facts) ?? all.slice(0, FEW_VALUES));
  // A value that occurs once suggests others that have not occurred yet (Good 1953).
  const unseen = cut || total < SURE_ROWS || counts.some(([, times]) => times === 1);
  return { listed: listed.toSorted(compareValues), others: missing > 0 || unseen || listed.length < all.length };
}

function listedValues({ counts }: Facts): readonly string[] | null {
  if (counts.length === 0 || counts.length > VALUES_MAX) return null;
  if (counts.some(([value]) => value.length > VALUE_CHARS_MAX)) return null;
  return counts.map(([value]) => value).toSorted(compareValues);
}

/** Numbers by size, words by their letters: the same order on every machine. */
export function compareValues(a: string, b: string): number {
  const difference = parseNumber(a) - parseNumber(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}
