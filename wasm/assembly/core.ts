/**
 * The kernels, as JavaScript sees them. AssemblyScript, not TypeScript: `asc` checks it, tsc does not.
 *
 * Nothing here allocates or keeps state: every argument is a pointer into an arena that JavaScript owns, or a number. Row strides
 * are bytes. `rows` is the number of examples.
 *
 * A layer's weights lie in panels of 8 output columns, the bias as the last row of each panel: panel p holds, for k = 0 … inputs,
 * the 8 values of columns 8p … 8p+7; columns past the last output are zero. An input row of a layer therefore ends with the
 * constant 1 that meets the bias. `inner` is inputs + 1.
 *
 * Only IEEE 754 basic operations in a fixed order: the results are the same bits on every engine. (NaN payloads are not specified
 * by WebAssembly; kernels never turn one into an integer.)
 */
export { dense } from './dense';
export { transpose } from './transpose';
export { tanhRows, reluRows, tanhDelta, reluDelta } from './activation';
export { softmaxDelta, squaredDelta, hits } from './loss';
export { addGhostNorms, clipFactors, applyFactors } from './clip';
export { gridSum, gradientSum, step } from './accumulate';

/** First byte behind the module's own tables: where the arena may begin. */
export function heapBase(): usize {
  return __heap_base;
}
