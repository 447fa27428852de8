import { describe, expect, it } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import type { Finding } from '../../api.ts';
import { loadTable } from '../table/table.ts';

const NUMBERS: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'price', min: 0, max: 10_000 },
    { kind: 'number', name: 'size', min: 0, max: 10_000, typical: 40, missing: 'fill' },
  ],
  label: { name: 'sold', classes: ['no', 'yes'] },
  picture: null,
};
const WORDS: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'category', name: 'city', values: ['New York', 'São Paulo', 'Rome', '3'], others: true },
    { kind: 'category', name: 'kind', values: ['flat', 'house'] },
  ],
  label: { name: 'sold', classes: ['<=50K', '>50K'] },
  picture: null,
};
const text = (...rows: string[]) => rows.join('\n');
const only = (findings: readonly Finding[], code: Finding['code'], column?: string): Finding => {
  const found = findings.filter((finding) => finding.code === code && (column === undefined || finding.column === column));
  if (found.length !== 1) throw new Error(`expected one ${code}, got ${JSON.stringify(findings)}`);
  return found[0]!;
};
const unscaled = (x: Float32Array, i: number, typical = 5000) => Math.round(x[i]! * 5000 + typical);

describe('numbers written in other ways', () => {
  it('are read, and reported per column', async () => {
    const { rows, report } = await loadTable(text('price;size;sold', '1.234,5;40;no', '1.234;12 %;yes', '2,75;$ 7;no'), NUMBERS, 10);
    expect([0, 3, 6].map((at) => unscaled(rows.x, at))).toEqual([1235, 1234, 3]);
    expect([1, 4, 7].map((at) => unscaled(rows.x, at, 40))).toEqual([40, 12, 7]);
    expect(only(report.findings, 'number-written', 'price')).toMatchObject({
      action: 'read-as',
      count: 3,
      rows: [2, 3, 4],
      got: "'1.234,5'",
      readAs: '1234.5',
    });
    expect(only(report.findings, 'separator')).toMatchObject({ readAs: 'semicolons' });
  });

  it('that are ambiguous are decided by all cells of the column, late ones too, and reported', async () => {
    const many = Array.from({ length: 400 }, () => '"1,234",40,no');
    const decided = await loadTable(text('price,size,sold', ...many, '"0,5",40,yes'), NUMBERS, 1000);
    expect(unscaled(decided.rows.x, 0)).toBe(1); // 1.234
    expect(only(decided.report.findings, 'number-written', 'price')).toMatchObject({ count: 401, got: "'1,234'", readAs: '1.234' });
    const other = await loadTable(text('price,size,sold', ...many, '"1,234.5",40,yes'), NUMBERS, 1000);
    expect(unscaled(other.rows.x, 0)).toBe(1234);
    expect(only(other.report.findings, 'number-written', 'price')).toMatchObject({
      count: 401,
      expected: 'one way to read it',
      readAs: '1234',
    });
  });

  it('are missing in one column and left out in another, as the task says', async () => {
    const { rows, report } = await loadTable(text('price,size,sold', '1,?,no', ',7,no', '2,NA,yes'), NUMBERS, 10);
    expect([...rows.x.subarray(1, 3), ...rows.x.subarray(4, 6)]).toEqual([0, 1, 0, 1]);
    expect(only(report.findings, 'missing', 'size')).toMatchObject({ action: 'read-as', count: 2, rows: [2, 4], readAs: '40' });
    expect(only(report.findings, 'missing', 'price')).toMatchObject({ action: 'left-out', count: 1, rows: [3], got: 'nothing' });
  });
});

