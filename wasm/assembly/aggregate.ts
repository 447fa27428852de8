/**
 * The aggregation kernels, as JavaScript sees them, in a wasm file of their own (aggregate.wasm). Only plain SIMD, because recomputing
 * an aggregate must give the same bits. AssemblyScript, not TypeScript.
 *
 * n vectors of f32 lie `stride` bytes apart, starting at `x`. A call handles a stretch of their coordinates: `bytes` is 4 per coordinate, a
 * multiple of 64, padded with zeros. Nothing here allocates or keeps state.
 */
export { areSound } from './aggregate-sound';
export { addSixteen } from './aggregate-mean';
export { median, trimmedMean } from './aggregate-order';
export { addDistances } from './aggregate-distances';

/** First byte behind the module's own tables: where the arena may begin. */
export function heapBase(): usize {
  return __heap_base;
}
