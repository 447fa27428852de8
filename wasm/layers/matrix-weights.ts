/**
 * Parameters that are a matrix met by rows of inputs: dense layers, one row an example, and convolutions, one row a position. A unit's
 * gradient is the sum over its rows of input x delta. Three ways to clip and round it, by what is cheaper:
 * - units of one row: ghost norms, and the rounded products go straight into the sums (assembly/clip.ts, grid-sum.ts);
 * - few rows for a large matrix: a ghost norm over pairs of rows, then the sum is rounded tile by tile (assembly/unit-sum.ts);
 * - many rows: the gradient is written out once, and kept until its factor is known.
 */
import type { TensorPlace } from '#protocol/network';
import { floatsAt, panelsOf, type Place, type Weights } from './op.ts';

export interface MatrixInputs {
  readonly inputs: number;
  readonly outputs: number;
  /** Weight (inputs x outputs) and bias, neighbours among the parameters. */
  readonly tensors: readonly TensorPlace[];
  /** Rows of one example. */
  readonly positions: number;
  /** Rows of inputs, each with the constant 1 behind, and of deltas. Addresses; bytes from row to row. */
  readonly x: number;
  readonly xStride: number;
  readonly delta: number;
  readonly deltaStride: number;
}

export interface Matrix {
  /** Address of the weights in panels, as `dense` reads them. */
  readonly panels: number;
  /** Address of the transpose, for carrying deltas back; 0 where none is kept. */
  readonly turned: number;
  readonly weights: Weights;
}

/**
 * Pairs of rows cost a multiplication for each input and output; writing the gradient out costs its size, a few times over memory.
 * The factor was measured where both take as long (bench/cnn.ts prints the step that it makes). A pure operation count would say
 * 2 rows^2 < inputs * outputs, but on the grid a unit's gradient is summed on its own in any case, so that keeping it costs no
 * multiplications.
 */
const PAIRS_AGAINST_VALUES = 4;
export const ghostIsCheaper = (rows: number, inputs: number, outputs: number): boolean =>
  rows * rows * (inputs + outputs) < PAIRS_AGAINST_VALUES * inputs * outputs;

/** Bytes from row to row: rows a multiple of 128 bytes apart would share a few sets of the first-level cache. */
export const strideOf = (columns: number): number => {
  const bytes = panelsOf(columns) * 32;
  return bytes % 128 === 0 ? bytes + 64 : bytes;
};