describe('names written in other ways', () => {
  it('are found without case, spaces, quotes and full stops, or as the number they spell', async () => {
    const { rows, report } = await loadTable(
      text(
        'City,kind,SOLD',
        'new york,flat,<=50K.',
        'NEW_YORK,House,>50K',
        "Sa\u0303o Paulo,'flat',<=50k",
        '3.0,flat,>50K.',
        'Oslo,flat,>50K',
        ',flat,>50K',
      ),
      WORDS,
      10,
    );
    const cities = Array.from({ length: 6 }, (_, row) => [...rows.x.subarray(row * 6, row * 6 + 4)].indexOf(1));
    expect(cities).toEqual([0, 0, 1, 3, -1, -1]);
    expect([...rows.y]).toEqual([0, 1, 0, 1, 1, 1]);
    expect(only(report.findings, 'category-written', 'city')).toMatchObject({
      count: 4,
      rows: [2, 3, 4, 5],
      got: "'new york'",
      readAs: 'New York',
    });
    expect(only(report.findings, 'category-written', 'kind')).toMatchObject({ count: 2, readAs: 'house' });
    expect(only(report.findings, 'label-written')).toMatchObject({ column: 'sold', count: 3, got: "'<=50K.'", readAs: '<=50K' });
    expect(only(report.findings, 'category-unknown')).toMatchObject({ action: 'read-as', got: "'Oslo'", readAs: 'none of them' });
    expect(only(report.findings, 'missing')).toMatchObject({ action: 'read-as', readAs: 'none of them' });
    expect(only(report.findings, 'header-written')).toMatchObject({ count: 2, got: "'City', 'SOLD'", rows: [1] });
  });

  it('that match two listed names are neither', async () => {
    const task: TableTask = { ...WORDS, columns: [{ kind: 'category', name: 'c', values: ['a', 'A', 'b'], others: true }] };
    const { rows } = await loadTable(text('c,sold', 'a,<=50K', ' A ,>50K', '"a ",>50K', 'B,>50K'), task, 10);
    expect([0, 1, 2, 3].map((row) => [...rows.x.subarray(row * 3, row * 3 + 3)].indexOf(1))).toEqual([0, 1, 0, 2]);
  });

  it('do not stand in for a label: the row is left out', async () => {
    const { report } = await loadTable(
      text('city,kind,sold', 'Rome,flat,<=50K', 'Rome,flat,>50K', 'Rome,flat,?', 'Rome,flat,many'),
      WORDS,
      10,
    );
    expect(only(report.findings, 'label-missing')).toMatchObject({ action: 'left-out', column: 'sold', rows: [4], got: "'?'" });
    expect(only(report.findings, 'label-unknown')).toMatchObject({ action: 'left-out', rows: [5], expected: 'one of <=50K, >50K' });
  });
});

describe('the file as a whole', () => {
  const task: TableTask = { ...NUMBERS, columns: [NUMBERS.columns[0]!] };
  it('has duplicates, which are kept', async () => {
    const { rows, report } = await loadTable(text('1,no', '2,yes', '1.0,no', '1,no', '1,yes'), task, 10);
    expect(rows.y.length).toBe(5);
    expect(only(report.findings, 'duplicates')).toMatchObject({ action: 'kept', count: 2, rows: [3, 4] });
  });

  it('has one class, which is accepted, and reported instead of the missing ones', async () => {
    const { rows, report } = await loadTable(text('1,no', '2,no', '3,no'), task, 10);
    expect([...rows.y]).toEqual([0, 0, 0]);
    expect(only(report.findings, 'one-class')).toMatchObject({ action: 'kept', column: 'sold', count: 1, rows: [], got: 'no' });
    expect(report.findings.map(({ code }) => code)).not.toContain('imbalance');
  });

  it('has classes with hardly any rows', async () => {
    const three: TableTask = { ...task, label: { name: 'sold', classes: ['no', 'yes', 'maybe'] } };
    const rows = Array.from({ length: 100 }, (_, i) => `${i},${i < 3 ? 'yes' : 'no'}`);
    const { report } = await loadTable(text(...rows), three, 1000);
    expect(only(report.findings, 'imbalance')).toMatchObject({ action: 'kept', column: 'sold', count: 2, got: "'yes': 3, 'maybe': 0" });
    expect(report.classCounts).toEqual([97, 3, 0]);
  });

  it('has more rows than allowed: refused with both numbers, because a sample of fixed size is not drawn row by row', async () => {
    const all = Array.from({ length: 3000 }, (_, i) => `${i},${i % 3 === 0 ? 'yes' : 'no'}`);
    await expect(loadTable(text(...all), task, 500)).rejects.toMatchObject({
      code: 'rows-too-many',
      detail: { expected: 'at most 500 rows', got: '3000' },
    });
    await expect(loadTable(text('1,no', '2,yes', '3,no', '4,yes'), task, 10, { bytesMax: 12 })).rejects.toMatchObject({
      code: 'rows-too-many',
      detail: { expected: 'at most 3 rows', got: '4' },
    });
  });

  it('is read in part: each row is drawn independently of other rows and of their order', async () => {
    const all = Array.from({ length: 3000 }, (_, i) => `${i / 10},${i % 3 === 0 ? 'yes' : 'no'}`);
    const part = async (rows: readonly string[]) => {
      const { rows: kept, report } = await loadTable(text(...rows), task, 1000, { part: 1 / 4 });
      const count = rows.length - kept.y.length;
      expect(only(report.findings, 'rows-part')).toMatchObject({ action: 'left-out', count, expected: '1 in 4', got: String(rows.length) });
      return new Set(Array.from(kept.y, (label, i) => `${kept.x[i]} ${label}`));
    };
    const once = await part(all);
    expect(Math.abs(once.size - 750)).toBeLessThan(120); // five standard errors
    expect(await part(all.toReversed())).toEqual(once);
    const fewer = await part(all.slice(1));
    expect([...fewer].filter((row) => !once.has(row))).toEqual([]);
    expect(once.size - fewer.size).toBeLessThanOrEqual(1);
  });
});

