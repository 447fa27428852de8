/** tanh and ReLU, in place if the planner gives input and output the same address: their slopes follow from their values. */
import type { NetworkLayer } from '#protocol/model/architecture';
import { panelsOf, positionsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

export function activationOp(place: Place, layer: Extract<NetworkLayer, { kind: 'tanh' | 'relu' }>, input: Value, output: Value): Op {
  const { kernels } = place;
  const [rise, derive] = layer.kind === 'tanh' ? [kernels.tanhRows, kernels.tanhDelta] : [kernels.reluRows, kernels.reluDelta];
  const width = positionsOf(output.shape) === 1 ? output.shape.channels : output.stride / 4;
  const rowBytes = positionsOf(output.shape) * panelsOf(output.shape.channels) * 32;
  const apart = input.at !== output.at;
  const { value, fill } = padded(place, input);
  return {
    forward({ n }) {
      fill(n);
      if (apart) kernels.copyRows(n, rowBytes, value.at, value.stride, output.at, output.stride);
      rise(n, width, output.at, output.stride);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      if (apart) kernels.copyRows(n, rowBytes, output.delta, output.stride, input.delta, input.stride);
      derive(n, width, output.at, output.stride, input.delta, input.stride);
    },
  };
}
