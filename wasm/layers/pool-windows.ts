/**
 * What max and average pooling share: their windows as the kernels in assembly/layers/pool.ts expect them, and which part of a delta to
 * clear.
 */
import { panelsOf, type Place, type Value } from './op.ts';

interface Windows {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
}

export interface PoolWindows {
  /** outHeight, outWidth, inWidth, panels, kernelHeight, kernelWidth, down, right */
  readonly form: readonly [number, number, number, number, number, number, number, number];
  /** 1 if a value may lie in more than one window. */
  readonly overlap: 0 | 1;
  /** Called before deltas are written for n examples. */
  clear(n: number): void;
}

export function poolWindows({ kernels }: Place, { kernel, stride }: Windows, input: Value, output: Value): PoolWindows {
  const [from, to] = [input.shape, output.shape];
  const overlap = kernel[0] > stride[0] || kernel[1] > stride[1] ? 1 : 0;
  const covers =
    kernel[0] === stride[0] && kernel[1] === stride[1] && to.height * kernel[0] === from.height && to.width * kernel[1] === from.width;
  return {
    form: [to.height, to.width, from.width, panelsOf(from.channels), kernel[0], kernel[1], stride[0], stride[1]],
    overlap,
    clear(n) {
      if (!covers) new Uint8Array(kernels.memory.buffer, input.delta, n * input.stride).fill(0);
    },
  };
}
