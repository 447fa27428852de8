/**
 * Where everything of one model lies inside its block of the arena: panels of weights, sums, transposes, one lot's activations and
 * deltas. Offsets and strides in bytes; see assembly/core.ts for panels.
 */
import type { MlpSpec } from './numerics.ts';

export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  /** inputs + 1: the rows of a panel, and of an input with the 1 for the bias. */
  readonly inner: number;
  /** Panels of 8 output columns. */
  readonly panels: number;
  /** First of this layer's values among the d parameters. */
  readonly first: number;
  /** Relative to the start of the weights, and to the start of the sums. */
  readonly weights: number;
  /** Relative to the block: transposed panels of 8 input columns. None for the first layer, whose inputs need no delta. */
  readonly turned: number;
  readonly turnedPanels: number;
  /** This layer's input rows, each ending with the 1. */
  readonly input: number;
  readonly inputStride: number;
  /** d loss / d z of this layer. */
  readonly delta: number;
  readonly deltaStride: number;
}

export interface Layout {
  readonly layers: readonly LayerLayout[];
  readonly weights: number;
  readonly sums: number;
  /** Bytes of the weights, and of the sums. */
  readonly panelBytes: number;
  readonly output: number;
  readonly outputStride: number;
  /** One i32 class, or `outputs` f32, per row. */
  readonly targets: number;
  /** One f64 per row. */
  readonly norms: number;
  readonly bytes: number;
}

/**
 * Bytes from row to row. Rows a multiple of 128 bytes apart would share a few sets of the first-level cache, and a column of a
 * block would throw itself out.
 */
const strideOf = (columns: number): number => {
  const bytes = panelsOf(columns) * 32;
  return bytes % 128 === 0 ? bytes + 64 : bytes;
};

const panelsOf = (columns: number): number => Math.ceil(columns / 8);

export function layoutFor(spec: MlpSpec, blockRows: number): Layout {
  let end = 0;
  const place = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const shapes = spec.sizes.slice(1).map((outputs, i) => ({ inputs: spec.sizes[i]!, outputs, inner: spec.sizes[i]! + 1 }));
  const panelBytes = shapes.reduce((sum, { inner, outputs }) => sum + inner * panelsOf(outputs) * 32, 0);
  const weights = place(panelBytes);
  const sums = place(panelBytes);
  let first = 0;
  let behind = 0;
  const layers = shapes.map(({ inputs, outputs, inner }, i) => {
    const panels = panelsOf(outputs);
    const turnedPanels = i === 0 ? 0 : panelsOf(inputs);
    const inputStride = strideOf(inner);
    const deltaStride = strideOf(outputs);
    const layer: LayerLayout = {
      inputs,
      outputs,
      inner,
      panels,
      first,
      weights: behind,
      turned: place(turnedPanels * outputs * 32),
      turnedPanels,
      input: place(blockRows * inputStride),
      inputStride,
      delta: place(blockRows * deltaStride),
      deltaStride,
    };
    first += inner * outputs;
    behind += inner * panels * 32;
    return layer;
  });
  const outputs = spec.sizes.at(-1)!;
  const outputStride = panelsOf(outputs) * 32;
  const output = place(blockRows * outputStride);
  const targets = place(blockRows * (spec.loss === 'mse' ? outputs : 1) * 4);
  const norms = place(blockRows * 8);
  return { layers, weights, sums, panelBytes, output, outputStride, targets, norms, bytes: end };
}

/** Copies the d values of `flat` to where the kernels want them, row by row, each filled up to whole panels. */
export function toRows(layers: readonly LayerLayout[], flat: Float32Array, rows: Float32Array): void {
  eachRun(layers, (at, rowAt, length) => rows.set(flat.subarray(at, at + length), rowAt));
}

/** The other way round, into `flat`. */
export function fromRows<T extends Float32Array | Int32Array>(layers: readonly LayerLayout[], rows: T, flat: T): T {
  eachRun(layers, (at, rowAt, length) => flat.set(rows.subarray(rowAt, rowAt + length), at));
  return flat;
}

/** Runs of values that are neighbours in both orders: (index in flat, index in rows, length). A layer of whole panels is one run. */
function eachRun(layers: readonly LayerLayout[], visit: (at: number, rowAt: number, length: number) => void): void {
  for (const { inner, outputs, panels, first, weights } of layers) {
    const [runs, length] = outputs === 8 * panels ? [1, inner * outputs] : [inner, outputs];
    for (let k = 0; k < runs; k++) visit(first + k * length, weights / 4 + k * 8 * panels, length);
  }
}
