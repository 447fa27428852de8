import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { SequenceTask } from '#protocol/manifest/task';
import { inferRecordings } from '../../founding/infer-recordings.ts';
import { readRecordingSample } from '../../founding/recording-sample.ts';
import { valuesAt } from './sensor-series.ts';
import { loadRecordingFiles } from './sequence-files.ts';
import { joinSensors } from './sensor-files.ts';
import { filesOfZip, zipRoom } from '../lines/zip.ts';
import { zipOf } from '../lines/zip.fixture.ts';
import { refusal } from '#protocol/testing/refusal';

const START = 1_709_294_400;

/** A sensor as Sensor Logger writes it: the same header in each file, both clocks, and rows at its own rate. */
function sensor(rate: number, seconds: number, value: (t: number) => number, late = 0, jitter = 0): string {
  const lines = Array.from({ length: Math.round(rate * seconds) }, (_, i) => {
    const t = late + (i + jitter * ((i * 7919) % 3)) / rate;
    return `${((START + t) * 1e9).toFixed(0)},${t.toFixed(6)},${value(t).toFixed(6)},${(2 * value(t)).toFixed(6)},0.5`;
  });
  return ['time,seconds_elapsed,z,y,x', ...lines].join('\n');
}
const walk = (kind: number) => (t: number) => Math.sin((2 + 3 * kind) * t);
/** A folder per recording: an even accelerometer at 50 Hz, a gyroscope at 20 Hz that begins late, and other files that apps save. */
const recording = (folder: string, kind: number): File[] => [
  new File([sensor(20, 4, (t) => 10 * Math.abs((t % 2) - 1), 0.5, 0.01)], `${folder}/Gyroscope.csv`),
  new File([sensor(50, 4, walk(kind))], `${folder}/Accelerometer.csv`),
  new File(['version,device name\n3,phone\n'], `${folder}/Metadata.csv`),
];
const walks = (n = 6): File[] => Array.from({ length: n }, (_, i) => recording(`log/${i % 2 ? 'run' : 'walk'}/rec${i}`, i % 2)).flat();

async function foundedFrom(files: readonly File[]): Promise<SequenceTask> {
  const guess = inferRecordings(await readRecordingSample(files));
  const channels = guess.channels.filter(({ read }) => read).map(({ name, min, max, typical }) => ({ name, min, max, typical }));
  const { length, hop, windowsMax, recording: column, label, classes } = guess;
  return { kind: 'sequence', channels, length, hop, windowsMax, recording: column, label: { name: label, classes: [...classes] } };
}
const told = async (files: readonly Blob[], task: SequenceTask) => {
  const { report } = await loadRecordingFiles(files, task, 1000);
  return report.findings.map(({ code, action, count, got }) => ({ code, action, count, got }));
};

