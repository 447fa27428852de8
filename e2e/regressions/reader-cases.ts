/**
 * Files as people have them, which founding and joining once read differently or not at all: each is founded as the page does it, by the
 * real endpoint, and the founder's own file is then joined with, by the real loader.
 */
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asMeshError, MeshError } from '#protocol/errors';
import type { TableTask } from '#protocol/manifest/task';
import type { SchemaGuess } from '#workers/founding/api';
import { openFounding } from '#workers/founding/founding-endpoint';
import { loadTable } from '#workers/loader/table/table';
import { columnsOf, EMPTY_FORM, taskOf } from '../../web/state/founding/founding-form.ts';
import type { Case } from './case.ts';

const ROWS_MAX = 30_000;

async function infer(file: Blob): Promise<SchemaGuess> {
  const founding = openFounding({ keepKey: async () => {} });
  const answer = await founding.infer(new File([file], 'mine.csv'));
  if (!answer.ok) throw new MeshError(answer.error.code, answer.error.detail);
  return answer.value;
}

const taskFor = (guess: SchemaGuess): TableTask =>
  taskOf({ ...EMPTY_FORM, source: 'file', columns: columnsOf(guess), label: guess.label }) as TableTask;

/** What founding says of a file, and what becomes of that very file when its founder joins. */
async function foundAndJoined(text: string | Blob) {
  const file = typeof text === 'string' ? new Blob([text]) : text;
  const guess = await infer(file);
  const joined = await loadTable(file, taskFor(guess), ROWS_MAX).then(
    ({ rows }) => rows.y.length,
    (error: unknown) => asMeshError(error).code,
  );
  const names = guess.columns.map(({ proposed }) => proposed.name);
  return { names, answers: guess.columns[guess.label]!.values, rows: guess.total, joined };
}

/** The code and what was named, of a file that is refused. */
const refused = async (text: string) =>
  infer(new Blob([text])).then(
    () => 'taken',
    (error: unknown) => `${asMeshError(error).code}: ${asMeshError(error).detail.got}`,
  );

const ROWS = '1,3.5,y\n4,2.5,n\n2,7.5,y\n6,1.5,n\n';
const SEMICOLONS = 'dose;weight;ok\n1;3,5;y\n4;2,5;n\n2;7,5;y\n6;1,5;n\n';
const DOSES = { names: ['dose', 'weight', 'ok'], answers: ['n', 'y'], rows: 4, joined: 4 };
const LONG = 'How many hours do you sleep in a usual night when nothing disturbs you?';
const lines = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n');
const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const utf16 = (text: string) => new Uint8Array(Uint16Array.from(`\ufeff${text}`, (letter) => letter.charCodeAt(0)).buffer);

