/** What people asked for whose answer is a number: it was lacking, and columns of amounts became classes. */
import { numberAnswerOf, type TableTask } from '#protocol/manifest/task';
import { FEDERATION, modelFile, openLab } from '#workers/lab/lab.fixture';
import { loadRows } from '#workers/loader/source';
import { numberManifestFixture } from '#workers/manifest.fixture';
import { unwrap } from '#workers/answered';
import { answerFor, columnsOf, EMPTY_FORM, taskOf } from '../../web/state/founding/founding-form.ts';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import type { Case } from './case.ts';

/** Ages of people, written with a comma. */
const AGES = Array.from({ length: 60 }, (_, i) => `${i % 2};0;${20 + ((i * 7) % 50)},5`);

export const cases: readonly Case[] = [
  {
    name: 'a-number-to-learn',
    finding: 'regression is lacking: an answer can only be one of a few',
    right: { label: 'number', inside: true, answers: [-0.5, 0.4, 1.5] },
    async run() {
      const guess = inferSchema(await readSample(new File([['x;y;age', ...AGES].join('\n')], 'ages.csv')));
      const columns = columnsOf(guess);
      const task = taskOf({ ...EMPTY_FORM, source: 'file', columns, label: 2, answer: answerFor(columns[2]) }) as TableTask;
      const number = numberAnswerOf(task);
      // A unit is 5, counted from 30; gaps and words leave their row out.
      const file = 'x;y;age\n0;0;27,5\n0;1;32\n1;0;37,5\n1;1;n/a\n1;1;old';
      const { rows } = await loadRows({ table: file, synthetic: false }, numberManifestFixture(), 0);
      return {
        label: number === null ? 'classes' : 'number',
        inside: number !== null && number.min <= 20.5 && number.max >= 69.5,
        answers: Array.from(rows.y, (y) => Number(y.toFixed(6))),
      };
    },
  },
  {
    name: 'a-number-with-its-range',
    finding: 'a prediction says nothing of how far it may be off',
    right: { value: 30, interval: [25, 35], rows: 20 },
    async run() {
      const body = { ...numberManifestFixture(), model: { kind: 'mlp' as const, hidden: [], activation: 'tanh' as const, seed: 'test' } };
      const lines = Array.from({ length: 400 }, (_, i) => `${i / 400};0;${i % 2 === 0 ? 25 : 35}`);
      const kept = await loadRows({ table: ['x;y;age', ...lines].join('\n'), synthetic: false }, body, 0.5);
      const heldOut = { x: kept.heldOut.x.slice(0, 40), y: kept.heldOut.y.slice(0, 20) };
      const lab = openLab({ keptRows: async () => ({ ...kept, heldOut }) });
      unwrap(await lab.open(FEDERATION, body, modelFile(body, [0, 0, 0]), null));
      const told = unwrap(await lab.predict({ cells: { x: '0', y: '0' } }));
      if (!('value' in told) || told.interval === null) return told;
      return { value: told.value, interval: [told.interval.low, told.interval.high], rows: told.interval.rows };
    },
  },
];
