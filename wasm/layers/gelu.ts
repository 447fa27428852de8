/** GELU. The derivative needs the input, so the output has its own memory. */
import type { NetworkLayer } from '#protocol/model/architecture';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

export function geluOp(place: Place, _layer: Extract<NetworkLayer, { kind: 'gelu' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const bytes = positionsOf(input.shape) * panelsOf(input.shape.channels) * 32;
  return {
    forward({ n }) {
      fill(n);
      kernels.gelu(n, bytes, value.at, value.stride, output.at, output.stride);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      kernels.geluDelta(n, bytes, value.at, value.stride, output.delta, output.stride, input.delta, input.stride);
    },
  };
}
