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
  /** Bytes of the weights, and of the sums: all panels. */
  readonly panelBytes: number;
  readonly output: number;
  readonly outputStride: number;
  /** One i32 class, or `outputs` f32, per row. */
  readonly targets: number;
  /** One f64 per row. */
  readonly norms: number;
  readonly bytes: number;
}

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
    const inputStride = panelsOf(inner) * 32;
    const deltaStride = panels * 32;
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

/** Copies the d values of `flat` into `panels` (both 32-bit words). Columns past the last output are left alone. */
export function toPanels(layers: readonly LayerLayout[], flat: Float32Array, panels: Float32Array): void {
  eachRun(layers, (at, panelAt, length) => panels.set(flat.subarray(at, at + length), panelAt));
}

/** The other way round, into `flat`. */
export function fromPanels<T extends Float32Array | Int32Array>(layers: readonly LayerLayout[], panels: T, flat: T): T {
  eachRun(layers, (at, panelAt, length) => {
    for (let j = 0; j < length; j++) flat[at + j] = panels[panelAt + j]!;
  });
  return flat;
}

/** Runs of up to 8 values that are neighbours in both orders: (index in flat, index in panels, length). */
function eachRun(layers: readonly LayerLayout[], visit: (at: number, panelAt: number, length: number) => void): void {
  for (const { inner, outputs, panels, first, weights } of layers) {
    for (let p = 0; p < panels; p++) {
      const length = Math.min(8, outputs - 8 * p);
      const panelAt = weights / 4 + p * inner * 8;
      for (let k = 0; k < inner; k++) visit(first + k * outputs + 8 * p, panelAt + k * 8, length);
    }
  }
}
