/**
 * Probabilities that mean what they say: one temperature divides a model's outputs before the softmax (Guo, Pleiss, Sun & Weinberger 2017),
 * the one that makes the log loss on public rows least. It changes no guess. Pure functions over outputs; not what to do where no row is
 * public (noise-spread.ts).
 */
import { softmaxRows } from '../softmax.ts';
import { calibrationError } from './metrics.ts';

/** Beyond these nothing is gained but certainty that a few rows cannot give, and a model that knows nothing is even at the upper end. */
const TEMPERATURE_MIN = 1 / 16;
const TEMPERATURE_MAX = 1024;
/** Halvings of the range, which leave less of it than float32 tells apart. */
const HALVINGS = 40;

/** Outputs of a model on rows whose class is known. */
export interface Outputs {
  /** rows x classes, before any softmax */
  readonly logits: Float32Array;
  readonly truth: Int32Array;
  readonly classes: number;
}

/**
 * The log loss is convex in 1/temperature (it is a softmax regression with one weight), so the sign of its slope says on which side of the
 * middle the least lies. Every device finds the same but for the last bits of its exponentials.
 * @param of the rows that count; none leaves the outputs as they are
 */
export function fitTemperature({ logits, truth, classes }: Outputs, of: (row: number) => boolean = () => true): number {
  const rows = Array.from(truth.keys()).filter(of);
  if (rows.length === 0) return 1;
  let [low, high] = [Math.log(1 / TEMPERATURE_MAX), Math.log(1 / TEMPERATURE_MIN)];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (slope(logits, truth, classes, rows, Math.exp(middle)) > 0) high = middle;
    else low = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Of the log loss by the factor: the mean output that is expected, less the true one. */
function slope(logits: Float32Array, truth: Int32Array, classes: number, rows: readonly number[], factor: number): number {
  let total = 0;
  for (const row of rows) {
    const outputs = logits.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...outputs);
    let [sum, expected] = [0, 0];
    for (const output of outputs) {
      const weight = Math.exp(factor * (output - top));
      sum += weight;
      expected += weight * output;
    }
    total += expected / sum - outputs[truth[row]!]!;
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

/** Each half of the rows, every other one, is judged with the temperature of the other half. */
export function crossFitted(outputs: Outputs): CrossFitted {
  const { logits, truth, classes } = outputs;
  const halves = [1, 0].map((other) => fitTemperature(outputs, (row) => row % 2 === other));
  let loss = 0;
  for (const row of truth.keys()) loss += rowLoss(outputs, row, halves[row % 2]!);
  const scaled = logits.map((output, i) => output / halves[Math.floor(i / classes) % 2]!);
  return { loss: loss / truth.length, ece: calibrationError({ probabilities: softmaxRows(scaled, classes), truth, classes }) };
}
