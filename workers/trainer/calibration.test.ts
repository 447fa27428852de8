import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFitted, fittedRows, fitTemperature, rowLoss, type Outputs } from './calibration.ts';
import { scoresOf } from '../lab/scores.ts';

const outputsOf = (rows: readonly (readonly number[])[], truth: readonly number[]): Outputs => ({
  logits: Float32Array.from(rows.flat()),
  truth: Int32Array.from(truth),
  classes: rows[0]!.length,
});
const meanLoss = (outputs: Outputs, temperature: number) =>
  Array.from(outputs.truth.keys(), (row) => rowLoss(outputs, row, temperature)).reduce((a, b) => a + b) / outputs.truth.length;
/** The loss that a temperature minimises: one row in all is spread evenly over the classes. */
const softLoss = (outputs: Outputs, temperature: number) => {
  const prior = 1 / (outputs.truth.length + 1);
  const even = Array.from({ length: outputs.classes }, (_, c) => meanLoss({ ...outputs, truth: outputs.truth.map(() => c) }, temperature));
  return (1 - prior) * meanLoss(outputs, temperature) + (prior / outputs.classes) * even.reduce((a, b) => a + b);
};
const right = (rows: number, by = 1) =>
  outputsOf(
    Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? [by, 0] : [0, by])),
    Array.from({ length: rows }, (_, row) => row % 2),
  );
/** Probability of the guess for a row with outputs 1 and 0. */
const sureness = (temperature: number) => 1 / (1 + Math.exp(-1 / temperature));

/** One row in four is wrong, and all are predicted at e^8 : 1. */
const SURE_OF_TOO_MUCH = outputsOf(
  Array.from({ length: 400 }, () => [8, 0]),
  Array.from({ length: 400 }, (_, row) => (row % 8 < 2 ? 1 : 0)),
);

describe('a temperature', () => {
  it('makes a model that is right three times out of four say 75 %', () => {
    // sigmoid(8 / T) = 0.75, but for the one row that is spread over both classes.
    const share = (0.75 * 400 + 0.5) / 401;
    expect(fitTemperature(SURE_OF_TOO_MUCH)).toBeCloseTo(8 / Math.log(share / (1 - share)), 3);
    expect(share).toBeCloseTo(0.75, 2);
  });

  it('is the best within its bounds, and stays within them', () => {
    const row = fc.record({
      truth: fc.integer({ min: 0, max: 2 }),
      logits: fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.double({ min: 1 / 16, max: 1024, noNaN: true }), (rows, other) => {
        const outputs = outputsOf(
          rows.map((r) => r.logits),
          rows.map((r) => r.truth),
        );
        const best = fitTemperature(outputs);
        expect(best).toBeGreaterThanOrEqual(1 / 16);
        expect(best).toBeLessThanOrEqual(1024);
        expect(softLoss(outputs, best)).toBeLessThanOrEqual(softLoss(outputs, other) + 1e-5);
      }),
    );
  });

  it('is the largest allowed for a model that is always wrong, and 1 without rows', () => {
    expect(Math.abs(fitTemperature(outputsOf([[1, 0]], [1])) / 1024 - 1)).toBeLessThan(1e-4);
    expect(Math.abs(fitTemperature(right(60, 0.01)) / (1 / 16) - 1)).toBeLessThan(1e-4);
    expect(fitTemperature(outputsOf([[1, 0]], [0]), () => false)).toBe(1);
  });

  it('for rows without a mistake makes nothing certain: four say 90 %, sixty 99.2 %', () => {
    expect(sureness(fitTemperature(right(4)))).toBeCloseTo(1 - 0.5 / 5, 4);
    expect(sureness(fitTemperature(right(60)))).toBeCloseTo(1 - 0.5 / 61, 4);
  });

  it('leaves outputs that are not finite unscaled', () => {
    expect(fitTemperature(outputsOf([[NaN, 0], ...Array.from({ length: 60 }, () => [1, 0])], Array(61).fill(0)))).toBe(1);
    expect(fitTemperature(outputsOf([[Infinity, 0]], [0]))).toBe(1);
  });

  it('is fitted on no more rows than take a moment, of every class even if classes alternate', () => {
    expect(fittedRows(120, 3, 6)).toEqual(Int32Array.from({ length: 120 }, (_, row) => row));
    const rows = fittedRows(100_000, 10, 5000);
    expect(rows).toHaveLength(20_000);
    expect(new Set(rows).size).toBe(20_000);
    const classes = Array.from({ length: 10 }, (_, c) => rows.filter((row) => row % 10 === c).length);
    expect(Math.min(...classes)).toBeGreaterThan(1800);
    expect(fittedRows(100_000, 256)).toHaveLength(781);
    expect(fittedRows(100_000, 2, 1e6)).toHaveLength(200);
    expect(fittedRows(100_000, 2, 5e7)).toHaveLength(50);
  });
});

describe('the loss of a row', () => {
  it('matches a calculation by hand, and is finite where a single-precision softmax would not be', () => {
    const e = Math.exp;
    expect(rowLoss(outputsOf([[5, 1, 0]], [1]), 0, 1)).toBeCloseTo(-Math.log(e(1) / (e(5) + e(1) + 1)), 12);
    expect(rowLoss(outputsOf([[5, 1, 0]], [1]), 0, 2)).toBeCloseTo(-Math.log(e(0.5) / (e(2.5) + e(0.5) + 1)), 12);
    expect(rowLoss(outputsOf([[3000, -3000]], [1]), 0, 1)).toBe(6000);
  });
});

describe('probabilities that are judged', () => {
  it('have a temperature: without one these would be off by a quarter', () => {
    const { loss, ece } = crossFitted(SURE_OF_TOO_MUCH);
    expect(ece).toBeLessThan(2e-3);
    expect(loss).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 4);
    expect(meanLoss(SURE_OF_TOO_MUCH, 1)).toBeGreaterThan(2);
    expect(scoresOf(SURE_OF_TOO_MUCH.logits, SURE_OF_TOO_MUCH.truth, 2)).toMatchObject({ loss, ece, accuracy: 0.75 });
  });

  it('never come from the rows that the temperature was fitted on', () => {
    // Even rows are all right, odd ones all wrong: each half's own temperature would make it perfect or uniform, the other half's neither.
    const outputs = outputsOf(
      Array.from({ length: 60 }, () => [2, 0]),
      Array.from({ length: 60 }, (_, row) => row % 2),
    );
    const { loss, ece } = crossFitted(outputs);
    // Even rows get the temperature of the wrong half, 1024; odd rows that of the right half, 30 of 30 and so 61 : 1.
    expect(loss).toBeCloseTo((Math.log(1 + Math.exp(-2 / 1024)) + Math.log(62)) / 2, 4);
    expect(ece).toBeCloseTo((0.4995 + 61 / 62) / 2, 3);
  });

  it('of too few rows have no temperature', () => {
    const outputs = right(40);
    expect(crossFitted(outputs).loss).toBeCloseTo(meanLoss(outputs, 1), 6);
  });
});
