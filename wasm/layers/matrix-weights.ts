/**
 * Parameters that form a matrix multiplied by rows of inputs: dense layers have one row per example, convolutions one row per position. A
 * unit's gradient is the sum over its rows of input x delta. It is clipped and rounded in the cheapest of three ways:
 * - units of one row: ghost norms, and the rounded products go straight into the sums (assembly/clip.ts, grid-sum.ts);
 * - few rows and a large matrix: a ghost norm over pairs of rows, then the sum is rounded tile by tile (assembly/unit-sum.ts);
 * - many rows: the gradient is written out once and kept until its factor is known.
 */
import type { TensorPlace } from '#protocol/model/architecture';
import type { Kernels } from '../kernels.ts';
import { floatsAt, panelsOf, type Place, type Units, type Weights } from './op.ts';

export interface MatrixInputs {
  readonly inputs: number;
  readonly outputs: number;
  /** Weight (inputs x outputs) and bias, adjacent among the parameters. */
  readonly tensors: readonly TensorPlace[];
  /** Rows of one example. */
  readonly positions: number;
  /** Rows of inputs, each followed by the constant 1, and of deltas. Addresses; bytes from row to row. */
  readonly x: number;
  readonly xStride: number;
  readonly delta: number;
  readonly deltaStride: number;
}

export interface Matrix {
  /** Address of the weights in panels, as `dense` reads them. */
  readonly panels: number;
  /** Address of the transpose for the backward pass; 0 if there is none. */
  readonly turned: number;
  readonly weights: Weights;
}

/**
 * Each pair of rows costs a multiplication per input and output; writing the gradient out costs its size in memory traffic, a few times.
 * The factor is the measured break-even (bench/cnn.ts prints the resulting step). A pure operation count would give 2 rows^2 < inputs *
 * outputs, but on the grid a unit's gradient is summed separately anyway, so keeping it costs no multiplications.
 */
const PAIRS_AGAINST_VALUES = 4;
export const ghostIsCheaper = (rows: number, inputs: number, outputs: number): boolean =>
  rows * rows * (inputs + outputs) < PAIRS_AGAINST_VALUES * inputs * outputs;

/** Bytes from row to row: rows a multiple of 128 bytes apart would share a few sets of the first-level cache. */
export const strideOf = (columns: number): number => {
  const bytes = panelsOf(columns) * 32;
  return bytes % 128 === 0 ? bytes + 64 : bytes;
};

interface Sums {
  readonly at: number;
  /** True while the sums count as zero, whatever the memory holds. */
  fresh: boolean;
}

/** @param turns whether the backward pass needs the transpose */
export function matrixWeights({ kernels, blockRows, bytes, scratch }: Place, matrix: MatrixInputs, turns: boolean): Matrix {
  const { inputs, outputs, tensors, positions, x, xStride, delta, deltaStride } = matrix;
  const inner = inputs + 1;
  const panelCount = panelsOf(outputs);
  const values = inner * panelCount * 8;
  const panels = bytes(values * 4);
  const sums: Sums = { at: bytes(values * 4), fresh: true };
  const turnedPanels = panelsOf(inputs);
  const turned = turns ? bytes(turnedPanels * outputs * 32) : 0;
  const written = (rows: number): boolean => !ghostIsCheaper(rows * positions, inner, outputs);
  let rowsWritten = 1;
  while (rowsWritten <= blockRows && !written(rowsWritten)) rowsWritten++;
  const kept = positions === 1 && blockRows === 1 ? 0 : bytes(Math.floor(blockRows / rowsWritten) * values * 4);
  const offset = tensors[0]!.offset;
  const count = inner * outputs;

  /** Runs that are contiguous both in the parameters and in the rows padded to whole panels. A matrix of whole panels is one run. */
  const eachRun = (visit: (at: number, rowAt: number, length: number) => void): void => {
    const [runs, length] = outputs === 8 * panelCount ? [1, count] : [inner, outputs];
    for (let k = 0; k < runs; k++) visit(offset + k * length, k * 8 * panelCount, length);
  };
  const turn = (): void => {
    if (turned > 0) kernels.transpose(inputs, outputs, panels, turned);
  };
  const begin = (): void => {
    if (sums.fresh) floatsAt(kernels, sums.at, values).fill(0);
    sums.fresh = false;
  };
  const add = (rows: number, to: number, factor: number): void => {
    kernels.gradientSum(rows, inner, x, xStride, delta, deltaStride, panelCount, sums.at, Number(sums.fresh), to, factor, scratch);
    sums.fresh = to > 0;
  };

  const weights: Weights = {
    count,
    load(parameters) {
      const rows = floatsAt(kernels, sums.at, values); // the sums are free between passes
      eachRun((at, rowAt, length) => copyRun(parameters, at, rows, rowAt, length));
      kernels.toPanels(inner, outputs, sums.at, panels);
      sums.fresh = true;
      turn();
    },
    store(parameters) {
      kernels.fromPanels(inner, panelCount, panels, sums.at);
      sums.fresh = true;
      const rows = floatsAt(kernels, sums.at, values);
      eachRun((at, rowAt, length) => copyRun(rows, rowAt, parameters, at, length));
    },
    clearSums() {
      sums.fresh = true;
    },
    ...clipping({ kernels, scratch, matrix, panelCount, kept, written, sums, begin }),
    addGradients: (n) => add(n * positions, 0, 0),
    storeSums(into) {
      begin();
      const Kind = into instanceof Int32Array ? Int32Array : Float32Array;
      const rows = new Kind(kernels.memory.buffer, sums.at, values);
      eachRun((at, rowAt, length) => copyRun(rows, rowAt, into, at, length));
    },
    step(factor) {
      begin();
      // No rows: adds only the sums.
      kernels.gradientSum(0, inner, x, xStride, delta, deltaStride, panelCount, sums.at, 0, panels, factor, scratch);
      turn();
    },
    addGradientsAndStep(n, factor) {
      add(n * positions, panels, factor);
      turn();
    },
  };
  return { panels, turned, weights };
}

