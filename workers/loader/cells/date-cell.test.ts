import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DateColumn, TableTask } from '#protocol/manifest/task';
import { inputWidth } from '#protocol/manifest/task';
import { DateCells, dateOrder, isoOfDay, readDate, weekdayOf } from './date-cell.ts';
import { syntheticRows } from '../../lab/synthetic-rows.ts';
import { groupRows } from '../../lab/subgroups.ts';
import { typicalCells } from '../../lab/typical.ts';
import { loadTable } from '../table/table.ts';

const said = (cell: string) => {
  const read = readDate(cell);
  if (read === null) return null;
  const time = read.minute === null ? '' : ` ${Math.floor(read.minute / 60)}:${String(read.minute % 60).padStart(2, '0')}`;
  return `${read.day === null ? '' : isoOfDay(read.day)}${time}`;
};

describe('a date', () => {
  it.each([
    ['2024-03-01', '2024-03-01'],
    ['2024/3/1', '2024-03-01'],
    ['2024.03.01', '2024-03-01'],
    ['20240301', '2024-03-01'],
    ['20240301T0930', '2024-03-01 9:30'],
    ['20240301093000', '2024-03-01 9:30'],
    ['2024-03-01T09:30:00.123Z', '2024-03-01 9:30'],
    ['2024-03-01 09:30:00+02:00', '2024-03-01 9:30'],
    ['2024-03-01 9:30', '2024-03-01 9:30'],
    ['31.12.1999', '1999-12-31'],
    ['31.12.99 23:59', '1999-12-31 23:59'],
    ['1.2.03', '2003-02-01'],
    ['13/2/68', '2068-02-13'],
    ['2/13/69', '1969-02-13'],
    ['1 March 2024', '2024-03-01'],
    ['1. März 2024', '2024-03-01'],
    ['1st Mar 2024', '2024-03-01'],
    ['1-Mar-24', '2024-03-01'],
    ['Mar 1, 2024 12:05 AM', '2024-03-01 0:05'],
    ['December 31 2023', '2023-12-31'],
    ['Fri, 01 Mar 2024 16:05:00 GMT', '2024-03-01 16:05'],
    ['Freitag, 1.3.2024', '2024-03-01'],
    ['3/1/2024, 4:05:06 p.m.', '2024-01-03 16:05'],
    ['1709285700', '2024-03-01 9:35'],
    ['1709285700123', '2024-03-01 9:35'],
    ['14:30', ' 14:30'],
    ['2:30 PM', ' 14:30'],
    ['"2024-03-01"', '2024-03-01'],
  ])('%s is %s', (cell, right) => {
    expect(said(cell)).toBe(right);
  });

  it.each([
    '',
    '7',
    '12.5',
    '2024',
    '30.2.2024',
    '2023-02-29',
    '13/13/2024',
    '2024-13-01',
    '25:00',
    '13:00 PM',
    '1.2.3.4',
    'march',
    '10 Foo 2024',
    '999-01-01',
    '-1709285700',
    'x'.repeat(99),
  ])('%j is none', (cell) => {
    expect(readDate(cell)).toBeNull();
  });

  it('is read back from any spelling of any day, and never throws on any text', () => {
    const day = fc.date({ min: new Date('1969-01-01'), max: new Date('2068-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const iso = date.toISOString();
        const [y, m, d] = [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10)];
        for (const cell of [iso, `${d}.${m}.${y}`, `${Number(d)}.${Number(m)}.${y.slice(2)} 10:00`, `${d}/${m}/${y}`, y + m + d]) {
          expect(isoOfDay(readDate(cell)!.day!)).toBe(iso.slice(0, 10));
        }
        expect(weekdayOf(Math.floor(date.getTime() / 86_400_000))).toBe((date.getUTCDay() + 6) % 7);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 70 }), fc.stringMatching(/^[\d./: T-]{1,30}$/)), (cell) => {
        const read = readDate(cell);
        expect(read === null || read.day !== null || read.minute !== null).toBe(true);
      }),
    );
  });
});

describe('day or month first', () => {
  const orderOf = (cells: readonly string[], from = -Infinity, to = Infinity) => {
    const column = new DateCells(from, to, 'day-first');
    for (const cell of cells) column.read(cell);
    return dateOrder(column);
  };

  it('is decided for all cells by the unambiguous ones', () => {
    expect(orderOf(['3/4/2024', '4/3/2024', '3/25/2024'])).toBe('month-first');
    expect(orderOf(['3/4/2024', '25/3/2024'])).toBe('day-first');
    expect(orderOf(['3.4.2024', '4.3.2024'])).toBe('day-first');
  });

  it('else fits the public range, else is day first', () => {
    const march = [Date.parse('2024-03-01') / 86_400_000, Date.parse('2024-03-31') / 86_400_000] as const;
    expect(orderOf(['3/4/2024', '3/5/2024'], ...march)).toBe('month-first');
    expect(orderOf(['4/3/2024', '5/3/2024'], ...march)).toBe('day-first');
    expect(orderOf(['3/4/2024'])).toBe('day-first');
  });
});

