import { expect, it } from 'vitest';
import { PARCELS_TASK } from './late-parcels.ts';
import { parcelRows } from './rows.ts';

const ROWS = parcelRows(4000, 'typical');
/** Rounding step of each column's typical value. */
const STEPS: Readonly<Record<string, number>> = { distance_km: 5, stops_before: 5, rain_mm: 0.5, weight_kg: 0.5 };

it('have typical values that are the rounded medians of the draws, and ranges that tightly hold the middle 96 %', () => {
  const numbers = PARCELS_TASK.columns.flatMap((column, i) => (column.kind === 'number' ? [{ column, i }] : []));
  expect(numbers.map(({ column }) => column.name)).toEqual(Object.keys(STEPS));
  for (const { column, i } of numbers) {
    const sorted = ROWS.map((cells) => Number(cells[i])).toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * sorted.length)]!;
    const step = STEPS[column.name]!;
    expect([column.name, column.typical]).toEqual([column.name, Math.round(at(0.5) / step) * step]);
    expect(at(0.02)).toBeGreaterThanOrEqual(column.min);
    expect(at(0.98)).toBeLessThanOrEqual(column.max);
    expect(at(0.98) - at(0.02)).toBeGreaterThan(0.7 * (column.max - column.min));
  }
});

it('are late in about a third, every listed value occurs, and no two draws are alike', () => {
  const late = ROWS.filter((cells) => cells.at(-1) === 'yes').length / ROWS.length;
  expect(late).toBeGreaterThan(0.25);
  expect(late).toBeLessThan(0.45);
  for (const [i, column] of PARCELS_TASK.columns.entries()) {
    const values = new Set(ROWS.map((cells) => cells[i]));
    expect(values).toEqual(column.kind === 'category' ? new Set(column.values) : values);
  }
  expect(parcelRows(5, 'a')).toEqual(parcelRows(5, 'a'));
  expect(parcelRows(5, 'a')).not.toEqual(parcelRows(5, 'b'));
});
