import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORDING_SECONDS_MAX } from '#protocol/limits';
import type { SequenceTask } from '#protocol/manifest/task';
import type { KeptRecording, Recording } from '../../api.ts';
import { MeshError } from '#protocol/errors';
import { checkRecording, loadRecordings } from './recorded-rows.ts';

const axis = (name: string) => ({ name, min: -30, max: 30, typical: 0 });
const TASK: SequenceTask = {
  kind: 'sequence',
  channels: [axis('x'), axis('y'), axis('z')],
  length: 8,
  hop: 4,
  windowsMax: 4,
  recording: 'recording',
  motion: { rate: 25 },
  label: { name: 'activity', classes: ['walk', 'sit', 'run'] },
};

const recording = (id: string, label: number, moments: number, value = 15): Recording => ({
  id,
  label,
  values: new Float32Array(moments * 3).fill(value),
});
const kept = (change: Partial<KeptRecording> = {}): KeptRecording => ({ ...recording('a', 0, 50), at: 1000, rate: 25, ...change });
const thrown = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
};

describe('recordings as rows', () => {
  test('are windows of moments, and one unit each', () => {
    const { rows, report } = loadRecordings([recording('a', 0, 8), recording('b', 2, 16, -60)], TASK, 100);
    expect([...rows.y]).toEqual([0, 2, 2, 2]);
    expect([...rows.units!]).toEqual([0, 1, 1, 1]);
    expect(rows.x.length).toBe(4 * 8 * 3);
    expect(rows.x[0]).toBeCloseTo(0.5); // 15 of 30 m/s2
    expect(rows.x.at(-1)).toBeCloseTo(-1); // outside the range: its end
    expect(report).toMatchObject({ name: 'recordings', columns: 0, classCounts: [1, 0, 3], synthetic: false });
  });

  test('are refused with none, or with more windows than a member may bring', () => {
    expect(thrown(() => loadRecordings([], TASK, 100))).toMatchObject({ code: 'rows-too-few' });
    const two = [recording('a', 0, 40), recording('b', 1, 40)];
    expect(thrown(() => loadRecordings(two, TASK, 7))).toMatchObject({ code: 'rows-too-many', detail: { got: '8' } });
    expect(loadRecordings(two, TASK, 8).rows.y).toHaveLength(8);
  });

  test('may be read in part: whole recordings, by their own ids', () => {
    const many = Array.from({ length: 60 }, (_, i) => recording(`r${i}`, i % 3, 20));
    const part = loadRecordings(many, TASK, 1000, 0.5);
    const again = loadRecordings(many.toReversed(), TASK, 1000, 0.5);
    expect(part.rows.y.length % 4).toBe(0);
    expect(part.rows.y.length).toBeGreaterThan(40);
    expect(part.rows.y.length).toBeLessThan(200);
    expect(again.rows.y.length).toBe(part.rows.y.length);
    expect(part.report.findings).toMatchObject([{ code: 'rows-part', action: 'left-out', expected: '1 in 2', got: '60' }]);
  });

  test('of one class are accepted, and reported', () => {
    const { findings } = loadRecordings([recording('a', 1, 9), recording('b', 1, 9)], TASK, 100).report;
    expect(findings).toMatchObject([{ code: 'one-class', column: 'activity', got: 'sit' }]);
  });

  test('of a rare class are reported', () => {
    const many = [...Array.from({ length: 40 }, (_, i) => recording(`r${i}`, i % 2, 8)), recording('one', 2, 8)];
    expect(loadRecordings(many, TASK, 1000).report.findings).toMatchObject([{ code: 'imbalance', got: "'run': 1" }]);
  });

  test('are refused by number and channel if a value is not a number', () => {
    const odd = recording('b', 1, 9);
    odd.values[4] = NaN;
    expect(thrown(() => loadRecordings([recording('a', 0, 9), odd], TASK, 100))).toMatchObject({
      code: 'field-invalid',
      detail: { row: 2, field: 'y', expected: 'a number', got: 'NaN' },
    });
  });

  test('need a sequence task', () => {
    const image = { kind: 'image', width: 8, height: 8, colour: 'grey', background: 'dark', label: TASK.label } as const;
    expect(thrown(() => loadRecordings([recording('a', 0, 9)], image, 100))).toMatchObject({
      code: 'field-invalid',
      detail: { expected: 'pictures', got: 'recordings' },
    });
  });
});

describe('a recording to be stored', () => {
  test('fits the task', () => {
    expect(thrown(() => checkRecording(kept(), TASK))).toBeNull();
  });

  test.each([
    ['another rate', { rate: 50 }, 'recording.rate'],
    ['no id', { id: '' }, 'recording.id'],
    ['no time', { at: NaN }, 'recording.at'],
    ['no moments', { values: new Float32Array(0) }, 'recording.values'],
    ['half a moment', { values: new Float32Array(4) }, 'recording.values'],
    ['hours', { values: new Float32Array(3 * (RECORDING_SECONDS_MAX * 25 + 2)) }, 'recording.values'],
    ['an unknown class', { label: 3 }, 'activity'],
  ] as const)('with %s is refused by field', (_name, change, field) => {
    expect(thrown(() => checkRecording(kept(change), TASK))).toMatchObject({ detail: { field } });
  });

  test('of any other shape is refused with a code', () => {
    fc.assert(
      fc.property(
        fc.record({
          id: fc.oneof(fc.string(), fc.integer()),
          at: fc.oneof(fc.double(), fc.string()),
          rate: fc.oneof(fc.constant(25), fc.double()),
          label: fc.oneof(fc.integer(), fc.double(), fc.string()),
          values: fc.oneof(fc.float32Array({ maxLength: 40 }), fc.array(fc.float()), fc.constant(undefined)),
        }),
        (odd) => {
          const error = thrown(() => checkRecording(odd as unknown as KeptRecording, TASK));
          expect(error === null || error instanceof MeshError).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
