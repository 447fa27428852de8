import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MeshError, type ErrorCode } from '#protocol/errors';
import { DATA_FILE_BYTES_MAX, DATA_ROW_CHARS_MAX } from '#protocol/limits';
import type { TableTask } from '#protocol/task';
import { loadTable } from './table.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'Hours', min: 0, max: 16 },
    { kind: 'category', name: 'weather', values: ['dry', 'rain; schön', 'snow'] },
  ],
  label: { name: 'rented', classes: ['no', 'yes'] },
  picture: null,
};
const GOOD = ['0,dry,no', '16,snow,yes', '8,dry,yes'];
const lines = (...rows: string[]) => rows.join('\n');
const load = (source: Blob | string, rowsMax = 1000) => loadTable(source, TASK, rowsMax);

async function refusal(source: Blob | string, rowsMax = 1000): Promise<MeshError> {
  const result = await load(source, rowsMax).catch((error: unknown) => error);
  if (!(result instanceof MeshError)) throw new Error(`expected a MeshError, got ${String(result)}`);
  return result;
}

describe('a file that is fine', () => {
  it('is read by position without a header', async () => {
    const { x, y, report } = await load(lines(...GOOD));
    expect([...x]).toEqual([-1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0]);
    expect([...y]).toEqual([0, 1, 1]);
    expect(report).toEqual({
      name: 'table',
      rows: 3,
      columns: 3,
      classCounts: [1, 2],
      hasHeader: false,
      skipped: [],
      skippedCount: 0,
      clampedCount: 0,
      synthetic: false,
    });
  });

  it('is read by name with a header: any order, any case, more columns than needed', async () => {
    const { x, y, report } = await load(lines('id, RENTED ,Weather,hours', '1,no,dry,0', '2,yes,snow,16', '3,yes,dry,8'));
    expect([...x]).toEqual([-1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0]);
    expect([...y]).toEqual([0, 1, 1]);
    expect(report).toMatchObject({ hasHeader: true, columns: 4 });
  });

  it.each([
    ['semicolons and quotes', 'hours;weather;rented\n0;dry;no\n16;"rain; schön";yes\n'],
    ['tabs', '0\tdry\tno\n16\train; schön\tyes'],
    ['bars and Windows line ends', '0|dry|no\r\n16|rain; schön|yes\r\n'],
    ['a byte order mark, spaces and blank lines', '\ufeffhours, weather, rented\n\n0, dry, no\n  \n16, rain; schön , yes'],
    ['comments', '# the last cell is the class, "they" say\n0,dry,no\n# between\n16,rain; schön,yes\n'],
    ['a separator at the end of the line', '0,dry,no,\n16,rain; schön,yes,\n'],
    ['old Mac line ends', '0,dry,no\r16,rain; schön,yes'],
  ])('may have %s', async (_, text) => {
    for (const source of [text, new Blob([text])]) {
      const { x, y } = await load(source);
      expect([...x]).toEqual([-1, 1, 0, 0, 1, 0, 1, 0]);
      expect([...y]).toEqual([0, 1]);
    }
  });

  it('takes its name from the file and is synthetic only when told', async () => {
    const { report } = await loadTable(new File([lines(...GOOD)], 'mine.csv'), TASK, 10, { synthetic: true });
    expect(report).toMatchObject({ name: 'mine.csv', synthetic: true });
  });

  it('is the same for every size of read: rows, quotes, letters and line ends that cross a piece survive', async () => {
    const filler = '# a comment';
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i % 17},"${['dry', 'rain; schön', 'snow'][i % 3]}",${i % 2 ? 'yes' : 'no'}`);
    const whole = lines(filler, ...rows).replaceAll('\n', '\r\n');
    const { x, y, report } = await load(new Blob([whole]), 60_000);
    expect(report).toMatchObject({ rows: 60_000, skippedCount: 0 });
    const wrong = rows.findIndex((_, i) => x[i * 4] !== Math.fround((i % 17) / 8 - 1) || x[i * 4 + 1 + (i % 3)] !== 1 || y[i] !== i % 2);
    expect(wrong).toBe(-1);
  });
});

describe('the digest', () => {
  const digest = async (...rows: string[]) => (await load(lines(...rows))).digest;

  it('is one for the same rows in another order or spelling', async () => {
    const first = await digest(...GOOD);
    expect(await digest(...GOOD.toReversed())).toBe(first);
    expect(await digest('rented,hours,weather', 'no,0.0,dry', 'yes,1.6e1,snow', 'yes,8,dry')).toBe(first);
  });

  it('is another when a cell, a label or the number of equal rows differs', async () => {
    const all = [
      await digest(...GOOD),
      await digest('1,dry,no', ...GOOD.slice(1)),
      await digest('0,dry,yes', '16,snow,yes', '8,dry,no'),
      await digest(...GOOD, GOOD[0]!),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('bad rows', () => {
  it('are left out, named and counted, as long as they are the smaller part', async () => {
    const { report, y } = await load(lines('hours,weather,rented', 'x,dry,no', ...GOOD, '1,dry,perhaps', '1,dry'));
    expect(y.length).toBe(3);
    expect(report.skippedCount).toBe(3);
    expect(report.skipped).toEqual([
      { row: 2, problem: { code: 'value-type', detail: { row: 2, field: 'Hours', expected: 'a number', got: "'x'" } } },
      { row: 6, problem: { code: 'label-unknown', detail: { row: 6, field: 'rented', expected: 'one of no, yes', got: "'perhaps'" } } },
      { row: 7, problem: { code: 'column-count', detail: { row: 7, expected: 'at least 3 columns', got: '2' } } },
    ]);
  });

  it('are shown for the first twenty only, and counted all', async () => {
    const { report } = await load(lines(...Array.from({ length: 20 }, () => GOOD).flat(), ...Array.from({ length: 50 }, () => 'x,dry,no')));
    expect([report.skipped.length, report.skippedCount]).toEqual([20, 50]);
  });

  it('refuse the file with the first problem when they are more than half', async () => {
    const error = await refusal(lines('1,dry,perhaps', ...GOOD, 'x,dry,no', 'x,dry,no', 'x,dry,no'));
    expect(error).toMatchObject({ code: 'label-unknown', detail: { row: 1, field: 'rented' } });
    expect((await load(lines('1,dry,perhaps', ...GOOD, 'x,dry,no', 'x,dry,no'))).report.skippedCount).toBe(3);
  });

  it('are not those with numbers out of range, which are clamped and counted', async () => {
    const { x, report } = await load(lines(...GOOD, '99,dry,no'));
    expect([x[12], report.clampedCount, report.skippedCount]).toEqual([1, 1, 0]);
  });
});

describe('a file that is refused', () => {
  const cases: [string, string | Blob, ErrorCode, object][] = [
    ['is empty', '', 'file-empty', {}],
    ['has nothing but comments', '# a\n\n#b', 'file-empty', {}],
    ['has a header alone', 'hours,weather,rented\n', 'rows-too-few', {}],
    ['lacks a column', 'hours,rented\n1,no', 'column-missing', { field: 'weather' }],
    ['lacks the label in its header', 'hours,weather,bought\n1,dry,no', 'column-missing', { field: 'rented' }],
    ['has too many columns and no header', '7,0,dry,no\n8,1,dry,yes', 'column-count', { row: 1, got: '4' }],
    ['has one class', '0,dry,no\n1,snow,no', 'one-class', { field: 'rented', got: "only 'no'" }],
    ['is a picture', new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13])]), 'file-binary', {}],
    ['is not UTF-8', new Blob([new Uint8Array(5000).map((_, i) => 128 + (i % 64))]), 'file-binary', {}],
    ['is UTF-16', new Blob([new Uint8Array([0xff, 0xfe, 0x30, 0, 0x2c, 0])]), 'file-binary', {}],
  ];
  it.each(cases)('%s', async (_, source, code, detail) => {
    const error = await refusal(source);
    expect(error.code).toBe(code);
    expect(error.detail).toMatchObject(detail);
  });

  it('has more rows than the manifest allows, and says how many', async () => {
    expect(await refusal(lines(...GOOD, 'x,dry,no'), 2)).toMatchObject({
      code: 'rows-too-many',
      detail: { expected: 'at most 2 rows', got: '4' },
    });
    expect((await load(lines(...GOOD), 3)).y.length).toBe(3);
  });

  it('is too large, without a byte of it read', async () => {
    const huge = {
      size: DATA_FILE_BYTES_MAX + 1,
      slice: () => {
        throw new Error('was read');
      },
    } as unknown as Blob;
    expect(await refusal(huge)).toMatchObject({ code: 'file-too-large', detail: { expected: 'at most 64 MB', got: '65 MB' } });
  });

  it('has a quote that never closes', async () => {
    const text = `0,dry,no\n1,"${'x,y\n'.repeat(DATA_ROW_CHARS_MAX / 2)}`;
    expect(await refusal(new Blob([text]))).toMatchObject({ code: 'field-invalid', detail: { row: 2 } });
  });
});

describe('any file at all', () => {
  const isMeshError = (error: unknown) => {
    if (!(error instanceof MeshError)) throw error;
    return undefined;
  };

  it('is loaded or refused with a MeshError', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        await load(new Blob([data as Uint8Array<ArrayBuffer>])).catch(isMeshError);
      }),
      { numRuns: 300 },
    );
  });

  it('built of likely parts is loaded consistently or refused with a MeshError', async () => {
    const part = fc.constantFrom(
      '0',
      '16',
      '-1e9',
      'dry',
      'snow',
      'no',
      'yes',
      'rented',
      'hours',
      'weather',
      ',',
      ';',
      '\t',
      '|',
      '"',
      '\n',
      '\r\n',
      '\r',
      '#',
      ' ',
      '\ufeff',
      'é',
      '__proto__',
      '1,dry,no\n',
      '2,snow,yes\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 60 }), async (parts) => {
        const table = await load(parts.join(''), 20).catch(isMeshError);
        if (table === undefined) return;
        const { x, y, report } = table;
        expect(x.length).toBe(y.length * 4);
        expect(report.rows).toBe(y.length);
        expect(report.classCounts.reduce((a, b) => a + b)).toBe(y.length);
        expect(x.every((v) => v >= -1 && v <= 1)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
