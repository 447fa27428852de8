import { describe, expect, it } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { networkOf } from './manifest.ts';
import { parseManifestBody } from './open.ts';
import {
  checkTask,
  classesOf,
  columnWidth,
  inputWidth,
  numberAnswerOf,
  outputsOf,
  pictureOf,
  typicalOf,
  unitRowsMax,
  type ImageTask,
  type TableTask,
} from './task.ts';

const TABLE: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 100, missing: 'fill' },
    { kind: 'number', name: 'fare', min: 0, max: 10 },
    { kind: 'category', name: 'class', values: ['1', '2', '3'], others: true },
    { kind: 'ignored', name: 'family' },
  ],
  label: { name: 'lived', classes: ['0', '1'], place: 1 },
  picture: null,
};
const IMAGE: ImageTask = {
  kind: 'image',
  width: 8,
  height: 6,
  colour: 'rgb',
  background: 'none',
  label: { name: 'leaf', classes: ['oak', 'elm'] },
};
const refused = (task: object) => () => checkTask({ ...TABLE, ...task } as TableTask);
const field = (name: string) =>
  expect.objectContaining({ code: 'field-invalid', detail: expect.objectContaining({ field: `task.${name}` }) });

describe('a task', () => {
  it('has an input for each number, one more where it may be missing, one for each category value, none for what is not read', () => {
    expect(TABLE.columns.map(columnWidth)).toEqual([2, 1, 3, 0]);
    expect(inputWidth(TABLE)).toBe(6);
    expect(inputWidth(IMAGE)).toBe(8 * 6 * 3);
    expect(() => checkTask(TABLE)).not.toThrow();
  });

  it('is one of pictures when its columns are pixels, or it says so', () => {
    expect(pictureOf(TABLE)).toBeNull();
    expect(pictureOf(IMAGE)).toMatchObject({ width: 8, height: 6, colour: 'rgb' });
    const pixels = Array.from({ length: 4 }, (_, i) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: 1 }));
    expect(pictureOf({ ...TABLE, columns: pixels, picture: { width: 2, height: 2 } })).toMatchObject({ colour: 'grey' });
    expect(refused({ columns: pixels, picture: { width: 2, height: 3 } })).toThrowError(field('picture'));
    const gaps = pixels.slice(0, 2).map((column) => ({ ...column, missing: 'fill' as const }));
    expect(refused({ columns: gaps, picture: { width: 2, height: 2 } })).toThrowError(field('picture'));
  });

  it('is refused by the field that is wrong', () => {
    expect(refused({ columns: [{ kind: 'ignored', name: 'a' }] })).toThrowError(field('columns'));
    expect(refused({ columns: [{ kind: 'category', name: 'a', values: ['x'] }] })).toThrowError(field('columns.0.values'));
    expect(refused({ label: { name: 'lived', classes: ['0', '1'], place: 5 } })).toThrowError(field('label.place'));
    expect(refused({ group: { column: 'nobody', rowsMax: 4 } })).toThrowError(field('group.column'));
    expect(refused({ group: { column: 'family', rowsMax: 6 } })).not.toThrow();
  });

  it('reads dates by their parts, of which there is at least one', () => {
    const when = { kind: 'date' as const, name: 'when' };
    const widths = [
      columnWidth({ ...when, from: '2020-01-01', to: '2024-12-31' }),
      columnWidth({ ...when, weekday: true, hour: true, missing: 'fill' }),
    ];
    expect(widths).toEqual([1, 10]);
    expect(refused({ columns: [when] })).toThrowError(field('columns.0'));
    expect(refused({ columns: [{ ...when, from: '2020-01-01' }] })).toThrowError(field('columns.0.from'));
    expect(refused({ columns: [{ ...when, from: '2020-01-01', to: '2019-01-01' }] })).toThrowError(field('columns.0.from'));
    const parsed = (changes: object) => () =>
      parseManifestBody({ ...manifestFixture(), task: { ...TABLE, columns: [{ ...when, hour: true, ...changes }] } });
    expect(parsed({})).not.toThrow();
    expect(parsed({ from: '1.1.2020', to: '2024-01-01' })).toThrowError(field('columns.0.from'));
    expect(parsed({ gaps: Array.from({ length: 17 }, (_, i) => String(i)) })).toThrowError(field('columns.0.gaps'));
    expect(parsed({ gaps: ['x'.repeat(65)] })).toThrowError(field('columns.0.gaps.0'));
    expect(parsed({ heading: 'x'.repeat(257) })).toThrowError(field('columns.0.heading'));
  });

  it('has headings beside names, each of one column', () => {
    const columns = [{ kind: 'number' as const, name: 'hours', heading: 'How long?', min: 0, max: 9 }, ...TABLE.columns];
    expect(refused({ columns })).not.toThrow();
    expect(refused({ columns: [{ ...columns[0], heading: 'AGE' }, ...TABLE.columns] })).toThrowError(field('columns'));
    expect(refused({ columns, label: { ...TABLE.label, heading: 'how long?' } })).toThrowError(field('columns'));
  });

  it('has a number for its answer, one output, and a public range', () => {
    const number = { min: 0, max: 80, typical: 28, loss: 'huber' as const };
    const age: TableTask = { ...TABLE, columns: TABLE.columns.slice(1), label: { name: 'age', number } };
    expect([classesOf(age), outputsOf(age), numberAnswerOf(age), typicalOf(number)]).toEqual([[], 1, number, 28]);
    expect([classesOf(TABLE), outputsOf(TABLE), numberAnswerOf(TABLE), typicalOf({ min: 0, max: 80 })]).toEqual([['0', '1'], 2, null, 40]);
    const body = { ...manifestFixture(), task: age };
    expect(networkOf(parseManifestBody(body)).output.channels).toBe(1);
    const answer = (changes: object) => () => parseManifestBody({ ...body, task: { ...age, label: { name: 'age', ...changes } } });
    for (const wrong of [{ min: 80 }, { max: 0 }]) {
      expect(answer({ number: { ...number, ...wrong } })).toThrowError(field('label.number'));
    }
    expect(answer({ number: { ...number, typical: 81 } })).toThrowError(field('label.number.typical'));
    expect(answer({ number: { ...number, max: Infinity } })).toThrowError(field('label.number.max'));
    expect(answer({ number: { ...number, loss: 'absolute' } })).toThrowError(field('label.number.loss'));
    expect(answer({ classes: ['one'] })).toThrowError(field('label.classes'));
    expect(answer({ number, classes: ['0', '1'] })).toThrowError(field('label'));
    const pixels = [{ kind: 'number' as const, name: 'p', min: 0, max: 1 }];
    expect(refused({ label: age.label, columns: pixels, picture: { width: 1, height: 1 } })).toThrowError(field('picture'));
  });

  it('and its manifest agree on the unit of privacy', () => {
    const base = { ...manifestFixture(), task: TABLE };
    const grouped = { ...TABLE, group: { column: 'family', rowsMax: 8 } };
    const unit = (of: 'example' | 'group') => ({ ...base.privacy, unit: of });
    expect(unitRowsMax(parseManifestBody({ ...base, task: grouped, privacy: unit('group') }).task)).toBe(8);
    expect(() => parseManifestBody({ ...base, task: grouped, privacy: unit('example') })).toThrowError(
      expect.objectContaining({ detail: expect.objectContaining({ field: 'privacy.unit' }) }),
    );
    expect(() => parseManifestBody({ ...base, privacy: unit('group') })).toThrowError(
      expect.objectContaining({ detail: expect.objectContaining({ field: 'privacy.unit' }) }),
    );
  });
});

describe('public ranges', () => {
  it.each([
    [-1e308, 1e308],
    [1e308, 1.7e308],
    [0, 5e-324],
    [-1e-200, 1e-200],
  ])('whose sums, squares or units are no numbers are refused: %d to %d', (min, max) => {
    expect(refused({ columns: [{ kind: 'number', name: 'age', min, max }] })).toThrowError(field('columns.0'));
    const number = { min, max, loss: 'huber' };
    expect(refused({ label: { name: 'lived', number } })).toThrowError(field('label.number'));
    const channels = [{ name: 'x', min, max }];
    const sequence = { kind: 'sequence', channels, length: 4, hop: 4, windowsMax: 1, recording: 'of', label: IMAGE.label };
    expect(() => checkTask(sequence as never)).toThrowError(field('channels.0'));
  });

  it('may be as wide as anything that is measured', () => {
    expect(refused({ columns: [{ kind: 'number', name: 'age', min: -1e99, max: 1e99 }] })).not.toThrow();
    expect(refused({ columns: [{ kind: 'number', name: 'age', min: 1e18, max: 1e18 + 256 }] })).not.toThrow();
  });
});