describe('a folder per recording with files of several sensors', () => {
  it('is one recording on the most even clock, with the names of sensors where theirs repeat', async () => {
    const task = await foundedFrom(walks());
    expect(task.channels.map(({ name }) => name)).toEqual(['Accelerometer z', 'Accelerometer y', 'Gyroscope z', 'Gyroscope y']);
    expect([task.label.classes, task.length]).toEqual([['run', 'walk'], 128]);
  });

  it('is read by members as it was founded: same moments, values between another clock’s neighbours', async () => {
    const task = await foundedFrom(walks());
    const { rows, report } = await loadRecordingFiles(walks(), { ...task, length: 16, hop: 16, windowsMax: 1 }, 1000);
    expect([...rows.y]).toEqual([1, 0, 1, 0, 1, 0]);
    expect(report.findings.map(({ code, count }) => [code, count])).toEqual(
      expect.arrayContaining([
        ['recording-sensors', 6],
        ['recording-overlap', 6 * 23],
      ]),
    );
    // The third channel is the gyroscope's, which falls by ten per second: from one moment of the accelerometer to the next.
    const [, , { min, max, typical }] = task.channels as [unknown, unknown, { min: number; max: number; typical: number }];
    const scale = Math.max(max - typical, typical - min);
    const [first, second] = [rows.x[2]! * scale + typical, rows.x[6]! * scale + typical];
    expect(second - first).toBeCloseTo(-10 / 50, 1);
  });

  it('is on the clock of the project’s first measurement, whichever that is', async () => {
    const task = await foundedFrom(walks());
    const turned = { ...task, channels: task.channels.toReversed(), length: 16, hop: 16, windowsMax: 1 };
    const found = (await told(walks(), turned)).find(({ code }) => code === 'recording-sensors');
    expect(found).toMatchObject({ count: 6, got: 'log/walk/rec0: Gyroscope.csv, Accelerometer.csv' });
    const { report } = await loadRecordingFiles(walks(), turned, 1000);
    expect(report.findings.find(({ code }) => code === 'recording-sensors')!.readAs).toBe('one recording of 70 moments');
  });

  it('may be an archive each, with the same result', async () => {
    const task = await foundedFrom(walks());
    const zips = Array.from({ length: 6 }, (_, i) => {
      const files = recording('x', i % 2).map((file) => ({ name: file.name.slice(2), file }));
      return { name: `log/${i % 2 ? 'run' : 'walk'}/rec${i}.zip`, files };
    });
    const archives = await Promise.all(zips.map(async ({ name, files }) => new File([await zipOf(files)], name)));
    const [plain, packed] = [await loadRecordingFiles(walks(), task, 1000), await loadRecordingFiles(archives, task, 1000)];
    expect(packed.rows).toEqual(plain.rows);
    expect(packed.raw).toEqual(plain.raw);
  });

  it('may have files of times beside the sensors, without measurements', async () => {
    const task = await foundedFrom(walks());
    const notes =
      'time,seconds_elapsed,text,millisecond_timestamp\n1709294401000000000,1,go,1709294401000\n1709294402000000000,2,stop,1709294402000';
    const beside = Array.from({ length: 6 }, (_, i) => `log/${i % 2 ? 'run' : 'walk'}/rec${i}`).flatMap((folder, i) => [
      new File(['version,device name,recording time\n3,phone,2024-03-01_10-00-00\n'], `${folder}/Metadata.csv`),
      new File([i < 3 ? notes : notes.split('\n')[0]!], `${folder}/Annotation.csv`),
    ]);
    const files = [...walks().filter(({ name }) => !name.endsWith('Metadata.csv')), ...beside];
    expect(await foundedFrom(files)).toEqual(task);
    const [plain, more] = [await loadRecordingFiles(walks(), task, 1000), await loadRecordingFiles(files, task, 1000)];
    expect(more.rows).toEqual(plain.rows);
    expect(more.report.findings.filter(({ code }) => code === 'recording-overlap')).toEqual(
      plain.report.findings.filter(({ code }) => code === 'recording-overlap'),
    );
  });

  it('whose clocks have no time in common, or run backwards, is left out and named', async () => {
    const task = await foundedFrom(walks());
    const late = walks().map((file, i) => (i === 0 ? new File([sensor(20, 4, walk(0), 900)], file.name) : file));
    expect((await told(late, task)).find(({ code }) => code === 'recording-unreadable')).toMatchObject({
      action: 'left-out',
      got: 'log/walk/rec0: Accelerometer.csv and Gyroscope.csv have none',
    });
    const back = await walks()[4]!.text();
    const lines = back.split('\n');
    const broken = walks().with(4, new File([[...lines.slice(0, 50), ...lines.slice(20)].join('\n')], walks()[4]!.name));
    expect((await told(broken, task)).find(({ code }) => code === 'recording-unreadable')).toMatchObject({
      got: 'log/run/rec1: Accelerometer.csv, an earlier time',
    });
  });

  it('with different headers needs none of the apps’ file names', async () => {
    const files = Array.from({ length: 4 }, (_, i) => [
      new File(
        [`t;force\n${Array.from({ length: 60 }, (_r, n) => `${n / 20};${Math.sin(n + i).toFixed(4)}`).join('\n')}`],
        `s/${i % 2}/p${i}/left.csv`,
      ),
      new File(
        [`Time (ms);angle\n${Array.from({ length: 30 }, (_r, n) => `${n * 100};${(n * 7) % 5}`).join('\n')}`],
        `s/${i % 2}/p${i}/right.csv`,
      ),
    ]).flat();
    expect((await foundedFrom(files)).channels.map(({ name }) => name).toSorted()).toEqual(['angle', 'force']);
  });
});

