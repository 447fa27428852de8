/**
 * The public data sets with all rows in one place, encoded as in a federation. Each has a split of its training rows for making choices;
 * the test rows are only for the final result.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import { classesOf, inputShape, type TableTask } from '#protocol/manifest/task';
import { flat, type Shape } from '#protocol/model/architecture';
import { pickRows } from '#workers/loader/hold-out';
import { loadTable } from '#workers/loader/table/table';
import type { TrainingRows } from '#workers/training-rows';
import { csvOf, proposedTask, tableFiles, type TableName } from '../e2e/tables.ts';
import { dataFile } from '../scripts/data-place.ts';
import { readDigits } from './digits-federation.ts';
import { seededBytes } from './seeded-bytes.ts';

const ROWS_MAX = 40_000;

export interface Data {
  readonly input: Shape;
  readonly classes: number;
  readonly train: TrainingRows;
  readonly test: TrainingRows;
}
export type DataName = 'mnist' | 'adult' | 'titanic' | 'optdigits';

/** null if the data is absent */
export async function readData(name: DataName): Promise<Data | null> {
  if (name === 'mnist') return readMnist();
  if (name === 'optdigits') {
    const digits = await readDigits();
    return digits === null ? null : { input: { height: 8, width: 8, channels: 1 }, classes: 10, ...digits };
  }
  return readTable(name);
}

/** Only the training rows, with a fifth set aside for choices: a different fifth for every seed. */
export function setAside(data: Data, seed: string): Data {
  const order = shuffle([...data.train.y.keys()], new RandomWords(seededBytes(`aside/${seed}`)));
  const aside = Math.floor(order.length / 5);
  return { ...data, train: pickRows(data.train, order.slice(aside)), test: pickRows(data.train, order.slice(0, aside)) };
}

async function readTable(name: TableName): Promise<Data | null> {
  const files = await tableFiles(name);
  if (files === null) return null;
  const task: TableTask = await proposedTask(files, name);
  const rowsOf = async (lines: readonly string[]) => (await loadTable(csvOf(files, lines), task, ROWS_MAX)).rows;
  const train = await rowsOf([...files.sample, ...files.training]);
  const { channels } = inputShape(task);
  return { input: flat(channels), classes: classesOf(task).length, train, test: await rowsOf(files.heldOut) };
}

async function readMnist(): Promise<Data | null> {
  const read = async (part: string): Promise<TrainingRows | null> => {
    try {
      const [images, labels] = await Promise.all(
        [`${part}-images-idx3-ubyte.gz`, `${part}-labels-idx1-ubyte.gz`].map(async (file) =>
          gunzipSync(await readFile(dataFile('mnist', file))),
        ),
      );
      // Behind headers of four and two big-endian words. Dark is 0, as a picture federation reads white on black.
      return { x: Float32Array.from(images!.subarray(16), (ink) => ink / 255), y: Int32Array.from(labels!.subarray(8)) };
    } catch {
      return null;
    }
  };
  const [train, test] = [await read('train'), await read('test')];
  return train === null || test === null ? null : { input: { height: 28, width: 28, channels: 1 }, classes: 10, train, test };
}
