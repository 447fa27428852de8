/**
 * Durable cells of one federation in a folder: a file a cell, written beside, flushed and renamed into place; CBOR inside. Calls run
 * one after another: a reader would otherwise find names whose files a writer is just taking away.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode } from '#protocol/codec';
import type { Cells } from '#protocol/driver/ports';

const SUFFIX = '.cell';

/** @param folder made when missing, private to its owner */
export function fileCells(folder: string): Cells {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const run = turn.then(work, work);
    turn = run;
    return run;
  };
  return {
    read: () => inTurn(() => readAll(folder)),
    write: (puts, deletes) => inTurn(() => writeAll(folder, puts, deletes)),
  };
}

async function readAll(folder: string): Promise<ReadonlyMap<string, unknown>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const cells = new Map<string, unknown>();
  for (const name of await readdir(folder)) {
    if (name.endsWith(SUFFIX)) cells.set(decodeURIComponent(name.slice(0, -SUFFIX.length)), decode(await readFile(join(folder, name))));
  }
  return cells;
}

async function writeAll(folder: string, puts: Parameters<Cells['write']>[0], deletes: readonly string[]): Promise<void> {
  const pathOf = (key: string) => join(folder, `${encodeURIComponent(key)}${SUFFIX}`);
  for (const { key, value } of puts) {
    const path = pathOf(key);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(encode(value));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }
  for (const key of deletes) await rm(pathOf(key), { force: true });
  // The names themselves are durable once their folder is.
  if (process.platform === 'win32') return; // a directory cannot be opened there
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}
