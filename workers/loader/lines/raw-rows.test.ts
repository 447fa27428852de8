import { expect, it } from 'vitest';
import { manifestFixture } from '../../manifest.fixture.ts';
import { loadTable } from '../table/table.ts';

const { task } = manifestFixture();
if (task.kind !== 'table') throw new Error('the fixture is a table');

async function rawOf(text: string | Blob, rowsMax = 1000): Promise<string[]> {
  const { raw, rows } = await loadTable(text, task as never, rowsMax, { raw: true });
  expect(raw).toHaveLength(rows.y.length * 8);
  return Array.from({ length: rows.y.length }, (_, i) => Buffer.from(raw!.subarray(i * 8, i * 8 + 8)).toString('hex'));
}
const FILE = 'x,y,corner\n0.1,0.2,left\n0.3,0.4,top\n0.5,-0.6,right\n';

it('a row is identified by its cells, not by separators, quotes, spaces, line ends, encodings or a header', async () => {
  const plain = await rawOf(FILE);
  expect(new Set(plain).size).toBe(3);
  const spellings = [
    FILE.replaceAll(',', ';'),
    FILE.replaceAll('\n', '\r\n'),
    FILE.replace('0.3,0.4,top', ' 0.3 ,\t0.4,"top" '),
    FILE.slice(FILE.indexOf('\n') + 1),
    FILE.trimEnd(),
    FILE.replaceAll(/(?<=\d,\w+)$/gm, ',,'),
  ];
  for (const text of spellings) expect(await rawOf(text), text).toEqual(plain);
  const wide = new Uint8Array(new Uint16Array([0xfeff, ...FILE].map((c) => (typeof c === 'number' ? c : c.charCodeAt(0)))).buffer);
  expect(await rawOf(new Blob([wide]))).toEqual(plain);
});

it('a moved, changed or added cell makes another row', async () => {
  const [first] = await rawOf(FILE);
  for (const row of ['0.2,0.1,left', '0.10,0.2,left', '0.1,0.2,top', '0.1,0.21,left']) {
    expect((await rawOf(FILE.replace('0.1,0.2,left', row)))[0], row).not.toBe(first);
  }
  const more = await rawOf(FILE.replaceAll(/$/gm, ',more').replace(/,more$/, ''));
  expect(more[0]).not.toBe(first);
});

it('a part has the hashes of the rows that were kept', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${(i / 3000).toFixed(5)},0.5,${['left', 'top', 'right'][i % 3]}`);
  const all = await loadTable(`x,y,corner\n${lines.join('\n')}\n`, task as never, 5000, { raw: true });
  const few = await loadTable(`x,y,corner\n${lines.join('\n')}\n`, task as never, 5000, { raw: true, part: 1 / 30 });
  const rawAt = ({ rows, raw }: typeof all, i: number) =>
    [rows.x[i * 2], Buffer.from(raw!.subarray(i * 8, i * 8 + 8)).toString('hex')] as const;
  const of = new Map(all.rows.y.keys().map((i) => rawAt(all, i)));
  expect(few.rows.y.length).toBeGreaterThan(50);
  for (const i of few.rows.y.keys()) {
    const [x, raw] = rawAt(few, i);
    expect(of.get(x)).toBe(raw);
  }
});

it('a row keeps its name in older stores, with and without quotes', async () => {
  const quoted = '0.1,0.2,left\n0.3,"0.4",top\n0.5,-0.6,right\n"0.25", 0.4 ,"left"\n';
  const names = ['efd4e37cb170cbf4', 'b82934b87d387cb0', '5167eefdfe6ad609', '52619208f06cdab5'];
  expect(await rawOf(`x,y,corner\n${quoted}`)).toEqual(names);
  expect(await rawOf(quoted.replaceAll(/[" ]/g, ''))).toEqual(names);
});
