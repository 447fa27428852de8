/** Rows that a device learns from alone, in the form that solo.ts needs, and how outputs for them are judged. */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { classesOf, inputWidth, numberAnswerOf } from '#protocol/manifest/task';
import type { Loss } from '#wasm/numerics';
import { lossOf } from '../trainer/fitting-model.ts';
import { medianOf } from '../trainer/number-errors.ts';
import { crossEntropyLoss, huberLoss, sparseRows, type LinearLoss, type SparseRows } from './linear-fit.ts';
import type { TrainingRows } from '../training-rows.ts';

export interface SoloRows extends TrainingRows {
  readonly count: number;
  /** Outputs of a model. */
  readonly outputs: number;
  readonly sparse: SparseRows;
  /** The loss that a linear model minimises, and a network's. */
  readonly linear: LinearLoss;
  readonly network: Loss;
  /** A smooth error, which selects strengths and stopping times. Models are selected by the error that people see (goodness.ts). */
  loss(row: number, outputs: Float32Array, at: number): number;
  /** Outputs of the best constant for these rows. */
  constant(lot: Int32Array): Float32Array;
}

export function soloRows({ task }: ManifestBody, rows: TrainingRows): SoloRows {
  const { x, y } = rows;
  const number = numberAnswerOf(task);
  const sparse = sparseRows(x, inputWidth(task));
  const about = { ...rows, count: y.length, sparse, network: lossOf(task) };
  if (number !== null) {
    const squared = number.loss === 'squared';
    const linear = huberLoss(Float64Array.from(y), squared ? Infinity : 1);
    const [one, slope] = [new Float64Array(1), new Float64Array(1)];
    const loss = (row: number, outputs: Float32Array, at: number) => {
      one[0] = outputs[at]!;
      return linear.row(row, one, slope);
    };
    return { ...about, outputs: 1, linear, loss, constant: (lot) => Float32Array.of(medianOf(Array.from(lot, (row) => y[row]!))) };
  }
  const classes = classesOf(task).length;
  const truth = Int32Array.from(y);
  const linear = crossEntropyLoss(truth, classes);
  const [numbers, slopes] = [new Float64Array(classes), new Float64Array(classes)];
  return {
    ...about,
    outputs: classes,
    linear,
    constant(lot) {
      // One row more is spread evenly over the classes, as for temperatures (trainer/calibration.ts): n rows of one class are no certainty.
      const shares = new Float32Array(classes).fill(1 / classes);
      for (const row of lot) shares[truth[row]!]!++;
      return shares.map((share) => Math.log(share / (lot.length + 1)));
    },
    loss(row, outputs, at) {
      for (let c = 0; c < classes; c++) numbers[c] = outputs[at + c]!;
      return linear.row(row, numbers, slopes);
    },
  };
}
