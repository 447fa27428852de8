/**
 * The exports of the compiled kernels as TypeScript sees them; assembly/ documents each. Pointers and strides are bytes. Other folders use
 * numerics.ts instead.
 */

export interface Kernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  relaxed(): number;
  fused(): number;
  toPanels(inner: number, outputs: number, rows: number, panels: number): void;
  fromPanels(inner: number, panelCount: number, panels: number, rows: number): void;
  scratchBytes(): number;
  dense(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    panels: number,
    panelCount: number,
    out: number,
    outStride: number,
    scratch: number,
  ): void;
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
    scratch: number,
  ): void;
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
    scratch: number,
  ): void;
  toPatches(...window: readonly number[]): void;
  fromPatches(...window: readonly number[]): void;
  putOnes(rows: number, column: number, out: number, stride: number): void;
  copyRows(count: number, bytes: number, from: number, fromStride: number, to: number, toStride: number): void;
  addTo(count: number, a: number, b: number, out: number): void;
  ghostBound(rows: number, inner: number, a: number, aStride: number, outputs: number, delta: number, deltaStride: number): number;
  scaleRows(rows: number, columns: number, delta: number, stride: number, factor: number): void;
  unitSteps(
    rows: number,
    inner: number,
    a: number,
    aStride: number,
    delta: number,
    deltaStride: number,
    panelCount: number,
    sums: number,
  ): void;
  sumOfSquares(at: number, count: number): number;
  addSteps(count: number, from: number, factor: number, sums: number): void;
  sumRows(rows: number, count: number, from: number, into: number): void;
  addScaled(count: number, from: number, factor: number, to: number): void;
  maxPool(
    rows: number,
    outHeight: number,
    outWidth: number,
    inWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    winners: number,
  ): void;
  maxPoolDelta(
    rows: number,
    outHeight: number,
    outWidth: number,
    inWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    delta: number,
    deltaStride: number,
    winners: number,
    overlap: number,
    into: number,
    intoStride: number,
  ): void;
  avgPool(
    rows: number,
    outHeight: number,
    outWidth: number,
    inWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
  ): void;
  avgPoolDelta(
    rows: number,
    outHeight: number,
    outWidth: number,
    inWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    delta: number,
    deltaStride: number,
    overlap: number,
    into: number,
    intoStride: number,
  ): void;
  groupNorm(
    rows: number,
    positions: number,
    panels: number,
    groups: number,
    groupChannels: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    weights: number,
    moments: number,
    sums: number,
  ): void;
  groupNormDelta(
    rows: number,
    positions: number,
    panels: number,
    groups: number,
    groupChannels: number,
    x: number,
    xStride: number,
    delta: number,
    deltaStride: number,
    weights: number,
    moments: number,
    gradients: number,
    scratch: number,
    into: number,
    intoStride: number,
  ): void;
  groupNormGradients(
    rows: number,
    positions: number,
    panels: number,
    x: number,
    xStride: number,
    delta: number,
    deltaStride: number,
    moments: number,
    into: number,
  ): void;
  layerNorm(
    rows: number,
    positions: number,
    channels: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    weights: number,
    xhat: number,
    scales: number,
  ): void;
  layerNormDelta(
    rows: number,
    positions: number,
    channels: number,
    delta: number,
    deltaStride: number,
    weights: number,
    xhat: number,
    scales: number,
    into: number,
    intoStride: number,
  ): void;
  layerNormGradients(rows: number, positions: number, panels: number, xhat: number, delta: number, deltaStride: number, into: number): void;
  gelu(rows: number, bytes: number, x: number, xStride: number, out: number, outStride: number): void;
  geluDelta(
    rows: number,
    bytes: number,
    x: number,
    xStride: number,
    delta: number,
    deltaStride: number,
    into: number,
    intoStride: number,
  ): void;
  dropout(
    rows: number,
    positions: number,
    channels: number,
    numbers: number,
    seed: number,
    layer: number,
    threshold: number,
    scale: number,
    from: number,
    fromStride: number,
    to: number,
    toStride: number,
  ): void;
  depthwise(
    rows: number,
    inHeight: number,
    inWidth: number,
    outHeight: number,
    outWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    above: number,
    left: number,
    x: number,
    xStride: number,
    weights: number,
    out: number,
    outStride: number,
  ): void;
  depthwiseDelta(
    rows: number,
    inHeight: number,
    inWidth: number,
    outHeight: number,
    outWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    above: number,
    left: number,
    delta: number,
    deltaStride: number,
    weights: number,
    into: number,
    intoStride: number,
  ): void;
  depthwiseGradient(
    rows: number,
    inHeight: number,
    inWidth: number,
    outHeight: number,
    outWidth: number,
    panels: number,
    kernelHeight: number,
    kernelWidth: number,
    down: number,
    right: number,
    above: number,
    left: number,
    x: number,
    xStride: number,
    delta: number,
    deltaStride: number,
    into: number,
  ): void;
  embed(
    rows: number,
    positions: number,
    vocabulary: number,
    bytes: number,
    x: number,
    xStride: number,
    xStep: number,
    table: number,
    tokens: number,
    out: number,
    outStride: number,
  ): void;
  mergeTokens(rows: number, positions: number, bytes: number, tokens: number, owners: number, delta: number, deltaStride: number): number;
  addTokenSteps(
    rows: number,
    positions: number,
    bytes: number,
    tokens: number,
    delta: number,
    deltaStride: number,
    factor: number,
    sums: number,
  ): void;
  addTokens(rows: number, positions: number, bytes: number, tokens: number, delta: number, deltaStride: number, sums: number): void;
  fillUp(rows: number, positions: number, channels: number, from: number, stride: number, step: number, to: number, toStep: number): void;
  logisticDelta(rows: number, outputs: number, z: number, zStride: number, targets: number, delta: number, deltaStride: number): number;
  huberDelta(rows: number, outputs: number, z: number, zStride: number, targets: number, delta: number, deltaStride: number): number;
  addReady(count: number, samples: number, sums: number): number;
  addStream(state: number, counter: number, negative: number, words: number, end: number): void;
  settleNoise(tables: number, words: number, wordsEnd: number, out: number, outEnd: number): void;
}
