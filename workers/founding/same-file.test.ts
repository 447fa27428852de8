/** A real-world file, founded with and then joined with: one reader tells both sides the same. */
import { expect, test } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { loadTable } from '../loader/table/table.ts';
import { inferSchema } from './infer.ts';
import { readSample } from './sample.ts';

async function foundAndJoin(file: string | Blob) {
  const sample = await readSample(new File([file], 'mine.csv'));
  const schema = inferSchema(sample);
  const answer = schema.columns[schema.label]!;
  const task: TableTask = {
    kind: 'table',
    columns: schema.columns.flatMap(({ proposed }, i) => (i === schema.label ? [] : [proposed])),
    label: { name: answer.proposed.name, classes: [...answer.values!], place: schema.label },
    picture: null,
  };
  const { rows, report } = await loadTable(file, task, 1000);
  const left = report.findings.filter(({ code, action }) => action === 'left-out' && code !== 'comment-lines');
  return { names: sample.names, answers: answer.values, rows: sample.rows.length, joined: rows.y.length, x: [...rows.x], left };
}

const PLAIN = 'dose,weight,ok\n1,3.5,y\n4,2.5,n\n2,7.5,y\n6,1.5,n\n';
const plain = await foundAndJoin(PLAIN);
const SEMI = 'dose;weight;ok\n1;3,5;y\n4;2,5;n\n2;7,5;y\n6;1,5;n\n';
const many = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => `${line(i)}\n`).join('');

test('plain', () => expect(plain).toMatchObject({ names: ['dose', 'weight', 'ok'], answers: ['n', 'y'], rows: 4, joined: 4, left: [] }));

test.each([
  ['a line that says the separator', `sep=;\n${SEMI}`],
  ['a byte order mark before it', `\ufeffsep=;\r\n${SEMI.replaceAll('\n', '\r\n')}`],
  ['a title', `Ward 3, March\n${PLAIN}`],
  ['a title that is as long as a row', `Ward 3,,\n${PLAIN}`],
  ['thirty lines of title', `${many(30, (i) => `About: thing ${i}`)}\n${PLAIN}`],
  ['thirty lines of title with a comma', `${many(30, (i) => `About the ward, thing ${i}`)}\n${PLAIN}`],
  ['thirty lines of title that are as long as rows', `${many(30, (i) => `About thing ${i},,`)},,\n${PLAIN}`],
  ['units below its names', PLAIN.replace('\n', '\nmg,kg,\n')],
  ['groups above its names', `Given,,Result\n${PLAIN}`],
  ['its names in a comment', `# ${PLAIN}`],
  ['its names in a comment without a space', `#${PLAIN}`],
  ['a comment above its names', `# made by a machine\n# 2024\n${PLAIN}`],
  ['runs of spaces', PLAIN.replaceAll(',', '   ').replace('dose', '  dose')],
  ['runs of spaces and a commented heading, as NumPy', `# ${PLAIN.replaceAll(',', ' ')}`],
  ['runs of spaces and decimal commas', SEMI.replaceAll(';', ' ')],
  ['separators at the end of lines', PLAIN.replaceAll('\n', ',\n')],
  ['a second heading where files were joined', PLAIN.replace('2,7.5', 'dose,weight,ok\n2,7.5')],
  ['rows that were taken out', PLAIN.replace('2,7.5', '#3,2,n\n2,7.5')],
  [
    'ARFF',
    `% made by Weka\n@relation ward\n@attribute dose numeric\n@attribute 'weight' real\n@attribute ok {y, n}\n@data\n${PLAIN.split('\n').slice(1).join('\n')}`,
  ],
])('with %s', async (_, file) => expect(await foundAndJoin(file)).toEqual(plain));

test('with a heading one cell short, as R writes it', async () => {
  const file = PLAIN.split('\n')
    .map((line, i) => (i === 0 || line === '' ? line : `${i},${line}`))
    .join('\n');
  const { x, ...about } = plain;
  expect(await foundAndJoin(file)).toMatchObject({ ...about, names: ['column 1', ...plain.names] });
  expect(x).not.toEqual([]);
});

test('with colours that begin with #', async () => {
  const found = await foundAndJoin('colour,weight,ok\n#f00,3.5,y\n#0f0,2.5,n\n#f00,7.5,y\n#0f0,1.5,n\n');
  expect(found).toMatchObject({ names: ['colour', 'weight', 'ok'], answers: ['n', 'y'], rows: 4, joined: 4 });
});

test.each([
  ['a # for a name', '#,weight,ok', ['#', 'weight', 'ok']],
  [
    'a question for a name',
    'How many hours do you sleep in a usual night when nothing disturbs you?,b,ok',
    ['How many hours do you sleep in a usual night when nothing distur', 'b', 'ok'],
  ],
  ['a nameless column', 'dose,,ok', ['dose', 'column 2', 'ok']],
  ['one name twice', 'a,A,ok', ['a', 'A (2)', 'ok']],
  ['long names that begin alike', `${'x'.repeat(70)}a,${'x'.repeat(70)}b,ok`, ['x'.repeat(64), `${'x'.repeat(60)} (2)`, 'ok']],
])('with %s', async (_, heading, names) => {
  expect(await foundAndJoin(PLAIN.replace('dose,weight,ok', heading))).toEqual({ ...plain, names });
});

test.each(['#N/A', '#DIV/0!', '\\N', '(null)', 'missing', 'n.a.', '*'])('with %s for gaps', async (gap) => {
  const found = await foundAndJoin(`dose,weight,ok\n${many(40, (i) => `${i % 9 === 4 ? gap : i % 7},${i / 2},${'yn'[i % 2]}`)}`);
  expect(found).toMatchObject({ rows: 40, joined: 40, left: [] });
});
