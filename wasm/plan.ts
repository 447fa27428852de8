/**
 * The memory map and flat list of ops for a network: where each value and each layer's parameters lie in the model's block, and which
 * kernels run over them, in order. It allocates nothing: a first plan measures the block, a second one uses the block's address.
 */
import type { NetworkLayer, Shape } from '#protocol/model/architecture';
import type { Kernels } from './kernels.ts';
import { activationOp } from './layers/activation.ts';
import { avgPoolOp } from './layers/avg-pool.ts';
import { conv2dOp } from './layers/conv2d.ts';
import { denseOp } from './layers/dense.ts';
import { depthwiseConv2dOp } from './layers/depthwise-conv2d.ts';
import { dropoutOp } from './layers/dropout.ts';
import { embeddingOp } from './layers/embedding.ts';
import { flattenOp } from './layers/flatten.ts';
import { geluOp } from './layers/gelu.ts';
import { groupNormOp } from './layers/group-norm.ts';
import { layerNormOp } from './layers/layer-norm.ts';
import { strideOf } from './layers/matrix-weights.ts';
import { maxPoolOp } from './layers/max-pool.ts';
import { panelsOf, positionsOf, type Op, type Place, type Value, type Weights } from './layers/op.ts';
import { residualOps } from './layers/residual.ts';
import type { ModelSpec } from './numerics.ts';
import { targetsOf } from './spec.ts';

export interface Plan {
  readonly ops: readonly Op[];
  readonly weights: readonly Weights[];
  readonly input: Value;
  readonly output: Value;
  /** Examples of one block at most. */
  readonly blockRows: number;
  /** One i32 class, or f32 values, per example of the block; its row numbers, i32. Addresses. */
  readonly targets: number;
  readonly rows: number;
  /** blockRows f64 for each layer with parameters: address. */
  readonly norms: number;
  /** End of the block. */
  readonly end: number;
}

/** @param start address of the model's block, or 0 to measure its length */
export function planModel(kernels: Kernels, { network, loss }: ModelSpec, blockRows: number, start: number): Plan {
  let end = start;
  const bytes = (count: number): number => {
    const at = end;
    end += Math.ceil(count / 64) * 64;
    return at;
  };
  // Address 0 means "none", so a block that starts there begins with an unused cache line.
  if (start === 0) bytes(64);
  const place: Place = { kernels, blockRows, bytes, scratch: bytes(kernels.scratchBytes()) };
  const [ops, weights]: [Op[], Weights[]] = [[], []];
  /** Layers so far, including those inside residual blocks, as dropout-mask.ts numbers them. */
  let index = 0;

  const value = (shape: Shape, learns: boolean): Value => {
    const stride = positionsOf(shape) === 1 ? strideOf(shape.channels + 1) : positionsOf(shape) * panelsOf(shape.channels) * 32;
    const step = positionsOf(shape) === 1 ? stride : panelsOf(shape.channels) * 32;
    return { shape, at: bytes(blockRows * stride), stride, step, delta: learns ? bytes(blockRows * stride) : 0 };
  };
  const add = (op: Op): void => {
    ops.push(op);
    if (op.weights !== undefined) weights.push(op.weights);
  };

  /** @param kept whether this input is read again later, so that no layer may overwrite it */
  const planAll = (layers: readonly NetworkLayer[], first: Value, kept: boolean): Value => {
    let input = first;
    for (const [i, layer] of layers.entries()) {
      const number = index++;
      if (layer.kind === 'residual') {
        const branchWeights = weights.length;
        const at = ops.length;
        const branch = planAll(layer.layers, input, true);
        const learns = input.delta > 0 || weights.length > branchWeights;
        const output = value(layer.output, learns);
        const { before, after } = residualOps(place, input, branch, output);
        ops.splice(at, 0, before);
        ops.push(after);
        input = output;
        continue;
      }
      // The backward pass reads an activation's slope from its values, so nothing may overwrite them.
      const isFree = input !== inputValue && !(kept && i === 0) && !(i > 0 && isActivation(layers[i - 1]!));
      const inPlace = isActivation(layer) && isFree;
      const output = inPlace ? input : value(layer.output, input.delta > 0 || layer.tensors.length > 0);
      add(opOf(place, layer, input, output, number));
      input = output;
    }
    return input;
  };

  const inputValue = inputOf(place, network.input);
  const output = planAll(network.layers, inputValue, true);
  const targets = bytes(blockRows * targetsOf({ network, loss }) * 4);
  const rows = bytes(blockRows * 4);
  const norms = bytes(blockRows * weights.length * 8);
  return { ops, weights, input: inputValue, output, blockRows, targets, rows, norms, end };
}

const isActivation = ({ kind }: NetworkLayer): boolean => kind === 'tanh' || kind === 'relu';

/** The network's input: a copy of the caller's rows, without padding between positions. */
function inputOf({ blockRows, bytes }: Place, shape: Shape): Value {
  const isFlat = positionsOf(shape) === 1;
  const stride = isFlat ? strideOf(shape.channels + 1) : Math.ceil((positionsOf(shape) * shape.channels) / 4) * 16;
  return { shape, at: bytes(blockRows * stride), stride, step: isFlat ? stride : shape.channels * 4, delta: 0 };
}

function opOf(place: Place, layer: Exclude<NetworkLayer, { kind: 'residual' }>, input: Value, output: Value, index: number): Op {
  switch (layer.kind) {
    case 'dense':
      return denseOp(place, layer, input, output);
    case 'conv2d':
      return conv2dOp(place, layer, input, output);
    case 'depthwise-conv2d':
      return depthwiseConv2dOp(place, layer, input, output);
    case 'max-pool':
      return maxPoolOp(place, layer, input, output);
    case 'avg-pool':
      return avgPoolOp(place, layer, input, output);
    case 'embedding':
      return embeddingOp(place, layer, input, output);
    case 'layer-norm':
      return layerNormOp(place, layer, input, output);
    case 'group-norm':
      return groupNormOp(place, layer, input, output);
    case 'tanh':
    case 'relu':
      return activationOp(place, layer, input, output);
    case 'gelu':
      return geluOp(place, layer, input, output);
    case 'dropout':
      return dropoutOp(place, layer, input, output, index);
    case 'flatten':
      return flattenOp(place, input, output);
  }
}
