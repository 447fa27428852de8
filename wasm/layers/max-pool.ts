/** The largest value of each window. Its position is kept for the backward pass. */
import type { NetworkLayer } from '#protocol/model/architecture';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';
import { poolWindows } from './pool-windows.ts';

export function maxPoolOp(place: Place, layer: Extract<NetworkLayer, { kind: 'max-pool' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { form, overlap, clear } = poolWindows(place, layer, input, output);
  const { value, fill } = padded(place, input);
  const winners = place.bytes(place.blockRows * positionsOf(output.shape) * panelsOf(output.shape.channels) * 32);
  return {
    forward({ n }) {
      fill(n);
      kernels.maxPool(n, ...form, value.at, value.stride, output.at, output.stride, winners);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      clear(n);
      kernels.maxPoolDelta(n, ...form, output.delta, output.stride, winners, overlap, input.delta, input.stride);
    },
  };
}
