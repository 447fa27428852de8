/**
 * One sensor's file, read by its own clock: rising times, and the numbers beside them. Also resamples such a series at another clock's
 * times, by linear interpolation between near neighbours. sensor-files.ts decides which files belong together.
 */
import { MeshError } from '#protocol/errors';
import { clockNamed, readClock, type Clock } from '../cells/clock.ts';
import { nameOf } from '../cells/file-names.ts';
import { readNumber } from '../cells/number-cell.ts';
import { RawHash, type RawWords } from '../lines/raw-hash.ts';
import type { ChosenFile } from '../picture/picture-labels.ts';
import { middleOf, quantileOf } from '../cells/quantile.ts';
import { isBlank, rowBatches } from '../lines/rows.ts';

/** The header must be within this many lines and bytes. */
const TITLE_ROWS_MAX = 20;
const HEAD_BYTES = 64 * 1024;
/** Most values of one recording, 8 bytes each, and of all recordings together. */
export const VALUES_MAX = 2 ** 24;
export const VALUES_OF_ALL_MAX = 4 * VALUES_MAX;
/** Neighbours more than this many steps apart have a gap between them. */
const GAP_STEPS = 4;
/** The size of a clock that counts from 1970 without naming its unit tells whether that is ns, µs or ms. Otherwise it is seconds. */
const EPOCHS: readonly (readonly [least: number, seconds: number])[] = [
  [1e17, 1e-9],
  [1e14, 1e-6],
  [1e11, 1e-3],
];

export interface SensorHead {
  readonly names: readonly string[];
  /** Row of the header, and column index of the clock. */
  readonly row: number;
  readonly at: number;
  readonly clock: Clock;
}

export interface Series {
  readonly file: ChosenFile;
  /** Seconds, rising. */
  readonly times: Float64Array;
  /** Numeric columns; NaN for a gap. */
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Usual step in seconds, and how far steps differ from it, as a share of it. */
  readonly step: number;
  readonly unevenness: number;
  /** Hash of its lines, as for a recording by itself. */
  readonly raw: RawWords;
}

/** The header with a clock, or null. @throws as rowBatches */
export async function sensorHead({ file }: ChosenFile): Promise<SensorHead | null> {
  for await (const batch of rowBatches(file.slice(0, HEAD_BYTES), wide)) {
    const rows = batch.preview().slice(0, TITLE_ROWS_MAX);
    for (const [i, cells] of rows.entries()) {
      const names = cells.map((cell, c) => (c === 0 ? cell.replace(/^\s*#+/, '') : cell).trim());
      const clocks = names.map((name) => clockNamed(name));
      // Of several clocks, prefer one with a known unit.
      const at = clocks.findIndex((clock) => clock?.seconds != null);
      const place = at >= 0 ? at : clocks.findIndex((clock) => clock !== null);
      if (place >= 0 && names.length > 1) return { names, row: batch.first + i, at: place, clock: clocks[place]! };
    }
    return null;
  }
  return null;
}

/** Scores a separator by the median number of columns it makes. */
function wide(rows: readonly string[][]): number {
  return Math.min(100, middleOf(rows.map(({ length }) => length)) || 0);
}

/**
 * @param valuesMax most values to read
 * @returns null for other files that apps save beside their sensors: fewer than two moments, or no measurements
 * @throws as rowBatches; MeshError value-type for a clock that runs backwards, file-too-large
 */
export async function readSeries(
  file: ChosenFile,
  { names, row: header, at, clock }: SensorHead,
  valuesMax: number,
): Promise<Series | null> {
  const times: number[] = [];
  const raw = new RawHash();
  const values: number[][] = names.map(() => []);
  for await (const { each, separator } of rowBatches(file.file, wide)) {
    const comma = separator !== ',';
    each((view, row) => {
      if (row <= header) return;
      const found = view.count === names.length ? names.length : view.width(names.length);
      if (found === names.length && !view.isBlank()) raw.line(view, found, []);
      const cells = view.cells();
      const time = isBlank(cells) ? NaN : readClock(cells[at] ?? '', comma);
      if (Number.isNaN(time) || time === times.at(-1)) return; // a repeated moment: the first line counts
      if (time < times.at(-1)!) {
        throw new MeshError('value-type', { row, field: nameOf(file.path), expected: 'lines in order of time', got: 'an earlier time' });
      }
      times.push(time);
      for (const [c, of] of values.entries()) {
        const read = c === at ? null : readNumber(cells[c] ?? '', Infinity);
        of.push(read === null ? NaN : comma ? read.withComma : read.value);
      }
      if (times.length * names.length <= valuesMax) return;
      throw new MeshError('file-too-large', {
        field: nameOf(file.path),
        expected: `at most ${VALUES_MAX} values per recording, ${VALUES_OF_ALL_MAX} in all`,
      });
    });
  }
  if (times.length < 2) return null;
  const seconds = clock.seconds ?? EPOCHS.find(([least]) => times[0]! >= least)?.[1] ?? 1;
  const own = Float64Array.from(times, (time) => time * seconds);
  const steps = own
    .slice(1)
    .map((time, i) => time - own[i]!)
    .sort();
  const [low, step, high] = [0.1, 0.5, 0.9].map((part) => quantileOf(steps, part)) as [number, number, number];
  const columns = names
    .map((name, c) => ({ name, values: Float64Array.from(values[c]!) }))
    .filter(({ name, values: of }, c) => c !== at && clockNamed(name) === null && of.some((value) => !Number.isNaN(value)));
  if (columns.length === 0) return null;
  return { file, times: own, columns, step, unevenness: (high - low) / step, raw: raw.words() };
}

/**
 * Resamples a column at other times.
 * @param at rising times, in seconds of the series' own clock
 * @returns values, NaN where no neighbour is near
 */
export function valuesAt(times: Float64Array, values: Float64Array, step: number, at: Float64Array): Float64Array {
  const there = Array.from(times.keys()).filter((i) => !Number.isNaN(values[i]));
  const read = new Float64Array(at.length).fill(NaN);
  let next = 0;
  for (let i = 0; i < at.length; i++) {
    const time = at[i]!;
    while (next < there.length && times[there[next]!]! < time) next++;
    const [before, after] = [there[next - 1], there[next]];
    if (after !== undefined && times[after] === time) read[i] = values[after]!;
    else if (before !== undefined && after !== undefined && times[after]! - times[before]! <= GAP_STEPS * step) {
      const part = (time - times[before]!) / (times[after]! - times[before]!);
      read[i] = values[before]! + part * (values[after]! - values[before]!);
    } else {
      // At an end, or in a gap: the nearest value, if it is at most one step away.
      const near = [before, after].filter((place) => place !== undefined).toSorted((a, b) => apart(a) - apart(b))[0];
      if (near !== undefined && apart(near) <= step) read[i] = values[near]!;
    }
    function apart(place: number): number {
      return Math.abs(times[place]! - time);
    }
  }
  return read;
}
