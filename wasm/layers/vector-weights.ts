/**
 * Parameters that form one short vector (scales and shifts of norms, depthwise kernels): each unit's gradient is computed twice, once for
 * its norm and once for rounding, which costs less than keeping it for all units.
 */
import type { TensorPlace } from '#protocol/model/architecture';
import { floatsAt, type Place, type Weights } from './op.ts';

/** One tensor and its start in the vector (a multiple of 4; gaps between tensors have gradient zero). */
export interface VectorPart {
  readonly tensor: TensorPlace;
  /** Floats from the start of the vector. */
  readonly from: number;
  /** A tensor's rows of `width` values, padded to `step` floats each in the vector. */
  readonly rows?: { readonly width: number; readonly step: number };
}

/** @param floats in the vector, a multiple of 4 */
export function vectorWeights(
  { kernels, bytes }: Place,
  floats: number,
  parts: readonly VectorPart[],
  /** Writes the gradient of the examples first .. first + n to `into`: all floats of the vector. */
  gradient: (first: number, n: number, into: number) => void,
): { readonly at: number; readonly weights: Weights } {
  const at = bytes(floats * 4);
  const sums = bytes(floats * 4);
  const scratch = bytes(floats * 4);
  const count = parts.reduce((sum, { tensor }) => sum + tensor.length, 0);

  /** Runs that are contiguous in both orders. */
  const runs = parts.flatMap(({ tensor, from, rows }) => {
    const [width, step] = rows === undefined ? [tensor.length, tensor.length] : [rows.width, rows.step];
    return Array.from({ length: tensor.length / width }, (_, i) => ({
      flat: tensor.offset + i * width,
      vector: from + i * step,
      length: width,
    }));
  });

  return {
    at,
    weights: {
      count,
      load(parameters) {
        const vector = floatsAt(kernels, at, floats).fill(0); // the padding too: a step may have left NaN there
        for (const run of runs) vector.set(parameters.subarray(run.flat, run.flat + run.length), run.vector);
      },
      store(parameters) {
        const vector = floatsAt(kernels, at, floats);
        for (const run of runs) parameters.set(vector.subarray(run.vector, run.vector + run.length), run.flat);
      },
      clearSums: () => void floatsAt(kernels, sums, floats).fill(0),
      addNorms(units, norms) {
        const squares = new Float64Array(kernels.memory.buffer, norms, units.count);
        for (let u = 0; u < units.count; u++) {
          gradient(units.first[u]!, units.first[u + 1]! - units.first[u]!, scratch);
          squares[u]! += kernels.sumOfSquares(scratch, floats);
        }
      },
      addSteps(units, factors) {
        const scale = new Float64Array(kernels.memory.buffer, factors, units.count);
        for (let u = 0; u < units.count; u++) {
          if (scale[u] === 0) continue;
          gradient(units.first[u]!, units.first[u + 1]! - units.first[u]!, scratch);
          kernels.addSteps(floats, scratch, scale[u]!, sums);
        }
      },
      addGradients(n) {
        gradient(0, n, scratch);
        kernels.addScaled(floats, scratch, 1, sums);
      },
      storeSums(into) {
        const Kind = into instanceof Int32Array ? Int32Array : Float32Array;
        const vector = new Kind(kernels.memory.buffer, sums, floats);
        for (const run of runs) into.set(vector.subarray(run.vector, run.vector + run.length), run.flat);
      },
      step: (factor) => kernels.addScaled(floats, sums, factor, at),
    },
  };
}
