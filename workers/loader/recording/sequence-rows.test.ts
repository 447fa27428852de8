import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SequenceTask } from '#protocol/manifest/task';
import type { Recording } from '../../api.ts';
import { scaleChannel, windowsOf, windowStarts } from './sequence-rows.ts';

const task = (change: Partial<SequenceTask> = {}): SequenceTask => ({
  kind: 'sequence',
  channels: [
    { name: 'x', min: 0, max: 10 },
    { name: 'y', min: -1, max: 3, typical: 0 },
  ],
  length: 4,
  hop: 2,
  windowsMax: 4,
  recording: 'id',
  label: { name: 'what', classes: ['rest', 'walk'] },
  ...change,
});
const recording = (id: string, label: number, values: readonly number[]): Recording => ({ id, label, values: Float32Array.from(values) });
const ramp = (moments: number) => Array.from({ length: moments }, (_, i) => [i, 0]).flat();

describe('scaling a channel', () => {
  const off = { name: 'y', min: -1, max: 3, typical: 0 };
  test.each([
    [0, 0],
    [3, 1],
    [-1, -1 / 3],
    [99, 1],
    [-99, -1 / 3],
    [Infinity, 1],
    [Number.NaN, 0],
  ])('%s becomes %s where 0 of -1 to 3 is typical', (v, scaled) => expect(scaleChannel(v, off)).toBeCloseTo(scaled, 12));

  test('the middle of the range is typical by default', () => {
    expect([0, 5, 10].map((v) => scaleChannel(v, { name: 'x', min: 0, max: 10 }))).toEqual([-1, 0, 1]);
  });
});

describe('windows', () => {
  test('start one hop apart, and an incomplete rest is left out', () => expect(windowStarts(task(), 9)).toEqual([0, 2, 4]));
  test('of a short recording there is one, filled with typical values', () => {
    const { x, y, units } = windowsOf(task(), [recording('a', 1, [10, 3, 0, -1])]);
    expect([...x]).toEqual([1, 1, -1, Math.fround(-1 / 3), 0, 0, 0, 0]);
    expect([[...y], [...units!]]).toEqual([[1], [0]]);
  });
  test('beyond the bound are chosen evenly, both ends included', () => {
    expect(windowStarts(task(), 4 + 2 * 9)).toEqual([0, 6, 12, 18]);
    expect(windowStarts(task({ windowsMax: 1 }), 4 + 2 * 8)).toEqual([8]);
  });
  test('of one recording are one unit, in order', () => {
    const { x, y, units } = windowsOf(task(), [recording('a', 0, ramp(6)), recording('b', 1, ramp(4))]);
    expect([[...y], [...units!]]).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ]);
    expect(Array.from({ length: 3 }, (_, i) => x[8 * i]!.toFixed(2))).toEqual(['-1.00', '-0.60', '-1.00']);
  });
  test('are units by themselves if one per recording counts', () => {
    expect(windowsOf(task({ windowsMax: 1 }), [recording('a', 0, ramp(9))])).not.toHaveProperty('units');
  });
  test('there are never more than the bound, and they lie within the recording', () => {
    const whole = (min: number, max: number) => fc.integer({ min, max });
    fc.assert(
      fc.property(whole(4, 40), whole(1, 50), fc.constantFrom(1, 2, 4, 8, 64), whole(1, 3000), (length, hop, windowsMax, moments) => {
        const starts = windowStarts(task({ length, hop, windowsMax }), moments);
        expect(starts.length).toBeGreaterThanOrEqual(1);
        expect(starts.length).toBeLessThanOrEqual(windowsMax);
        expect(new Set(starts).size).toBe(starts.length);
        for (const start of starts) expect(moments <= length ? start === 0 : start + length <= moments).toBe(true);
      }),
    );
  });
  test.each([
    [recording('a', 2, [1, 2]), 'label-unknown'],
    [recording('a', 0, [1, 2, 3]), 'wrong-length'],
    [recording('a', 0, []), 'wrong-length'],
  ])('a recording that is none is refused by name', (odd, code) => {
    expect(() => windowsOf(task(), [odd])).toThrow(expect.objectContaining({ code, detail: expect.objectContaining({ field: 'a' }) }));
  });
});
