/** Mean of each window. */
import type { NetworkLayer } from '#protocol/model/architecture';
import type { Op, Place, Value } from './op.ts';
import { padded } from './padded.ts';
import { poolWindows } from './pool-windows.ts';

export function avgPoolOp(place: Place, layer: Extract<NetworkLayer, { kind: 'avg-pool' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const { form, overlap, clear } = poolWindows(place, layer, input, output);
  const { value, fill } = padded(place, input);
  return {
    forward({ n }) {
      fill(n);
      kernels.avgPool(n, ...form, value.at, value.stride, output.at, output.stride);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      clear(n);
      kernels.avgPoolDelta(n, ...form, output.delta, output.stride, overlap, input.delta, input.stride);
    },
  };
}
