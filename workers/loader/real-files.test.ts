/** Published files, not edited. They are not part of the project; without them, the tests are skipped. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { TableTask } from '#protocol/manifest/task';
import { dataFile, skippedWithout } from '../../scripts/data-place.ts';
import type { SetName } from '../../scripts/public-data.ts';
import { ADULT_TASK } from './adult.fixture.ts';
import { loadTable } from './table/table.ts';

const fileOf = async (set: SetName, name: string) => {
  const bytes = await readFile(dataFile(set, name)).catch(() => null);
  return bytes === null ? null : new File([bytes], name);
};
const [train, test] = await Promise.all(['adult-train.csv', 'adult-test.csv'].map((name) => fileOf('adult', name)));
const titanic = await fileOf('titanic', 'titanic.csv');
const why = (file: File | null | undefined, set: SetName) => (file == null ? ` (${skippedWithout(set)})` : '');

const TITANIC: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'category', name: 'pclass', values: ['1', '2', '3'] },
    { kind: 'category', name: 'sex', values: ['male', 'female'] },
    { kind: 'number', name: 'age', min: 0, max: 80, typical: 28, missing: 'fill' },
    { kind: 'number', name: 'sib_sp', min: 0, max: 8, typical: 0 },
    { kind: 'number', name: 'parch', min: 0, max: 6, typical: 0 },
    { kind: 'number', name: 'fare', min: 0, max: 300, typical: 15 },
    { kind: 'category', name: 'embarked', values: ['S', 'C', 'Q'], others: true },
  ],
  label: { name: 'survived', classes: ['0', '1'] },
  picture: null,
};

describe.skipIf(train == null || test == null)(`UCI Adult${why(train, 'adult')}`, () => {
  it('training file: every row is read, and gaps are reported by column', async () => {
    const { rows, report } = await loadTable(train!, ADULT_TASK, 40_000);
    expect(rows.y.length).toBe(32_561);
    expect(report.classCounts).toEqual([24_720, 7841]);
    const missing = report.findings.filter(({ code }) => code === 'missing').map(({ column, count }) => [column, count]);
    expect(missing).toEqual([
      ['occupation', 1843],
      ['workclass', 1836],
      ['native-country', 583],
    ]);
    expect(report.findings.map(({ code }) => code)).toEqual(['missing', 'missing', 'missing', 'duplicates', 'no-header']);
    expect(report.findings.find(({ code }) => code === 'duplicates')!.count).toBe(24);
  });

  it('test file: its labels end with a full stop, and match all the same', async () => {
    const { rows, report } = await loadTable(test!, ADULT_TASK, 40_000);
    expect(rows.y.length).toBe(16_281);
    expect(report.classCounts).toEqual([12_435, 3846]);
    expect(report.findings.find(({ code }) => code === 'label-written')).toMatchObject({ count: 16_281, got: "'<=50K.'", readAs: '<=50K' });
    expect(report.findings.filter(({ action }) => action === 'left-out')).toEqual([]);
  });

  it('has more rows than one member may bring: a part of them keeps the shares of classes', async () => {
    await expect(loadTable(train!, ADULT_TASK, 5000)).rejects.toMatchObject({ code: 'rows-too-many', detail: { got: '32561' } });
    const { rows, report } = await loadTable(train!, ADULT_TASK, 5000, { part: 1 / 8 });
    expect(Math.abs(rows.y.length - 32_561 / 8)).toBeLessThan(5 * Math.sqrt(32_561 * (1 / 8) * (7 / 8)));
    expect(Math.abs(report.classCounts[1]! / rows.y.length - 7841 / 32_561)).toBeLessThan(5 * Math.sqrt((0.24 * 0.76) / rows.y.length));
  });
});

describe.skipIf(titanic == null)(`Titanic${why(titanic, 'titanic')}`, () => {
  it('is read by its header, quoted names and missing ages included', async () => {
    const { rows, report } = await loadTable(titanic!, TITANIC, 1000);
    expect(rows.y.length).toBe(891);
    expect(report).toMatchObject({ name: 'titanic.csv', columns: 12, hasHeader: true, classCounts: [549, 342] });
    expect(report.findings.filter(({ action }) => action === 'left-out')).toEqual([]);
    const read = report.findings.filter(({ code }) => code === 'missing' || code === 'clamped');
    expect(read.map(({ code, column, count }) => [code, column, count])).toEqual([
      ['missing', 'age', 177],
      ['clamped', 'fare', 3],
      ['missing', 'embarked', 2],
    ]);
    expect(report.findings.find(({ code }) => code === 'columns-unread')).toMatchObject({
      count: 4,
      got: "'PassengerId', 'Name', 'Ticket', 'Cabin'",
    });
  });
});
