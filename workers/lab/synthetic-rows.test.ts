import { expect, test } from 'vitest';
import type { ImageTask, TableTask } from '#protocol/manifest/task';
import { loadNumerics } from '#wasm/load-node';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { loadRecordings } from '../loader/recording/recorded-rows.ts';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import { loadTable } from '../loader/table/table.ts';
import { manifestFixture } from '../manifest.fixture.ts';
import { figureOf } from '../trainer/goodness.ts';
import { trainSolo } from '../solo/solo.ts';
import { syntheticRows } from './synthetic-rows.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 100, missing: 'fill' },
    { kind: 'ignored', name: 'name, full' },
    { kind: 'category', name: 'class', values: ['1', '2', '3, "x"'], others: true },
    { kind: 'number', name: 'fare', min: -5, max: 0.5 },
  ],
  label: { name: 'lived', classes: ['no', 'yes', 'perhaps'] },
  picture: null,
};

const textOf = (task: TableTask, count: number, seed: string) => {
  const source = syntheticRows(task, count, seed);
  if (!('text' in source)) throw new Error('expected a table');
  return source.text;
};

test('rows of a table are all read back, with every class among them', async () => {
  const { rows, report } = await loadTable(textOf(TASK, 400, 'a'), TASK, 1000);
  expect(rows.y.length).toBe(400);
  expect(report.findings.filter((finding) => finding.action === 'left-out')).toEqual([]);
  for (const count of report.classCounts) expect(count).toBeGreaterThan(40);
});

test('the same seed gives the same rows, another one different rows', () => {
  expect(textOf(TASK, 20, 'a')).toBe(textOf(TASK, 20, 'a'));
  expect(textOf(TASK, 20, 'a')).not.toBe(textOf(TASK, 20, 'b'));
});

test('what is learnt from some rows holds for others: they follow a rule', async () => {
  const [train, other] = [await loadTable(textOf(TASK, 600, 'a'), TASK, 1000), await loadTable(textOf(TASK, 400, 'b'), TASK, 1000)];
  const model = trainSolo(await loadNumerics(), { ...manifestFixture(), task: TASK }, train.rows, seededBytes('solo'));
  expect(figureOf(model.goodness(other.rows))).toBeGreaterThan(0.6);
  model.close();
});

test('a table of pixels gets blobs in its range, and a picture task gets drawings of its size', async () => {
  const pixels = Array.from({ length: 64 }, (_, i) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: 16 }));
  const table: TableTask = { ...TASK, columns: pixels, picture: { width: 8, height: 8 } };
  const { rows } = await loadTable(textOf(table, 60, 'a'), table, 1000);
  expect(Math.max(...rows.x)).toBeGreaterThan(0.5);
  const image: ImageTask = {
    kind: 'image',
    width: 12,
    height: 10,
    colour: 'rgb',
    background: 'light',
    label: { name: 'shape', classes: ['a', 'b'] },
  };
  const source = syntheticRows(image, 30, 'a');
  const drawings = 'drawings' in source ? source.drawings : [];
  expect(drawings).toHaveLength(30);
  expect(new Set(drawings.map((drawing) => drawing.label))).toEqual(new Set([0, 1]));
  for (const { pixels: bytes } of drawings) expect(bytes.length).toBe(12 * 10 * 3);
  expect(drawings[0]!.pixels.some((value) => value < 60)).toBe(true); // ink is dark on light paper
});

test('recordings cover every class, within range, with two windows each, and follow a rule', async () => {
  const task = sequenceTask({ length: 16, hop: 8 });
  const made = (seed: string) => {
    const source = syntheticRows(task, 40, seed);
    return 'recordings' in source ? source.recordings : [];
  };
  expect(made('a')).toEqual(made('a'));
  expect(made('a')).not.toEqual(made('b'));
  const { rows, report } = loadRecordings(made('a'), task, 1000);
  expect(rows.y.length).toBe(40);
  expect(new Set(rows.units).size).toBe(20);
  expect(report.classCounts.every((count) => count > 0)).toBe(true);
  expect(rows.x.every((v) => Math.abs(v) <= 1)).toBe(true);
});

test('if rows belong to units, made-up rows do too, even by a column that is not read', async () => {
  const grouped: TableTask = { ...TASK, group: { column: 'name, full', rowsMax: 4 } };
  const { rows, report } = await loadTable(textOf(grouped, 60, 'a'), grouped, 1000);
  expect(report.findings.filter((finding) => finding.action === 'left-out')).toEqual([]);
  expect(rows.y.length).toBe(60);
  expect(new Set(rows.units).size).toBe(30);
});
