import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { dataFile, skippedWithout } from '../../scripts/data-place.ts';
import { inferRecordings, windowsFor } from './infer-recordings.ts';
import { readRecordingSample } from './recording-sample.ts';

const zip = await readFile(dataFile('indoor-movement', 'IndoorMovement.zip')).catch(() => null);
const why = zip === null ? ` (${skippedWithout('indoor-movement')})` : '';
const guess = async (files: readonly File[]) => inferRecordings(await readRecordingSample(files));
const file = (name: string, lines: readonly string[]) => new File([lines.join('\n')], name);
const wave = (id: number, i: number) => `${(9.81 + Math.sin(i / (1 + (id % 3)))).toFixed(3)},${((i * 7) % 19) - 9}`;
const long = (moments: number) =>
  Array.from({ length: 12 }, (_, id) =>
    Array.from({ length: moments }, (_line, i) => `${id},${i * 40},${wave(id, i)},${['walk', 'run'][id % 2]}`),
  ).flat();

describe('one file with all lines', () => {
  test('gives channels with round ranges, the answers, and windows that most recordings fill', async () => {
    const found = await guess([file('gait.csv', ['trial,time,up,side,activity', ...long(70)])]);
    expect(found).toMatchObject({
      name: 'gait',
      recordings: 12,
      recording: 'trial',
      label: 'activity',
      classes: ['run', 'walk'],
      length: 64,
      hop: 32,
      windowsMax: 1,
    });
    expect(found.channels.map(({ name, read }) => [name, read])).toEqual([
      ['time', false],
      ['up', true],
      ['side', true],
    ]);
    const [, up, side] = found.channels;
    expect(up).toMatchObject({ min: 8.8, max: 10.9, typical: 9.85 });
    expect(side).toMatchObject({ min: -9, max: 9, typical: 0 });
  });

  test('finds the recording column even without a telling name, by what is constant within', async () => {
    const found = await guess([file('a.csv', ['who,ms,up,side,what', ...long(40)])]);
    expect([found.recording, found.label, found.windowsMax]).toEqual(['who', 'what', 1]);
  });

  test('gives the rounded median, and a range that a few outliers do not stretch', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i % 10},${i % 20 === 3 ? 100 : 1 + (i % 7) / 10},${i % 2}`);
    const found = await guess([file('a.csv', ['id,load,label', ...lines])]);
    expect(found.channels[0]).toMatchObject({ name: 'load', min: 0, max: 100, typical: 2 });
  });

  test.each([
    'Time (s)',
    'seconds_elapsed',
    'Time since start in ms',
    'Timestamp (ms)',
    'elapsed (s)',
    'epoch',
    'sensor_timestamp',
    'Spalte 2',
  ])('%s is a clock and never an input, and a backward one is reported', async (head) => {
    const turned = long(70).map((line) => line.replace(/^3,400,/, '3,1,'));
    const found = await guess([file('gait.csv', [`trial,${head},up,side,activity`, ...turned])]);
    expect(found.channels[0]).toMatchObject({ name: head, unread: 'clock', read: false });
    expect([found.backwards, found.recording]).toEqual([1, 'trial']);
  });

  test('time_signature and lap time are measurements: their values go both ways', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i % 10},${60 + ((i * 7) % 13)},${3 + ((i * 3) % 5)},${i % 2}`);
    const found = await guess([file('a.csv', ['id,lap time,time_signature,label', ...lines])]);
    expect(found.channels.map(({ unread, read }) => [unread, read])).toEqual([
      [null, true],
      [null, true],
    ]);
  });

  test('says whose recordings they are if that repeats, neither as input nor as answer', async () => {
    const lines = long(40).map((line) => `p${Number(line.split(',')[0]) % 4},${line}`);
    const found = await guess([file('gait.csv', ['subject_id,trial,time,up,side,activity', ...lines])]);
    expect(found.person).toEqual({ name: 'subject_id', recordings: 3 });
    expect([found.recording, found.label, found.channels.map(({ name }) => name)]).toEqual(['trial', 'activity', ['time', 'up', 'side']]);
    const once = await guess([
      file('gait.csv', ['subject_id,trial,time,up,side,activity', ...long(40).map((line) => `p${line.split(',')[0]},${line}`)]),
    ]);
    expect([once.person, once.channels.length]).toEqual([null, 3]);
  });

  test('finds the answers of all lines even if only the first are read as recordings', async () => {
    const lines = Array.from(
      { length: 52_000 },
      (_, i) => `${i >> 3},${((i * 7) % 13) - 6},${i < 51_000 ? ['a', 'b'][(i >> 3) % 2] : 'late'}`,
    );
    const found = await guess([file('long.csv', ['walk_id,up,label', ...lines])]);
    expect(found.classes).toEqual(['a', 'b', 'late']);
  });

  test('refuses rows that belong to no recording', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)}`);
    await expect(guess([file('a.csv', ['x,y', ...lines])])).rejects.toMatchObject({
      code: 'column-missing',
      detail: { field: 'recording' },
    });
  });
});

describe('files that are one recording each', () => {
  const one = (n: number, name = `rec_${n}.csv`) => file(name, ['up,side', ...Array.from({ length: 30 }, (_, i) => wave(n, i))]);

  test('with their answers beside them', async () => {
    const target = file('labels.csv', ['id;what', ...Array.from({ length: 8 }, (_, n) => `${n + 1};${['walk', 'run'][n % 2]}`)]);
    const found = await guess([...Array.from({ length: 8 }, (_, n) => one(n + 1)), target]);
    expect(found).toMatchObject({
      name: 'rec',
      recordings: 8,
      lines: 240,
      recording: 'id',
      label: 'what',
      classes: ['run', 'walk'],
      length: 16,
    });
  });

  test('or in folders named like their answers, or without any', async () => {
    const folders = await guess([one(1, 'gait/walk/1.csv'), one(2, 'gait/run/2.csv')]);
    expect(folders).toMatchObject({ name: 'gait', recording: 'recording', label: 'label', classes: ['run', 'walk'] });
    expect((await guess([one(1), one(2), one(3)])).classes).toEqual([]);
  });
});

test.each([
  [[42, 40, 50], { length: 32, hop: 16, windowsMax: 1 }],
  [[500], { length: 128, hop: 64, windowsMax: 8 }],
  [[3, 3], { length: 8, hop: 4, windowsMax: 1 }],
  [[20, 20, 64, 64], { length: 16, hop: 8, windowsMax: 8 }],
])('windows for recordings of %j moments', (lengths, windows) => expect(windowsFor(lengths)).toEqual(windows));

describe.skipIf(zip === null)(`UCI Indoor User Movement Prediction${why}`, () => {
  test('the archive as it was published', async () => {
    const found = await guess([new File([zip!], 'IndoorMovement.zip')]);
    expect(found).toMatchObject({
      recordings: 314,
      recording: 'sequence_ID',
      label: 'class_label',
      classes: ['-1', '1'],
      length: 32,
      hop: 16,
    });
    expect(found.channels.map(({ name, min, max, typical, read }) => [name, min, max, typical, read])).toEqual(
      [1, 2, 3, 4].map((n) => [`RSS_anchor${n}`, -1, 1, 0, true]), // as their publisher scaled them
    );
  });
});
