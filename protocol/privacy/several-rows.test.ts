import { expect, it } from 'vitest';
import { sigmaByRenyi } from './calibration.ts';
import { epsilonOf } from './rdp.ts';
import { epsilonOfRows } from './several-rows.ts';

const delta = 1e-5;

it('150 rows of one person at epsilon 1 a row are far more than 150 for the person', () => {
  const phase = { rate: 1, rounds: 20, sigma: sigmaByRenyi({ epsilon: 1, delta, rate: 1, rounds: 20 }) };
  const person = epsilonOfRows(phase, 150, delta);
  expect(person).toBeGreaterThan(800);
  expect(person).toBeLessThan(1000);
  expect(epsilonOfRows(phase, 1, delta)).toBeCloseTo(1, 2);
});

it('of one row it is the accountant’s, and more rows cost more, at least as much as each alone', () => {
  for (const rate of [1, 0.3]) {
    const phase = { rate, rounds: 40, sigma: 12 };
    const one = epsilonOf([phase], delta).epsilon;
    expect(epsilonOfRows(phase, 1, delta)).toBeLessThanOrEqual(one * (1 + 1e-9));
    const several = [1, 2, 3, 8, 30, 200].map((rows) => epsilonOfRows(phase, rows, delta));
    for (let i = 1; i < several.length; i++) expect(several[i]!).toBeGreaterThan(several[i - 1]! * 1.2);
  }
});

it.each([0, 1.5, -3, Number.NaN])('%d rows are refused', (rows) => {
  expect(() => epsilonOfRows({ rate: 1, sigma: 3, rounds: 1 }, rows, delta)).toThrowError(/field-invalid|rows/);
});
