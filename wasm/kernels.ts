/**
 * The exports of the compiled kernels as TypeScript sees them; assembly/ documents each. Pointers and strides are bytes.
 * Not an API for the rest of the house: that is numerics.ts.
 */

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  relaxed(): number;
  fused(): number;
  toPanels(inner: number, outputs: number, rows: number, panels: number): void;
  fromPanels(inner: number, panelCount: number, panels: number, rows: number): void;
  dense(rows: number, inner: number, a: number, aStride: number, panels: number, panelCount: number, out: number, outStride: number): void;
  transpose(inputs: number, outputs: number, panels: number, turned: number): void;
  tanhRows(rows: number, width: number, z: number, stride: number): void;
  reluRows(rows: number, width: number, z: number, stride: number): void;
  tanhDelta(rows: number, width: number, h: number, hStride: number, delta: number, deltaStride: number): void;
  reluDelta(rows: number, width: number, h: number, hStride: number, delta: number, deltaStride: number): void;
  softmaxDelta(rows: number, outputs: number, z: number, zStride: number, classes: number, delta: number, deltaStride: number): number;
  squaredDelta(rows: number, outputs: number, z: number, zStride: number, targets: number, delta: number, deltaStride: number): number;
  hits(rows: number, outputs: number, z: number, zStride: number, classes: number): number;
  addGhostNorms(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    outputs: number,
    delta: number,
    deltaStride: number,
    norms: number,
  ): void;
  clipFactors(rows: number, norms: number, reach: number, scale: number): void;
  applyFactors(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    outputs: number,
    delta: number,
    deltaStride: number,
    factors: number,
  ): void;
  gridSum(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    delta: number,
    deltaStride: number,
    panelCount: number,
    sums: number,
    fresh: number,
    gridBits: number,
  ): void;
  makeOdd(rows: number, columns: number, a: number, stride: number): void;
  gradientSum(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    delta: number,
    deltaStride: number,
    panelCount: number,
    sums: number,
    fresh: number,
    weights: number,
    factor: number,
  ): void;
  sumOfSquares(at: number, count: number): number;
  addSteps(count: number, from: number, factor: number, sums: number): void;
  addScaled(count: number, from: number, factor: number, to: number): void;
  settleNoise(tables: number, words: number, wordsEnd: number, out: number, outEnd: number): void;
}
