import { expect, test } from 'vitest';
import { bytes, certainty, few, odds, short } from './format.ts';
import { probabilityBound } from '#protocol/privacy/ledger/statement';

test('a bound on certainty is never rounded down, and never says 100 % below certainty', () => {
  expect([0, 0.5, 1, 2, 8].map((epsilon) => certainty(probabilityBound(epsilon)))).toEqual(['50 %', '63 %', '74 %', '89 %', '99.97 %']);
  expect(certainty(1)).toBe('100 %');
});

test('bytes, odds and short keys read as people say them', () => {
  expect([0, 999, 1000, 9720, 999_949, 1_240_000, 5e9].map(bytes)).toEqual(['0 B', '999 B', '1 kB', '9.72 kB', '1 MB', '1.24 MB', '5 GB']);
  expect(odds(1e-5)).toBe('1 in 100,000');
  expect(short('AbcdefghIJKL')).toBe('Abcdefgh…');
});

test('of many names the first are told, and that there are more', () => {
  const names = ['cat', 'dog', 'hen', 'cow', 'pig'];
  expect([[], names.slice(0, 1), names.slice(0, 4), names].map((some) => few(some))).toEqual([
    '',
    'cat',
    'cat, dog, hen, cow',
    'cat, dog, hen, cow …',
  ]);
  expect(few(names, 5)).toBe('cat, dog, hen, cow, pig');
});
