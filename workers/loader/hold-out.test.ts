import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrainingRows } from '../training-rows.ts';
import { rowDigests } from './digest.ts';
import { holdOut, pickRows, unitCount } from './hold-out.ts';
import { storedRows } from './lines/stored-rows.ts';

/** Rows with one input: their number. */
const rowsOf = (values: readonly number[], units?: readonly number[]): TrainingRows => ({
  x: Float32Array.from(values),
  y: Int32Array.from(values, () => 0),
  ...(units === undefined ? {} : { units: Int32Array.from(units) }),
});
const split = (rows: TrainingRows, share: number) => holdOut(storedRows(rows), rowDigests(storedRows(rows)), share);
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('held-out rows', () => {
  it('are about the requested share, and none is lost or doubled', () => {
    const { training, heldOut } = split(rowsOf(numbers(2000)), 0.2);
    expect(heldOut.y.length).toBeGreaterThan(320);
    expect(heldOut.y.length).toBeLessThan(480);
    expect([...training.x, ...heldOut.x].sort((a, b) => a - b)).toEqual(numbers(2000));
  });

  it('depend on the content of rows, not on their order or on other rows', () => {
    const held = (values: readonly number[]) => new Set(split(rowsOf(values), 0.3).heldOut.x);
    const all = held(numbers(300));
    expect(held(numbers(300).reverse())).toEqual(all);
    expect(held(numbers(100))).toEqual(new Set([...all].filter((v) => v < 100)));
  });

  it('are chosen unit by unit, also if every row of a unit comes twice', () => {
    const twice = numbers(200).flatMap((v) => [v, v]);
    const { training, heldOut } = split(
      rowsOf(
        twice,
        twice.map((v) => v),
      ),
      0.3,
    );
    expect(unitCount(heldOut)).toBeGreaterThan(30);
    expect(unitCount(heldOut)).toBeLessThan(90);
    expect(unitCount(training) + unitCount(heldOut)).toBe(200);
  });

  it('grow with the share: rows held out at a tenth are held out at a fifth', () => {
    const values = rowsOf(numbers(500));
    const [tenth, fifth] = [split(values, 0.1).heldOut, split(values, 0.2).heldOut];
    expect([...tenth.x].every((v) => fifth.x.includes(v))).toBe(true);
    expect(split(values, 0).heldOut.y.length).toBe(0);
  });

  it('never split equal rows, nor the rows of one unit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 80 }), (values) => {
        const equal = split(rowsOf(values), 0.5);
        expect([...equal.training.x].some((v) => equal.heldOut.x.includes(v))).toBe(false);
        const seen = [...new Set(values.map((v) => v % 7))];
        const units = values.map((v) => seen.indexOf(v % 7));
        const grouped = split(rowsOf(values, units), 0.5);
        const sides = [grouped.training, grouped.heldOut].map((side) => new Set([...side.x].map((v) => v % 7)));
        expect([...sides[0]!].some((unit) => sides[1]!.has(unit))).toBe(false);
        for (const side of [grouped.training, grouped.heldOut]) {
          expect([...new Set(side.units)]).toEqual(numbers(unitCount(side)));
        }
      }),
    );
  });
});

it('picked rows keep their inputs, classes and units together', () => {
  const rows: TrainingRows = { x: Float32Array.of(1, 2, 3, 4, 5, 6), y: Int32Array.of(0, 1, 2), units: Int32Array.of(0, 1, 0) };
  expect(pickRows(rows, Int32Array.of(2, 0))).toEqual({
    x: Float32Array.of(5, 6, 1, 2),
    y: Int32Array.of(2, 0),
    units: Int32Array.of(0, 0),
  });
});
