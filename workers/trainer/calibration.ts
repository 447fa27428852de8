/**
 * Calibrated probabilities: one temperature divides a model's outputs before the softmax (Guo, Pleiss, Sun & Weinberger 2017). It minimises
 * the log loss on public rows, with a prior that a few rows cannot outvote, and never changes the predicted class. Pure functions over
 * outputs. noise-spread.ts covers the case of too few public rows.
 */
import { softmaxRows } from './softmax.ts';
import { calibrationError } from './metrics.ts';
import type { Answers } from '../training-rows.ts';

/** Lower ones only add certainty that a few rows cannot support; at the upper end a model that knows nothing is already uniform. */
const TEMPERATURE_MIN = 1 / 16;
const TEMPERATURE_MAX = 1024;
/** Halvings of the range, which locate a temperature to a hundred-thousandth. */
const HALVINGS = 20;
/** Fewer rows say too little about how certain a model may be. */
export const FITTED_ROWS_MIN = 50;
/**
 * Anybody can supply a test set, and fitting runs unasked. So these bound the outputs that are fitted and the multiplications that make
 * them. Only the minimum of rows may exceed them: by a second of one core for the largest network.
 */
const OUTPUTS_MAX = 2e5;
const MULTIPLICATIONS_MAX = 2e8;
/** Its multiples modulo 1 are evenly spread. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Outputs of a model on rows whose class is known. */
export interface Outputs {
  /** rows x classes, before any softmax */
  readonly logits: Float32Array;
  readonly truth: Answers;
  readonly classes: number;
}

/**
 * Rows to fit a temperature on: all of them, or one from each of many equal stretches, at a place that shifts from stretch to stretch.
 * Every k-th row would miss whole classes in a file where classes alternate.
 * @param multiplications to compute the outputs of one row; 0 if they are computed already
 */
export function fittedRows(rows: number, classes: number, multiplications = 0): Int32Array {
  const most = Math.floor(Math.min(OUTPUTS_MAX / classes, MULTIPLICATIONS_MAX / multiplications));
  const count = Math.min(rows, Math.max(most, FITTED_ROWS_MIN));
  const start = (i: number) => Math.floor((i * rows) / count);
  return Int32Array.from({ length: count }, (_, i) => start(i) + Math.floor(((i * GOLDEN) % 1) * (start(i + 1) - start(i))));
}

/**
 * The log loss is convex in 1/temperature (a softmax regression with one weight), so the sign of its slope says on which side of the
 * midpoint the minimum lies. Devices differ only in the last bits of their exponentials. As a prior, one extra row is spread evenly over
 * the classes (Perks 1947; with two classes Jeffreys' prior), by softer targets as in Platt (1999): n rows without a mistake allow at most
 * 1 - 1/(n + 1) with two classes, never certainty.
 * @param of selects the rows that count
 * @returns 1 if no row counts or an output is not finite
 */
export function fitTemperature({ logits, truth, classes }: Outputs, of: (row: number) => boolean = () => true): number {
  const counted = Int32Array.from(truth.keys()).filter(of);
  if (counted.length === 0) return 1;
  const rows = fittedRows(counted.length, classes).map((place) => counted[place]!);
  let [low, high] = [Math.log(1 / TEMPERATURE_MAX), Math.log(1 / TEMPERATURE_MIN)];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    const steep = slope(logits, truth, classes, rows, Math.exp(middle));
    if (!Number.isFinite(steep)) return 1;
    if (steep > 0) high = middle;
    else low = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Derivative of the log loss by the factor: the mean output expected, less the one of the targets. */
function slope(logits: Float32Array, truth: Answers, classes: number, rows: Int32Array, factor: number): number {
  const prior = 1 / (rows.length + 1);
  let total = 0;
  for (const row of rows) {
    const outputs = logits.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...outputs);
    let [sum, expected, plain] = [0, 0, 0];
    for (const output of outputs) {
      const weight = Math.exp(factor * (output - top));
      sum += weight;
      expected += weight * output;
      plain += output;
    }
    total += expected / sum - (1 - prior) * outputs[truth[row]!]! - (prior * plain) / classes;
  }
  return total;
}

/** Cross-entropy of one row in nats. */
export function rowLoss({ logits, truth, classes }: Outputs, row: number, temperature: number): number {
  const outputs = logits.subarray(row * classes, (row + 1) * classes);
  // Subtract the largest, so that no exponential overflows.
  const top = Math.max(...outputs);
  let sum = 0;
  for (const output of outputs) sum += Math.exp((output - top) / temperature);
  return Math.log(sum) + (top - outputs[truth[row]!]!) / temperature;
}

/** How good probabilities are on rows that their temperature was not fitted on. */
export interface CrossFitted {
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Expected calibration error, see metrics.ts. */
  readonly ece: number;
}

/** Judges each half of the rows (every other one) with the temperature of the other half; too few rows are left unscaled. */
export function crossFitted(outputs: Outputs): CrossFitted {
  const { logits, truth, classes } = outputs;
  const few = truth.length < FITTED_ROWS_MIN;
  const halves = [1, 0].map((other) => (few ? 1 : fitTemperature(outputs, (row) => row % 2 === other)));
  let loss = 0;
  for (const row of truth.keys()) loss += rowLoss(outputs, row, halves[row % 2]!);
  const scaled = logits.map((output, i) => output / halves[Math.floor(i / classes) % 2]!);
  return { loss: loss / truth.length, ece: calibrationError({ probabilities: softmaxRows(scaled, classes), truth, classes }) };
}
