import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COLUMN_NAME_CHARS_MAX } from '#protocol/limits';
import { TIMES_MAX, workTimes } from '../cpu-work.fixture.ts';
import { columnNames } from './column-names.ts';

const long = 'a'.repeat(COLUMN_NAME_CHARS_MAX - 6);
const heading = fc.array(
  fc.constantFrom('a', 'A', '', 'a (2)', 'column 2', 'a (11)', long, `${long}bcdefgh`, `${long}bcdefghi`, `${long}bxyzwvu1`),
  {
    maxLength: 40,
  },
);

it('names all differ and are short enough, each with the first number that is free at its place', () => {
  fc.assert(
    fc.property(heading, (cells) => {
      const names = columnNames(cells, cells.length);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(cells.length);
      for (const [i, name] of names.entries()) {
        expect(name.length).toBeLessThanOrEqual(COLUMN_NAME_CHARS_MAX);
        const [, number] = / \((\d+)\)$/.exec(name) ?? [];
        if (number === undefined || name === cells[i]) continue;
        // Every smaller number is taken by a written or an earlier name.
        const stem = cells[i] || `column ${i + 1}`;
        for (let n = 2; n < Number(number); n++) {
          const ending = ` (${n})`;
          const smaller = stem.slice(0, COLUMN_NAME_CHARS_MAX - ending.length) + ending;
          expect(
            names.some((other) => other.toLowerCase() === smaller.toLowerCase()),
            smaller,
          ).toBe(true);
        }
      }
    }),
  );
});

const COLUMNS = 8000;
const headingOf = (name: (i: number) => string) => Array.from({ length: COLUMNS }, (_, i) => name(i));

it.each([
  ['one name', headingOf(() => 'a')],
  ['one name that is too long', headingOf(() => long + 'x'.repeat(99))],
  ['one beginning', headingOf((i) => long + String(i).padStart(9, '0'))],
])('a heading that repeats %s thousands of times is read quickly', async (_, cells) => {
  const named = (written: readonly string[]) => () => columnNames(written, COLUMNS);
  expect(await workTimes(named(cells), named(headingOf(String)))).toBeLessThan(TIMES_MAX);
  expect(new Set(named(cells)()).size).toBe(COLUMNS);
});
