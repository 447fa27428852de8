/** A few of the dialects of `npm run prove -- doctor:dialects`, on made-up tables; the named ones failed once. */
import { expect, test } from 'vitest';
import { drawDialect, type Dialect } from './dialect.ts';
import { judge } from './judge.ts';
import { madeTables } from './tables.ts';

const tables = madeTables(70);
const SEEDS = Array.from({ length: 12 }, (_, i) => `few-${i}`);

const agrees = { founding: true, joining: true, tensors: true, differs: [] };

test.each(SEEDS)('dialect %s', async (seed) => {
  for (const table of tables) expect(await judge(table, drawDialect(seed)), table.name).toEqual(agrees);
});

const base: Dialect = {
  ...drawDialect('base'),
  encoding: 'utf-8',
  separator: ',',
  heading: 'plain',
  names: 'own',
  gap: 'NA',
  thousands: '',
  decimalComma: false,
};
test.each<[string, Partial<Dialect>]>([
  ['names of rows and separators at the end', { heading: 'short', trailing: true }],
  ['spaces within numbers between tabs', { separator: '\t', thousands: ' ', quotes: 'few' }],
  ['units below a name that comes twice', { heading: 'units', names: 'repeated' }],
  ['thousands that only another column explains', { separator: ';', thousands: 'mark', decimalComma: false }],
  ['no names below titles as long as rows', { heading: 'none', titles: 3, longTitles: true }],
])('with %s', async (_, change) => {
  for (const table of tables) expect(await judge(table, { ...base, ...change }), table.name).toEqual(agrees);
});
