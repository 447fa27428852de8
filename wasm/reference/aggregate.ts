/**
 * The oracle of aggregate.ts: each rule as its paper defines it, in f64, coordinate by coordinate. Slow; tests compare the kernels with it.
 */

const columns = (vectors: readonly Float32Array[]): number[][] => Array.from(vectors[0]!, (_, at) => vectors.map((vector) => vector[at]!));
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const oracle = {
  mean: (vectors: readonly Float32Array[]): number[] => columns(vectors).map(meanOf),

  median(vectors: readonly Float32Array[]): number[] {
    return columns(vectors).map((column) => {
      const sorted = ascending(column);
      return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
    });
  },

  trimmedMean(vectors: readonly Float32Array[], cut: number): number[] {
    return columns(vectors).map((column) => meanOf(ascending(column).slice(cut, column.length - cut)));
  },

  /** n x n squared distances. */
  distances(vectors: readonly Float32Array[]): number[] {
    return vectors.flatMap((a) => vectors.map((b) => a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0)));
  },
};
