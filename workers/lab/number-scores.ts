/**
 * Errors of a model's numbers on rows with known answers, with bootstrap intervals over units, compared with the median. Mean absolute
 * error, root mean square error, and R², the share of the variance that predictions explain (Wright 1921), which is below 0 if the mean of
 * the rows would do better. Pure functions over a model's outputs.
 */
import type { RandomWords } from '#protocol/privacy/noise/random-words';
import { answerOfOutput } from '#protocol/manifest/number-answer';
import type { NumberAnswer } from '#protocol/manifest/task';
import type { Answers } from '../training-rows.ts';
import { errorsOf, medianError } from '../trainer/number-errors.ts';
import type { NumberCheckScores, NumberScores } from './api.ts';
import { drawUnits, intervalOf } from './bootstrap.ts';
import { crossCoverage } from './conformal.ts';

interface Measured {
  readonly mae: number;
  readonly rmse: number;
  readonly r2: number | null;
}

/** @param counts how often each row counts, at least one of them */
export function measureNumbers(errors: Float64Array, truth: Float64Array, counts: Int32Array): Measured {
  let [rows, sizes, squares, sum] = [0, 0, 0, 0];
  for (const [row, count] of counts.entries()) {
    rows += count;
    sizes += count * Math.abs(errors[row]!);
    squares += count * errors[row]! ** 2;
    sum += count * truth[row]!;
  }
  const spread = counts.reduce((total, count, row) => total + count * (truth[row]! - sum / rows) ** 2, 0);
  return { mae: sizes / rows, rmse: Math.sqrt(squares / rows), r2: spread === 0 ? null : 1 - squares / spread };
}

/** @param units of the rows; absent if each row is its own */
export function checkNumbers(
  outputs: Float32Array,
  truth: Answers,
  number: NumberAnswer,
  units: Int32Array | undefined,
  words: RandomWords,
): NumberCheckScores {
  const errors = errorsOf(outputs, truth, number);
  const values = Float64Array.from(truth, (answer) => answerOfOutput(answer, number));
  const rows = truth.length;
  const value = measureNumbers(errors, values, new Int32Array(rows).fill(1));
  const draws = drawUnits(rows, units, words, rows, (counts) => measureNumbers(errors, values, counts));
  const interval = (of: (measured: Measured) => number | null) => intervalOf(of(value), draws.map(of));
  return { rows, mae: interval(({ mae }) => mae)!, rmse: interval(({ rmse }) => rmse)!, r2: interval(({ r2 }) => r2) };
}

/** For public rows, each its own unit. */
export function scoreNumbers(outputs: Float32Array, truth: Answers, number: NumberAnswer, words: RandomWords): NumberScores {
  const coverage = crossCoverage(outputs, truth, number);
  return {
    ...checkNumbers(outputs, truth, number, undefined, words),
    guessing: medianError(truth, number),
    coverage: Number.isNaN(coverage) ? null : coverage,
  };
}
