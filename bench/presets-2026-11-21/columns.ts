/**
 * Founding's proposals for tables and recordings on 2026-11-21, unchanged, as a baseline for newer ones: ranges with margins around all
 * values, no typical values. For clean files; only benches may use it.
 */
import type { SequenceTask, TableColumn, TableTask } from '#protocol/manifest/task';

const FEW_VALUES = 30;
const VALUE_CHARS_MAX = 64;
const CODES_MAX = 6;
const COMMON_SHARE = 0.9;
const MOST = 0.95;
const SURE_ROWS = 1000;
const IDENTIFIER_ROWS_MIN = 5;
const TEXT_WORDS = 2.5;
const RUN_MIN = 16;
const IDENTIFIER_NAME = /(^|[\s_.-])(id|ids|uuid|guid|key|index|number|no|nr)$|^(id|uuid|index)|[a-z]I[dD]$/i;
const MISSING = new Set(['', '?', 'NA']);

const isMissing = (cell: string): boolean => MISSING.has(cell);

export interface SampleRows {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly hasHeader: boolean;
}

/** @param label index of the answer among the names */
export function tableTask({ names, rows, hasHeader }: SampleRows, label: number): TableTask {
  const guessed = names.map((name, i) =>
    columnOf(
      name,
      rows.map((cells) => cells[i]!),
      hasHeader,
    ),
  );
  const answers = rows.map((cells) => cells[label]!).filter((cell) => !isMissing(cell));
  return {
    kind: 'table',
    columns: evened(names, rows, guessed, label).filter((_, i) => i !== label),
    label: { name: names[label]!, classes: [...new Set(answers)].toSorted(compareValues), place: label },
    picture: null,
  };
}

function columnOf(name: string, cells: readonly string[], named: boolean): TableColumn {
  const present = cells.filter((cell) => !isMissing(cell));
  const times = new Map<string, number>();
  for (const cell of present) times.set(cell, (times.get(cell) ?? 0) + 1);
  const counts = [...times].sort((a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
  const missing = present.length < cells.length;
  const read = present.map(Number).filter(Number.isFinite);
  if (counts.length < 2) return { kind: 'ignored', name };
  const allDiffer = counts.length === present.length && present.length >= IDENTIFIER_ROWS_MIN;
  if (read.length >= present.length * MOST) {
    if (allDiffer && (countsUp(read) || (named && IDENTIFIER_NAME.test(name)))) return { kind: 'ignored', name };
    if (!isCode(read, counts.length)) {
      return {
        kind: 'number',
        name,
        ...roundRange(Math.min(...read), Math.max(...read)),
        ...(missing ? { missing: 'fill' as const } : {}),
      };
    }
  } else if (!isCategory(present, counts)) return { kind: 'ignored', name };
  const all = counts.map(([value]) => value);
  const listed = all.length <= FEW_VALUES ? all : (commonValues(present, counts) ?? all.slice(0, FEW_VALUES));
  const unseen = present.length < SURE_ROWS || counts.some(([, n]) => n === 1);
  const others = missing || unseen || listed.length < all.length;
  return { kind: 'category', name, values: listed.toSorted(compareValues), ...(others ? { others: true as const } : {}) };
}

type Counts = readonly (readonly [value: string, times: number])[];

function isCategory(cells: readonly string[], counts: Counts): boolean {
  if (counts.some(([value]) => value.length > VALUE_CHARS_MAX)) return false;
  if (counts.length <= FEW_VALUES && counts.length <= Math.max(2, cells.length / 2)) return true;
  const words = cells.reduce((sum, cell) => sum + cell.split(/\s+/).length, 0) / cells.length;
  return commonValues(cells, counts) !== null && words < TEXT_WORDS;
}

function commonValues(cells: readonly string[], counts: Counts): readonly string[] | null {
  const common = counts.filter(([, times]) => times > 1).slice(0, FEW_VALUES);
  const covered = common.reduce((sum, [, times]) => sum + times, 0);
  return common.length >= 2 && covered >= cells.length * COMMON_SHARE ? common.map(([value]) => value) : null;
}

function countsUp(numbers: readonly number[]): boolean {
  const [first, second] = [numbers[0]!, numbers[1]!];
  const step = second - first;
  return step !== 0 && Number.isInteger(step) && numbers.every((value, i) => value === first + i * step);
}

function isCode(numbers: readonly number[], distinct: number): boolean {
  if (!numbers.every(Number.isInteger)) return false;
  if (distinct === 2) return true;
  return Math.min(...numbers) === 1 && Math.max(...numbers) === distinct && distinct <= CODES_MAX && numbers.length >= 3 * distinct;
}

/** Neighbouring counts with one stem, as pixels are, get the range of all. */
function evened(names: readonly string[], rows: SampleRows['rows'], guessed: readonly TableColumn[], label: number): TableColumn[] {
  const out = [...guessed];
  const stems = names.map((name) => name.replaceAll(/\d+/g, ''));
  const highest = names.map((_, i) => {
    const values = rows.map((cells) => Number(cells[i]));
    return i === label || !values.every((value) => Number.isInteger(value) && value >= 0) ? null : Math.max(...values);
  });
  for (let from = 0; from < names.length;) {
    let to = from;
    while (to < names.length && highest[to] !== null && stems[to] === stems[from]) to++;
    const max = Math.max(0, ...highest.slice(from, to).map(Number));
    if (to - from >= RUN_MIN && max > 0) {
      for (let i = from; i < to; i++) out[i] = { kind: 'number', name: names[i]!, min: 0, max };
    }
    from = Math.max(to, from + 1);
  }
  return out;
}

const MARGIN = 0.1;

function roundRange(low: number, high: number): { readonly min: number; readonly max: number } {
  const margin = (high - low) * MARGIN;
  const step = Math.max(roundUp(margin), Number.isInteger(low) && Number.isInteger(high) ? 1 : 0);
  const to = (value: number) => Number(value.toFixed(Math.min(100, Math.max(0, 1 - Math.floor(Math.log10(step))))));
  const min = to(Math.floor((low - margin) / step) * step);
  const max = to(Math.ceil((high + margin) / step) * step);
  return { min: low >= 0 ? Math.max(0, min) : min, max: high <= 0 ? Math.min(0, max) : max };
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((d) => d * power >= value * (1 - 1e-9)) ?? 10;
  return digit * power;
}

function compareValues(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}

const OFF_MIDDLE = 0.15;

/**
 * The proposals for channels that are unscaled, or scaled to [-1, 1] or [0, 1]: round ranges, and a typical value if the median is far from
 * the middle. Windows, names and answers are today's.
 * @param lines values of each moment, in the order of the channels
 */
export function recordingTask(today: SequenceTask, lines: readonly (readonly number[])[]): SequenceTask {
  const channels = today.channels.map(({ name }, at) => {
    const numbers = Float64Array.from(lines, (line) => line[at]!)
      .filter(Number.isFinite)
      .sort();
    const [low, high] = [numbers[0]!, numbers.at(-1)!];
    const scaled = high === 1 && (low === 0 || low === -1) && !numbers.every(Number.isInteger);
    const { min, max } = scaled ? { min: low, max: high } : roundRange(low, high);
    const median = numbers[numbers.length >> 1]!;
    if (Math.abs(median - (min + max) / 2) < OFF_MIDDLE * (max - min)) return { name, min, max };
    const step = 10 ** Math.floor(Math.log10((max - min) / 5));
    const typical = Math.min(max, Math.max(min, Number((Math.round(median / step) * step).toPrecision(6))));
    return { name, min, max, typical };
  });
  return { ...today, channels };
}
