import { wrap } from 'comlink';
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { openDatabase } from '../platform/database.ts';
import { readKeptRows } from './kept-rows.ts';
import { openOpfsRows } from './opfs-rows.ts';
import type { RowsKeeper } from './opfs-rows.worker.fixture.ts';
import type { KeptRows } from './loaded-rows.ts';

const FED = hashBytes(new Uint8Array([1])) as Hash;
const OTHER = hashBytes(new Uint8Array([2])) as Hash;
const kept = (seed: number): KeptRows => ({
  rows: { x: new Float32Array([seed, 2, 3, 4]), y: new Int32Array([0, 1]), units: new Int32Array([0, 0]) },
  heldOut: { x: new Float32Array([5, 6]), y: new Int32Array([1]) },
  digest: hashBytes(new Uint8Array([seed])),
  report: {
    name: 'a.csv',
    rows: 2,
    heldOut: 1,
    units: 1,
    columns: 3,
    classCounts: [1, 2],
    hasHeader: true,
    findings: [],
    synthetic: false,
  },
});

let folder: string;
let thread: Worker;
let keeper: ReturnType<typeof wrap<RowsKeeper>>;
const start = () => {
  thread = new Worker(new URL('./opfs-rows.worker.fixture.ts', import.meta.url), { type: 'module' });
  thread.addEventListener('error', (event) => {
    throw new Error(`the keeper's thread: ${event.message}`);
  });
  keeper = wrap<RowsKeeper>(thread);
};
beforeEach(() => {
  folder = crypto.randomUUID();
  start();
});
afterEach(async () => {
  thread.terminate();
  await (await navigator.storage.getDirectory()).removeEntry(folder, { recursive: true }).catch(() => {});
});

async function names(): Promise<string[]> {
  const dir = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  const found: string[] = [];
  for await (const name of dir.keys()) found.push(name);
  return found.toSorted();
}

test('rows outlive their thread, one file a federation, and any thread reads them', async () => {
  expect(await keeper.write(folder, FED, kept(1))).toBeNull();
  expect(await keeper.write(folder, OTHER, kept(2))).toBeNull();
  expect(await keeper.write(folder, FED, kept(3))).toBeNull();
  thread.terminate();
  expect(await names()).toHaveLength(2);
  const here = (await openOpfsRows(folder))!;
  expect(await here.read(FED)).toEqual(kept(3));
  expect(await here.read(OTHER)).toEqual(kept(2));
});

test.each([1, 2])('%i rows and none kept aside come back', async (count) => {
  const { rows, report, digest } = kept(1);
  const value = {
    rows: { x: rows.x.slice(0, 2 * count), y: rows.y.slice(0, count) },
    heldOut: { x: new Float32Array(0), y: new Int32Array(0) },
    digest,
    report: { ...report, rows: count, heldOut: 0 },
  };
  expect(await keeper.write(folder, FED, value)).toBeNull();
  expect(await (await openOpfsRows(folder))!.read(FED)).toEqual(value);
});

test('leaving removes the rows of one federation, forgetting those of all', async () => {
  await keeper.write(folder, FED, kept(1));
  await keeper.write(folder, OTHER, kept(2));
  await keeper.write(folder, FED, null);
  expect(await keeper.read(folder, FED)).toBeNull();
  expect(await names()).toHaveLength(1);
  await keeper.clear(folder);
  expect(await names()).toEqual([]);
  expect(await keeper.write(folder, FED, kept(1))).toBeNull();
});

test('a full disk says how much was needed, and what was kept stays', async () => {
  await keeper.write(folder, FED, kept(1));
  await keeper.fault('full');
  expect(await keeper.write(folder, FED, kept(2))).toMatch(
    /^storage-denied: rows: expected 0\.\d MB of room, got QuotaExceededError; the browser reckons with [\d.]+ MB$/,
  );
  expect(await keeper.read(folder, FED)).toEqual(kept(1));
  expect(await names()).toHaveLength(1);
});

test('a torn file is passed over for the one before it, and goes with the next write', async () => {
  await keeper.write(folder, FED, kept(1));
  await keeper.tear(folder, FED, kept(2));
  expect(await keeper.read(folder, FED)).toEqual(kept(1));
  await keeper.write(folder, FED, kept(3));
  expect(await keeper.read(folder, FED)).toEqual(kept(3));
  expect(await names()).toHaveLength(1);
});

test('rows that were kept in IndexedDB are found, and move to a file with the next write', async () => {
  const database = crypto.randomUUID();
  const written = hashBytes(new Uint8Array([7]));
  expect(await keeper.moves(database, folder, FED, kept(1))).toEqual([kept(1).digest, written, null, null]);
  await deleteDB(database);
});

test('rows of the first version of the database are carried over', async () => {
  const name = crypto.randomUUID();
  const first = await openDB(name, 1, {
    upgrade(db) {
      for (const store of ['keys', 'cells', 'blobs', 'sessions', 'rows']) db.createObjectStore(store);
      db.createObjectStore('budget', { keyPath: 'seq' });
    },
  });
  const { report, rows, digest } = kept(1);
  const { findings: _findings, units: _units, heldOut: _heldOut, ...old } = report;
  const { units: _rowUnits, ...plain } = rows;
  await first.put('rows', { rows: plain, digest, report: { ...old, skipped: [], skippedCount: 0, clampedCount: 3 } }, FED);
  await first.put('budget', { seq: 0 });
  first.close();
  const db = await openDatabase(name);
  expect(await db.get('rows', FED)).toEqual({
    rows: plain,
    heldOut: { x: new Float32Array(0), y: new Int32Array(0) },
    digest,
    report: { ...report, heldOut: 0, units: 2 },
  });
  expect(await db.count('budget')).toBe(1);
  db.close();
  await deleteDB(name);
});

test('a device that keeps nothing of a federation has no rows of it', async () => {
  expect(await readKeptRows(OTHER)).toBeNull();
});
