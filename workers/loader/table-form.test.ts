/** The form of any text: judged in bounded time, with names that differ, and never by a throw. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MeshError } from '#protocol/errors';
import { COLUMN_NAME_CHARS_MAX } from '#protocol/limits';
import { readSample } from '../founding/sample.ts';
import { columnNames } from './column-names.ts';
import { formFit } from './layout.ts';
import { rowBatches } from './rows.ts';
import { SpaceRuns } from './space-runs.ts';
import { tableForm, UNKNOWN } from './table-form.ts';

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

test('any cells have a form or none; its names differ and can be founded, its places lie in order', () => {
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

test('any text is sampled or refused by a code of files', async () => {
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
      const sample = await readSample(new File([pieces.join('')], 'a.csv')).catch((error: unknown) => error);
      if (sample instanceof MeshError) {
        expect(sample.code).toMatch(/^(file|column|rows|field)-/);
        return;
      }
      const { rows, names } = sample as Awaited<ReturnType<typeof readSample>>;
      for (const cells of rows) expect(cells).toHaveLength(names.length);
    }),
    { numRuns: 400 },
  );
});

test('a table of very many columns and of very long cells is judged in a moment', () => {
  const start = performance.now();
  const wide = Array.from({ length: 1000 }, (_, row) => Array.from({ length: 64 }, (_cell, i) => (i % 2 === 0 ? 'word' : `w${row}`)));
  expect(tableForm(wide)).not.toBeNull();
  expect(tableForm(Array.from({ length: 20 }, () => Array.from({ length: 3000 }, () => '1.5')))).not.toBeNull();
  expect(
    tableForm(
      [
        ['#'.repeat(1e6), ' '.repeat(1e6)],
        ['1', '2'],
      ],
      UNKNOWN,
    ),
  ).not.toBeNull();
  // No bound of a machine: what grows with the square of a size takes minutes here.
  expect(performance.now() - start).toBeLessThan(20_000);
});

test('names that are written stay whatever is made up, cut or numbered beside them', () => {
  expect(columnNames(['column 2', '', 'a', 'A', 'a (2)'], 5)).toEqual(['column 2', 'column 2 (2)', 'a', 'A (3)', 'a (2)']);
  const long = 'x'.repeat(63);
  expect(columnNames([`${long}\u{1f600}`, ` "${long} ${long}" `], 2)).toEqual([long, `${'x'.repeat(60)} (2)`]);
});

test('runs of spaces are one tab each, wherever the text is cut into pieces', () => {
  const text = '  a  "b  c" d \r\n"say ""so""  x"   2\n\n   \n3 4';
  const whole = 'a\t"b  c"\td\n"say ""so""  x"\t2\n\n\n3\t4';
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