/** @param turns whether deltas are carried back */
export function matrixWeights({ kernels, blockRows, bytes }: Place, matrix: MatrixInputs, turns: boolean): Matrix {
  const { inputs, outputs, tensors, positions, x, xStride, delta, deltaStride } = matrix;
  const inner = inputs + 1;
  const panelCount = panelsOf(outputs);
  const values = inner * panelCount * 8;
  const panels = bytes(values * 4);
  const sums = bytes(values * 4);
  const turnedPanels = panelsOf(inputs);
  const turned = turns ? bytes(turnedPanels * outputs * 32) : 0;
  const written = (rows: number): boolean => !ghostIsCheaper(rows * positions, inner, outputs);
  let rowsWritten = 1;
  while (rowsWritten <= blockRows && !written(rowsWritten)) rowsWritten++;
  const kept = positions === 1 && blockRows === 1 ? 0 : bytes(Math.floor(blockRows / rowsWritten) * values * 4);
  const relaxed = kernels.relaxed() === 1;
  const offset = tensors[0]!.offset;
  const count = inner * outputs;
  /** True while the sums are zero by word, whatever lies there. */
  let fresh = true;

  /** Runs that are neighbours in both orders: parameters, and rows filled up to whole panels. A matrix of whole panels is one run. */
  const eachRun = (visit: (at: number, rowAt: number, length: number) => void): void => {
    const [runs, length] = outputs === 8 * panelCount ? [1, count] : [inner, outputs];
    for (let k = 0; k < runs; k++) visit(offset + k * length, k * 8 * panelCount, length);
  };
  const turn = (): void => {
    if (turned > 0) kernels.transpose(inputs, outputs, panels, turned);
  };
  const begin = (): void => {
    if (fresh) floatsAt(kernels, sums, values).fill(0);
    fresh = false;
  };
  const add = (rows: number, to: number, factor: number): void => {
    kernels.gradientSum(rows, inner, x, xStride, delta, deltaStride, panelCount, sums, Number(fresh), to, factor);
    fresh = to > 0;
  };

  const weights: Weights = {
    count,
    load(parameters) {
      const rows = floatsAt(kernels, sums, values); // the sums are free between passes
      eachRun((at, rowAt, length) => rows.set(parameters.subarray(at, at + length), rowAt));
      kernels.toPanels(inner, outputs, sums, panels);
      fresh = true;
      turn();
    },
    store(parameters) {
      kernels.fromPanels(inner, panelCount, panels, sums);
      fresh = true;
      const rows = floatsAt(kernels, sums, values);
      eachRun((at, rowAt, length) => parameters.set(rows.subarray(rowAt, rowAt + length), at));
    },
    clearSums() {
      fresh = true;
    },
    addNorms(units, norms) {
      if (units.single && positions === 1) {
        kernels.addGhostNorms(units.count, inner, x, xStride, outputs, delta, deltaStride, norms);
        return;
      }
      const squares = new Float64Array(kernels.memory.buffer, norms, units.count);
      for (let u = 0, at = kept; u < units.count; u++) {
        const [first, rows] = [units.first[u]! * positions, (units.first[u + 1]! - units.first[u]!) * positions];
        const [a, d] = [x + first * xStride, delta + first * deltaStride];
        if (written(rows / positions)) {
          kernels.gradientSum(rows, inner, a, xStride, d, deltaStride, panelCount, at, 1, 0, 0);
          squares[u]! += kernels.sumOfSquares(at, values);
          at += values * 4;
        } else {
          squares[u]! += kernels.ghostBound(rows, inner, a, xStride, outputs, d, deltaStride);
        }
      }
    },
    addSteps(units, factors, gridBits) {
      if (units.single && positions === 1) {
        kernels.applyFactors(units.count, inner, x, xStride, outputs, delta, deltaStride, factors);
        if (relaxed) kernels.makeOdd(units.count, outputs, delta, deltaStride);
        kernels.gridSum(units.count, inner, x, xStride, delta, deltaStride, panelCount, sums, Number(fresh), gridBits);
        fresh = false;
        return;
      }
      begin();
      const scale = new Float64Array(kernels.memory.buffer, factors, units.count);
      for (let u = 0, at = kept; u < units.count; u++) {
        const [first, rows] = [units.first[u]! * positions, (units.first[u + 1]! - units.first[u]!) * positions];
        const [a, d] = [x + first * xStride, delta + first * deltaStride];
        if (written(rows / positions)) {
          if (scale[u] !== 0) kernels.addSteps(values, at, scale[u]!, sums);
          at += values * 4;
        } else if (scale[u] !== 0) {
          kernels.scaleRows(rows, panelCount * 8, d, deltaStride, scale[u]!);
          kernels.unitSteps(rows, inner, a, xStride, d, deltaStride, panelCount, sums);
        }
      }
    },
    addGradients: (n) => add(n * positions, 0, 0),
    storeSums(into) {
      begin();
      const Kind = into instanceof Int32Array ? Int32Array : Float32Array;
      const rows = new Kind(kernels.memory.buffer, sums, values);
      eachRun((at, rowAt, length) => into.set(rows.subarray(rowAt, rowAt + length), at));
    },
    step(factor) {
      begin();
      // No rows: the sums alone.
      kernels.gradientSum(0, inner, x, xStride, delta, deltaStride, panelCount, sums, 0, panels, factor);
      turn();
    },
    addGradientsAndStep(n, factor) {
      add(n * positions, panels, factor);
      turn();
    },
  };
  return { panels, turned, weights };
}
