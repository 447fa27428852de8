/** Any text is judged in bounded time, gets distinct names, and never throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MeshError } from '#protocol/errors';
import { COLUMN_NAME_CHARS_MAX } from '#protocol/limits';
import { readSample } from '../../founding/sample.ts';
import { columnNames } from '../cells/column-names.ts';
import { TIMES_MAX, workTimes } from '../cpu-work.fixture.ts';
import { formFit } from './layout.ts';
import { rowBatches } from './rows.ts';
import { SpaceRuns } from './space-runs.ts';
import { tableForm, UNKNOWN, type Wanted } from './table-form.ts';
import { refusal } from '#protocol/testing/refusal';

const cell = fc.oneof(
  fc.constantFrom(
    '',
    '#',
    '# a',
    '#f00',
    '#N/A',
    'name',
    'Name',
    '1',
    '2.5',
    '3,5',
    'sep=;',
    '@data',
    '@attribute x numeric',
    'y',
    'n',
    ' ',
  ),
  fc.string({ maxLength: 90 }),
  fc.double().map(String),
);
const lines = fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 40 });

test('any cells have a form or none; names are distinct and short enough, indices in order', () => {
  fc.assert(
    fc.property(lines, (rows) => {
      const form = tableForm(rows);
      if (form === null) return;
      expect(form.names).toHaveLength(form.width);
      expect(new Set(form.names.map((name) => name.toLowerCase())).size).toBe(form.width);
      for (const name of form.names) expect(name.length >= 1 && name.length <= COLUMN_NAME_CHARS_MAX).toBe(true);
      expect(form.headingAt).toBeLessThanOrEqual(form.headingEnd);
      expect(form.headingEnd).toBeLessThanOrEqual(form.dataAt);
      for (const cells of rows) expect(typeof form.isComment(cells)).toBe('boolean');
      expect(tableForm(rows)).toMatchObject({ names: form.names, dataAt: form.dataAt });
    }),
    { numRuns: 1000 },
  );
});

test('any text is sampled, or refused with a code for files', async () => {
  const piece = fc.constantFrom(
    'a',
    '1',
    '2.5',
    ',',
    ';',
    '\t',
    '|',
    ' ',
    '  ',
    '\n',
    '\r\n',
    '"',
    '#',
    'sep=',
    '@data\n',
    '<html>',
    '{"',
    '\ufeff',
    'é',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 80 }), async (pieces) => {
      const sample = await readSample(new File([pieces.join('')], 'a.csv')).catch(refusal);
      const refused = sample instanceof MeshError ? sample.code : 'file-';
      expect(refused).toMatch(/^(file|column|rows|field)-/);
      const { rows, names } = sample instanceof MeshError ? { rows: [], names: [] } : sample;
      for (const cells of rows) expect(cells).toHaveLength(names.length);
    }),
    { numRuns: 400 },
  );
});

const table = (rows: number, columns: number, textOf: (row: number, column: number) => string) =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_cell, column) => textOf(row, column)));

test.each([
  ['many columns', table(20, 3000, () => '1.5')],
  ['many words', table(1000, 64, (row, column) => (column % 2 === 0 ? 'word' : `w${row}`))],
  [
    'very long cells',
    [
      ['#'.repeat(1e6), ' '.repeat(1e6)],
      ['1', '2'],
    ],
  ],
])('a table of %s is judged as quickly as any', async (_, rows) => {
  const judged = (cells: readonly (readonly string[])[]) => () => tableForm(cells, UNKNOWN);
  const ordinary = table(1000, 64, (row, column) => String(row + column));
  expect(await workTimes(judged(rows), judged(ordinary))).toBeLessThan(TIMES_MAX);
  expect(judged(rows)()).not.toBeNull();
});

const cut = (text: string) => text.split('\n').map((line) => line.split(','));
const wanted = (names: Wanted['names'], widths: readonly number[] = []): Wanted => ({ names, widths });
const allOf = wanted((names) => (['dose', 'weight', 'ok'].every((name) => names.includes(name)) ? 2 : 0));
const answer = wanted((names) => (names.includes('ok') ? 1 : 0), [3]);
const dates = (n: number) => Array.from({ length: n }, (_, i) => `2024-${10 + (i % 3)}-${10 + (i % 17)}`).join('\n');
const pairs = (n: number) => Array.from({ length: n }, (_, i) => `${3000 + i}-1-1 noon,z`).join('\n');
const numbers = (n: number) => Array.from({ length: n }, (_, i) => `${i},${i / 2},y`).join('\n');

test.each<[string, string, Wanted, Partial<NonNullable<ReturnType<typeof tableForm>>>]>([
  ['a title as long as a row is not part of the heading', 'Ward 3,,\ndose,weight,ok\n1,2,y\n3,4,n', allOf, { headingAt: 1, dataAt: 2 }],
  ['a cell with the answer’s name is not a heading', '1,2,y\n3,4,ok\n5,6,y', answer, { heading: null, known: false, dataAt: 0 }],
  ['a first row without its numbers is not a line of units', 'name,dose,kg\nAnn,,\nBob,1,2\nEva,3,4\nTim,5,6', UNKNOWN, { dataAt: 1 }],
  ['one word in all cells is a row of markers', 'tbd,tbd,tbd\n1,2,3\n4,5,6\n7,8,9', UNKNOWN, { heading: null, dataAt: 0 }],
  ['a heading far below belongs to another file', `${numbers(30)}\ndose,weight,ok\n${numbers(5)}`, allOf, { heading: null, dataAt: 0 }],
  ['a note after one row is not a column', `${numbers(5).replaceAll('y', 'y,')}\n1,2,y,note`, answer, { width: 3 }],
  ['no row of a single column is a title', `when\n${dates(60)}`, wanted(() => 0, [1]), { heading: ['when'], dataAt: 1 }],
  [
    'rows whose second cell is mostly empty are not titles',
    `${dates(300).replaceAll('\n', ' noon,\n')} noon,\n${pairs(60)}`,
    UNKNOWN,
    { dataAt: 1 },
  ],
])('%s', (_, text, of, form) => expect(tableForm(cut(text), of)).toMatchObject(form));

test.each([
  ['in a table of words', Array.from({ length: 20 }, (_, i) => `a${i % 3},b${i % 4}`).join('\n'), '#a,b', true],
  ['that repeats another row’s first cell', 'red,1\nblue,2\nred,3\nblue,4', '#red,5', true],
  ['with a new first cell, and numbers', 'red,1\nblue,2\n#fff,3\n#000,4', '#f00,5', false],
])('a line that begins with # %s', (_, text, line, comment) => {
  expect(tableForm(cut(`${text}\n${line}`))!.isComment(line.split(','))).toBe(comment);
});

test('written names stay, whatever is made up, cut or numbered beside them', () => {
  expect(columnNames(['column 2', '', 'a', 'A', 'a (2)'], 5)).toEqual(['column 2', 'column 2 (2)', 'a', 'A (3)', 'a (2)']);
  const long = 'x'.repeat(63);
  expect(columnNames([`${long}\u{1f600}`, ` "${long} ${long}" `], 2)).toEqual([long, `${'x'.repeat(60)} (2)`]);
});

test('runs of spaces become one tab each, however the text is cut into pieces', () => {
  const text = '5" 6\n  a  "b  c" d \r\n"say ""so""  x"   2\n\n   \n3 4';
  const whole = '5"\t6\na\t"b  c"\td\n"say ""so""  x"\t2\n\n\n3\t4';
  for (let at = 0; at <= text.length; at++) {
    const runs = new SpaceRuns();
    const pieces = [text.slice(0, at), text.slice(at)].map((piece) =>
      new TextDecoder().decode(runs.toTabs(new TextEncoder().encode(piece))),
    );
    expect(pieces.join(''), String(at)).toBe(whole);
  }
});

test.each([
  ['a,b\n1,2\n3,4\n', ','],
  ['a;b\n3,5;1,2\n4,5;2,2\n', ';'],
  ['sep=|\na,b|c\n1,2|3\n', '|'],
  ['3 4,5 y\n2 1,5 n\n', ' '],
  ['12:00 AM,3\n11:00 PM,4\n', ','],
  ['name;note\nAnn;one, two\nBob;three, four\n', ';'],
])('%j is separated by %j', async (text, separator) => {
  const found = [];
  for await (const batch of rowBatches(text, (rows, by) => formFit(rows, by, UNKNOWN))) found.push(batch.separator);
  expect(found).toEqual([separator]);
});
