import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { SequenceTask } from '#protocol/manifest/task';
import { loadRecordingFiles, type AboutRecordings } from './sequence-files.ts';
import { sequenceTask } from '../sequence-task.fixture.ts';
import { refusal } from '#protocol/testing/refusal';

const HEADER = 'walk,x,y,way';
const lines = (id: string, way: string, moments = 8, at = (i: number) => `${(i % 3) / 4},${10 * i}`) =>
  Array.from({ length: moments }, (_, i) => `${id},${at(i)},${way}`);
const text = (...of: readonly (string | readonly string[])[]) => [HEADER, ...of.flat()].join('\n');
const load = (files: string | readonly Blob[], change: Partial<SequenceTask> = {}, about: AboutRecordings = {}, rowsMax = 1000) =>
  loadRecordingFiles(typeof files === 'string' ? [files] : files, sequenceTask(change), rowsMax, about);
const codes = (found: Awaited<ReturnType<typeof load>>) =>
  found.report.findings.map(({ code, action, count }) => `${code} ${action} ${count}`);
const file = (name: string, content: string) => new File([content], name);

describe('a file with all lines', () => {
  test('becomes windows, with recordings as units, in the order of their first lines', async () => {
    const { rows, report } = await load(text(lines('a', 'left'), lines('b', 'right', 4)));
    expect([...rows.y]).toEqual([0, 0, 1]);
    expect([...rows.units!]).toEqual([0, 0, 1]);
    expect([...rows.x.subarray(0, 4)]).toEqual([0, -1, 0.25, Math.fround(-0.8)]);
    expect(report).toMatchObject({ columns: 4, hasHeader: true, classCounts: [2, 1], findings: [] });
  });

  test('gives the same rows and budget names, wherever the lines of another recording stand', async () => {
    const [a, b] = [lines('a', 'left'), lines('b', 'right')];
    const whole = await load(text(a, b));
    const mixed = await load(text(a.flatMap((line, i) => [line, b[i]!])));
    const turned = await load(text(b, a));
    expect(mixed.rows.x).toEqual(whole.rows.x);
    expect(mixed.raw).toEqual(whole.raw);
    expect([...turned.raw!.subarray(16), ...turned.raw!.subarray(0, 16)]).toEqual([...whole.raw!]);
  });

  test('keeps these names with other windows and other names of recordings; another value changes them', async () => {
    const of = async (content: string, change: Partial<SequenceTask> = {}) => [...(await load(content, change)).raw!.subarray(0, 8)];
    const first = await of(text(lines('a', 'left'), lines('b', 'right')));
    expect(await of(text(lines('z', 'left'), lines('b', 'right')), { length: 8, windowsMax: 1 })).toEqual(first);
    expect(
      await of(
        text(
          lines('a', 'left', 8, (i) => `${i === 7 ? 1 : (i % 3) / 4},${10 * i}`),
          lines('b', 'right'),
        ),
      ),
    ).not.toEqual(first);
  });

  test('finds its columns in another order and spelling, and without a header in the order of the task', async () => {
    const found = await load(
      ['Way;Y;X;WALK', ...lines('a', 'left').map((line) => line.split(',').reverse().join(';')), 'right;1;1;b'].join('\n'),
    );
    expect([...found.rows.y]).toEqual([0, 0, 1]);
    expect(codes(found)).toContain('header-written read-as 4');
    const plain = await load([...lines('a', 'left'), ...lines('b', 'right')].join('\n'));
    expect(codes(plain)).toEqual(['no-header kept 1', 'recording-copies kept 1']);
  });

  test('with an answer that changes within a recording leaves that out, by its name and line', async () => {
    const broken = lines('b', 'right').with(2, 'b,0,0,left');
    const found = await load(text(lines('a', 'left'), broken, lines('c', 'right')));
    expect([...found.rows.y]).toEqual([0, 0, 1, 1]);
    expect(found.report.findings[0]).toMatchObject({
      code: 'recording-answers',
      column: 'way',
      got: "'b': 'right' in line 10, 'left' in line 12",
      rows: [10],
    });
  });

  test('reports gaps, words and values out of range by column, and reads them as the manifest says', async () => {
    const odd = ['a,,5,left', 'a,n/a,huh,left', 'a,9,50,left', 'a,0.5,50,left'];
    const found = await load(text(odd, lines('b', 'right')));
    expect([...found.rows.x.subarray(0, 8)]).toEqual([0, Math.fround(-0.9), 0, 0, 1, 0, 0.5, 0]);
    expect(codes(found)).toEqual(['missing read-as 2', 'clamped read-as 1', 'recording-cell read-as 1']);
  });

  test('reports short recordings, constant channels, copies, and windows past the bound', async () => {
    const dead = lines('c', 'left', 40, (i) => `${Math.sin(i)},7`);
    const found = await load(text(lines('a', 'left', 2), lines('b', 'right'), dead, lines('d', 'right')));
    expect(codes(found).toSorted()).toEqual(
      ['recording-constant kept 1', 'recording-copies kept 1', 'recording-short read-as 1', 'recording-windows left-out 6'].toSorted(),
    );
  });

  test('leaves out recordings that are mostly gaps, and those without a known answer', async () => {
    const found = await load(
      text(
        lines('a', 'left'),
        lines('b', 'right'),
        lines('c', 'up'),
        lines('d', ''),
        lines('e', 'left', 8, () => ','),
      ),
    );
    expect(codes(found).filter((code) => code.startsWith('recording'))).toEqual([
      'recording-gaps left-out 1',
      'recording-unlabelled left-out 2',
      'recording-copies kept 1',
    ]);
    expect(found.rows.y).toHaveLength(4);
  });

  test('with times reports recordings that run backwards, or have another rate than the federation reads', async () => {
    const timed = (id: string, way: string, step: number) =>
      lines(id, way, 8, (i) => `${i / 10},${i * 9}`).map((line, i) => `${line},${i * step}`);
    const back = timed('d', 'left', 40).map((line, i) => (i === 5 ? line.replace(/\d+$/, '1') : line));
    const content = [
      'walk,x,y,way,time_ms',
      ...timed('a', 'left', 40),
      ...timed('b', 'right', 40),
      ...timed('c', 'right', 10),
      ...back,
    ].join('\n');
    const channels = [...sequenceTask().channels, { name: 'z', min: 0, max: 1 }];
    const motion = await load(content.replaceAll(',way', ',z,way').replace(/,(left|right),/g, ',0.5,$1,'), {
      channels,
      motion: { rate: 25 },
    });
    expect(codes(motion)).toEqual(expect.arrayContaining(['recording-rate left-out 1', 'recording-order left-out 1']));
    expect(motion.report.findings.find(({ code }) => code === 'recording-rate')).toMatchObject({
      expected: '25 lines per second',
      got: "'c': 100 per second",
    });
    const free = await load(content);
    expect(codes(free)).toContain('recording-rate kept 1');
  });

  test('is read by the decimal mark that its cells imply together', async () => {
    const comma = (line: string) => line.replaceAll(',', ';').replaceAll('.', ',');
    const content = [
      HEADER.replaceAll(',', ';'),
      ...lines('a', 'left').map(comma),
      ...lines('b', 'right', 8, (i) => `0.125,${i}`).map(comma),
    ].join('\n');
    const { rows } = await load(content);
    expect(rows.x[16]).toBe(0.125);
  });

  test('in part has the same recordings each time', async () => {
    const many = Array.from({ length: 60 }, (_, i) => lines(`r${i}`, i % 2 === 0 ? 'left' : 'right', 4)).flat();
    const half = await load(text(many), {}, { part: 0.5 });
    expect(half.rows.y.length).toBeGreaterThan(15);
    expect(half.rows.y.length).toBeLessThan(45);
    expect(codes(half)).toContain(`rows-part left-out ${60 - half.rows.y.length}`);
    expect((await load(text(many.toReversed()), {}, { part: 0.5 })).rows.y.length).toBe(half.rows.y.length);
  });

  test('of one class is accepted, and reported', async () => {
    expect(codes(await load(text(lines('a', 'left'), lines('b', 'left'))))).toContain('one-class kept 1');
  });

  test.each([
    ['without a column that names recordings', 'x,y,way\n0,0,left\n', 'column-missing', 'walk'],
    ['without answers', `walk,x,y\n${'a,0,0\n'.repeat(8)}`, 'column-missing', 'way'],
    ['without a channel', `walk,x,way\n${'a,0,left\n'.repeat(8)}`, 'column-missing', 'y'],
    ['with only unknown answers', text(lines('a', 'up')), 'label-unknown', 'way'],
    ['without lines', HEADER, 'file-empty', undefined],
    ['with other content', 'a,b,c,d,e,f\n1,2,3,4,5,6\n', 'column-count', undefined],
  ])('%s is refused', async (_, content, code, field) => {
    const refused = await load(content).then(
      () => null,
      (error: unknown) => error as MeshError,
    );
    expect(refused).toMatchObject({ code, detail: field === undefined ? {} : { field } });
  });

  test('with more windows than a member may bring is refused with their number', async () => {
    await expect(load(text(lines('a', 'left'), lines('b', 'right')), {}, {}, 3)).rejects.toMatchObject({
      code: 'rows-too-many',
      detail: { got: '4' },
    });
    const many = Array.from({ length: 50 }, (_, i) => lines(`r${i}`, i % 2 === 0 ? 'left' : 'right', 4)).flat();
    await expect(load(text(many), {}, {}, 30)).rejects.toMatchObject({ code: 'rows-too-many', detail: { got: '50' } });
  });
});

