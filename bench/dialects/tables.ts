/** Tables in their plainest form: names, cells, '' for a gap. Three published ones, if present on this machine, and two made-up ones. */
import { existsSync, readFileSync } from 'node:fs';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import Papa from 'papaparse';
import { seededBytes } from '../seeded-bytes.ts';
import { dataFile } from '../../scripts/data-place.ts';

const ROWS = 600;

export interface PlainTable {
  readonly name: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const ADULT =
  'age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain,capital-loss,hours-per-week,native-country,income';

export function publishedTables(): PlainTable[] {
  const read = (set: 'titanic' | 'adult' | 'optdigits', file: string): string[][] => {
    const url = dataFile(set, file);
    if (!existsSync(url)) return [];
    const text = readFileSync(url, 'utf8').trim();
    return Papa.parse<string[]>(text, { comments: '#' }).data.map((cells) => cells.map((cell) => cell.trim()));
  };
  const [head, ...titanic] = read('titanic', 'titanic.csv');
  const adult = read('adult', 'adult-train.csv').map((cells) => cells.map((cell) => (cell === '?' ? '' : cell)));
  const digits = read('optdigits', 'optdigits.tra');
  const pixels = Array.from({ length: 64 }, (_, i) => `pixel${i}`);
  return [
    { name: 'titanic', names: head ?? [], rows: titanic },
    { name: 'adult', names: ADULT.split(','), rows: adult.slice(0, ROWS) },
    { name: 'optdigits', names: [...pixels, 'digit'], rows: digits.slice(0, ROWS) },
  ].filter(({ rows }) => rows.length > 0);
}

/** A ward with umlauts, texts with separators and gaps; an orders list with colours that begin with # and amounts above a thousand. */
export function madeTables(rows = ROWS): PlainTable[] {
  const words = new RandomWords(seededBytes('dialects'));
  const pick = (of: readonly string[]) => of[words.below(of.length)]!;
  const gap = (cell: string, in1: number) => (words.below(in1) === 0 ? '' : cell);
  const list = <T>(of: () => T): T[] => Array.from({ length: rows }, of);
  return [
    {
      name: 'ward',
      names: ['patient', 'Größe', 'weight (kg)', 'Blutdruck', 'note; ward', 'outcome'],
      rows: list(() => [
        `P${words.below(100_000)}`,
        (150 + words.below(500) / 10).toFixed(1),
        gap((50 + words.below(6000) / 100).toFixed(2), 14),
        gap(String(90 + words.below(80)), 20),
        gap(pick(['Süd, Haus 1', 'Nord; Haus 2', 'Ost', 'say "so"', 'Café']), 25),
        pick(['besser', 'gleich', 'schlechter']),
      ]),
    },
    {
      name: 'orders',
      names: ['colour', 'amount', 'rate', 'kind', 'paid'],
      rows: list(() => [
        pick(['#f00', '#0f0', '#00f', '#abc']),
        String(400 + words.below(90_000)),
        gap((words.below(2000) / 100 - 10).toFixed(2), 30),
        pick(['a b', 'c', 'd e f']),
        pick(['yes', 'no']),
      ]),
    },
  ];
}
