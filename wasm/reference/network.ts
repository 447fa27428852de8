/**
 * The oracle of a whole network: one example forward, and the gradient of its loss written out as d numbers, layer by layer. It also
 * handles the two kinds of layers that are more than a function of their input: residual blocks and dropout.
 */
import type { NetworkLayer, Network } from '#protocol/model/architecture';
import { keeps, thresholdOf } from '../dropout-mask.ts';
import type { Loss } from '../numerics.ts';
import { dense, embedding } from './layer-dense.ts';
import { groupNorm, layerNorm } from './layer-norm.ts';
import { flatten, gelu, relu, tanh } from './layer-point.ts';
import type { OfKind, Rule, Values } from './layer-rule.ts';
import { avgPool, conv2d, depthwise, maxPool } from './layer-window.ts';
import { lossOf } from './loss.ts';

type Plain = Exclude<NetworkLayer['kind'], 'residual' | 'dropout'>;
const RULES: { readonly [K in Plain]: Rule<K> } = {
  dense,
  embedding,
  conv2d,
  'depthwise-conv2d': depthwise,
  'max-pool': maxPool,
  'avg-pool': avgPool,
  'layer-norm': layerNorm,
  'group-norm': groupNorm,
  tanh,
  relu,
  gelu,
  flatten,
};
/** The compiler cannot relate a layer to the rule of its kind. */
const ruleOf = ({ kind }: OfKind<Plain>): Rule<Plain> => RULES[kind] as Rule<Plain>;

/** Seed of dropout's masks; null outside training, where it does nothing. */
export type Draw = { readonly seed: number; readonly row: number } | null;

/** The record of one layer's forward pass. */
interface Seen {
  readonly layer: NetworkLayer;
  readonly x: Float64Array;
  /** Of a residual block. */
  readonly inner: readonly Seen[];
  /** Of dropout: each value's factor. */
  readonly factors: Float64Array | null;
}

/** A layer and all layers inside. */
const countOf = (layer: NetworkLayer): number => 1 + (layer.kind === 'residual' ? countAll(layer.layers) : 0);
const countAll = (layers: readonly NetworkLayer[]): number => layers.reduce((sum, layer) => sum + countOf(layer), 0);

/** @param first number of the first layer among all */
function run(
  layers: readonly NetworkLayer[],
  input: Float64Array,
  parameters: Values,
  draw: Draw,
  first: number,
): { output: Float64Array; seen: Seen[] } {
  let [x, number] = [input, first];
  const seen: Seen[] = [];
  for (const layer of layers) {
    const [before, at] = [x, number];
    let inner: readonly Seen[] = [];
    let factors: Float64Array | null = null;
    if (layer.kind === 'residual') {
      const block = run(layer.layers, before, parameters, draw, at + 1);
      inner = block.seen;
      x = before.map((value, i) => value + block.output[i]!);
    } else if (layer.kind === 'dropout') {
      const threshold = thresholdOf(layer.rate);
      if (draw !== null) factors = before.map((_, i) => (keeps(draw.seed, draw.row, at, i, threshold) ? 1 / (1 - layer.rate) : 0));
      x = factors === null ? before : before.map((value, i) => value * factors![i]!);
    } else {
      x = ruleOf(layer).forward(layer, before, parameters);
    }
    seen.push({ layer, x: before, inner, factors });
    number += countOf(layer);
  }
  return { output: x, seen };
}

/** @returns d loss / d input */
function unwind(seen: readonly Seen[], last: Float64Array, parameters: Values, gradient: Float64Array): Float64Array {
  return seen.reduceRight((delta, { layer, x, inner, factors }) => {
    if (layer.kind === 'residual') {
      const through = unwind(inner, delta, parameters, gradient);
      return delta.map((value, i) => value + through[i]!);
    }
    if (layer.kind === 'dropout') return factors === null ? delta : delta.map((value, i) => value * factors[i]!);
    return ruleOf(layer).backward(layer, x, delta, parameters, gradient);
  }, last);
}

/** @param x one example. @returns the outputs, before the loss */
export function outputsOf(network: Network, parameters: Values, x: Values, draw: Draw = null): Float64Array {
  return run(network.layers, Float64Array.from(x), parameters, draw, 0).output;
}

/**
 * @param x one example
 * @param y its target: one class, or as many values as outputs
 * @returns d loss / d parameters, in their order; d loss / d x; and the loss
 */
export function gradientOf(
  network: Network,
  loss: Loss,
  parameters: Values,
  x: Values,
  y: Int32Array | Values,
  draw: Draw = null,
): { readonly loss: number; readonly gradient: Float64Array; readonly inputs: Float64Array } {
  const { output, seen } = run(network.layers, Float64Array.from(x), parameters, draw, 0);
  const { loss: value, delta } = lossOf(loss, output, y);
  const gradient = new Float64Array(network.parameterCount);
  const inputs = unwind(seen, delta, parameters, gradient);
  return { loss: value, gradient, inputs };
}
