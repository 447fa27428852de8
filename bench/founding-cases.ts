/**
 * Five public data sets, split for founder and members: a sample from which a project is founded as on the page, files of members, and rows
 * for the final result. Rows of the sample are used neither for training nor for testing.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import type { TableTask, Task } from '#protocol/manifest/task';
import type { Drawing } from '#workers/api';
import { inferRecordings } from '#workers/founding/infer-recordings';
import { inferSchema } from '#workers/founding/infer';
import { readRecordingSample } from '#workers/founding/recording-sample';
import { readSample } from '#workers/founding/sample';
import { pictureEncoder } from '#workers/loader/picture/picture-encode';
import { fitPicture } from '#workers/loader/picture/picture-fit';
import { filesOfZip } from '#workers/loader/lines/zip';
import type { DataSource } from '#workers/rows/trainer-endpoint';
import { dataFile } from '../scripts/data-place.ts';
import type { SetName as DataSet } from '../scripts/public-data.ts';
import { columnsOf, EMPTY_FORM, taskOf } from '../web/state/founding/founding-form.ts';
import { sequenceFormOf, sequenceTaskOf } from '../web/state/founding/founding-sequence.ts';
import { recordingTask, tableTask } from './presets-2026-11-21/columns.ts';
import { seededBytes } from './seeded-bytes.ts';

export type SetName = 'optdigits' | 'adult' | 'titanic' | 'indoor' | 'mnist';
export const SETS: readonly SetName[] = ['optdigits', 'adult', 'titanic', 'indoor', 'mnist'];
/** Location of each. */
export const PLACES: Readonly<Record<SetName, DataSet>> = {
  optdigits: 'optdigits',
  adult: 'adult',
  titanic: 'titanic',
  indoor: 'indoor-movement',
  mnist: 'mnist',
};

/** The items dealt to members, tests and founder: lines of a table, recordings by number, pictures. */
interface Pool {
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** @returns the files that a person would choose from these items, for a project of this task */
  source(items: readonly number[], task: Task): DataSource;
  /** Tasks proposed for a sample of these items: today's, and that of 2026-11-21. */
  tasks(sample: readonly number[]): Promise<{ readonly now: Task; readonly before: Task }>;
}

export interface Dealt {
  readonly now: Task;
  readonly before: Task;
  readonly members: (task: Task) => DataSource[];
  readonly test: (task: Task) => DataSource;
}

export interface Deal {
  readonly members: number;
  readonly rowsEach: number;
  readonly seed: string;
  /** Judged by the final test rows, or by training rows that nobody holds. */
  readonly judged: 'test' | 'aside';
}

const SAMPLE = 200;
const SAMPLE_RECORDINGS = 40;
const TEST_MAX = 2000;
/** Every n-th item is for the final test, if the publisher set none aside. */
const HELD_OUT = 4;

/** Rows (or recordings) per member, as many as the smaller sets allow. */
export function rowsEachOf(set: SetName, members: 3 | 10): number {
  if (set === 'titanic') return members === 3 ? 150 : 46;
  if (set === 'indoor') return members === 3 ? 65 : 19;
  return 200;
}

const pools = new Map<SetName, Promise<Pool>>();

/** @throws Error if there are too few rows, or no data */
export async function deal(set: SetName, { members, rowsEach, seed, judged }: Deal): Promise<Dealt> {
  let opened = pools.get(set);
  if (opened === undefined) pools.set(set, (opened = OPEN[set]()));
  const pool = await opened;
  const order = shuffled(pool.train, `${set}/${seed}`);
  const sample = order.splice(0, set === 'indoor' ? SAMPLE_RECORDINGS : SAMPLE);
  const held = order.splice(0, members * rowsEach);
  const test = (judged === 'test' ? shuffled(pool.test, `${set}/test`) : order).slice(0, TEST_MAX);
  if (held.length < members * rowsEach || test.length < 40) throw new Error(`expected more rows of ${set}`);
  return {
    ...(await pool.tasks(sample)),
    members: (task) => count(members).map((i) => pool.source(held.slice(i * rowsEach, (i + 1) * rowsEach), task)),
    test: (task) => pool.source(test, task),
  };
}

const shuffled = (items: readonly number[], seed: string): number[] => shuffle([...items], new RandomWords(seededBytes(seed)));

