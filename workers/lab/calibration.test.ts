import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFitted, fitTemperature, rowLoss, type Outputs } from './calibration.ts';
import { scoresOf } from './scores.ts';

const outputsOf = (rows: readonly (readonly number[])[], truth: readonly number[]): Outputs => ({
  logits: Float32Array.from(rows.flat()),
  truth: Int32Array.from(truth),
  classes: rows[0]!.length,
});
const meanLoss = (outputs: Outputs, temperature: number) =>
  Array.from(outputs.truth.keys(), (row) => rowLoss(outputs, row, temperature)).reduce((a, b) => a + b) / outputs.truth.length;

/** Of every four rows one is wrong, and all are called e^8 : 1. */
const SURE_OF_TOO_MUCH = outputsOf(
  Array.from({ length: 400 }, () => [8, 0]),
  Array.from({ length: 400 }, (_, row) => (row % 8 < 2 ? 1 : 0)),
);

describe('a temperature', () => {
  it('makes a model that is right three times of four say 75 %', () => {
    // sigmoid(8 / T) = 0.75, so T = 8 / ln 3.
    expect(fitTemperature(SURE_OF_TOO_MUCH)).toBeCloseTo(8 / Math.log(3), 6);
  });

  it('is the best of all between its bounds, and stays between them', () => {
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
        expect(meanLoss(outputs, best)).toBeLessThanOrEqual(meanLoss(outputs, other) + 1e-9);
      }),
    );
  });

  it('of a model without a mistake is the least that is allowed, of one that is always wrong the most, and of no rows 1', () => {
    expect(fitTemperature(outputsOf([[1, 0]], [0]))).toBeCloseTo(1 / 16, 9);
    expect(fitTemperature(outputsOf([[1, 0]], [1]))).toBeCloseTo(1024, 4);
    expect(fitTemperature(outputsOf([[1, 0]], [0]), () => false)).toBe(1);
  });
});

describe('the loss of a row', () => {
  it('is as by hand, and finite where a softmax in single precision would not be', () => {
    const e = Math.exp;
    expect(rowLoss(outputsOf([[5, 1, 0]], [1]), 0, 1)).toBeCloseTo(-Math.log(e(1) / (e(5) + e(1) + 1)), 12);
    expect(rowLoss(outputsOf([[5, 1, 0]], [1]), 0, 2)).toBeCloseTo(-Math.log(e(0.5) / (e(2.5) + e(0.5) + 1)), 12);
    expect(rowLoss(outputsOf([[3000, -3000]], [1]), 0, 1)).toBe(6000);
  });
});

describe('probabilities that are judged', () => {
  it('have a temperature: without one these would be off by a quarter', () => {
    const { loss, ece } = crossFitted(SURE_OF_TOO_MUCH);
    expect(ece).toBeLessThan(1e-3);
    expect(loss).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 4);
    expect(meanLoss(SURE_OF_TOO_MUCH, 1)).toBeGreaterThan(2);
    expect(scoresOf(SURE_OF_TOO_MUCH.logits, SURE_OF_TOO_MUCH.truth, 2)).toMatchObject({ loss, ece, accuracy: 0.75 });
  });

  it('are never those of the rows that the temperature was fitted on', () => {
    // Even rows are all right, odd ones all wrong: each half's own temperature would be perfect or even, the other's is neither.
    const outputs = outputsOf(
      Array.from({ length: 40 }, () => [2, 0]),
      Array.from({ length: 40 }, (_, row) => row % 2),
    );
    const { loss, ece } = crossFitted(outputs);
    // Even rows have the temperature of the wrong half, 1024; odd rows that of the right half, 1/16, and are off by 32.
    expect(loss).toBeCloseTo((Math.log(1 + Math.exp(-2 / 1024)) + 32) / 2, 6);
    expect(ece).toBeCloseTo((0.4995 + 1) / 2, 3);
  });
});
