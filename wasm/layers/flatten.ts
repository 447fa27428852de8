/** All values of an example in one row, without the padding between positions. */
import { positionsOf, type Op, type Place, type Value } from './op.ts';

export function flattenOp({ kernels }: Place, input: Value, output: Value): Op {
  const positions = positionsOf(input.shape);
  const bytes = input.shape.channels * 4;
  // Runs without padding: whole examples, or single positions.
  const [runs, length] = input.step === bytes || positions === 1 ? [1, positions * bytes] : [positions, bytes];
  return {
    forward({ n }) {
      for (let m = 0; m < n; m++) {
        kernels.copyRows(runs, length, input.at + m * input.stride, input.step, output.at + m * output.stride, length);
      }
    },
    backward({ n }) {
      if (input.delta === 0) return;
      // The padding too: a NaN that an activation leaves there would reach every later block.
      if (input.step > bytes) new Uint8Array(kernels.memory.buffer, input.delta, n * input.stride).fill(0);
      for (let m = 0; m < n; m++) {
        kernels.copyRows(runs, length, output.delta + m * output.stride, length, input.delta + m * input.stride, input.step);
      }
    },
  };
}
