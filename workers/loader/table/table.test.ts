import { describe, expect, it } from 'vitest';
import { MeshError, type ErrorCode } from '#protocol/errors';
import { DATA_FILE_BYTES_MAX, DATA_ROW_CHARS_MAX } from '#protocol/limits';
import type { TableTask } from '#protocol/manifest/task';
import type { Finding } from '../../api.ts';
import { digestOf, rowDigests } from '../digest.ts';
import { storedRows } from '../lines/stored-rows.ts';
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
const GOOD_X = [-1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0];
const lines = (...rows: string[]) => rows.join('\n');
const load = (source: Blob | string, rowsMax = 1000, task = TASK) => loadTable(source, task, rowsMax);
const bytes = (...values: number[]) => new Blob([new Uint8Array(values)]);
const latin1 = (text: string) => new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))]);
const utf16 = (text: string, little: boolean, mark: boolean) => {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return bytes(...[...(mark ? [0xfeff] : []), ...units].flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])));
};

async function refusal(source: Blob | string, rowsMax = 1000): Promise<MeshError> {
  const result = await load(source, rowsMax).catch((error: unknown) => error);
  if (!(result instanceof MeshError)) throw new Error(`expected a MeshError, got ${String(result)}`);
  return result;
}

const about = (findings: readonly Finding[], code: Finding['code']) => findings.filter((finding) => finding.code === code);
const only = (findings: readonly Finding[], code: Finding['code']): Finding => {
  const [first, ...more] = about(findings, code);
  if (first === undefined || more.length > 0) throw new Error(`expected one ${code}, got ${JSON.stringify(findings)}`);
  return first;
};

