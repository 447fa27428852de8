import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { largest } from '../trainer/goodness.ts';
import { calibrationError } from '../trainer/metrics.ts';
import { softmaxRows } from '../trainer/softmax.ts';
import { scoresOf } from './scores.ts';

it('counts confusion and per-class scores as by hand', () => {
  // Four rows, three classes: 0→0, 0→1, 1→1, 1→1; class 2 never occurs and is never guessed.
  const logits = Float32Array.of(2, 0, 0, 0, 1, 0, 0, 3, 0, 1, 5, 0);
  const scores = scoresOf(logits, Int32Array.of(0, 0, 1, 1), 3);
  expect(scores.confusion).toEqual([
    [1, 1, 0],
    [0, 2, 0],
    [0, 0, 0],
  ]);
  expect([scores.rows, scores.accuracy, scores.guessing]).toEqual([4, 0.75, 0.5]);
  expect(scores.classes).toEqual([
    { rows: 2, precision: 1, recall: 0.5, f1: 2 / 3 },
    { rows: 2, precision: 2 / 3, recall: 1, f1: 0.8 },
    { rows: 0, precision: null, recall: null, f1: null },
  ]);
});

it('stays finite where a single-precision softmax would not, and takes the first of equals', () => {
  const { loss, ece } = scoresOf(Float32Array.of(3000, -3000), Int32Array.of(1), 2);
  expect([loss, ece]).toEqual([6000, 1]); // a single row has no other half to be fitted on
  expect(largest(Float32Array.of(9, 1, 4, 4), 1, 3)).toBe(1);
});

it('loses no row, and its accuracy is the diagonal', () => {
  const row = fc.record({
    truth: fc.integer({ min: 0, max: 3 }),
    logits: fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
      const scores = scoresOf(
        Float32Array.from(rows.flatMap((r) => r.logits)),
        Int32Array.from(rows, (r) => r.truth),
        4,
      );
      expect(scores.confusion.flat().reduce((a, b) => a + b, 0)).toBe(rows.length);
      expect(scores.confusion.reduce((sum, r, i) => sum + r[i]!, 0) / rows.length).toBe(scores.accuracy);
      // So few rows are scored without a temperature.
      const losses = rows.map(({ logits, truth }) => Math.log(logits.reduce((sum, v) => sum + Math.exp(v - logits[truth]!), 0)));
      expect(scores.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / rows.length, 4);
      const probabilities = softmaxRows(Float32Array.from(rows.flatMap((r) => r.logits)), 4);
      expect(scores.ece).toBe(calibrationError({ probabilities, truth: Int32Array.from(rows, (r) => r.truth), classes: 4 }));
    }),
  );
});
