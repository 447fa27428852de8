/** Rows that a device learns from alone, as the models of solo.ts take them, and how an output for one of them is judged. */
import type { ManifestBody } from '#protocol/manifest';
import { classesOf, inputWidth, numberAnswerOf } from '#protocol/task';
import type { Loss, Rows } from '#wasm/numerics';
import { lossOf } from './fitting-model.ts';
import { crossEntropyLoss, huberLoss, sparseRows, type LinearLoss, type SparseRows } from './linear-fit.ts';

export interface SoloRows extends Rows {
  readonly count: number;
  /** Outputs of a model. */
  readonly outputs: number;
  readonly sparse: SparseRows;
  /** What a linear model makes least, and a network. */
  readonly linear: LinearLoss;
  readonly network: Loss;
  /** How wrong outputs are, smoothly: strengths and times to stop are chosen by it. Models are by what people are told (goodness.ts). */
  loss(row: number, outputs: Float32Array, at: number): number;
}

export function soloRows({ task }: ManifestBody, { x, y }: Rows): SoloRows {
  const number = numberAnswerOf(task);
  const sparse = sparseRows(x, inputWidth(task));
  const about = { x, y, count: y.length, sparse, network: lossOf(task) };
  if (number !== null) {
    const squared = number.loss === 'squared';
    const loss = (row: number, outputs: Float32Array, at: number) => {
      const off = Math.abs(outputs[at]! - y[row]!);
      return squared ? off * off : off;
    };
    const linear = huberLoss(Float64Array.from(y), squared ? Infinity : 1);
    return { ...about, outputs: 1, linear, loss };
  }
  const classes = classesOf(task).length;
  const truth = Int32Array.from(y);
  const linear = crossEntropyLoss(truth, classes);
  const [numbers, slopes] = [new Float64Array(classes), new Float64Array(classes)];
  return {
    ...about,
    outputs: classes,
    linear,
    loss(row, outputs, at) {
      for (let c = 0; c < classes; c++) numbers[c] = outputs[at + c]!;
      return linear.row(row, numbers, slopes);
    },
  };
}