describe('units of privacy', () => {
  const task: TableTask = {
    ...NUMBERS,
    columns: [{ kind: 'ignored', name: 'person' }, NUMBERS.columns[0]!],
    group: { column: 'person', rowsMax: 4 },
  };
  const header = 'person,price,sold';

  it('give all rows of one person one number, however the name is written', async () => {
    const { rows } = await loadTable(text(header, 'Ann,1,no', 'bob,2,yes', ' ann ,3,no', '7,4,no', '7.0,5,yes'), task, 10);
    expect([...rows.units!]).toEqual([0, 1, 0, 2, 2]);
  });

  it('keep at most the allowed rows, the same ones in any order', async () => {
    const all = Array.from({ length: 60 }, (_, i) => `p${i % 6},${i},${i % 2 ? 'yes' : 'no'}`);
    const kept = async (rows: readonly string[], rowsMax: number) => {
      const table = await loadTable(text(header, ...rows), task, rowsMax);
      const perUnit = new Map<number, number>();
      for (const unit of table.rows.units!) perUnit.set(unit, (perUnit.get(unit) ?? 0) + 1);
      expect(Math.max(...perUnit.values())).toBeLessThanOrEqual(4);
      expect([...perUnit.keys()].toSorted((a, b) => a - b)).toEqual([...perUnit.keys()].map((_, i) => i));
      return { x: [...table.rows.x].toSorted((a, b) => a - b), findings: table.report.findings };
    };
    const once = await kept(all, 100);
    expect(once.x.length).toBe(24);
    expect(only(once.findings, 'unit-rows')).toMatchObject({
      action: 'left-out',
      column: 'person',
      count: 36,
      expected: 'at most 4 rows each',
    });
    expect((await kept(all.toReversed(), 100)).x).toEqual(once.x);
    await expect(kept(all, 10)).rejects.toMatchObject({ code: 'rows-too-many', detail: { expected: 'at most 10 rows' } });
  });

  it('draw their own rows: equal rows of others change nothing', async () => {
    const mine = Array.from({ length: 12 }, (_, i) => `p,${i},${i % 2 ? 'yes' : 'no'}`);
    const others = mine.map((row) => row.replace('p,', 'q,'));
    const mineOf = async (rows: readonly string[]) => {
      const { rows: kept } = await loadTable(text(header, ...rows), task, 100);
      const unit = kept.units![rows[0] === mine[0] ? 0 : kept.units!.length - 1];
      return [...kept.x].filter((_, i) => kept.units![i] === unit).toSorted((a, b) => a - b);
    };
    const alone = await mineOf(mine);
    expect(alone.length).toBe(4);
    expect(await mineOf([...mine, ...others])).toEqual(alone);
    expect(await mineOf([...others, ...mine])).toEqual(alone);
  });

  it('are in a part as a whole or not at all', async () => {
    const all = Array.from({ length: 400 }, (_, i) => `p${i % 100},${i / 8},${i % 3 ? 'yes' : 'no'}`);
    const { rows } = await loadTable(text(header, ...all), task, 1000, { part: 1 / 2 });
    const perUnit = new Map<number, number>();
    for (const unit of rows.units!) perUnit.set(unit, (perUnit.get(unit) ?? 0) + 1);
    expect(new Set(perUnit.values())).toEqual(new Set([4]));
    expect(Math.abs(perUnit.size - 50)).toBeLessThan(25);
  });

  it('leave out a row without a group, and refuse a file without the column', async () => {
    const { report } = await loadTable(text(header, 'a,1,no', ',2,yes', 'b,3,yes'), task, 10);
    expect(only(report.findings, 'missing')).toMatchObject({ action: 'left-out', column: 'person', rows: [3] });
    await expect(loadTable(text('price,sold', '1,no', '2,yes'), task, 10)).rejects.toMatchObject({
      code: 'column-missing',
      detail: { field: 'person' },
    });
  });
});
