/**
 * Recordings of several sensors, as phone apps save them: a folder per recording with one file per sensor, each with its own clock. The
 * files of such a folder become one file on one clock, for founders and members alike; moments outside the clocks' common time are left
 * out. Other files stay as they are. sensor-series.ts reads a series.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { nameOf, partsOf } from '../cells/file-names.ts';
import type { News } from '../cells/findings.ts';
import { bare } from '../lines/layout.ts';
import type { ChosenFile } from '../picture/picture-labels.ts';
import { readSeries, sensorHead, valuesAt, VALUES_MAX, VALUES_OF_ALL_MAX, type SensorHead, type Series } from './sensor-series.ts';

/** What apps call sensor files; other names count as sensors too if no two files of a folder measure the same. */
const SENSOR =
  /accel|gyro|magnet|gravity|orientation|rotation|barometer|pressure|location|gps|linear|heart|light|compass|pedometer|microphone|temperature|humidity|proximity|activity|^(acc|gyr|mag|ecg|eda|emg|ppg|bvp|ibi|hr|temp)$/i;
const TABLE = /\.(csv|tsv|txt)$/i;
const SENSORS_MAX = 64;
/** Significant digits kept: as precise as sensors are. */
const DIGITS = 9;

export interface SensorFolders {
  readonly files: readonly ChosenFile[];
  readonly news: readonly News[];
}

interface Folder {
  readonly path: string;
  readonly parts: readonly { readonly file: ChosenFile; readonly head: SensorHead }[];
}

/**
 * @param wanted names of a project's measurements: the sensor of the first one sets the clock; null without a project: then the most even
 * clock counts
 */
export async function joinSensors(chosen: readonly ChosenFile[], wanted: readonly string[] | null): Promise<SensorFolders> {
  const folders = await sensorFolders(chosen, wanted);
  if (folders.length === 0) return { files: chosen, news: [] };
  const read: { readonly path: string; readonly series: readonly Series[] }[] = [];
  const news: News[] = [];
  const taken = new Set<ChosenFile>();
  const leave = (path: string, error: unknown) => {
    const { code, detail } = asMeshError(error);
    if (code === 'internal') throw error;
    const got = `${path}: ${[detail.field, detail.got].filter(Boolean).join(', ')}`;
    news.push({ code: 'recording-unreadable', action: 'left-out', expected: detail.expected ?? null, got });
  };
  let room = VALUES_OF_ALL_MAX;
  for (const { path, parts } of folders) {
    try {
      const series: Series[] = [];
      let left = Math.min(VALUES_MAX, room);
      for (const { file, head } of parts) {
        const one = await readSeries(file, head, left);
        if (one === null) continue;
        series.push(one);
        left -= one.times.length * (one.columns.length + 1);
      }
      if (series.length < 2) continue;
      read.push({ path, series });
      room -= series.reduce((sum, { times, columns }) => sum + times.length * (columns.length + 1), 0);
    } catch (error) {
      leave(path, error);
    }
    // Also the notes and dates that apps save beside their sensors: they are no list of answers.
    for (const { file } of parts) taken.add(file);
  }
  const first = firstSensor(
    read.map(({ series }) => series),
    wanted,
  );
  const files = chosen.filter((file) => !taken.has(file));
  for (const { path, series } of read) {
    try {
      const { file, lines, leftOut } = joined(path, series.toSorted(byName(first)), wanted);
      files.push(file);
      const got = `${path}: ${series.map((one) => nameOf(one.file.path)).join(', ')}`;
      news.push({ code: 'recording-sensors', action: 'read-as', got, readAs: `one recording of ${lines} moments` });
      if (leftOut > 0) news.push({ code: 'recording-overlap', action: 'left-out', count: leftOut, got: path });
    } catch (error) {
      leave(path, error);
    }
  }
  return { files, news };
}

const folderPath = (path: string): string => partsOf(path).slice(0, -1).join('/');
const stemOf = (path: string): string => nameOf(path).replace(/\.[^.]*$/, '');

/** Folders with at least two files that have clocks and come from different sensors. */
async function sensorFolders(chosen: readonly ChosenFile[], wanted: readonly string[] | null): Promise<Folder[]> {
  const tables = Map.groupBy(
    chosen.filter(({ path }) => TABLE.test(path)),
    ({ path }) => folderPath(path),
  );
  const folders: Folder[] = [];
  for (const [path, files] of tables) {
    if (files.length < 2 || files.length > SENSORS_MAX || !mayBeSensors(files)) continue;
    const parts: { file: ChosenFile; head: SensorHead }[] = [];
    for (const file of files) {
      const head = await sensorHead(file).catch(() => null); // not text, so not a sensor's file
      // A file with all of the project's measurements is a recording by itself.
      if (head !== null && !hasAll(head, wanted)) parts.push({ file, head });
    }
    if (parts.length >= 2 && areSensors(parts)) folders.push({ path, parts });
  }
  return folders;
}

