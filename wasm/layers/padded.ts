/**
 * A value whose channels are padded to whole vectors, for kernels that need that. Only the network's own input may be unpadded; it is then
 * copied in every forward pass. It has no delta.
 */
import { panelsOf, positionsOf, type Place, type Value } from './op.ts';

export interface Padded {
  readonly value: Value;
  /** Before the kernels read `value`. */
  fill(n: number): void;
}

export function padded({ kernels, blockRows, bytes }: Place, input: Value): Padded {
  const { channels } = input.shape;
  const positions = positionsOf(input.shape);
  const step = panelsOf(channels) * 32;
  const isFull = positions === 1 ? input.step >= step : input.step === step;
  if (isFull) return { value: input, fill: () => {} };
  const stride = positions * step;
  const at = bytes(blockRows * stride);
  return {
    value: { shape: input.shape, at, stride, step, delta: 0 },
    fill: (n) => kernels.fillUp(n, positions, channels, input.at, input.stride, input.step, at, step),
  };
}
