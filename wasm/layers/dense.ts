/** A dense layer: z = x W + b, one product of the block with the weights. */
import type { NetworkLayer } from '#protocol/model/architecture';
import { matrixWeights } from './matrix-weights.ts';
import { panelsOf, type Op, type Place, type Value } from './op.ts';

export function denseOp(place: Place, layer: Extract<NetworkLayer, { kind: 'dense' }>, input: Value, output: Value): Op {
  const { kernels, scratch } = place;
  const { inputs, outputs, tensors } = layer;
  const [x, xStride, delta, deltaStride] = [input.at, input.stride, output.delta, output.stride];
  const matrix = { inputs, outputs, tensors, positions: 1, x, xStride, delta, deltaStride };
  const { panels, turned, weights } = matrixWeights(place, matrix, input.delta > 0);
  return {
    weights,
    forward({ n }) {
      kernels.putOnes(n, inputs, x, xStride);
      kernels.dense(n, inputs + 1, x, xStride, panels, panelsOf(outputs), output.at, output.stride, scratch);
    },
    backward({ n }) {
      if (turned > 0) kernels.dense(n, outputs, delta, deltaStride, turned, panelsOf(inputs), input.delta, input.stride, scratch);
    },
  };
}
