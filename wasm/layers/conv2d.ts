/**
 * Convolution (cross-correlation) as a matrix product: the windows of a block are written out as rows, kept for the gradient, and
 * multiplied with the kernels as in a dense layer.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { matrixWeights, strideOf } from './matrix-weights.ts';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';

export function conv2dOp(place: Place, layer: Extract<NetworkLayer, { kind: 'conv2d' }>, input: Value, output: Value): Op {
  const { kernels, blockRows, scratch } = place;
  const { inChannels, outChannels, kernel, stride, padding, tensors } = layer;
  const inputs = kernel[0] * kernel[1] * inChannels;
  const positions = positionsOf(output.shape);
  const xStride = strideOf(inputs + 1);
  const x = place.bytes(blockRows * positions * xStride);
  const matrix = { inputs, outputs: outChannels, tensors, positions, x, xStride, delta: output.delta, deltaStride: output.step };
  const { panels, turned, weights } = matrixWeights(place, matrix, input.delta > 0);
  /** What each window adds to its inputs. */
  const backStride = panelsOf(inputs) * 32;
  const back = turned > 0 ? place.bytes(blockRows * positions * backStride) : 0;

  const { height, width } = input.shape;
  const form = [...kernel, ...stride, ...padding, output.shape.height, output.shape.width];
  const windows = (n: number, at: number, patches: number, patchStride: number): number[] =>
    [n, height, width, inChannels, at, input.stride, input.step].concat(form, patches, patchStride);
  return {
    weights,
    forward({ n }) {
      kernels.toPatches(...windows(n, input.at, x, xStride));
      kernels.dense(n * positions, inputs + 1, x, xStride, panels, panelsOf(outChannels), output.at, output.step, scratch);
    },
    backward({ n }) {
      if (turned === 0) return;
      kernels.dense(n * positions, outChannels, output.delta, output.step, turned, panelsOf(inputs), back, backStride, scratch);
      kernels.fromPatches(...windows(n, input.delta, back, backStride));
    },
  };
}
