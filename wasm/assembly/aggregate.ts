/**
 * The aggregation kernels, as JavaScript sees them: a wasm file of its own (aggregate.wasm), plain SIMD alone, since whoever
 * recomputes an aggregate must get the same bits. AssemblyScript, not TypeScript.
 *
 * n vectors of f32 lie `stride` bytes apart, from `x`. A call takes a stretch of their coordinates: `bytes` is 4 for each, a multiple
 * of 16, filled up with zeros. Nothing here allocates or keeps state.
 */
export { sound } from './aggregate-sound';
export { addFour, divide } from './aggregate-mean';
export { median, trimmedMean } from './aggregate-order';
export { addDistances } from './aggregate-distances';

/** First byte behind the module's own tables: where the arena may begin. */
export function heapBase(): usize {
  return __heap_base;
}
