import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { TableTask } from '#protocol/manifest/task';
import { parseNumber } from '../cells/cell.ts';
import { scaleNumber } from './encode.ts';
import { isProblem, rowEncoder } from '../row-encoder.fixture.ts';

const TASK: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'hours', min: 0, max: 16 },
    { kind: 'category', name: 'weather', values: ['dry', 'rain', 'snow'] },
    { kind: 'number', name: 'degrees', min: -20, max: 40 },
  ],
  label: { name: 'rented', classes: ['no', 'yes'] },
  picture: null,
};

describe('scaling by the public range', () => {
  it('maps the ends to -1 and 1, and the middle to 0', () => {
    expect([0, 8, 16].map((v) => scaleNumber(v, 0, 16))).toEqual([-1, 0, 1]);
  });

  it('maps a typical value to 0, and a value outside to the nearer end', () => {
    expect([-3, 0, 4, 16, 99].map((v) => scaleNumber(v, 0, 16, 4))).toEqual([-0.5, -0.5, 0, 1.5, 1.5]);
  });

  it('stays in [-1, 1] and keeps the order whatever the number', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const [x, y] = [scaleNumber(low, -3, 5), scaleNumber(high, -3, 5)];
        expect(x).toBeGreaterThanOrEqual(-1);
        expect(y).toBeLessThanOrEqual(1);
        expect(x).toBeLessThanOrEqual(y);
      }),
    );
  });
});

describe('numbers in cells', () => {
  it.each([
    ['7', 7],
    ['-7.5', -7.5],
    ['+1e2', 100],
    ['.5', 0.5],
    ['5.', 5],
    ['1e999', Infinity],
  ])('reads %s', (cell, v) => {
    expect(parseNumber(cell)).toBe(v);
  });

  it.each(['', 'x', '0x10', '1,5', 'NaN', 'Infinity', '1 2', '--1', '1e', '.'])('refuses %j', (cell) => {
    expect(parseNumber(cell)).toBeNaN();
  });
});

describe('a row', () => {
  const encoder = rowEncoder(TASK);

  it('becomes one input per number and one per category value', () => {
    const out = new Float32Array(7).fill(9);
    expect(encoder.width).toBe(5);
    expect(encoder.encode(['4', 'snow', '40', 'yes'], out, 1)).toEqual({ label: 1, clamped: 0 });
    expect([...out]).toEqual([9, -0.5, 0, 0, 1, 1, 9]);
  });

  it('counts the numbers that it moved to the end of their range', () => {
    const out = new Float32Array(5);
    expect(encoder.encode(['17', 'dry', '-300', 'no'], out, 0)).toEqual({ label: 0, clamped: 2 });
    expect([out[0], out[4]]).toEqual([1, -1]);
  });

  it.each([
    [['x', 'dry', '1', 'no'], 'value-type', 'hours', 'a number', "'x'"],
    [['', 'dry', '1', 'no'], 'value-type', 'hours', 'a number', 'nothing'],
    [['1', 'hail', '1', 'no'], 'value-type', 'weather', 'one of dry, rain, snow', "'hail'"],
    [['1', 'dry', '1', 'maybe'], 'label-unknown', 'rented', 'one of no, yes', "'maybe'"],
  ])('names what is wrong in %j', (cells, code, field, expected, got) => {
    const result = encoder.encode(cells, new Float32Array(5), 0);
    expect(isProblem(result) && result).toEqual({ code, detail: { field, expected, got } });
  });

  it('accepts a class that another program wrote as a decimal', () => {
    const digits = rowEncoder({ ...TASK, columns: [TASK.columns[0]!], label: { name: 'digit', classes: ['0', '1', '2', '3'] } });
    expect(digits.encode(['1', '3.0'], new Float32Array(1), 0)).toEqual({ label: 3, clamped: 0 });
    expect(digits.encode(['1', '4'], new Float32Array(1), 0)).toMatchObject({ code: 'label-unknown' });
  });
});

describe('gaps of a column', () => {
  const gaps: TableTask = {
    ...TASK,
    columns: [
      { kind: 'number', name: 'glucose', min: 0, max: 200, typical: 100, missing: 'fill', gaps: ['0', '-200', 'not taken'] },
      { kind: 'category', name: 'weather', values: ['dry', 'rain'], others: true, gaps: ['xx', 'rain'] },
    ],
  };
  const encoder = rowEncoder(gaps);
  const inputs = (...cells: string[]) => {
    const out = new Float32Array(encoder.width);
    const read = encoder.encode([...cells, 'no'], out, 0);
    return isProblem(read) ? read.code : [...out];
  };

  it('read as missing, numbers in any notation', () => {
    for (const cell of ['0', '0.0', '-200', '-200.00', '−200', 'Not Taken']) expect(inputs(cell, 'dry')).toEqual([0, 1, 1, 0]);
    expect(inputs('150', 'rain')).toEqual([0.5, 0, 0, 0]);
    expect(inputs('150', 'XX')).toEqual([0.5, 0, 0, 0]);
    expect(inputs('never', 'dry')).toBe('value-type');
  });

  it('leave the row out if gaps are not filled', () => {
    const strict = rowEncoder({ ...TASK, columns: [{ kind: 'number', name: 'n', min: 0, max: 9, gaps: ['-1'] }] });
    expect(strict.encode(['-1', 'no'], new Float32Array(1), 0)).toMatchObject({ code: 'value-type' });
    expect(strict.encode(['-2', 'no'], new Float32Array(1), 0)).toMatchObject({ clamped: 1 });
  });
});
