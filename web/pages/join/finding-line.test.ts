import { expect, test } from 'vitest';
import type { Finding } from '#workers/api';
import { findingLine, groupOf } from './finding-line.ts';

const finding = (news: Partial<Finding> & Pick<Finding, 'code' | 'action'>): Finding => ({
  column: null,
  count: 1,
  rows: [],
  expected: null,
  got: null,
  readAs: null,
  ...news,
});

test.each<[Partial<Finding> & Pick<Finding, 'code' | 'action'>, string, string]>([
  [
    { code: 'value-type', action: 'left-out', column: 'age', count: 1, rows: [14], expected: 'a number', got: "the date '1.5.2024'" },
    "1 row: column “age” holds the date '1.5.2024'; expected a number. Row 14.",
    'left',
  ],
  [
    { code: 'label-unknown', action: 'left-out', column: 'digit', count: 2500, rows: [7, 9, 1200], expected: 'one of 0, 1', got: "'x'" },
    "2,500 rows: the answer in column “digit” is not known. The first is 'x'; expected one of 0, 1. First in rows 7, 9, 1,200.",
    'left',
  ],
  [
    {
      code: 'recording-answers',
      action: 'left-out',
      column: 'way',
      rows: [10],
      expected: 'one answer',
      got: "'b': 'left' in line 10, 'right' in line 12",
    },
    "1 recording has more than one answer: 'b': 'left' in line 10, 'right' in line 12. Row 10.",
    'left',
  ],
  [
    { code: 'recording-file', action: 'kept', count: 5, got: 'README.txt, map.jpg, groups.csv …' },
    '5 files are not read because they have neither recordings nor answers: README.txt, map.jpg, groups.csv ….',
    'known',
  ],
  [
    { code: 'one-class', action: 'kept', column: 'digit', got: '7' },
    'All rows say “7”. That is welcome, because others bring the other answers. Your device alone could not learn this.',
    'remark',
  ],
  [
    { code: 'recording-rate', action: 'left-out', count: 2, expected: '25 lines per second', got: "'c': 100 per second" },
    "2 recordings were made at another rate. The first is 'c': 100 per second; expected 25 lines per second.",
    'left',
  ],
  [
    { code: 'recording-windows', action: 'left-out', count: 6, expected: 'at most 4 windows of one recording' },
    '6 windows are left out: at most 4 windows of one recording count, spread evenly.',
    'left',
  ],
  [
    { code: 'missing', action: 'read-as', column: 'age', count: 2, rows: [3, 4], expected: 'a number', got: 'nothing', readAs: '28' },
    '2 gaps in column “age” are read as 28. Rows 3, 4.',
    'read',
  ],
  [
    { code: 'missing', action: 'left-out', column: 'age', rows: [3], expected: 'a number', got: 'nothing' },
    '1 row: column “age” is empty; expected a number. Row 3.',
    'left',
  ],
  [
    { code: 'number-written', action: 'read-as', column: 'fare', rows: [2], got: "'1,234'", readAs: '1234' },
    "1 number in column “fare” can be read two ways. '1,234' is read as 1234. If that is wrong, write it without a mark for thousands. Row 2.",
    'read',
  ],
  [
    { code: 'number-written', action: 'read-as', column: 'fare', rows: [2], got: "'1,5'", readAs: '1.5' },
    "1 number in column “fare” is written differently. '1,5' is read as 1.5. Row 2.",
    'read',
  ],
  [
    { code: 'rows-part', action: 'left-out', count: 990_000, expected: '1 in 100', got: '1000000' },
    '990,000 of 1,000,000 are left out: you chose a part of about 1 in 100. They are picked at random, and they are the same each time.',
    'left',
  ],
  [
    { code: 'comment-lines', action: 'left-out', rows: [1], got: "'# a'" },
    "1 line is a comment or a title, not a row: '# a'. Row 1.",
    'known',
  ],
  [
    { code: 'separator', action: 'read-as', expected: 'commas', readAs: 'semicolons' },
    'Cells are separated by semicolons, not by commas.',
    'read',
  ],
  [
    { code: 'duplicates', action: 'kept', count: 1, rows: [9] },
    '1 row repeats an earlier one. It is kept and counts again. Row 9.',
    'known',
  ],
])('%o', (news, line, group) => {
  expect(findingLine(finding(news))).toBe(line);
  expect(groupOf(finding(news))).toBe(group);
});
