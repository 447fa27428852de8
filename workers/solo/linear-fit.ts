/**
 * A linear model of rows, fitted to convergence: the mean of a convex loss plus an L2 penalty on the weights, by L-BFGS in float64. With
 * cross-entropy it is multinomial logistic regression, with Huber's or the squared loss a linear regression. No privacy: for rows that stay
 * on this device, and for comparisons. candidates.ts chooses the strength of the penalty.
 */
import { minimise } from './lbfgs.ts';

/** A convex loss of the outputs of one row. */
export interface LinearLoss {
  /** Outputs per row: the number of classes, or one for a number. */
  readonly outputs: number;
  /**
   * @param row its number among all rows
   * @param slopes output: the derivative by each output
   * @returns the loss
   */
  row(row: number, outputs: Float64Array, slopes: Float64Array): number;
}

/** Rows without their zeros: categories and pictures are mostly zeros. */
export interface SparseRows {
  readonly rows: number;
  readonly width: number;
  /** Start of each row, then the end. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

export interface LinearModel {
  /** (width + 1) x outputs: weights by input, then the intercepts. */
  readonly weights: Float64Array;
  readonly width: number;
  readonly outputs: number;
  readonly converged: boolean;
  /** Largest absolute entry of the gradient at the end. */
  readonly slope: number;
  /** Passes over the rows. */
  readonly passes: number;
}

export interface Fitting {
  /** Strength of the penalty: half of it times the sum of squared weights is added to the mean loss of a row. */
  readonly l2: number;
  /** Stops once no entry of the gradient is larger. */
  readonly slopeMax?: number;
  readonly passesMax?: number;
  /** A model to start from, such as that of a neighbouring strength. */
  readonly start?: LinearModel | undefined;
}

const SLOPE_MAX = 1e-6;
const PASSES_MAX = 2000;
/** Tiny; it bounds the intercept of a class without rows. */
const INTERCEPT_L2 = 1e-6;

/** @param x rows x width */
export function sparseRows(x: Float32Array, width: number): SparseRows {
  const rows = x.length / width;
  const filled = x.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
  const [starts, columns, values] = [new Int32Array(rows + 1), new Int32Array(filled), new Float32Array(filled)];
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const value = x[row * width + column]!;
      if (value === 0) continue;
      columns[at] = column;
      values[at++] = value;
    }
    starts[row + 1] = at;
  }
  return { rows, width, starts, columns, values };
}

/**
 * @param lot the rows that count, at least one
 * @param loss of all rows; `lot` indexes them
 */
export function fitLinear(data: SparseRows, lot: Int32Array, loss: LinearLoss, fitting: Fitting): LinearModel {
  const { l2, slopeMax = SLOPE_MAX, passesMax = PASSES_MAX, start } = fitting;
  const [{ width }, k] = [data, loss.outputs];
  const [outputs, slopes] = [new Float64Array(k), new Float64Array(k)];
  const objective = (weights: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let total = 0;
    for (const row of lot) {
      outputsOf(data, row, weights, outputs);
      total += loss.row(row, outputs, slopes);
      addSlopes(data, row, slopes, gradient);
    }
    let penalty = 0;
    for (let i = 0; i < weights.length; i++) {
      const strength = i < width * k ? l2 : INTERCEPT_L2;
      gradient[i] = gradient[i]! / lot.length + strength * weights[i]!;
      penalty += (strength * weights[i]! * weights[i]!) / 2;
    }
    return total / lot.length + penalty;
  };
  const search = { slopeMax, evaluationsMax: passesMax, curvature: curvatureOf(data, lot, k, l2) };
  const found = minimise(objective, start?.weights ?? new Float64Array((width + 1) * k), search);
  const { at: weights, converged, slope, evaluations: passes } = found;
  return { weights, width, outputs: k, converged, slope, passes };
}

/** @returns rows x outputs, of these rows */
export function linearOutputs({ weights, outputs: k }: LinearModel, data: SparseRows, lot: Int32Array): Float32Array<ArrayBuffer> {
  const all = new Float32Array(lot.length * k);
  const outputs = new Float64Array(k);
  for (const [i, row] of lot.entries()) {
    outputsOf(data, row, weights, outputs);
    all.set(outputs, i * k);
  }
  return all;
}

/** Softmax over the outputs. @param y class numbers below `classes` */
export function crossEntropyLoss(y: Int32Array, classes: number): LinearLoss {
  return {
    outputs: classes,
    row(row, outputs, slopes) {
      let top = -Infinity;
      for (let c = 0; c < classes; c++) if (outputs[c]! > top) top = outputs[c]!;
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += slopes[c] = Math.exp(outputs[c]! - top);
      for (let c = 0; c < classes; c++) slopes[c]! /= sum;
      const truth = y[row]!;
      slopes[truth]! -= 1;
      return Math.log(sum) + top - outputs[truth]!;
    },
  };
}

/** Half the squared error up to `bend`, beyond it bend times (the error minus half of bend): Huber 1964. Infinity: least squares. */
export function huberLoss(y: Float32Array | Float64Array, bend: number): LinearLoss {
  return {
    outputs: 1,
    row(row, outputs, slopes) {
      const error = outputs[0]! - y[row]!;
      const far = Math.abs(error);
      slopes[0] = far <= bend ? error : bend * Math.sign(error);
      return far <= bend ? (error * error) / 2 : bend * (far - bend / 2);
    },
  };
}

function outputsOf({ starts, columns, values, width }: SparseRows, row: number, weights: Float64Array, outputs: Float64Array): void {
  const k = outputs.length;
  for (let c = 0; c < k; c++) outputs[c] = weights[width * k + c]!;
  for (let i = starts[row]!; i < starts[row + 1]!; i++) {
    const [at, value] = [columns[i]! * k, values[i]!];
    for (let c = 0; c < k; c++) outputs[c]! += value * weights[at + c]!;
  }
}

function addSlopes({ starts, columns, values, width }: SparseRows, row: number, slopes: Float64Array, gradient: Float64Array): void {
  const k = slopes.length;
  for (let c = 0; c < k; c++) gradient[width * k + c]! += slopes[c]!;
  for (let i = starts[row]!; i < starts[row + 1]!; i++) {
    const [at, value] = [columns[i]! * k, values[i]!];
    for (let c = 0; c < k; c++) gradient[at + c]! += value * slopes[c]!;
  }
}

/** Mean square of each input, which scales the second derivative, plus the penalty's own. */
function curvatureOf({ starts, columns, values, width }: SparseRows, lot: Int32Array, k: number, l2: number): Float64Array {
  const squares = new Float64Array(width + 1);
  for (const row of lot) for (let i = starts[row]!; i < starts[row + 1]!; i++) squares[columns[i]!]! += values[i]! ** 2;
  squares[width] = lot.length;
  const least = 1e-3;
  return Float64Array.from({ length: (width + 1) * k }, (_, i) => (0.25 * squares[Math.floor(i / k)]!) / lot.length + l2 + least);
}
