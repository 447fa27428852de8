import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classesOf, checkTask, type TableTask } from '#protocol/manifest/task';
import { dataFile, skippedWithout } from '../../scripts/data-place.ts';
import type { SchemaGuess } from './api.ts';
import { inferSchema } from './infer.ts';
import { readSample } from './sample.ts';
import { refusal } from '#protocol/testing/refusal';

const TITANIC = dataFile('titanic', 'titanic.csv');
const ADULT = dataFile('adult', 'adult-train.csv');
const DIGITS = dataFile('optdigits', 'optdigits.tra');

const guess = async (text: string, name = 'mine.csv'): Promise<SchemaGuess> => inferSchema(await readSample(new File([text], name)));
const head = (file: URL, lines: number) => readFileSync(file, 'utf8').split('\n').slice(0, lines).join('\n');
const column = (schema: SchemaGuess, name: string) => schema.columns.find(({ proposed }) => proposed.name === name)!;
const kinds = (schema: SchemaGuess) => schema.columns.map(({ proposed }) => proposed.kind[0]).join('');
const rowsOf = (n: number, row: (i: number) => string) => Array.from({ length: n }, (_, i) => row(i)).join('\n');

/** As the page converts an unchanged guess. */
function taskOf(schema: SchemaGuess): TableTask {
  const label = schema.columns[schema.label]!;
  return {
    kind: 'table',
    columns: schema.columns.flatMap(({ proposed }, i) => (i === schema.label ? [] : [proposed])),
    label: { name: label.proposed.name, classes: [...(label.values ?? [])], place: schema.label },
    picture: null,
  };
}

describe('real files', () => {
  it.skipIf(!existsSync(TITANIC))(
    `a list of passengers' first 50 rows: the answer, what is read, and what is not (${skippedWithout('titanic')})`,
    async () => {
      const schema = await guess(head(TITANIC, 51), 'titanic.csv');
      expect(schema).toMatchObject({ name: 'titanic', rows: 50, hasHeader: true, label: 1 });
      expect(kinds(schema)).toBe('iccicnnninic');
      for (const name of ['PassengerId', 'Name', 'Ticket', 'Cabin']) expect(column(schema, name).proposed.kind).toBe('ignored');
      expect(column(schema, 'Pclass').proposed).toEqual({ kind: 'category', name: 'Pclass', values: ['1', '2', '3'], others: true });
      expect(column(schema, 'Sex').proposed).toMatchObject({ values: ['female', 'male'], others: true });
      expect(column(schema, 'Embarked').proposed).toMatchObject({ values: ['C', 'Q', 'S'], others: true });
      expect(column(schema, 'Age').proposed).toEqual({ kind: 'number', name: 'Age', min: 0, max: 60, typical: 28, missing: 'fill' });
      for (const name of ['SibSp', 'Parch', 'Fare']) {
        expect(column(schema, name)).toMatchObject({ reason: 'numbers', proposed: { kind: 'number', min: 0 } });
      }
      expect(() => checkTask(taskOf(schema))).not.toThrow();
    },
  );

  it.skipIf(!existsSync(ADULT)).each([50, 200, 5000])(
    `a census without a header, from %i rows: 14 columns and the answer at the end (${skippedWithout('adult')})`,
    async (n) => {
      const schema = await guess(head(ADULT, n));
      expect(schema).toMatchObject({ hasHeader: false, label: 14, rows: Math.min(n, 2000) });
      expect(schema.columns[14]!.values).toEqual(['<=50K', '>50K']);
      expect(schema.columns[13]!.proposed).toMatchObject({ kind: 'category', others: true });
      expect(schema.columns[0]!.proposed).toMatchObject({ kind: 'number', name: 'column 1' });
      for (const i of [1, 3, 5, 6, 7, 8, 9]) expect(schema.columns[i]!.proposed.kind).toBe('category');
      for (const { values } of schema.columns) expect(values ?? []).not.toContain('?');
      expect(() => checkTask(taskOf(schema))).not.toThrow();
    },
  );

  it.skipIf(!existsSync(DIGITS))(
    `pictures as rows: every pixel in one range, the empty ones too (${skippedWithout('optdigits')})`,
    async () => {
      const schema = await guess(readFileSync(DIGITS, 'utf8'));
      expect(schema).toMatchObject({ label: 64, hasHeader: false });
      for (const { proposed } of schema.columns.slice(0, 64)) expect(proposed).toMatchObject({ kind: 'number', min: 0, max: 16 });
      const typical = schema.columns.flatMap(({ proposed }) => (proposed.kind === 'number' ? [proposed.typical] : []));
      expect(typical.slice(0, 8)).toEqual([0, 0, 5, 13, 13, 4, 0, 0]);
      expect(schema.columns[64]!.values).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    },
  );
});