type Values = Float32Array | Int32Array;

/** A narrow matrix has many short runs, and a view for each would cost more than the copy. */
function copyRun(from: Values, at: number, to: Values, toAt: number, length: number): void {
  if (length >= 64) to.set(from.subarray(at, at + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[at + i]!;
}

/**
 * Unit u's first row and number of rows, and how many units from u on have one row each. Those are processed together as single rows: a
 * unit's rounding must not depend on the others in its block.
 */
function rowsFrom({ count, first, single }: Units, u: number, positions: number): [first: number, rows: number, alone: number] {
  let end = u;
  if (positions === 1) {
    if (single) end = count;
    while (end < count && first[end + 1]! - first[end]! < 2) end++;
  }
  return [first[u]! * positions, (first[u + 1]! - first[u]!) * positions, end - u];
}

interface ClippingParts {
  readonly kernels: Kernels;
  readonly scratch: number;
  readonly matrix: MatrixInputs;
  readonly panelCount: number;
  /** Address of the gradients that are kept until their factors are known. */
  readonly kept: number;
  /** Whether the gradient of a unit with this many examples is written out. */
  readonly written: (examples: number) => boolean;
  readonly sums: Sums;
  readonly begin: () => void;
}

/** The three ways. */
function clipping({
  kernels,
  scratch,
  matrix,
  panelCount,
  kept,
  written,
  sums,
  begin,
}: ClippingParts): Pick<Weights, 'addNorms' | 'addSteps'> {
  const { inputs, outputs, positions, x, xStride, delta, deltaStride } = matrix;
  const inner = inputs + 1;
  const values = inner * panelCount * 8;
  return {
    addNorms(units, norms) {
      const squares = new Float64Array(kernels.memory.buffer, norms, units.count);
      for (let u = 0, at = kept; u < units.count;) {
        const [first, rows, alone] = rowsFrom(units, u, positions);
        const [a, d] = [x + first * xStride, delta + first * deltaStride];
        if (alone > 0) {
          kernels.addGhostNorms(alone, inner, a, xStride, outputs, d, deltaStride, norms + u * 8);
        } else if (written(rows / positions)) {
          kernels.gradientSum(rows, inner, a, xStride, d, deltaStride, panelCount, at, 1, 0, 0, scratch);
          squares[u]! += kernels.sumOfSquares(at, values);
          at += values * 4;
        } else {
          squares[u]! += kernels.ghostBound(rows, inner, a, xStride, outputs, d, deltaStride);
        }
        u += Math.max(1, alone);
      }
    },
    addSteps(units, factors, gridBits) {
      const scale = new Float64Array(kernels.memory.buffer, factors, units.count);
      for (let u = 0, at = kept; u < units.count;) {
        const [first, rows, alone] = rowsFrom(units, u, positions);
        const [a, d] = [x + first * xStride, delta + first * deltaStride];
        if (alone > 0) {
          kernels.applyFactors(alone, inner, a, xStride, outputs, d, deltaStride, factors + u * 8);
          kernels.gridSum(alone, inner, a, xStride, d, deltaStride, panelCount, sums.at, Number(sums.fresh), gridBits, scratch);
          sums.fresh = false;
        } else if (written(rows / positions)) {
          begin();
          if (scale[u] !== 0) kernels.addSteps(values, at, scale[u]!, sums.at);
          at += values * 4;
        } else if (scale[u] !== 0) {
          begin();
          kernels.scaleRows(rows, panelCount * 8, d, deltaStride, scale[u]!);
          kernels.unitSteps(rows, inner, a, xStride, d, deltaStride, panelCount, sums.at);
        }
        u += Math.max(1, alone);
      }
    },
  };
}
