/** Group norm: over all positions of each group of neighbouring channels, example by example. The output is not read on the way back. */
import type { NetworkLayer } from '#protocol/network';
import { normWeights } from './norm-weights.ts';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

export function groupNormOp(place: Place, layer: Extract<NetworkLayer, { kind: 'group-norm' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const panels = panelsOf(layer.channels);
  const form = [positionsOf(input.shape), panels, layer.groups, layer.channels / layer.groups] as const;
  const { at, weights, xhat, begin, gradients } = normWeights(place, layer, output);
  const scales = place.bytes(place.blockRows * panels * 32);
  // Two, since what one kernel leaves behind would not be zero where the other needs it.
  const scratch = place.bytes(panels * 96);
  const backScratch = place.bytes(panels * 96);
  return {
    forward({ n }) {
      fill(n);
      begin(n);
      kernels.groupNorm(n, ...form, value.at, value.stride, output.at, output.stride, at, xhat, scales, scratch);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      const sums = gradients();
      kernels.groupNormDelta(n, ...form, output.delta, output.stride, at, xhat, scales, sums, backScratch, input.delta, input.stride);
    },
    weights,
  };
}