describe('columns', () => {
  it('says why a column is ignored', async () => {
    const schema = await guess(
      `key,when,note,same,nothing,town,amount,answer\n${rowsOf(
        40,
        (i) => `${i + 7},2024-03-${10 + (i % 20)},it was a day like ${i} others,x,,town${i % 37},${i * 1.5},${i % 2 ? 'yes' : 'no'}`,
      )}`,
    );
    const reasons = Object.fromEntries(schema.columns.map(({ proposed, reason }) => [proposed.name, reason]));
    expect(reasons).toEqual({
      key: 'identifier',
      when: 'dates',
      note: 'free-text',
      same: 'constant',
      nothing: 'empty',
      town: 'too-many-values',
      amount: 'numbers',
      answer: 'few-values',
    });
    for (const { proposed, reason } of schema.columns) {
      expect(proposed.kind === 'ignored').toBe(!['numbers', 'few-values', 'dates'].includes(reason));
    }
    expect(schema.label).toBe(7);
  });

  it('a category with rare values lists the common ones and allows others', async () => {
    const schema = await guess(`land,y\n${rowsOf(400, (i) => `${i < 370 ? ['a', 'b'][i % 2] : `rare${i}`},${i % 2}`)}`);
    expect(schema.columns[0]!.proposed).toEqual({ kind: 'category', name: 'land', values: ['a', 'b'], others: true });
    expect(schema.columns[0]).toMatchObject({ distinct: 32, values: expect.arrayContaining(['a', 'rare371']) });
  });

  it('a large sample in which every value is frequent allows no others; a missing cell does', async () => {
    const full = await guess(`c,y\n${rowsOf(1500, (i) => `${'abc'[i % 3]},${i % 2}`)}`);
    expect(full.columns[0]!.proposed).toEqual({ kind: 'category', name: 'c', values: ['a', 'b', 'c'] });
    const gaps = await guess(`c,y\n${rowsOf(1500, (i) => `${i === 9 ? '?' : 'abc'[i % 3]},${i % 2}`)}`);
    expect(gaps.columns[0]!.proposed).toMatchObject({ others: true });
  });

  it('grades are categories, counts and measures are numbers', async () => {
    const schema = await guess(
      `grade,children,weight,bit,y\n${rowsOf(60, (i) => `${1 + (i % 4)},${i % 3},${50 + i / 7},${i % 2},${'ab'[i % 2]}`)}`,
    );
    expect(kinds(schema)).toBe('cnncc');
  });
});

describe('references', () => {
  it('are not amounts: a few are a category, many are not read', async () => {
    const schema = await guess(
      `city_id,zoneID,paid,y\n${rowsOf(200, (i) => `${5000 + ((i * 7) % 90)},${1 + (i % 12)},${(i * 3) % 70},${'ab'[i % 2]}`)}`,
    );
    expect(kinds(schema)).toBe('icnc');
    expect(schema.group).toBeNull();
  });
});

describe('numbers', () => {
  it('are read with the decimal mark and thousands separator of their column', async () => {
    const schema = await guess(`a;b;c;y\n${rowsOf(30, (i) => `${(i * 7) % 30},5;1.${200 + ((i * 11) % 30)},7;€ ${i + 3};${'ab'[i % 2]}`)}`);
    expect(schema.columns.map(({ proposed }) => proposed)).toMatchObject([
      { kind: 'number', min: 0, max: 30, typical: 15 },
      { kind: 'number', min: 1200, max: 1230, typical: 1215 },
      { kind: 'ignored' }, // counts up
      { kind: 'category' },
    ]);
  });
});

describe('dates', () => {
  it('are read by the parts that distinguish rows, in a round range of days', async () => {
    const day = (i: number) => new Date(Date.UTC(2023, 0, 3 + i * 5));
    const two = (n: number) => String(n).padStart(2, '0');
    const schema = await guess(
      `visit,born,at,created_at,amount,y\n${rowsOf(60, (i) => {
        const d = day(i);
        const born = `${1 + (i % 28)}.${1 + (i % 12)}.${1930 + i}`;
        return `${two(d.getUTCMonth() + 1)}/${two(d.getUTCDate())}/2023 ${i % 24}:30,${born},${i % 24}:15,${d.getTime() / 1000},${d.getTime() / 1000},${'ab'[i % 2]}`;
      })}`,
    );
    expect(column(schema, 'visit').proposed).toEqual({
      kind: 'date',
      name: 'visit',
      from: '2023-01-01',
      to: '2023-11-01',
      weekday: true,
      hour: true,
    });
    expect(column(schema, 'born').proposed).toEqual({ kind: 'date', name: 'born', from: '1931-01-01', to: '1988-01-01' });
    expect(column(schema, 'at').proposed).toEqual({ kind: 'date', name: 'at', hour: true });
    expect(column(schema, 'created_at').proposed).toMatchObject({ kind: 'date', from: '2023-01-01', to: '2023-11-01' });
    expect(column(schema, 'amount').proposed.kind).toBe('ignored'); // counts up
    expect(() => checkTask(taskOf(schema))).not.toThrow();
  });
});

