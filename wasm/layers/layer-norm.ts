/** Layer norm: over the channels of each position. The backward pass reads neither input nor output. */
import type { NetworkLayer } from '#protocol/model/architecture';
import { normWeights } from './norm-weights.ts';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

export function layerNormOp(place: Place, layer: Extract<NetworkLayer, { kind: 'layer-norm' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const positions = positionsOf(input.shape);
  const { channels } = layer;
  const panels = panelsOf(channels);
  const xhat = place.bytes(place.blockRows * positions * panels * 32);
  const { at, weights, begin } = normWeights(place, layer, (n, into) => {
    kernels.layerNormGradients(n, positions, panels, xhat, output.delta, output.stride, into);
  });
  const scales = place.bytes(place.blockRows * positions * 4);
  return {
    forward({ n }) {
      fill(n);
      begin(n);
      kernels.layerNorm(n, positions, channels, value.at, value.stride, output.at, output.stride, at, xhat, scales);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      kernels.layerNormDelta(n, positions, channels, output.delta, output.stride, at, xhat, scales, input.delta, input.stride);
    },
    weights,
  };
}
