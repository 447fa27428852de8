import { expect, it } from 'vitest';
import type { ColumnGuess } from '#workers/founding/api';
import { DRAFT_BYTES_MAX, DRAFT_VERSION, draftText } from './founding-draft.ts';
import { EMPTY_FORM, emptyColumn, type ColumnForm, type FoundingForm } from './founding-form.ts';

const guess = (values: readonly string[]): ColumnGuess => ({
  proposed: { kind: 'number', name: 'n', min: 0, max: 255, typical: 0 },
  distinct: values.length,
  missing: 0,
  examples: values.slice(0, 3),
  reason: 'numbers',
  values,
  range: { min: 0, max: 255, typical: 0 },
  dates: null,
  sentinels: [{ value: -200, times: 4, without: { min: 0, max: 255, typical: 0 } }],
});

function table(count: number, digits: number): FoundingForm {
  const values = Array.from({ length: 256 }, (_, i) => String(i).padStart(digits, '0'));
  const columns = Array.from({ length: count }, (_, i) => ({
    ...emptyColumn(`column ${i}`),
    values: values.join('\n'),
    guess: guess(values),
  }));
  return { ...EMPTY_FORM, columns, label: count - 1 };
}

const formOf = (text: string | null) => (JSON.parse(text!) as { form: FoundingForm }).form;

it('a form that nobody touched is no draft', () => {
  expect(draftText(structuredClone(EMPTY_FORM))).toBe('');
  expect(draftText({ ...EMPTY_FORM, name: '' })).not.toBe('');
});

it('of the cells only the answers and a category’s values are kept, with what was found of each column', () => {
  const { columns } = formOf(draftText(table(10, 3)));
  expect(columns.map(({ values }) => values.length > 0)).toEqual([...Array.from({ length: 9 }, () => false), true]);
  expect(columns.map((column) => column.guess!.examples.length)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(columns[0]!.guess).toMatchObject({ distinct: 256, range: { max: 255 }, values: null, sentinels: [] });
  expect(columns[9]!.guess!.values).toHaveLength(256);
});

const category = (values: readonly string[]): ColumnGuess => ({
  ...guess(values),
  proposed: { kind: 'category', name: 'n', values: [...values] },
  reason: 'few-values',
  range: null,
});
const ILLNESSES = ['asthma', 'gout', 'Mr Smith'];
const column = (change: Partial<ColumnForm> = {}): ColumnForm => ({
  ...emptyColumn('n'),
  kind: 'category',
  values: ILLNESSES.join('\n'),
  guess: category(ILLNESSES),
  ...change,
});

it('of a category that is not read no value is kept, and of one that is read none that was deleted', () => {
  const form: FoundingForm = {
    ...EMPTY_FORM,
    columns: [column({ kind: 'ignored' }), column({ values: ' asthma\ngout ' }), column({ kind: 'ignored', values: 'gout\nMr Smith' })],
    label: 2,
  };
  const { columns } = formOf(draftText(form));
  expect(columns.map(({ values }) => values)).toEqual(['', ' asthma\ngout ', 'gout\nMr Smith']);
  expect(columns.map((one) => one.guess!.values)).toEqual([null, ['asthma', 'gout'], ['gout', 'Mr Smith']]);
  expect(columns.map((one) => one.guess!.proposed)).toEqual(
    [[], ['asthma', 'gout'], ['gout', 'Mr Smith']].map((values) => ({ kind: 'category', name: 'n', values })),
  );
  expect(JSON.stringify(columns.slice(0, 2))).not.toContain('Smith');
});

it('of a sample of another kind than the source is nothing is kept', () => {
  const sequence = { ...EMPTY_FORM.sequence, name: 'walks.csv', classes: 'walking\nrunning' };
  const form = { ...EMPTY_FORM, columns: [column(), column()], label: 1, sampleRows: 9, fileName: 'ill.csv', sequence };
  const kept = (source: FoundingForm['source']) => formOf(draftText({ ...form, source }));
  expect(kept('pictures')).toEqual({ ...EMPTY_FORM, source: 'pictures' });
  expect(kept('recordings')).toEqual({ ...EMPTY_FORM, source: 'recordings', sequence });
  expect(kept('file')).toMatchObject({ sequence: EMPTY_FORM.sequence, fileName: 'ill.csv', columns: [{ kind: 'category' }, {}] });
});

it('is never larger than its limit: a wide table is kept without what was found, one of thousands of columns not at all', () => {
  const wide = draftText(table(784, 3))!;
  expect(wide.length * 2).toBeLessThanOrEqual(DRAFT_BYTES_MAX);
  expect(formOf(wide).columns).toHaveLength(784);
  expect(formOf(wide).columns[0]!.guess).toBeNull();
  expect(draftText(table(4000, 3))).toBeNull();
});

it('whoever changes the shape of the form counts its version up, so that a kept draft of the old shape is dropped', () => {
  const shapeOf = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
      : typeof value;
  expect({ version: DRAFT_VERSION, form: shapeOf(EMPTY_FORM), column: shapeOf(emptyColumn('')) }).toMatchInlineSnapshot(`
    {
      "column": {
        "fill": "boolean",
        "from": "string",
        "gaps": "string",
        "guess": "object",
        "heading": "object",
        "hour": "boolean",
        "kind": "string",
        "max": "string",
        "min": "string",
        "name": "string",
        "others": "boolean",
        "settled": "boolean",
        "to": "string",
        "typical": "string",
        "values": "string",
        "weekday": "boolean",
      },
      "form": {
        "answer": "string",
        "columns": "object",
        "consent": "object",
        "description": "object",
        "fileName": "string",
        "fileRows": "number",
        "group": {
          "column": "object",
          "rowsMax": "string",
          "seen": "object",
        },
        "image": {
          "background": "string",
          "centre": "string",
          "classes": "string",
          "colour": "string",
          "height": "string",
          "label": "string",
          "name": "string",
          "pictures": "number",
          "width": "string",
        },
        "invitation": "string",
        "label": "number",
        "name": "object",
        "named": "boolean",
        "pixels": "boolean",
        "policy": {
          "delta": "string",
          "epsilon": "number",
          "members": "string",
          "model": "string",
          "rowsEach": "string",
        },
        "region": "object",
        "rounds": {
          "deadlineS": "string",
          "joinS": "string",
          "max": "string",
          "min": "string",
        },
        "sampleRows": "number",
        "sequence": {
          "backwards": "number",
          "channels": "object",
          "classes": "string",
          "hop": "string",
          "label": "string",
          "length": "string",
          "name": "string",
          "person": "object",
          "rate": "object",
          "recording": "string",
          "recordings": "number",
          "windowsMax": "string",
        },
        "source": "string",
        "test": {
          "open": "boolean",
          "percent": "string",
        },
      },
      "version": 6,
    }
  `);
});