describe('a file that is fine', () => {
  it('is read by position without a header, which is reported', async () => {
    const { rows, report } = await load(lines(...GOOD));
    expect([...rows.x]).toEqual(GOOD_X);
    expect([...rows.y]).toEqual([0, 1, 1]);
    expect(rows.units).toBeUndefined();
    const findings = [{ code: 'no-header', action: 'kept', column: null, count: 1, rows: [], expected: null, got: null, readAs: null }];
    expect(report).toEqual({ name: 'table', columns: 3, classCounts: [1, 2], hasHeader: false, findings, synthetic: false });
  });

  it('is read by name with a header: any order, any case, more columns than needed', async () => {
    const { rows, report } = await load(lines('id, RENTED ,Weather,hours', '1,no,dry,0', '2,yes,snow,16', '3,yes,dry,8'));
    expect([...rows.x]).toEqual(GOOD_X);
    expect([...rows.y]).toEqual([0, 1, 1]);
    expect(report).toMatchObject({ hasHeader: true, columns: 4 });
    expect(only(report.findings, 'columns-unread')).toMatchObject({ action: 'kept', count: 1, got: "'id'" });
    const respelt = { count: 3, rows: [1], column: null, got: "'hours', 'Weather', 'RENTED'", readAs: "'Hours', 'weather', 'rented'" };
    expect(only(report.findings, 'header-written')).toMatchObject(respelt);
  });

  it('may have a header in single quotes: columns are found by name, not by order', async () => {
    const { rows, report } = await load(lines("'rented','weather','hours'", "'no','dry','0'", "'yes','snow','16'", "'yes','dry','8'"));
    expect([...rows.x]).toEqual(GOOD_X);
    expect(report).toMatchObject({ hasHeader: true, columns: 3 });
  });

  it.each([
    ['semicolons and quotes', 'hours;weather;rented\n0;dry;no\n16;"rain; schön";yes\n', ';'],
    ['tabs', '0\tdry\tno\n16\train; schön\tyes', '\t'],
    ['bars and Windows line ends', '0|dry|no\r\n16|rain; schön|yes\r\n', '|'],
    ['a byte order mark, spaces and blank lines', '\ufeffhours, weather, rented\n\n0, dry, no\n  \n16, rain; schön , yes', ','],
    ['comments', '# the last cell is the class, "they" say\n0,dry,no\n# between\n16,rain; schön,yes\n', ','],
    ['a separator at the end of the line', '0,dry,no,\n16,rain; schön,yes,\n', ','],
    ['separators at the end of Windows lines', '0,dry,no,\r\n16,rain; schön,yes,\r\n', ','],
    ['old Mac line ends', '0,dry,no\r16,rain; schön,yes', ','],
    ['quotes at the end of a file without a last line end', '"0","dry","no"\r\n"16","rain; schön","yes"\r', ','],
    ['a header in a comment, as NumPy writes it', '# hours,weather,rented\n0,dry,no\n16,rain; schön,yes', ','],
    ['a title above its header', 'Rentals of the year\n\nhours,weather,rented\n0,dry,no\n16,rain; schön,yes', ','],
    ['a title and no header', '|1x3 Cross validator\n0,dry,no\n16,rain; schön,yes', ','],
    ['a second header where two files were joined', 'hours,weather,rented\n0,dry,no\nhours,weather,rented\n16,rain; schön,yes', ','],
  ])('may have %s', async (_, text, separator) => {
    for (const source of [text, new Blob([text])]) {
      const { rows, report } = await load(source);
      expect([...rows.x]).toEqual([-1, 1, 0, 0, 1, 0, 1, 0]);
      expect([...rows.y]).toEqual([0, 1]);
      expect(about(report.findings, 'separator')).toHaveLength(separator === ',' ? 0 : 1);
    }
  });

  it('may have quoted cells with separators, line ends and quotes in them', async () => {
    const task: TableTask = {
      ...TASK,
      columns: [TASK.columns[0]!, { kind: 'category', name: 'w', values: ['a,b', 'two lines', 'say "so"'] }],
    };
    const { rows, report } = await load('1,"a,b",no\n2,"two\nlines",yes\n3,"say ""so""",no\nx,"a,b",no\n', 10, task);
    expect([...rows.y]).toEqual([0, 1, 0]);
    expect([...rows.x].filter((_, i) => i % 4 !== 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(only(report.findings, 'value-type').rows).toEqual([4]); // a cell of two lines is one row of a spreadsheet
  });

  it('takes its name from the file and is synthetic only if told', async () => {
    const { report } = await loadTable(new File([lines(...GOOD)], 'mine.csv'), TASK, 10, { synthetic: true });
    expect(report).toMatchObject({ name: 'mine.csv', synthetic: true });
  });

  it.each(['\n', '\r\n', '\r'])(
    'is the same for every chunk size: rows, quotes, letters and line ends %j may cross a piece',
    async (end) => {
      const cells = ['dry', 'rain; schön', 'snow'];
      const all = Array.from({ length: 90_000 }, (_, i) => {
        const weather = i % 1000 < 500 ? cells[i % 3]! : `"${cells[i % 3]!}"`;
        return `${i % 17},${weather},${i % 2 ? 'yes' : 'no'}`;
      });
      const { rows } = await load(new Blob([['# a comment', ...all].join(end)]), 90_000);
      expect(rows.y.length).toBe(90_000);
      const { x, y } = rows;
      const wrong = all.findIndex((_, i) => x[i * 4] !== Math.fround((i % 17) / 8 - 1) || x[i * 4 + 1 + (i % 3)] !== 1 || y[i] !== i % 2);
      expect(wrong).toBe(-1);
    },
  );
});

describe('encodings', () => {
  const text = 'hours,weather,rented\n0,dry,no\n16,rain; schön,yes\n';
  it.each([
    ['UTF-8', new Blob([text]), undefined],
    ['UTF-16, little end first, with a mark', utf16(text, true, true), 'UTF-16'],
    ['UTF-16, big end first, with a mark', utf16(text, false, true), 'UTF-16'],
    ['UTF-16, little end first, without a mark', utf16(text, true, false), 'UTF-16'],
    ['UTF-16, big end first, without a mark', utf16(text, false, false), 'UTF-16'],
    ['Latin-1', latin1(text), 'Windows-1252'],
    ['Latin-1 whose first odd byte comes late', latin1(`0,dry,no\n${'1,dry,no\n'.repeat(200_000)}${text.slice(21)}`), 'Windows-1252'],
    [
      'UTF-8 with one damaged letter',
      new Blob([`${text}1,rain; schön,no\n`, bytes(0x33, 0x2c, 0xff, 0x2c, 0x6e, 0x6f)]),
      'UTF-8 with damaged letters',
    ],
  ])('%s is read', async (_, source, named) => {
    const { rows, report } = await load(source, 300_000);
    const schoen = rows.x.findIndex((v, i) => i % 4 === 2 && v === 1) - 2;
    expect([...rows.x.subarray(schoen, schoen + 4), rows.y[schoen / 4]]).toEqual([1, 0, 1, 0, 1]);
    expect(about(report.findings, 'encoding').map(({ action, readAs }) => [action, readAs])).toEqual(
      named === undefined ? [] : [['read-as', named]],
    );
  });
});

describe('the digest', () => {
  const digest = async (...all: string[]) => {
    const { rows } = await load(lines(...all));
    return digestOf(rowDigests(storedRows(rows)));
  };

  it('is the same for the same rows in another order or spelling', async () => {
    const first = await digest(...GOOD);
    expect(await digest(...GOOD.toReversed())).toBe(first);
    expect(await digest('rented,hours,weather', 'no,0.0,dry', 'yes,1.6e1,SNOW', 'Yes,-0,dry'.replace('-0', '8'))).toBe(first);
    expect(await digest('-0,dry,no', ...GOOD.slice(1))).toBe(first);
  });

  it('differs if a cell, a label or the number of equal rows differs', async () => {
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
  it('are left out, named and counted, as long as they are a minority', async () => {
    const { report, rows } = await load(
      lines(
        'hours,weather,rented',
        'x,dry,no',
        ...GOOD,
        '1,dry,perhaps',
        '1,dry',
        '1,dry,no,more',
        '2024-05-01,dry,no',
        '1,,no',
        ...GOOD,
        '1,hail,no',
        ...GOOD,
      ),
    );
    expect(rows.y.length).toBe(9);
    const left = report.findings.filter(({ action }) => action === 'left-out');
    expect(Object.fromEntries(left.map(({ code, rows: at }) => [code, at]))).toEqual({
      'value-type': [2, 9],
      'column-count': [7, 8],
      'label-unknown': [6],
      missing: [10],
      'category-unknown': [14],
    });
    expect(only(left, 'value-type')).toMatchObject({ column: 'Hours', count: 2, expected: 'a number', got: "'x'" });
    expect(only(left, 'column-count')).toMatchObject({ column: null, expected: '3 columns', got: '2' });
    expect(only(left, 'missing')).toMatchObject({ column: 'weather', got: 'nothing', expected: 'one of dry, rain; schön, snow' });
  });

  it('name a date where a number was expected', async () => {
    const { report } = await load(lines(...GOOD, '2024-05-01,dry,no'));
    expect(only(report.findings, 'value-type')).toMatchObject({ expected: 'a number', got: "the date '2024-05-01'" });
  });

  it('are all counted, and the first five named', async () => {
    const { report } = await load(lines(...Array.from({ length: 20 }, () => GOOD).flat(), ...Array.from({ length: 50 }, () => 'x,dry,no')));
    expect(only(report.findings, 'value-type')).toMatchObject({ count: 50, rows: [61, 62, 63, 64, 65] });
  });

  it('refuse the file with the first problem if they are more than half', async () => {
    const error = await refusal(lines('1,dry,perhaps', ...GOOD, 'x,dry,no', 'x,dry,no', 'x,dry,no'));
    expect(error).toMatchObject({ code: 'label-unknown', detail: { row: 1, field: 'rented' } });
  });

  it('are not those with numbers out of range, which are moved to its end and counted', async () => {
    const { rows, report } = await load(lines(...GOOD, '99,dry,no', '-3,dry,no'));
    expect([rows.x[12], rows.x[16]]).toEqual([1, -1]);
    expect(only(report.findings, 'clamped')).toMatchObject({
      action: 'read-as',
      column: 'Hours',
      count: 2,
      rows: [4, 5],
      got: "'99'",
      expected: '0 to 16',
      readAs: '16',
    });
  });

  it('report nothing odd about their other cells', async () => {
    const { report } = await load(lines(...GOOD, '99,DRY,perhaps'));
    expect(report.findings.map(({ code }) => code)).toEqual(['label-unknown', 'no-header']);
  });

  it('keep the report short however many columns are odd', async () => {
    const wide: TableTask = {
      ...TASK,
      columns: Array.from({ length: 900 }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: 0, max: 1 })),
    };
    const { report } = await load(lines(`${'2,'.repeat(900)}no`, `${'2,'.repeat(900)}yes`), 10, wide);
    expect(report.findings.length).toBeLessThanOrEqual(201);
  });
});

describe('a file that is refused', () => {
  const cases: [string, string | Blob, ErrorCode, object][] = [
    ['is empty', '', 'file-empty', {}],
    ['has only comments', '# a\n\n#b', 'file-empty', {}],
    ['has only a header', 'hours,weather,rented\n', 'rows-too-few', {}],
    ['lacks a column', 'hours,rented\n1,no', 'column-missing', { field: 'weather' }],
    ['lacks the label in its header', 'hours,weather,bought\n1,dry,no', 'column-missing', { field: 'rented' }],
    ['has too many columns and no header', '7,0,dry,no\n8,1,dry,yes', 'column-count', { row: 1, got: '4' }],
    ['is a picture', bytes(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13), 'file-binary', {}],
    ['is not text in any encoding', new Blob([new Uint8Array(5000).map((_, i) => 128 + (i % 64))]), 'file-binary', {}],
    ['has a quote that is open at the end', '0,dry,no\n1,"dry,yes\n2,dry,no', 'field-invalid', { row: 2, expected: 'a closing quote' }],
  ];
  it.each(cases)('%s', async (_, source, code, detail) => {
    const error = await refusal(source);
    expect(error.code).toBe(code);
    expect(error.detail).toMatchObject(detail);
  });

  it('is too large, with no byte of it read', async () => {
    const huge = {
      size: DATA_FILE_BYTES_MAX + 1,
      slice: () => {
        throw new Error('was read');
      },
    } as unknown as Blob;
    expect(await refusal(huge)).toMatchObject({ code: 'file-too-large', detail: { expected: 'at most 512 MB', got: '513 MB' } });
  });

  it('has a quote that never closes, and is not read to its end', async () => {
    const text = `0,dry,no\n1,"${'x,y\n'.repeat(DATA_ROW_CHARS_MAX)}`;
    expect(await refusal(new Blob([text]))).toMatchObject({ code: 'field-invalid', detail: { row: 2 } });
  });
});

it('a column is found by its name or its heading, in any spelling', async () => {
  const task: TableTask = {
    kind: 'table',
    columns: [
      { kind: 'number', name: 'sleep', heading: 'How many hours do you sleep?', min: 0, max: 12 },
      { kind: 'ignored', name: 'note', heading: 'Anything else?' },
    ],
    label: { name: 'tired', heading: 'Are you tired?', classes: ['no', 'yes'] },
    picture: null,
  };
  for (const header of ['How many hours do you sleep?,Are you tired?', 'are_you tired?,how-many hours do you sleep?', 'tired,sleep']) {
    const [first] = header.split(',');
    const rows = /tired/.test(first!) ? 'yes,6\nno,9\n' : '6,yes\n9,no\n';
    const { rows: read } = await loadTable(`${header}\n${rows}`, task, 10);
    expect([[...read.x], [...read.y]]).toEqual([
      [0, 0.5],
      [1, 0],
    ]);
  }
});