describe('a column of dates', () => {
  const column: DateColumn = {
    kind: 'date',
    name: 'when',
    heading: 'Date of visit',
    gaps: ['9999-12-31'],
    from: '2024-03-01',
    to: '2024-03-31',
    weekday: true,
    hour: true,
    missing: 'fill',
  };
  const task: TableTask = { kind: 'table', columns: [column], label: { name: 'ok', classes: ['n', 'y'] }, picture: null };
  const load = async (...cells: string[]) =>
    loadTable(['"Date of visit",ok', ...cells.map((cell, i) => `"${cell}",${'ny'[i % 2]}`)].join('\n'), task, 100);

  it('sets elapsed time, day of the week and a point on the circle of the day; gaps are flagged', async () => {
    const { rows, report } = await load('2024-03-16 06:00', '3/25/2024', '9999-12-31', '2025-01-01 18:00');
    expect(inputWidth(task)).toBe(11);
    const row = (i: number) => [...rows.x.subarray(i * 11, (i + 1) * 11)].map((value) => Number(value.toFixed(3)) + 0);
    expect(row(0)).toEqual([0.017, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
    expect(row(1)).toEqual([0.6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(row(2)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(row(3)).toEqual([1, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0]);
    expect(report.findings.map(({ code, got, readAs }) => [code, got, readAs])).toEqual([
      ['missing', "'9999-12-31'", 'no date'],
      ['clamped', "'2025-01-01 18:00'", '2024-03-31'],
    ]);
  });

  it('is read by one order, decided by the whole file, and ambiguous cells are reported', async () => {
    const { rows, report } = await load('3/4/2024', '3/25/2024');
    expect(rows.x[0]).toBeCloseTo(-0.8);
    expect(report.findings).toMatchObject([{ code: 'date-written', got: "'3/4/2024'", readAs: '2024-03-04' }]);
  });

  it('leaves out cells without a date, if one is needed', async () => {
    const { rows, report } = await load('2024-03-02', '2024-03-03', 'soon', '14:30');
    expect(rows.y).toHaveLength(2);
    expect(report.findings).toMatchObject([{ code: 'value-type', count: 2, rows: [4, 5], expected: 'a date', got: "'soon'" }]);
  });

  it('of times alone needs no date', async () => {
    const times: TableTask = { ...task, columns: [{ kind: 'date', name: 'at', hour: true }] };
    const { rows } = await loadTable('at,ok\n18:00,n\n6:00 AM,y\n', times, 100);
    expect([...rows.x].map((value) => Number(value.toFixed(3)) + 0)).toEqual([-1, 0, 1, 0]);
  });

  it('has made-up rows that read without a remark, groups, and typical cells', async () => {
    const { text } = syntheticRows(task, 40, 'any') as { readonly text: string };
    const { rows, report } = await loadTable(text, task, 100);
    expect(report.findings.filter(({ code }) => code !== 'missing' && code !== 'duplicates')).toEqual([]);
    expect(groupRows(task, rows.x, 'when').map(({ value }) => value)).toEqual(
      expect.arrayContaining(['2024-03-01 – 2024-03-11', '2024-03-11 – 2024-03-21', '2024-03-21 – 2024-03-31']),
    );
    const typical = typicalCells(task, (await load('2024-03-02', '2024-03-05', '2024-03-30')).rows.x);
    expect([typical, typicalCells(task, null)]).toEqual([{ when: '2024-03-05 12:00' }, { when: '2024-03-16 12:00' }]);
    const weekdays: TableTask = { ...task, columns: [{ kind: 'date', name: 'day', weekday: true }] };
    const days = await loadTable('day,ok\n2024-03-02,n\n2024-03-04,y\n', weekdays, 9);
    expect(groupRows(weekdays, days.rows.x, 'day')).toEqual([
      { value: 'Monday', rows: [1] },
      { value: 'Saturday', rows: [0] },
    ]);
    const times: TableTask = { ...task, columns: [{ kind: 'date', name: 'at', hour: true, missing: 'fill' }] };
    const clock = await loadTable('at,ok\n0:30,n\n23:00,y\n,y\n6:00,n\n', times, 9);
    expect(groupRows(times, clock.rows.x, 'at').map(({ value, rows: of }) => [value, of])).toEqual([
      ['0:00 – 6:00', [0]],
      ['6:00 – 12:00', [3]],
      ['18:00 – 24:00', [1]],
      ['', [2]],
    ]);
    expect(typicalCells(times, null)).toEqual({ at: '12:00' });
  });
});