test.each([
  ['recordings by number in folders of answers', ['d/left/1.csv', 'd/left/2.csv', 'd/right/1.csv', 'd/right/2.csv']],
  ['recordings of one sensor by number', ['d/left/gyro1.csv', 'd/left/gyro2.csv', 'd/right/gyro1.csv', 'd/right/gyro2.csv']],
  ['activities of a person', ['d/ada/walk.csv', 'd/ada/run.csv', 'd/bob/walk.csv', 'd/bob/run.csv']],
])('%s stay what they are', async (_, names) => {
  const lines = (n: number) => ['time,x,y', ...Array.from({ length: 20 }, (_r, i) => `${i},${((i + n) * 7) % 11},${i % 3}`)].join('\n');
  const guess = inferRecordings(await readRecordingSample(names.map((name, n) => new File([lines(n)], name))));
  expect([guess.recordings, guess.channels.map(({ name }) => name)]).toEqual([4, ['time', 'x', 'y']]);
});

test('files with all of a project’s measurements are recordings by themselves, whatever their names', async () => {
  const task = await foundedFrom(walks());
  const lines = [['time', ...task.channels.map(({ name }) => name)], ...Array.from({ length: 200 }, (_, i) => [i, 1, 2, 3, 4])];
  const files = ['walk/gyro left.csv', 'walk/gyro right.csv'].map(
    (name) => new File([lines.map((cells) => cells.join()).join('\n')], name),
  );
  const { report } = await loadRecordingFiles(files, task, 1000);
  expect(report.classCounts).toEqual([0, 2]);
});

test('of lines with the same moment, the first counts', async () => {
  const task = await foundedFrom(walks());
  const again = await Promise.all(
    walks().map(async (file) => new File([(await file.text()).replaceAll(/\n(.+)/g, '\n$1\n$1')], file.name)),
  );
  expect((await loadRecordingFiles(again, task, 1000)).rows).toEqual((await loadRecordingFiles(walks(), task, 1000)).rows);
});

test('any sensor texts are joined, left as they are, or refused with a code', async () => {
  const cell = fc.oneof(
    fc.constantFrom('time', 'Time (s)', 'x', 'y', '', '?', '0', '1', '2', '1e999', '-1', '"', '#', '2024-01-01T00:00:01Z'),
    fc.integer({ min: 0, max: 40 }).map(String),
  );
  const text = fc.tuple(
    fc.constantFrom('time,x,y', 't;x', '# Time (ms),x', 'x,y', ''),
    fc.array(
      fc.array(cell, { maxLength: 4 }).map((cells) => cells.join(',')),
      { maxLength: 12 },
    ),
  );
  const task = await foundedFrom(walks());
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 2, maxLength: 4 }), async (texts) => {
      const names = ['walk/r/Accelerometer.csv', 'walk/r/Gyroscope.csv', 'run/r/Accelerometer.csv', 'run/r/Gyroscope.csv'];
      const files = texts.map(([head, lines], i) => new File([[head, ...lines].join('\n')], names[i]!));
      for (const ask of [() => loadRecordingFiles(files, task, 1000), () => readRecordingSample(files)]) {
        expect(await ask().catch(refusal)).toBeDefined();
      }
    }),
    { numRuns: 150 },
  );
});

test('the middle of a gap has no values', () => {
  expect([...valuesAt(Float64Array.of(0, 10, 20, 100), Float64Array.of(0, 1, 2, 10), 10, Float64Array.of(5, 28, 60, 95))]).toEqual([
    0.5,
    2,
    NaN,
    10,
  ]);
});

