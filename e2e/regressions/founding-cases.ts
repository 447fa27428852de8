/** What founders met: what is proposed for a table, what a person's rows cost together, and what the form makes of it. */
import { sigmaByRenyi } from '#protocol/privacy/calibration';
import { epsilonOfRows } from '#protocol/privacy/several-rows';
import { classesOf, numberAnswerOf, type TableTask } from '#protocol/manifest/task';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import { typicalCells } from '#workers/lab/typical';
import { loadTable } from '#workers/loader/table/table';
import { gapQuestions, repeatedUnit } from '../../web/state/founding/founding-findings.ts';
import { answerFor, columnsOf, EMPTY_FORM, taskOf, type FoundingForm } from '../../web/state/founding/founding-form.ts';
import type { Case } from './case.ts';

/** The form of the page for a sample, untouched. */
async function formOf(text: string): Promise<FoundingForm> {
  const guess = inferSchema(await readSample(new File([text], 'sample.csv')));
  const columns = columnsOf(guess);
  const { group, label } = guess;
  return {
    ...EMPTY_FORM,
    source: 'file',
    columns,
    label,
    answer: answerFor(columns[label]),
    ...(group === null ? {} : { group: { column: group.column, rowsMax: String(group.rowsMax), seen: group } }),
  };
}

const tableOf = (form: FoundingForm) => taskOf(form) as TableTask;
const rows = (n: number, row: (i: number) => string) => Array.from({ length: n }, (_, i) => row(i)).join('\n');
const changed = (form: FoundingForm, place: number, change: Partial<FoundingForm['columns'][number]>): FoundingForm => ({
  ...form,
  columns: form.columns.map((column, i) => (i === place ? { ...column, ...change } : column)),
});

/** Air of which every tenth value was not taken. */
const AIR = `CO,glucose,ok\n${rows(200, (i) => `${i % 10 === 0 ? -200 : ((i * 7) % 90) / 10},${i % 8 === 0 ? 0 : 70 + ((i * 11) % 90)},${'ny'[i % 2]}`)}\n`;
/** Steps of people, thirty rows each, and how much they weigh. */
const STEPS = `user,steps,weight\n${rows(600, (i) => `${1000 + (i % 20)},${(i * 37) % 9000},${50 + ((i * 13) % 49)}`)}\n`;
const QUESTION = 'How many hours do you sleep in a usual night when nothing disturbs you?';

export const cases: readonly Case[] = [
  {
    name: 'sentinels-are-asked-about',
    finding: '-200 and zeros where zero is impossible stretch ranges without a remark',
    right: {
      asked: [
        ['CO', -200],
        ['glucose', 0],
      ],
      lowestBefore: -200,
      ranges: [0, 9, 70, 160],
      filled: [20, 25],
    },
    async run() {
      let form = await formOf(AIR);
      const [lowestBefore] = rangesIn(tableOf(form));
      const asked = gapQuestions(form);
      for (const { place, asGap } of asked) form = changed(form, place, asGap);
      const { report } = await loadTable(AIR, tableOf(form), 1000);
      const filled = ['CO', 'glucose'].map(
        (name) => report.findings.find(({ code, column }) => code === 'missing' && column === name)?.count,
      );
      const ranges = rangesIn(tableOf(form));
      return { asked: asked.map(({ name, value }) => [name, value]), lowestBefore, ranges, filled };
    },
  },
  {
    name: 'a-user-who-repeats-is-a-group',
    finding: 'repeating identifiers become inputs, although they are the natural group',
    right: { user: 'ignored', group: { column: 'user', rowsMax: 32 }, said: [30, true] },
    async run() {
      const form = await formOf(STEPS);
      const { columns, group } = tableOf(form);
      const unit = repeatedUnit(form);
      return { user: columns[0]!.kind, group, said: [unit?.rows, unit?.together] };
    },
  },
  {
    name: 'an-answer-of-49-numbers',
    finding: 'an answer with 49 numeric values becomes 49 classes with “Training copes with it”',
    right: { classes: 0, range: [50, 100] },
    async run() {
      const task = tableOf(await formOf(STEPS.replace('weight', 'target')));
      const number = numberAnswerOf(task);
      return { classes: classesOf(task).length, range: [number?.min, number?.max] };
    },
  },
  {
    name: 'what-150-rows-cost-a-person',
    finding: 'with 150 rows a person, ε = 1 a row is about 959 for the person; nobody said so',
    right: { below: true, above: true },
    async run() {
      const goal = { epsilon: 1, delta: 1e-5, rate: 1, rounds: 20 };
      const person = epsilonOfRows({ ...goal, sigma: sigmaByRenyi(goal) }, 150, goal.delta);
      return { below: person < 1000, above: person > 800 };
    },
  },
  {
    name: 'typical-values-are-proposed',
    finding: 'founding proposes no typical value for tables, and ranges of all that came',
    right: { min: 0, max: 40, typical: 20 },
    async run() {
      // From 0 to 40, and one of 512.
      const fares = `fare,ok\n${rows(201, (i) => `${i === 7 ? 512 : (i * 7) % 41},${'ny'[i % 2]}`)}\n`;
      const [column] = tableOf(await formOf(fares)).columns;
      const { min, max, typical } = column as Extract<typeof column, { kind: 'number' }>;
      return { min, max, typical };
    },
  },
  {
    name: 'try-begins-with-typical-values',
    finding: '“Typical values” in Try are midranges (rain 6 mm), so the first prediction is absurd',
    right: { public: { rain: '0.2' }, none: { rain: '0.5' } },
    async run() {
      const task: TableTask = {
        kind: 'table',
        columns: [{ kind: 'number', name: 'rain', min: 0, max: 15, typical: 0.5 }],
        label: { name: 'late', classes: ['no', 'yes'] },
        picture: null,
      };
      const { rows: read } = await loadTable('rain,late\n0,no\n0.2,no\n0.2,yes\n3,yes\n14,yes\n0,no\n', task, 9);
      return { public: typicalCells(task, read.x), none: typicalCells(task, null) };
    },
  },
  {
    name: 'a-renamed-column-is-found',
    finding: 'a long heading is published under a name that the loader does not find; the page offers no renaming',
    right: { name: 'sleep', rows: 4 },
    async run() {
      const file = `${QUESTION},ok\n7,y\n6,n\n8.5,y\n5,n\n`;
      const form = changed(await formOf(file), 0, { name: 'sleep' });
      const { rows: read } = await loadTable(file, tableOf(form), 9);
      return { name: tableOf(form).columns[0]!.name, rows: read.y.length };
    },
  },
  {
    name: 'dates-are-inputs',
    finding: 'asked for: dates as inputs',
    right: { kind: 'date', weekday: true, hour: true, rows: 40, inputs: 10 },
    async run() {
      const file = `when,ok\n${rows(40, (i) => `${1 + (i % 28)}.${1 + (i % 6)}.24 ${i % 24}:00,${'ny'[i % 2]}`)}\n`;
      const task = tableOf(await formOf(file));
      const { rows: read } = await loadTable(file, task, 99);
      const [column] = task.columns;
      const { kind, weekday, hour } = column as Extract<typeof column, { kind: 'date' }>;
      return { kind, weekday, hour, rows: read.y.length, inputs: read.x.length / read.y.length };
    },
  },
];

function rangesIn({ columns }: TableTask): readonly number[] {
  return columns.flatMap((column) => (column.kind === 'number' ? [column.min, column.max] : []));
}
