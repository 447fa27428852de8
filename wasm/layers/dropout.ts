/**
 * Dropout: masks in training, a copy otherwise. Masks come from the pass's seed and row numbers, in the forward and backward pass alike.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { thresholdOf } from '../dropout-mask.ts';
import { panelsOf, positionsOf, type Op, type Pass, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';

/** @param index the layer's number, as dropout-mask.ts counts them */
export function dropoutOp(place: Place, layer: Extract<NetworkLayer, { kind: 'dropout' }>, input: Value, output: Value, index: number): Op {
  const { kernels } = place;
  const { value, fill } = padded(place, input);
  const positions = positionsOf(input.shape);
  const { channels } = input.shape;
  const rowBytes = positions * panelsOf(channels) * 32;
  const threshold = thresholdOf(layer.rate);
  const scale = 1 / (1 - layer.rate);

  const carry = ({ n, rows, seed }: Pass, from: number, fromStride: number, to: number, toStride: number): void => {
    if (rows === 0 || layer.rate === 0) kernels.copyRows(n, rowBytes, from, fromStride, to, toStride);
    else kernels.dropout(n, positions, channels, rows, seed, index, threshold, scale, from, fromStride, to, toStride);
  };

  return {
    forward(pass) {
      fill(pass.n);
      carry(pass, value.at, value.stride, output.at, output.stride);
    },
    backward(pass) {
      if (input.delta !== 0) carry(pass, output.delta, output.stride, input.delta, input.stride);
    },
  };
}