describe('numbers that may stand for a missing value', () => {
  const sentinels = async (cells: readonly (number | string)[]) =>
    (await guess(`n,y\n${cells.map((cell, i) => `${cell},${'ab'[i % 2]}`).join('\n')}`)).columns[0]!.sentinels;
  const many = (n: number, of: (i: number) => number) => Array.from({ length: n }, (_, i) => of(i));

  it.each<[string, number[], number[]]>([
    ['-200 among small ones', [...many(90, (i) => ((i * 7) % 90) / 8), ...many(10, () => -200)], [-200]],
    ['9999 beyond all others', [...many(90, (i) => 20 + ((i * 7) % 60)), ...many(3, () => 9999)], [9999]],
    ['99 for an age', [...many(90, (i) => 20 + ((i * 7) % 60)), ...many(3, () => 99)], [99]],
    ['-1 where nothing is below zero', [...many(90, (i) => (i * 7) % 60), ...many(9, () => -1)], [-1]],
    ['zeros of a blood pressure', [...many(90, (i) => 60 + ((i * 7) % 60)), ...many(9, () => 0)], [0]],
    ['both ends', [...many(90, (i) => 60 + ((i * 7) % 60)), ...many(9, () => -999), ...many(5, () => 9999)], [-999, 9999]],
    ['no count of children', [...many(90, (i) => (i * 7) % 5)], []],
    ['no temperature', many(99, (i) => -20 + ((i * 7) % 50)), []],
    ['no gain that most have none of', [...many(40, (i) => 5000 + 10 * i), ...many(90, () => 0)], []],
    ['no single far one', [...many(90, (i) => 20 + ((i * 7) % 60)), 9999], []],
  ])('%s', async (_, cells, right) => {
    const asked = await sentinels(cells);
    expect(asked.map(({ value }) => value).toSorted((a, b) => a - b)).toEqual(right);
    for (const { without } of asked) {
      expect(without.min).toBeGreaterThanOrEqual(0);
      expect(without.max).toBeLessThanOrEqual(120);
    }
  });
});

describe('whose row it is', () => {
  const persons = (name: string, who: (i: number) => string | number) =>
    guess(`${name},x,y\n${rowsOf(300, (i) => `${who(i)},${((i * 37) % 101) / 3},${'ab'[(i >> 2) % 2]}`)}`);

  it.each([
    ['user', (i: number) => i % 30, 10],
    ['patient_id', (i: number) => `P${100 + (i % 50)}`, 6],
    ['UNIQUE_ID', (i: number) => 90_000 + ((i * 7) % 60), 5],
    ['Subject', (i: number) => 1 + Math.floor(i / 60), 60],
    ['label of a seat', (i: number) => `seat-${i % 40}`, 8],
  ])('%s is a group and not an input', async (name, who, rows) => {
    const schema = await persons(name, who);
    expect(schema.columns[0]).toMatchObject({ reason: 'person', proposed: { kind: 'ignored' } });
    expect(schema.group).toMatchObject({ column: 0, rowsMax: Math.min(64, 2 ** Math.ceil(Math.log2(rows))) });
    expect(Math.abs(schema.group!.rows - rows)).toBeLessThanOrEqual(1);
    expect(schema.label).toBe(2);
  });

  it.each([
    ['user', (i: number) => i],
    ['student', (i: number) => ['yes', 'no'][i % 2]!],
    ['town', (i: number) => ['Ulm', 'Bonn', 'Kiel', 'Jena'][i % 4]!],
    ['age', (i: number) => 20 + (i % 60)],
    ['postcode', (i: number) => `D-${10_000 + (i % 40)}`],
    ['cabin', (i: number) => (i % 3 === 0 ? `C${i % 15}x${i % 10}` : '')],
    ['class', (i: number) => `class-${i % 20}`],
  ])('%s is not a group', async (name, who) => {
    expect((await persons(name, who)).group).toBeNull();
  });

  it('is a column named for persons rather than one that looks like codes', async () => {
    const schema = await guess(`batch,patient,x,y\n${rowsOf(300, (i) => `b-${i % 12},${i % 50},${i / 7},${'ab'[i % 2]}`)}`);
    expect(schema.columns.map(({ reason }) => reason).slice(0, 2)).toEqual(['person', 'person']);
    expect(schema.group).toMatchObject({ column: 1, rows: 6 });
  });

  it('is the same from a part of the rows as from all', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `u${(i * 7919) % 400},${i % 13},${'ab'[i % 2]}`).join('\n');
    const { group } = await guess(`account,x,y\n${rows}`);
    expect(group!.rows).toBeGreaterThan(40);
    expect(group!.rows).toBeLessThan(60);
  });
});