describe('files that are one recording each', () => {
  const one = (name: string, moments = 8) => file(name, ['#x, y', ...lines('', '', moments).map((line) => line.slice(1, -1))].join('\n'));
  const files = () => [one('walk_1.csv'), one('walk_02.csv', 4), one('walk_3.csv')];

  test('find their answers by the numbers in their names, whatever else is in the folder', async () => {
    const found = await load([
      ...files(),
      file('target.csv', '#sequence_ID, way\n1,left\n2, right\n3,left\n'),
      file('groups.csv', '#sequence_ID, group\n1,1\n2,1\n3,2\n'),
      file('README.txt', 'Walks through a house, with four radios.\nThey are\ncounted.\n'),
      file('map.jpg', '\u0000\u0001'),
    ]);
    expect([...found.rows.y]).toEqual([0, 0, 1, 0, 0]);
    expect(codes(found)).toEqual(['recording-file kept 3', 'recording-copies kept 1']);
    expect(found.report).toMatchObject({ name: '7 files', columns: 0, classCounts: [4, 1] });
  });

  test('or by their names, with or without an extension', async () => {
    const found = await load([...files(), file('list.csv', 'file;answer\nwalk_1;left\nwalk_02.csv;right\nwalk_3;LEFT\nwalk_9;left\n')]);
    expect([...found.rows.y]).toEqual([0, 0, 1, 0, 0]);
    expect(codes(found)).toContain('recording-file left-out 1');
  });

  test('or by the folders that they lie in', async () => {
    const { rows, report } = await load([one('data/left/1.csv'), one('data/right/1.csv', 4)]);
    expect([[...rows.y], report.name]).toEqual([[0, 0, 1], 'data']);
  });

  test('or in their own column', async () => {
    const own = (name: string, way: string) => file(name, ['x,y,way', ...lines('', way).map((line) => line.slice(1))].join('\n'));
    expect([...(await load([own('a.csv', 'left'), own('b.csv', 'right')])).rows.y]).toEqual([0, 0, 1, 1]);
  });

  test('give the same rows as one file with all lines', async () => {
    const together = await load(text(lines('a', 'left'), lines('b', 'right', 4)));
    const apart = await load([one('left/a.csv'), one('right/b.csv', 4)]);
    expect(apart.rows).toEqual(together.rows);
    expect(apart.raw).toEqual(together.raw);
  });

  test('a line without values is a moment, except at the end of the file', async () => {
    const gap = ['x,y', '0.5,50', ',', '1,100', ',', ',', ''].join('\n');
    const { rows, report } = await load([file('left/a.csv', gap), one('right/b.csv', 4)]);
    expect([...rows.x.subarray(0, 8)]).toEqual([0.5, 0, 0, 0, 1, 1, 0, 0]);
    expect(report.findings[0]).toMatchObject({ code: 'recording-short', got: "'a.csv': 3 moments" });
  });

  test('one that cannot be read is left out by name', async () => {
    const found = await load([...files(), file('left/walk_4.csv', 'x,z\n0,0\n'), file('target.csv', '1,left\n2,right\n3,left\n4,left\n')]);
    expect(found.report.findings[0]).toMatchObject({ code: 'recording-unreadable', got: 'walk_4.csv: a header without it' });
  });

  test('two files that may both hold the answers are named', async () => {
    const answers = 'id,way\n1,left\n2,right\n3,left\n';
    await expect(load([...files(), file('a.csv', answers), file('b.csv', answers)])).rejects.toMatchObject({
      code: 'field-invalid',
      detail: { got: 'a.csv and b.csv' },
    });
  });

  test('without any answer are refused', async () => {
    await expect(load(files())).rejects.toMatchObject({ code: 'label-unknown', detail: { field: 'way', got: "'walk_1.csv'" } });
  });
});

test('any text is read, or refused with a code, and values are in range', async () => {
  const cell = fc.oneof(
    fc.constantFrom('a', 'b', 'left', 'right', 'x', 'y', 'walk', 'way', '', '?', '1,5', '"', '#', '0.5', '-1e999'),
    fc.double().map(String),
    fc.string({ maxLength: 4 }),
  );
  const rows = fc.array(
    fc.array(cell, { maxLength: 6 }).map((cells) => cells.join(',')),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), rows, fc.integer({ min: 1, max: 3 }), async (header, some, copies) => {
      const content = [...(header ? [HEADER] : []), ...some, 'a,0,0,left', 'b,0,0,right'].join('\n');
      const files = Array.from({ length: copies }, (_, i) => file(`f${i}.csv`, content));
      const found = await load(files).catch(refusal);
      if (found instanceof MeshError) return;
      const { rows: read, raw } = found;
      expect(read.x.every((v) => v >= -1 && v <= 1)).toBe(true);
      expect(read.x.length).toBe(read.y.length * 8);
      expect(raw!.length).toBe(read.y.length * 8);
    }),
    { numRuns: 300 },
  );
});
