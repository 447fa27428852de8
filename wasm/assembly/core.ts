/**
 * The kernels, as JavaScript sees them. AssemblyScript, not TypeScript: `asc` checks it, tsc does not.
 *
 * Nothing here allocates or keeps state: every argument is a pointer into an arena that JavaScript owns, or a number. Row strides
 * are bytes. `rows` is the number of examples, or of their positions if a layer handles each position separately.
 *
 * A layer's weights lie in panels of 8 output columns, the bias as the last row of each panel: panel p holds, for k = 0 … inputs,
 * the 8 values of columns 8p … 8p+7; columns past the last output are zero. An input row of a layer therefore ends with the
 * constant 1 that multiplies the bias. `inner` is inputs + 1. Sums lie row by row, padded to whole panels: sums[k][n].
 *
 * Two builds from this source. Plain: only IEEE 754 basic operations in a fixed order, the same bits on every engine. Relaxed: with fused
 * multiply-add if the machine has it, faster, with different bits. (WebAssembly does not specify NaN payloads; kernels never turn a NaN
 * into an integer.)
 */
import { DENSE_SCRATCH } from './layers/dense';
import { OUTER_SCRATCH } from './outer-sum';

export { toPanels, fromPanels } from './panels';
export { dense } from './layers/dense';
export { transpose } from './transpose';
export { tanhRows, reluRows, tanhDelta, reluDelta } from './layers/activation';
export { softmaxDelta, squaredDelta, logisticDelta, huberDelta, hits } from './loss';
export { addGhostNorms, clipFactors, applyFactors } from './clip';
export { gridSum } from './grid-sum';
export { gradientSum } from './gradient-sum';
export { toPatches, fromPatches } from './layers/patches';
export { putOnes, copyRows, addTo } from './rows';
export { ghostBound, scaleRows, unitSteps } from './unit-sum';
export { sumOfSquares, addSteps, addScaled, sumRows } from './vector';
export { maxPool, maxPoolDelta, avgPool, avgPoolDelta } from './layers/pool';
export { groupNorm, groupNormDelta, groupNormGradients, layerNorm, layerNormDelta, layerNormGradients } from './layers/norm';
export { gelu, geluDelta } from './layers/gelu';
export { dropout } from './layers/dropout';
export { depthwise, depthwiseDelta, depthwiseGradient } from './layers/depthwise';
export { embed, mergeTokens, addTokenSteps, addTokens } from './layers/embedding';
export { fillUp } from './fill-up';
export { settleNoise, addReady } from './discrete-gaussian';
export { addStream } from './chacha';
export { relaxed, fused } from './madd';

/** First byte behind the module's own tables: where the arena may begin. */
export function heapBase(): usize {
  return __heap_base;
}

/** Scratch that products need, at an address that is a multiple of 16. */
export function scratchBytes(): i32 {
  return max(DENSE_SCRATCH, OUTER_SCRATCH);
}
