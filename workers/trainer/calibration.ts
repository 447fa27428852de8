/**
 * Probabilities that mean what they say: one temperature divides a model's outputs before the softmax (Guo, Pleiss, Sun & Weinberger 2017),
 * chosen to minimise the log loss on public rows, with a prior that few rows cannot outvote. It never changes the predicted class. Pure
 * functions over outputs. noise-spread.ts covers the case of too few public rows.
 */
import { softmaxRows } from './softmax.ts';
import { calibrationError } from './metrics.ts';
import type { Answers } from '../training-rows.ts';

/** Beyond these nothing is gained but certainty that a few rows cannot give, and a model that knows nothing is even at the upper end. */
const TEMPERATURE_MIN = 1 / 16;
const TEMPERATURE_MAX = 1024;
/** Halvings of the range, which leave a hundred-thousandth of a temperature. */
const HALVINGS = 20;
/** Fewer rows than these say too little of how sure a model may be. */
export const FITTED_ROWS_MIN = 50;
/**
 * Test sets come from strangers, and nobody asks for a temperature: outputs that are fitted, and multiplications that make them, which only
 * the fewest rows may exceed, by a second of one core for the largest network.
 */
const OUTPUTS_MAX = 2e5;
const MULTIPLICATIONS_MAX = 2e8;
/** Multiples of it spread evenly between whole numbers. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Outputs of a model on rows whose class is known. */
export interface Outputs {
  /** rows x classes, before any softmax */
  readonly logits: Float32Array;
  readonly truth: Answers;
  readonly classes: number;
}

/**
 * Rows that a temperature is fitted on: all, or one of each of as many equal stretches, at a place that moves on with them. Every k-th row
 * would miss whole classes where they come in turn.
 * @param multiplications that make the outputs of one row; 0 where they are there
 */
export function fittedRows(rows: number, classes: number, multiplications = 0): Int32Array {
  const most = Math.floor(Math.min(OUTPUTS_MAX / classes, MULTIPLICATIONS_MAX / multiplications));
  const count = Math.min(rows, Math.max(most, FITTED_ROWS_MIN));
  const start = (i: number) => Math.floor((i * rows) / count);
  return Int32Array.from({ length: count }, (_, i) => start(i) + Math.floor(((i * GOLDEN) % 1) * (start(i + 1) - start(i))));
}

/**
 * The log loss is convex in 1/temperature (it is a softmax regression with one weight), so the sign of its slope says on which side of the
 * middle the least lies. Every device finds the same but for the last bits of its exponentials. One row in all is spread evenly over the
 * classes of the others (Perks 1947; of two classes Jeffreys' prior), by softer targets as in Platt (1999): n rows without a mistake say
 * no more than 1 - 1/(n + 1) of two classes, never certainty.
 * @param of the rows that count; without any, or with outputs that are no numbers, they are left as they are
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

/** Of the log loss by the factor: the mean output that is expected, less the one that the targets have. */
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
  // The largest is taken off first, so that no exponential overflows.
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

/** Each half of the rows, every other one, is judged with the temperature of the other half; too few rows as they are. */
export function crossFitted(outputs: Outputs): CrossFitted {
  const { logits, truth, classes } = outputs;
  const few = truth.length < FITTED_ROWS_MIN;
  const halves = [1, 0].map((other) => (few ? 1 : fitTemperature(outputs, (row) => row % 2 === other)));
  let loss = 0;
  for (const row of truth.keys()) loss += rowLoss(outputs, row, halves[row % 2]!);
  const scaled = logits.map((output, i) => output / halves[Math.floor(i / classes) % 2]!);
  return { loss: loss / truth.length, ece: calibrationError({ probabilities: softmaxRows(scaled, classes), truth, classes }) };
}