/** As `npm run peer --data` opens it. */
async function fromDisk(bytes: Uint8Array): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'reader-'));
  try {
    const path = join(folder, 'mine.csv');
    await writeFile(path, bytes);
    return await foundAndJoined(await openAsBlob(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const same = (name: string, finding: string, text: string, right: unknown = DOSES): Case => ({
  name,
  finding,
  right,
  run: () => foundAndJoined(text),
});

const GROESSE = 'Größe;Antwort\n' + lines(6, (i) => `${i},5;${'jn'[i % 2]}`);

export const cases: readonly Case[] = [
  same('sep-line', 'F1: a first line sep=; gives column 1…3 and an answer “ok”', `sep=;\n${SEMICOLONS}`),
  same('title-line', 'F1: a title line with a comma', `Ward 3, March\ndose,weight,ok\n${ROWS}`),
  same('title-as-long-as-a-row', 'F1: the founder’s own file is refused', `Ward 3,,\ndose,weight,ok\n${ROWS}`),
  same('thirty-title-lines', 'F1: more than 20 lines of title', `${lines(30, (i) => `note: ${i}`)}\n\ndose,weight,ok\n${ROWS}`),
  same('two-row-heading', 'F1: units below the names', `dose,weight,ok\nmg,kg,\n${ROWS}`),
  same('short-heading', 'F1: a heading one cell short, as R writes it', `dose,weight,ok\n${ROWS.replace(/^(?=\d)/gm, 'r1,')}`, {
    ...DOSES,
    names: ['column 1', ...DOSES.names],
  }),
  same('arff', 'F1: ARFF', `@relation w\n@attribute dose numeric\n@attribute weight numeric\n@attribute ok {y,n}\n@data\n${ROWS}`),
  same('long-heading', 'F2: a name cut at founding is not found by the loader', `${LONG},weight,ok\n${ROWS}`, {
    ...DOSES,
    names: [LONG.slice(0, 64), 'weight', 'ok'],
  }),
  same('empty-heading', 'F2: a made-up name is not found by the loader', `dose,,ok\n${ROWS}`, {
    ...DOSES,
    names: ['dose', 'column 2', 'ok'],
  }),
  same('repeated-heading', 'F2: one name twice cannot be founded at all', `dose,dose,ok\n${ROWS}`, {
    ...DOSES,
    names: ['dose', 'dose (2)', 'ok'],
  }),
  same(
    'colours-with-a-hash',
    'F3: # means comment where it is data',
    `colour,weight,ok\n#f00,3.5,y\n#0f0,2.5,n\n#f00,7.5,y\n#0f0,1.5,n\n`,
    {
      ...DOSES,
      names: ['colour', 'weight', 'ok'],
    },
  ),
  same('hash-for-a-name', 'F3: the heading #,weight,ok is lost', `#,weight,ok\n${ROWS}`, { ...DOSES, names: ['#', 'weight', 'ok'] }),
  same('rows-that-begin-with-an-error', 'F3: rows that begin #N/A leave the sample', `dose,weight,ok\n${ROWS}#N/A,2,y\n#DIV/0!,3,n\n`, {
    ...DOSES,
    rows: 6,
    joined: 6,
  }),
  {
    name: 'latin-1-from-disk',
    finding: 'F5: npm run peer breaks encodings',
    right: { names: ['Größe', 'Antwort'], answers: ['j', 'n'], rows: 6, joined: 6 },
    run: () => fromDisk(latin1(GROESSE)),
  },
  {
    name: 'utf-16-from-disk',
    finding: 'F5: npm run peer breaks encodings',
    right: { names: ['Größe', 'Antwort'], answers: ['j', 'n'], rows: 6, joined: 6 },
    run: () => fromDisk(utf16(GROESSE)),
  },
  {
    name: 'gaps-beyond-the-list',
    finding: 'F6: \\N, (null), missing, n.a., * and errors of Excel leave rows out; a column becomes a category of 0…16, n.a.',
    right: Object.fromEntries(
      ['\\N', '(null)', 'missing', 'n.a.', '*', '#DIV/0!', '#VALUE!'].map((gap) => [gap, { kind: 'number', joined: 200 }]),
    ),
    async run() {
      const kinds: Record<string, unknown> = {};
      for (const gap of ['\\N', '(null)', 'missing', 'n.a.', '*', '#DIV/0!', '#VALUE!']) {
        const file = new Blob([`dose,weight,ok\n${lines(200, (i) => `${i % 13 === 0 ? gap : i % 17},${i / 7},${'yn'[i % 2]}`)}\n`]);
        const guess = await infer(file);
        const { rows } = await loadTable(file, taskFor(guess), ROWS_MAX);
        kinds[gap] = { kind: guess.columns[0]!.proposed.kind, joined: rows.y.length };
      }
      return kinds;
    },
  },
  {
    name: 'sorted-by-the-answer',
    finding: 'F8: the first 2,000 rows stand for the file: always the same',
    right: { answers: ['n', 'y'], rows: 6000, joined: 6000 },
    async run() {
      const { names: _, ...about } = await foundAndJoined(`dose,ok\n${lines(6000, (i) => `${(i * 7) % 100},${i < 4000 ? 'n' : 'y'}`)}\n`);
      return about;
    },
  },
  {
    name: 'the-answer-twice',
    finding: 'F8: the answer column twice: the first is used silently',
    right: { proposed: ['ignored', 'answer-again'], told: ['label-repeated', 'ok (2)', '3'] },
    async run() {
      const file = new Blob(['ok,dose,ok\n', lines(40, (i) => `${'yn'[i % 2]},${i % 9},${'yn'[i % 2]}`)]);
      const guess = await infer(file);
      const again = guess.columns[0]!;
      const told = await loadTable(file, taskFor(guess), ROWS_MAX);
      const finding = told.report.findings.find(({ code }) => code === 'label-repeated');
      return { proposed: [again.proposed.kind, again.reason], told: [finding?.code, finding?.column, finding?.readAs] };
    },
  },
  same('the-answers-name-alone', 'F8: a first line that is just the answer’s name is taken for the header', `ok\ndose,weight,ok\n${ROWS}`),
  {
    name: 'no-tables',
    finding: 'F8: an HTML page saved as .csv is called a column-count problem',
    right: {
      html: 'file-binary: a web page (HTML)',
      json: 'file-binary: a JSON file',
      pdf: 'file-binary: a PDF',
      xlsx: 'file-binary: a workbook (xlsx, ods) or another ZIP archive',
      parquet: 'file-binary: a Parquet file',
    },
    run: async () => ({
      html: await refused('<!DOCTYPE html>\n<html><body><table><tr><td>1,2</td></tr></table></body></html>'),
      json: await refused('[{"dose": 1, "ok": "y"}]'),
      pdf: await refused('%PDF-1.7\n1 0 obj'),
      xlsx: await refused('PK\u0003\u0004\u0014'),
      parquet: await refused('PAR1\u0015\u0004'),
    }),
  },
];
