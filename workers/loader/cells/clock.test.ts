import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { clockNamed, clockOf, evenStep, readClock } from './clock.ts';
import { loadRecordingFiles } from '../recording/sequence-files.ts';
import { sequenceTask } from '../sequence-task.fixture.ts';

const times = (n: number, of: (i: number) => number = (i) => i) => Array.from({ length: n }, (_, i) => of(i));

describe('a name alone', () => {
  test.each([
    ['Time (s)', 1],
    ['seconds_elapsed', 1],
    ['Time since start in ms', 1e-3],
    ['Timestamp (ms)', 1e-3],
    ['elapsed (s)', 1],
    ['epoch', null],
    ['sensor_timestamp', null],
    ['sensorTimestamp', null],
    ['timeMs', 1e-3],
    ['TIMESTAMP_US', 1e-6],
    ['time[µs]', 1e-6],
    ['"t"', null],
    ['milliseconds', 1e-3],
    ['Date Time (yyyy-mm-dd hh:mm:ss)', null],
    ['Zeit [s]', 1],
  ])('%s is a clock of %s seconds', (name, seconds) => expect(clockNamed(name)).toEqual({ seconds, named: true }));

  test.each([
    'time_signature',
    'lap time',
    'reaction time (ms)',
    'tempo_bpm',
    's',
    'm',
    'temperature',
    't (°C)',
    'hours',
    'sample',
    'x',
    '',
  ])('%s is none', (name) => expect(clockNamed(name)).toBeNull());
});

describe('values', () => {
  const even = [times(20, (i) => 40 * i), times(30, (i) => 1000 + 41 * i)];
  it('that rise by the same even steps are a clock, whatever they are called', () => {
    expect(clockOf('Spalte 1', even)).toEqual({ seconds: null, named: false });
    expect(evenStep(times(20, (i) => 40 * i + (i % 3)))).toBe(41);
    expect(evenStep(times(40).with(9, 1))).toBeNull(); // nor is one that goes back once
  });
  it.each([
    ['lap times', 'lap time', [times(20, (i) => 61 + ((i * 7) % 5)), times(20, (i) => 62 + ((i * 3) % 4))]],
    ['a clock’s name with values that go both ways', 'time', [times(20, (i) => (i * 7) % 11), times(20, (i) => (i * 5) % 13)]],
    ['a distance that grows at each walker’s pace', 'distance', [times(20, (i) => i), times(20, (i) => 3 * i), times(20, (i) => 0.2 * i)]],
    ['a sum that grows in uneven steps', 'total', [times(20, (i) => i * i), times(20, (i) => i ** 3)]],
    ['too few values', 'a', [times(5), times(4)]],
    ['none', 'a', [[], []]],
  ])('of %s are no clock', (_, name, recordings) => expect(clockOf(name, recordings)).toBeNull());

  it('of a named clock may run backwards in a recording', () => {
    expect(clockOf('Time (s)', [times(20), times(20).with(9, 1)])).toEqual({ seconds: 1, named: true });
    expect(clockOf('epoch', [times(4), [3, 1]])).not.toBeNull();
    expect(clockOf('time', [times(9, (i) => -i), times(9, (i) => 7 - i)])).not.toBeNull(); // the newest line first
  });

  test.each([
    ['2024-03-01T12:00:00.250Z', 1709294400.25],
    ['2024-03-01 13:00:00,250 +01:00', 1709294400.25],
    ['01.03.2024 12:00:00', 1709294400],
    ['12:00:01.5', 43201.5],
    ['1:00:00 PM', 46800],
    ['02:03.5', 123.5],
    ['1709294400250', 1709294400250],
    ['0,25', 0.25],
    ['01/03/2024 12:00', NaN],
    ['2024-13-01', NaN],
    ['2023-02-29', NaN],
    ['noon', NaN],
  ])('%s says %s', (cell, value) => expect(readClock(cell, true)).toBe(value));
});

test('any name and any cell is judged', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.stringMatching(/^[\d:.,/T \-+Zapm]{0,50}$/));
  fc.assert(
    fc.property(text, fc.array(fc.double(), { maxLength: 20 }), (cell, values) => {
      clockNamed(cell);
      expect(readClock(cell, true)).toBeTypeOf('number');
      clockOf(cell, [values.filter((value) => !Number.isNaN(value))]);
    }),
    { numRuns: 400 },
  );
});

describe('in files of recordings', () => {
  const task = sequenceTask({ length: 8, hop: 8 });
  const moments = (id: string, way: string, at: (i: number) => string | number) =>
    times(12).map((i) => `${at(i)},${id},${(i % 4) / 4},${(7 * i) % 90},${way}`);
  const load = (head: string, ...recordings: readonly string[][]) =>
    loadRecordingFiles([[`${head},walk,x,y,way`, ...recordings.flat()].join('\n')], task, 1000);
  const found = async (head: string, ...recordings: readonly string[][]) =>
    (await load(head, ...recordings)).report.findings.map(({ code, action, got }) => [code, action, got]);

  const TEN = times(10);
  test.each(['Time (s)', 'seconds_elapsed', 'Time since start in ms', 'Timestamp (ms)', 'elapsed (s)', 'epoch', 'sensor_timestamp'])(
    '%s that runs backwards is reported, and the recording left out',
    async (head) => {
      const back = moments('c', 'left', (i) => (i === 7 ? 2 : i));
      expect(
        await found(
          head,
          moments('a', 'left', (i) => i),
          moments('b', 'right', (i) => i + 0.5),
          back,
        ),
      ).toContainEqual(['recording-order', 'left-out', "'c': line 33 is earlier"]);
    },
  );

  test('so are times of day, and an unnamed clock if nearly all others go forward', async () => {
    const day = (i: number) => `2024-03-01T12:00:${String(10 + i)}Z`;
    const order = ['recording-order', 'left-out', "'c': line 33 is earlier"];
    expect(
      await found(
        'when',
        moments('a', 'left', day),
        moments('b', 'right', day),
        moments('c', 'left', (i) => day(i === 7 ? 2 : i)),
      ),
    ).not.toContainEqual(order); // one of three may be a measurement
    const many = TEN.map((n) => moments(`m${n}`, n % 2 ? 'left' : 'right', (i) => day(i + n)));
    const all = await found(
      'when',
      ...many,
      moments('c', 'left', (i) => day(i === 7 ? 2 : i)),
    );
    expect(all).toContainEqual(['recording-order', 'left-out', "'c': line 129 is earlier"]);
  });

  test.each(['lap time', 'time'])('an unread %s that is a measurement leaves no recording out', async (head) => {
    const laps = (n: number) => (i: number) => 61 + ((i * (n + 2)) % 5);
    const all = await found(head, ...TEN.map((n) => moments(`m${n}`, n % 2 ? 'left' : 'right', laps(n))));
    expect(all.filter(([code]) => code === 'recording-order' || code === 'recording-rate')).toEqual([]);
  });

  test('a file with its newest line first is refused', async () => {
    const all = load('time', ...TEN.map((n) => moments(`m${n}`, n % 2 ? 'left' : 'right', (i) => 40 * (20 - i))));
    await expect(all).rejects.toMatchObject({ code: 'value-type', detail: { expected: 'lines in order of time' } });
  });
});
