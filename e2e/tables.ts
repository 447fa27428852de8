/**
 * Titanic and Adult as people hold them: the lines of the files as they are, dealt to a founder's sample, to members, and to the rows
 * that have the last word. Nothing is chosen by the last ones.
 */
import { readFile } from 'node:fs/promises';
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import type { TableTask } from '#protocol/manifest/task';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import { seededBytes } from '../bench/seeded-bytes.ts';
import { dataFile } from '../scripts/data-place.ts';
import { columnsOf, EMPTY_FORM, taskOf } from '../web/state/founding/founding-form.ts';

const ADULT_SAMPLE = 200;
const TITANIC_SAMPLE = 50;
/** Every so many-th line of Titanic after the sample is held out. */
const TITANIC_HELD_OUT = 4;

export interface TableFiles {
  /** null where the file has none. */
  readonly header: string | null;
  readonly sample: readonly string[];
  /** Lines that members may hold. */
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
}

export type TableName = 'titanic' | 'adult';

/** null where the data is absent */
export async function tableFiles(name: TableName): Promise<TableFiles | null> {
  const lines = async (file: string) =>
    (await readFile(dataFile(name, file), 'utf8').catch(() => '')).split(/\r?\n/).filter((line) => line.trim() !== '');
  if (name === 'titanic') {
    const [header, ...all] = await lines('titanic.csv');
    if (header === undefined) return null;
    const rest = all.slice(TITANIC_SAMPLE);
    const isHeld = (i: number) => i % TITANIC_HELD_OUT === TITANIC_HELD_OUT - 1;
    return {
      header,
      sample: all.slice(0, TITANIC_SAMPLE),
      training: rest.filter((_, i) => !isHeld(i)),
      heldOut: rest.filter((_, i) => isHeld(i)),
    };
  }
  const [all, heldOut] = [await lines('adult-train.csv'), await lines('adult-test.csv')];
  if (all.length === 0 || heldOut.length === 0) return null;
  return { header: null, sample: all.slice(0, ADULT_SAMPLE), training: all.slice(ADULT_SAMPLE), heldOut };
}

export function csvOf({ header }: TableFiles, lines: readonly string[]): string {
  return [...(header === null ? [] : [header]), ...lines].join('\n');
}

/** The lines in an order that the seed decides. */
export function shuffled(lines: readonly string[], seed: string): string[] {
  return shuffle([...lines], new RandomWords(seededBytes(`lines/${seed}`)));
}

/** Files of so many members with so many rows each, dealt by the seed. */
export function memberCsvs(files: TableFiles, members: number, rowsEach: number, seed: string): string[] {
  const order = shuffled(files.training, seed);
  return Array.from({ length: members }, (_, i) => csvOf(files, order.slice(i * rowsEach, (i + 1) * rowsEach)));
}

/** The task that the page proposes for the sample, unedited. */
export async function proposedTask(files: TableFiles, name: string): Promise<TableTask> {
  const guess = inferSchema(await readSample(new File([csvOf(files, files.sample)], `${name}.csv`)));
  return taskOf({ ...EMPTY_FORM, source: 'file', columns: columnsOf(guess), label: guess.label }) as TableTask;
}
