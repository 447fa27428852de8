import { expect, it } from 'vitest';
import { crossEntropyLoss, fitLinear, huberLoss, linearOutputs, sparseRows, type LinearModel } from './linear-fit.ts';

const all = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i);

/** Anscombe 1973, "Graphs in Statistical Analysis": the first and the third set. */
const X = Float32Array.of(10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5);
const FIRST = Float64Array.of(8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68);
const THIRD = Float64Array.of(7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73);
const line = (y: Float64Array, bend: number) => {
  const { weights, converged } = fitLinear(sparseRows(X, 1), all(11), huberLoss(y, bend), { l2: 0 });
  expect(converged).toBe(true);
  return [weights[1]!, weights[0]!];
};

it('is least squares without outliers: Anscombe’s lines have intercept 3.00 and slope 0.500', () => {
  const [intercept, slope] = line(FIRST, Infinity);
  expect(intercept).toBeCloseTo(3.0, 2);
  expect(slope).toBeCloseTo(0.5, 3);
});

it('ignores one outlier with a small bend: the other ten of Anscombe’s third set lie on 4 + 0.346 x', () => {
  const [intercept, slope] = line(THIRD, 0.02);
  expect(intercept).toBeCloseTo(4.0, 1);
  expect(slope).toBeCloseTo(0.345, 2);
});

it('is logistic regression: hours of study and passing, as in many textbooks (-4.0777 and 1.5046)', () => {
  const hours = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5];
  const passed = Int32Array.of(0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1);
  const { weights, converged } = fitLinear(sparseRows(Float32Array.from(hours), 1), all(20), crossEntropyLoss(passed, 2), { l2: 0 });
  expect(converged).toBe(true);
  expect(weights[1]! - weights[0]!).toBeCloseTo(1.5046, 3);
  expect(weights[3]! - weights[2]!).toBeCloseTo(-4.0777, 2);
});

const [ROWS, WIDTH] = [120, 6];
const x = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => (i % 5 === 0 ? 0 : Math.sin(i * i)));
const y = Int32Array.from({ length: ROWS }, (_, row) => (x[row * WIDTH + 1]! + x[row * WIDTH + 2]! > 0.4 ? 2 : row % 3 === 0 ? 1 : 0));

it('ends where the gradient vanishes, from any start, using only the rows of the lot', () => {
  const data = sparseRows(x, WIDTH);
  const lot = all(ROWS).filter((row) => row % 4 !== 3);
  const from = (start?: LinearModel) => fitLinear(data, lot, crossEntropyLoss(y, 4), { l2: 1e-3, slopeMax: 1e-9, start });
  const [cold, strong] = [from(), fitLinear(data, all(ROWS), crossEntropyLoss(y, 4), { l2: 1 })];
  const warm = from(strong);
  expect([cold.converged, warm.converged]).toEqual([true, true]);
  expect(cold.slope).toBeLessThanOrEqual(1e-9);
  for (const [i, weight] of cold.weights.entries()) expect(weight).toBeCloseTo(warm.weights[i]!, 4);
  // A stronger penalty makes smaller weights; a class without rows is never predicted.
  const size = ({ weights }: LinearModel) => Math.hypot(...weights.subarray(0, WIDTH * 4));
  expect(size(strong)).toBeLessThan(size(cold) / 4);
  const outputs = linearOutputs(cold, data, lot);
  expect(lot.every((_, i) => outputs[i * 4 + 3]! < Math.max(...outputs.subarray(i * 4, i * 4 + 3)) - 3)).toBe(true);
});

it('shrinks weights but no intercept, whatever the penalty', () => {
  const { weights } = fitLinear(sparseRows(X, 1), all(11), huberLoss(FIRST, Infinity), { l2: 100 });
  expect(weights[0]).toBeCloseTo(5 / 110, 3);
  expect(weights[1]).toBeCloseTo(7.5 - (9 * 5) / 110, 2);
});

it('reports NaN as not converged', () => {
  expect(fitLinear(sparseRows(X, 1), all(11), huberLoss(FIRST.with(3, NaN), 1), { l2: 0 }).converged).toBe(false);
});

it('reports that it was stopped before it converged', () => {
  const data = sparseRows(x, WIDTH);
  const short = fitLinear(data, all(ROWS), crossEntropyLoss(y, 3), { l2: 1e-4, passesMax: 3 });
  expect(short.converged).toBe(false);
  expect(short.slope).toBeGreaterThan(1e-6);
});
