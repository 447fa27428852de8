import { expect, test } from 'vitest';
import { inferSchema } from './infer.ts';
import { readFirstRows, readSample } from './sample.ts';

const ROWS = 40_000;
const lines = (row: (i: number) => string, count = ROWS) =>
  `n,gap,many,answer\n${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`;
const sorted = new File(
  [lines((i) => `${i},${i % 40 === 7 ? 'NA' : i % 3},${i % 50 === 3 ? '' : `w${i}`},${['a', 'b', 'c'][Math.floor((3 * i) / ROWS)]}`)],
  'sorted.csv',
);

test('rows come from the whole file, each equally likely', async () => {
  const { rows, places, total, cut } = await readSample(sorted);
  expect({ total, cut, rows: rows.length }).toEqual({ total: ROWS, cut: true, rows: 2000 });
  expect(rows.map(([n]) => Number(n))).toEqual(places);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  const tenths = Array.from({ length: 10 }, (_, tenth) => places.filter((place) => Math.floor((10 * place) / ROWS) === tenth).length);
  for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(5 * Math.sqrt(180));
  expect((await readSample(sorted)).places).toEqual(places);
});

test('values and missing cells are those of all rows', async () => {
  const { counted } = await readSample(sorted);
  expect(counted.map(({ gaps }) => gaps)).toEqual([0, ROWS / 40, ROWS / 50, 0]);
  expect(counted.map(({ values }) => values?.size ?? null)).toEqual([null, 3, null, 3]);
  expect([...counted[3]!.values!.values()].reduce((sum, n) => sum + n, 0)).toBe(ROWS);
});

test('a file sorted by its answer gives all answers, and a column that counts up is not an input', async () => {
  const { columns, label, total } = inferSchema(await readSample(sorted));
  expect({ label, total, answers: columns[3]!.values }).toEqual({ label: 3, total: ROWS, answers: ['a', 'b', 'c'] });
  expect(columns[0]).toMatchObject({ reason: 'identifier', proposed: { kind: 'ignored' } });
  const rare = new File([lines((i) => `${i % 7},1,2,${i === 31_111 ? 'rare' : 'usual'}`)], 'a.csv');
  expect(inferSchema(await readSample(rare)).columns[3]!.values).toEqual(['rare', 'usual']);
});

test('reports progress, and stops once nobody waits', async () => {
  const told: number[] = [];
  await readSample(sorted, { progress: (share) => told.push(share) });
  expect(told.length).toBeGreaterThan(5);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(1);
  let asked = 0;
  const stopped = readSample(sorted, { stopped: () => ++asked === 3 });
  await expect(stopped).rejects.toMatchObject({ code: 'stale', detail: { field: 'file' } });
  expect(asked).toBe(3);
});

test('the first rows keep their order', async () => {
  const { rows, cut } = await readFirstRows(sorted, 100);
  expect({ first: rows.map(([n]) => Number(n)), cut }).toEqual({ first: Array.from({ length: 100 }, (_, i) => i), cut: true });
});

test('a repeat of the answer in a second column is not read', async () => {
  const { columns, label } = inferSchema(
    await readSample(new File([lines((i) => `${i % 2},${i % 5},3,${i % 2}`, 40).replace('n,', 'answer,')], 'a.csv')),
  );
  expect(columns[label === 0 ? 3 : 0]).toMatchObject({ reason: 'answer-again', proposed: { kind: 'ignored' } });
});
