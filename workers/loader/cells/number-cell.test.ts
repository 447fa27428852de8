import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decimalMarks, isDate, NumberColumn, readNumber } from './number-cell.ts';

const utf8 = new TextEncoder();
const plain = (column: NumberColumn, cell: string) => column.plain(utf8.encode(cell), 0, utf8.encode(cell).length);
const columnOf = (...cells: string[]) => {
  const column = new NumberColumn(0, 10_000, '.');
  for (const cell of cells) if (Number.isNaN(plain(column, cell))) column.read(cell);
  return column;
};

describe('a number', () => {
  it.each([
    ['1,5', 1.5],
    ['-0,25', -0.25],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,234,567', 1_234_567],
    ['1.234.567', 1_234_567],
    ['12,34,567', 1_234_567],
    ['1 234 567,8', 1_234_567.8],
    ['1\u2009234', 1234],
    ['1\u202f234,50', 1234.5],
    ["1'234.5", 1234.5],
    ['1\u2019234', 1234],
    ['$1,234.50', 1234.5],
    ['1.234,50 \u20ac', 1234.5],
    ['-\u00a35', -5],
    ['\u221212', -12],
    ['12-', -12],
    ['(12.5)', -12.5],
    ['45 %', 45],
    ['"7"', 7],
    ["'7,5'", 7.5],
    ['1e3', 1000],
    ['0,123', 0.123],
  ])('is read from %s', (cell, value) => {
    expect(readNumber(cell, 1e6)).toMatchObject({ value, withComma: value });
  });

  it.each(['1,234', '12.345', '-1,234'])('%s can be read in two ways', (cell) => {
    const read = readNumber(cell, 1e6)!;
    expect(read.mark).toBe('either');
    expect([read.value, read.withComma].map(Math.abs).toSorted((a, b) => a - b)[1]).toBe(
      1000 * Math.abs(cell.includes(',') ? read.withComma : read.value),
    );
  });

  it.each([
    '',
    '-',
    'x',
    '0x10',
    '1 2',
    '1,23,4',
    '1.2.3',
    '1,2,3',
    '12:30',
    '2024-05-01',
    'Infinity',
    'NaN',
    '1e',
    '%',
    '$',
    '--1',
    '1,,2',
    '1_000',
  ])('is not read from %j', (cell) => {
    expect(readNumber(cell, 1e6)).toBeNull();
  });

  it('in percent is a share where the public range ends at 1', () => {
    expect(readNumber('45 %', 1)?.value).toBeCloseTo(0.45, 12);
  });

  it('in plain notation is exactly what JavaScript reads', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 8 });
    const cell = fc.tuple(fc.constantFrom('', '-'), digits, fc.constantFrom('', '.'), digits).map((parts) => parts.join(''));
    fc.assert(
      fc.property(cell, (text) => {
        const read = plain(new NumberColumn(0, 1, '.'), text);
        expect(Number.isNaN(read) ? /^-?\.?$/.test(text) || text.length > 15 : read === Number(text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is finite, infinite or null for any cell', () => {
    const piece = fc.constantFrom(...'0123456789.,-+eE%$()\'" \u00a0\u2009\u221a', '12', ',345', '.678');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: piece, maxLength: 24 }), fc.string({ unit: 'binary', maxLength: 80 })), (cell) => {
        const read = readNumber(cell.trim(), 10);
        expect(read === null || !Number.isNaN(read.value + read.withComma)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the decimal mark of a column', () => {
  const of = (cells: string[], others: string[][] = [], commaIsFree = false) =>
    decimalMarks([columnOf(...cells), null, ...others.map((other) => columnOf(...other))], commaIsFree)[0];

  it('follows the majority of its own cells', () => {
    expect(of(['1,5', '1,234', '2.25'])).toBe('.');
    expect(of(['1,5', '1,234', '2,75'])).toBe(',');
    expect(of(['1,234.5', '1,234'])).toBe('.');
    expect(of(['1.234,5', '1.234'])).toBe(',');
  });

  it('follows the other columns if its own cells are ambiguous', () => {
    expect(of(['1,234'], [['0,5', '1,25']])).toBe(',');
    expect(of(['1,234'], [['0.5', '1.25']])).toBe('.');
  });

  it('puts its numbers into the public range if all columns are ambiguous', () => {
    const narrow = new NumberColumn(0, 10, '.');
    narrow.read('1,234');
    expect(decimalMarks([narrow], false)).toEqual([',']);
    const wide = new NumberColumn(100, 10_000, '.');
    wide.read('1,234');
    expect(decimalMarks([wide], true)).toEqual(['.']);
  });

  it('otherwise is a comma if that does not separate cells, else a point', () => {
    expect(of(['1,234'], [], true)).toBe(',');
    expect(of(['1,234'], [], false)).toBe('.');
  });
});

it.each(['2024-05-01', '1.5.2024', '05/01/24', '2024-05-01T12:00:00Z', '12:30', '12:30:05.5', '3 May 2024', '3-May-24', 'May 3, 2024'])(
  '%s is recognised as a date',
  (cell) => {
    expect(isDate(cell)).toBe(true);
  },
);

it.each(['x', '12', 'about 3 May', '1.5', ''])('%j is not a date', (cell) => {
  expect(isDate(cell)).toBe(false);
});
