/** Any file, whatever it holds, is loaded consistently or refused with a MeshError, the same way both times. */
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { MeshError } from '#protocol/errors';
import { classesOf, inputWidth, type TableTask } from '#protocol/manifest/task';
import { often } from '../../scripts/deep.ts';
import { digestOf, rowDigests } from './digest.ts';
import { storedRows } from './lines/stored-rows.ts';
import { loadTable } from './table/table.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'hours', min: 0, max: 16 },
    { kind: 'category', name: 'weather', values: ['dry', 'snow'] },
    { kind: 'number', name: 'price', min: -1, max: 1, typical: 0, missing: 'fill' },
    { kind: 'category', name: 'who', values: ['3'], others: true },
    { kind: 'date', name: 'when', from: '2024-01-01', to: '2024-12-31', weekday: true, hour: true, missing: 'fill', gaps: ['1', 'never'] },
  ],
  label: { name: 'rented', classes: ['no', 'yes'] },
  picture: null,
};
const WIDTH = inputWidth(TASK);
const GROUPED: TableTask = { ...TASK, group: { column: 'who', rowsMax: 2 } };

async function judged(source: Blob | string, task: TableTask, rowsMax: number): Promise<string> {
  try {
    const { rows, report } = await loadTable(source, task, rowsMax);
    const { x, y, units } = rows;
    expect(y.length).toBeGreaterThan(0);
    expect(y.length).toBeLessThanOrEqual(rowsMax);
    expect(x.length).toBe(y.length * WIDTH);
    expect(x.every((v) => v >= -2 && v <= 2)).toBe(true);
    expect(report.classCounts).toEqual(classesOf(task).map((_, label) => y.filter((one) => one === label).length));
    expect(report.findings.every(({ count, rows: at }) => count > 0 && at.every((row) => Number.isInteger(row) && row > 0))).toBe(true);
    if (units !== undefined) {
      expect(units.length).toBe(y.length);
      for (const unit of units) expect(units.filter((other) => other === unit).length).toBeLessThanOrEqual(2);
    }
    return `${digestOf(rowDigests(storedRows({ x, y })))} ${JSON.stringify(report.findings)}`;
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return `${error.code} ${JSON.stringify(error.detail)}`;
  }
}

async function expectConsistent(source: Blob | string, rowsMax: number): Promise<void> {
  for (const task of [TASK, GROUPED]) expect(await judged(source, task, rowsMax)).toBe(await judged(source, task, rowsMax));
}

it('any bytes', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.constantFrom([0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0x50, 0]), fc.uint8Array({ maxLength: 200 }))
      .map(([mark, rest]) => Uint8Array.from([...mark, ...rest])),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (data) => expectConsistent(new Blob([data as Uint8Array<ArrayBuffer>]), 20)),
    { numRuns: often(100, 3000) },
  );
});

it('likely pieces in any order', async () => {
  const piece = fc.constantFrom(
    '0',
    '16',
    '-1e9',
    '1,5',
    '1.234',
    '"1,234"',
    '12 %',
    '\u20ac3',
    '2024-01-01',
    '?',
    'NA',
    'dry',
    'Snow',
    'no',
    'yes.',
    'rented',
    'hours',

    'weather',
    'price',
    'who',
    'hours,weather,price,who,when,rented\n',
    ',',
    ',',
    ';',
    '\t',
    '|',
    '"',
    '\n',
    '\r\n',
    '\r',
    '#',
    ' ',
    '\u00a0',
    '\ufeff',

    '\u00e9',
    '\ud800',
    '__proto__',
    '1,dry,0,3,1/3/2024 9:00,no\n',
    '2,snow,0.5,x,,yes\n',
    '3;dry;;3;never;no\n',
    '|1x3 Cross validator\n',
    "'",
    '\0',
  );
  const rows = fc
    .array(fc.constantFrom('1,dry,0,3,1/3/2024 9:00,no\n', '2,snow,0.5,x,,yes\n'), { maxLength: 12 })
    .map((all) => all.join(''));
  const parts = fc.tuple(fc.array(piece, { maxLength: 40 }), rows, fc.array(piece, { maxLength: 20 }));
  await fc.assert(
    fc.asyncProperty(parts, async ([before, good, after]) => {
      const text = before.join('') + good + after.join('');
      await expectConsistent(text, 8);
      await expectConsistent(new Blob([text]), 8);
    }),
    { numRuns: often(200, 5000) },
  );
});

it('a good table with any one byte changed', async () => {
  const table = new TextEncoder().encode(
    `hours,weather,price,who,when,rented\n${'1,dry,0.5,3,20.3.2024,no\n2,snow,,x,5/6/2024,yes\n'.repeat(10)}`,
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(table.length - 1), fc.nat(255), async (at, byte) => {
      const changed = table.slice();
      changed[at] = byte;
      await expectConsistent(new Blob([changed]), 100);
    }),
    { numRuns: often(100, 3000) },
  );
});
