/**
 * Group norm: over all positions of each group of neighbouring channels, example by example. The backward pass reads the input, not the
 * output.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { normWeights } from './norm-weights.ts';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

export function groupNormOp(place: Place, layer: Extract<NetworkLayer, { kind: 'group-norm' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const panels = panelsOf(layer.channels);
  const positions = positionsOf(input.shape);
  const form = [positions, panels, layer.groups, layer.channels / layer.groups] as const;
  const moments = place.bytes(place.blockRows * panels * 64);
  const sums = place.bytes(panels * 64);
  const scratch = place.bytes(panels * 96);
  const { at, weights, begin, gradients } = normWeights(place, layer, (n, into) => {
    kernels.groupNormGradients(n, positions, panels, value.at, value.stride, output.delta, output.stride, moments, into);
  });
  return {
    forward({ n }) {
      fill(n);
      begin(n);
      kernels.groupNorm(n, ...form, value.at, value.stride, output.at, output.stride, at, moments, sums);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      const [x, xStride, delta, deltaStride] = [value.at, value.stride, output.delta, output.stride];
      kernels.groupNormDelta(n, ...form, x, xStride, delta, deltaStride, at, moments, gradients(), scratch, input.delta, input.stride);
    },
    weights,
  };
}