test('values at other times lie between their neighbours, and nowhere else', () => {
  const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 30 });
  const gaps = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(numbers, gaps, fc.array(fc.double({ min: -5, max: 400, noNaN: true }), { maxLength: 20 }), (values, steps, at) => {
      const times = Float64Array.from(values, (_v, i) => steps.slice(0, i).reduce((sum, step) => sum + step, 0));
      const asked = Float64Array.from(at).sort();
      for (const [i, value] of valuesAt(times, Float64Array.from(values), 10, asked).entries()) {
        const [before, after] = [times.findLastIndex((time) => time <= asked[i]!), times.findIndex((time) => time >= asked[i]!)];
        const near = [values[before], values[after]].filter((one) => one !== undefined);
        const between = value >= Math.min(...near) - 1e-9 && value <= Math.max(...near) + 1e-9;
        const alone = times.every((time) => Math.abs(time - asked[i]!) > 10) || before === -1 || after === -1;
        expect(Number.isNaN(value) ? alone : between).toBe(true);
      }
    }),
  );
});

describe('an archive', () => {
  const packed = () =>
    zipOf([
      { name: 'a/b.csv', file: new Blob(['x,y\n1,2\n'.repeat(50)]) },
      { name: 'c.txt', file: new Blob(['plain']), stored: true },
    ]);
  it('gives its files with their folders', async () => {
    const files = await filesOfZip(new Blob([await packed()]), 'log');
    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ['log/a/b.csv', 400],
      ['log/c.txt', 5],
    ]);
    expect(await files[1]!.text()).toBe('plain');
  });

  it('that claims less than it has is refused before all of it is unpacked', async () => {
    const bomb = deflateRawSync(new Uint8Array(2 ** 20));
    const zip = await zipOf([{ name: 'a.csv', file: new Blob([bomb]), claims: { method: 8, bytes: 1000 } }]);
    await expect(filesOfZip(new Blob([zip]), 'log')).rejects.toMatchObject({
      code: 'file-binary',
      detail: { got: 'an entry longer than it claims' },
    });
  });

  test('of any bytes is read, or refused with a code', async () => {
    const good = await packed();
    const damage = fc.array(fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(good.length), fc.boolean(), async (faults, length, cut) => {
        const bytes = good.slice(0, cut ? length : undefined);
        for (const { at, byte } of faults) if (at < bytes.length) bytes[at] = byte;
        const found = await filesOfZip(new Blob([bytes]), 'log').catch(refusal);
        expect(found instanceof MeshError || Array.isArray(found)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('shares one limit with others, however small each claims to be', async () => {
    const part = { method: 8, bytes: 200 * 2 ** 20 };
    const bombs = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const few = deflateRawSync(Buffer.alloc(1000));
        return new File([await zipOf([{ name: 'a.csv', file: new Blob([few]), claims: part }])], `${name}.zip`);
      }),
    );
    const room = zipRoom();
    for (const bomb of bombs.slice(0, 2)) await expect(filesOfZip(bomb, 'x', room)).rejects.toMatchObject({ code: 'file-binary' });
    await expect(filesOfZip(bombs[2]!, 'x', room)).rejects.toMatchObject({ code: 'file-too-large' });
  });
});

it('a wide sensor of few moments is not resampled at another’s many moments', { timeout: 5000 }, async () => {
  const many = ['time (s),acc x', ...Array.from({ length: 100_000 }, (_, i) => `${i / 1000},${i % 7}`)].join('\n');
  const names = Array.from({ length: 400 }, (_, i) => `w${i}`);
  const wide = ['time (s),' + names.join(','), ...[0, 100].map((time) => [time, ...names.map(() => 1)].join(','))].join('\n');
  const files = [new File([many], 'log/run/a/Accelerometer.csv'), new File([wide], 'log/run/a/Gyroscope.csv')];
  const { news } = await joinSensors(
    files.map((file, i) => ({ row: i + 1, path: file.name, file })),
    ['acc x', 'w1'],
  );
  expect(news).toMatchObject([{ code: 'recording-unreadable', expected: expect.stringContaining('values per recording') }]);
});