describe('the header', () => {
  it('is recognised above numbers, and above repeated words', async () => {
    expect((await guess('a,b\n1,2\n3,4\n')).hasHeader).toBe(true);
    expect((await guess(`kind,colour\n${rowsOf(9, (i) => `${'xyz'[i % 3]},${'rg'[i % 2]}`)}`)).hasHeader).toBe(true);
    expect((await guess(rowsOf(9, (i) => `${'xyz'[i % 3]},${'rg'[i % 2]}`))).hasHeader).toBe(false);
    expect((await guess('1,2\n3,4\n5,6')).columns.map(({ proposed }) => proposed.name)).toEqual(['column 1', 'column 2']);
  });

  it('a nameless column gets a number, and so does a repeated name', async () => {
    expect((await guess(',b\n1,2\n2,4\n')).columns[0]!.proposed.name).toBe('column 1');
    expect((await guess('a,A\n1,2\n3,4\n')).columns.map(({ proposed }) => proposed.name)).toEqual(['a', 'A (2)']);
  });

  it.each([';', '\t', '|'])('columns may be separated by %j', async (separator) => {
    const schema = await guess(`a,b,y\n${rowsOf(20, (i) => `1.${i},2,${i % 2}`)}`.replaceAll(',', separator));
    expect(schema.columns.map(({ proposed }) => proposed.name)).toEqual(['a', 'b', 'y']);
  });
});

describe('the answer', () => {
  it.each([
    ['a name that says so', 'target,x\n', (i: number) => `${i % 3},${i * 1.1}`, 0],
    ['else the last column of few values', 'p,q\n', (i: number) => `${i % 2},${'ab'[i % 2]}`, 1],
    ['else one of two values', 'p,q\n', (i: number) => `${i % 2},${i * 1.1 + 0.3}`, 0],
  ])('%s', async (_, header, row, label) => {
    expect((await guess(header + rowsOf(80, row))).label).toBe(label);
  });
});

describe('files that are not a sample', () => {
  it.each([
    ['', 'file-empty'],
    ['only one column\n1\n2\n', 'column-count'],
    ['a,b\n', 'rows-too-few'],
    ['a,b\n1,2\n', 'rows-too-few'],
    ['\0\0\0\0', 'file-binary'],
  ])('%j is refused with %s', async (text, code) => {
    await expect(guess(text)).rejects.toMatchObject({ code });
  });

  it('any text gives a schema that the task accepts or an error of the table', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', '?', 'NA', '1', '2', 'x', '"a,b"', '1e999', '-0', '-5e-324', '1e308', '-1e308', '2024-01-01', 'yes', 'no'),
      fc.double().map(String),
      fc.string({ maxLength: 80 }),
    );
    const text = fc
      .array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 30 })
      .map((rows) => rows.map((r) => r.join()).join('\n'));
    await fc.assert(
      fc.asyncProperty(text, async (file) => {
        const schema = await guess(file).catch((error: unknown) => {
          if (/^(file|column|rows|field)-/.test(refusal(error).code)) return null;
          throw error;
        });
        if (schema === null) return;
        expect(schema.label).toBeLessThan(schema.columns.length);
        for (const { distinct, values, range, proposed } of schema.columns) {
          expect(range === null || range.min < range.max).toBe(true);
          expect(values?.length ?? distinct).toBe(distinct);
          const named = proposed.kind === 'category' ? proposed.values : [];
          expect(named.every((value) => value.length >= 1 && value.length <= 64)).toBe(true);
        }
        const task = taskOf(schema);
        if (classesOf(task).length < 2 || task.columns.every(({ kind }) => kind === 'ignored')) return;
        expect(() => checkTask(task)).not.toThrow();
      }),
      { numRuns: 300, examples: [['a,y\n-5e-324,n\n-5e-324,y\n-5e-324,y\n0,n\n'], ['a,y\n1e101,n\n3e101,y\n2e101,n\n']] },
    );
  });
});