const count = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);
const linesOf = async (set: DataSet, file: string) =>
  (await readFile(dataFile(set, file), 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '');

function tablePool(name: string, header: string | null, train: readonly string[], test: readonly string[]): Pool {
  const lines = [...train, ...test];
  const csv = (items: readonly number[]) => [...(header === null ? [] : [header]), ...items.map((i) => lines[i]!)].join('\n');
  return {
    train: count(train.length),
    test: count(test.length, train.length),
    source: (items) => ({ text: csv(items) }),
    async tasks(items) {
      const sample = await readSample(new File([csv(items)], `${name}.csv`));
      const guess = inferSchema(sample);
      const now = taskOf({ ...EMPTY_FORM, source: 'file', columns: columnsOf(guess), label: guess.label }) as TableTask;
      return { now, before: tableTask(sample, guess.label) };
    },
  };
}

const heldOut = (i: number) => i % HELD_OUT === HELD_OUT - 1;

const OPEN: Readonly<Record<SetName, () => Promise<Pool>>> = {
  async optdigits() {
    const [tra, hol, tes] = await Promise.all(['tra', 'hol', 'tes'].map((end) => linesOf('optdigits', `optdigits.${end}`)));
    return tablePool('optdigits', null, [...tra!, ...hol!], tes!);
  },
  async adult() {
    return tablePool('adult', null, await linesOf('adult', 'adult-train.csv'), await linesOf('adult', 'adult-test.csv'));
  },
  async titanic() {
    const [header, ...lines] = await linesOf('titanic', 'titanic.csv');
    return tablePool(
      'titanic',
      header!,
      lines.filter((_, i) => !heldOut(i)),
      lines.filter((_, i) => heldOut(i)),
    );
  },
  async indoor() {
    const all = await filesOfZip(new Blob([await readFile(dataFile('indoor-movement', 'IndoorMovement.zip'))]), '');
    const recordings = all.filter(({ name }) => /RSS_\d+\.csv$/.test(name));
    const target = all.find(({ name }) => name.endsWith('_target.csv'))!;
    const files = (items: readonly number[]) => [...items.map((i) => recordings[i]!), target];
    const items = count(recordings.length);
    return {
      train: items.filter((i) => !heldOut(i)),
      test: items.filter(heldOut),
      source: (chosen) => ({ recordingFiles: files(chosen) }),
      async tasks(chosen) {
        const now = sequenceTaskOf(sequenceFormOf(inferRecordings(await readRecordingSample(files(chosen)))));
        const texts = await Promise.all(chosen.map((i) => recordings[i]!.text()));
        const lines = texts.flatMap((text) => text.trim().split(/\r?\n/).slice(1));
        return {
          now,
          before: recordingTask(
            now,
            lines.map((line) => line.split(',').map(Number)),
          ),
        };
      },
    };
  },
  async mnist() {
    const read = async (part: string) => {
      const [images, labels] = await Promise.all(
        [`${part}-images-idx3-ubyte.gz`, `${part}-labels-idx1-ubyte.gz`].map(async (file) =>
          gunzipSync(await readFile(dataFile('mnist', file))),
        ),
      );
      return { images: images!.subarray(16), labels: labels!.subarray(8) };
    };
    const [train, test] = [await read('train'), await read('test')];
    const picture = (task: Task, i: number): Drawing => {
      const [{ images, labels }, at] = i < train.labels.length ? [train, i] : [test, i - train.labels.length];
      const data = new Uint8ClampedArray(28 * 28 * 4).fill(255);
      for (let p = 0; p < 28 * 28; p++) data.fill(images[at * 28 * 28 + p]!, 4 * p, 4 * p + 3);
      return { pixels: fitPicture({ width: 28, height: 28, data }, pictureEncoder(task).shape), label: labels[at]! };
    };
    const image = { ...EMPTY_FORM.image, label: 'digit', classes: count(10).join('\n') };
    const now = taskOf({ ...EMPTY_FORM, source: 'pictures', image });
    const label = { name: 'digit', classes: count(10).map(String) };
    const before: Task = { kind: 'image', width: 16, height: 16, colour: 'grey', background: 'light', label };
    return {
      train: count(train.labels.length),
      test: count(test.labels.length, train.labels.length),
      source: (items, task) => ({ drawings: items.map((i) => picture(task, i)) }),
      tasks: async () => ({ now, before }),
    };
  },
};