/** Names that differ only in numbers are recordings, not sensors. */
function mayBeSensors(files: readonly ChosenFile[]): boolean {
  const words = new Set(
    files.map(({ path }) =>
      stemOf(path)
        .replace(/[\d\W_]+/g, '')
        .toLowerCase(),
    ),
  );
  return words.size === files.length;
}

function hasAll({ names }: SensorHead, wanted: readonly string[] | null): boolean {
  const own = new Set(names.map(bare));
  return wanted?.every((name) => own.has(bare(name))) === true;
}

function areSensors(parts: Folder['parts']): boolean {
  if (parts.filter(({ file }) => SENSOR.test(stemOf(file.path))).length >= 2) return true;
  const measured = parts.map(({ head }) => head.names.filter((_, i) => i !== head.at).map(bare).join('\0')); // prettier-ignore
  return new Set(measured).size === parts.length;
}

/** File name of the sensor whose clock counts. */
function firstSensor(recordings: readonly (readonly Series[])[], wanted: readonly string[] | null): string {
  const all = recordings.flat();
  const [name] = wanted ?? [];
  const own = name === undefined ? undefined : all.find((one) => one.columns.some((column) => isWanted(name, one, column.name)));
  if (own !== undefined) return stemOf(own.file.path);
  const sensors = Map.groupBy(all, ({ file }) => stemOf(file.path));
  // The sensor in most recordings and, among equals, with the most even steps.
  const judged = [...sensors].map(([stem, of]) => ({
    stem,
    count: of.length,
    unevenness: of.reduce((sum, one) => sum + one.unevenness, 0) / of.length,
  }));
  return judged.toSorted((a, b) => b.count - a.count || a.unevenness - b.unevenness || (a.stem < b.stem ? -1 : 1))[0]?.stem ?? '';
}

const fullName = ({ file }: Series, column: string): string => `${stemOf(file.path)} ${column}`;

/** @param name of a project's measurement */
function isWanted(name: string, series: Series, column: string): boolean {
  return bare(name) === bare(fullName(series, column)) || bare(name) === bare(column);
}

const byName =
  (first: string) =>
  (a: Series, b: Series): number => {
    const [left, right] = [stemOf(a.file.path), stemOf(b.file.path)];
    return Number(right === first) - Number(left === first) || (left < right ? -1 : 1);
  };

/** @throws MeshError value-type if the clocks have no time in common, file-too-large */
function joined(path: string, series: readonly Series[], wanted: readonly string[] | null) {
  const [base] = series;
  const from = Math.max(...series.map(({ times, step }) => times[0]! - step));
  const to = Math.min(...series.map(({ times, step }) => times.at(-1)! + step));
  const times = base!.times.filter((time) => time >= from && time <= to);
  if (times.length < 2) {
    const got = series.map(({ file }) => nameOf(file.path)).join(' and ');
    throw new MeshError('value-type', { expected: 'clocks with some time in common', got: `${got} have none` });
  }
  // A sensor of many columns and few moments grows when it is resampled at another's many moments.
  if (times.length * series.reduce((sum, { columns }) => sum + columns.length, 0) > VALUES_MAX) {
    throw new MeshError('file-too-large', {
      expected: `at most ${VALUES_MAX} values per recording`,
      got: 'more once its sensors are joined',
    });
  }
  const counts = new Map<string, number>();
  for (const { columns } of series) for (const { name } of columns) counts.set(bare(name), (counts.get(bare(name)) ?? 0) + 1);
  const named = series.flatMap((one) =>
    one.columns.map(({ name, values }) => {
      const full = fullName(one, name);
      const asked = (own: string) => wanted?.some((other) => bare(other) === bare(own)) === true;
      const alone = counts.get(bare(name)) === 1 || (one === base && asked(name));
      return {
        name: alone && !asked(full) ? name : full,
        values: one === base ? valuesOf(one, values, times) : valuesAt(one.times, values, one.step, times),
      };
    }),
  );
  const lines = Array.from(times, (time, i) =>
    [time - times[0]!, ...named.map(({ values }) => values[i]!)].map((value) => (Number.isNaN(value) ? '' : shortly(value))).join(','),
  );
  const text = [['time (s)', ...named.map(({ name }) => name)].map(quoted).join(','), ...lines].join('\n');
  const [folder = 'recording'] = partsOf(path).slice(-1);
  const file = new File([text], `${folder}.csv`);
  return {
    file: { row: base!.file.row, path: [...partsOf(path), `${folder}.csv`].join('/'), file, joined: series.map(({ raw }) => raw) },
    lines: times.length,
    leftOut: base!.times.length - times.length,
  };
}

const valuesOf = (one: Series, values: Float64Array, times: Float64Array): Float64Array => {
  const start = one.times.indexOf(times[0]!);
  return values.slice(start, start + times.length);
};
const shortly = (value: number): string => String(Number(value.toPrecision(DIGITS)));
const quoted = (name: string): string => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
