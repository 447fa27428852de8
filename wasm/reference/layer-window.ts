/**
 * The oracle's layers that look through a window: convolutions (cross-correlation, LeCun et al. 1998; depthwise, Howard et al. 2017)
 * and pooling. A window at output (i, j) covers input rows i * stride - padding and on; what it sees outside is zero.
 */
import type { Shape } from '#protocol/model/architecture';
import { placeOf, sizeOf, type Rule } from './layer-rule.ts';

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding?: readonly [number, number];
  readonly input: Shape;
  readonly output: Shape;
}

/** Each pair of a window position and an input position inside it. */
function eachTap(
  { kernel, stride, padding = [0, 0], input, output }: Window,
  visit: (outRow: number, outColumn: number, inRow: number, inColumn: number, tap: number) => void,
): void {
  for (let i = 0; i < output.height; i++) {
    for (let j = 0; j < output.width; j++) {
      for (let ky = 0; ky < kernel[0]; ky++) {
        for (let kx = 0; kx < kernel[1]; kx++) {
          const [y, x] = [i * stride[0] + ky - padding[0], j * stride[1] + kx - padding[1]];
          if (y >= 0 && y < input.height && x >= 0 && x < input.width) visit(i, j, y, x, ky * kernel[1] + kx);
        }
      }
    }
  }
}

export const conv2d: Rule<'conv2d'> = {
  forward(layer, x, p) {
    const { input, output, inChannels, outChannels } = layer;
    const [weight, bias] = layer.tensors;
    const result = new Float64Array(sizeOf(output)).map((_, at) => p[bias!.offset + (at % outChannels)]!);
    eachTap(layer, (i, j, row, column, tap) => {
      for (let from = 0; from < inChannels; from++) {
        for (let to = 0; to < outChannels; to++) {
          const w = p[weight!.offset + (tap * inChannels + from) * outChannels + to]!;
          result[placeOf(output, i, j, to)]! += x[placeOf(input, row, column, from)]! * w;
        }
      }
    });
    return result;
  },
  backward(layer, x, delta, p, gradient) {
    const { input, output, inChannels, outChannels } = layer;
    const [weight, bias] = layer.tensors;
    const back = new Float64Array(sizeOf(input));
    for (const [at, value] of delta.entries()) gradient[bias!.offset + (at % outChannels)]! += value;
    eachTap(layer, (i, j, row, column, tap) => {
      for (let from = 0; from < inChannels; from++) {
        const a = placeOf(input, row, column, from);
        for (let to = 0; to < outChannels; to++) {
          const [w, d] = [weight!.offset + (tap * inChannels + from) * outChannels + to, delta[placeOf(output, i, j, to)]!];
          gradient[w]! += x[a]! * d;
          back[a]! += p[w]! * d;
        }
      }
    });
    return back;
  },
};

export const depthwise: Rule<'depthwise-conv2d'> = {
  forward(layer, x, p) {
    const { input, output, channels } = layer;
    const [weight, bias] = layer.tensors;
    const result = new Float64Array(sizeOf(output)).map((_, at) => p[bias!.offset + (at % channels)]!);
    eachTap(layer, (i, j, row, column, tap) => {
      for (let c = 0; c < channels; c++) {
        result[placeOf(output, i, j, c)]! += x[placeOf(input, row, column, c)]! * p[weight!.offset + tap * channels + c]!;
      }
    });
    return result;
  },
  backward(layer, x, delta, p, gradient) {
    const { input, output, channels } = layer;
    const [weight, bias] = layer.tensors;
    const back = new Float64Array(sizeOf(input));
    for (const [at, value] of delta.entries()) gradient[bias!.offset + (at % channels)]! += value;
    eachTap(layer, (i, j, row, column, tap) => {
      for (let c = 0; c < channels; c++) {
        const [w, a, d] = [weight!.offset + tap * channels + c, placeOf(input, row, column, c), delta[placeOf(output, i, j, c)]!];
        gradient[w]! += x[a]! * d;
        back[a]! += p[w]! * d;
      }
    });
    return back;
  },
};

/** Per output value, the index of its window's largest value: the first of equals, row by row; NaN wins. */
function largest(layer: Window, x: Float64Array): Int32Array {
  const { input, output } = layer;
  const best = new Int32Array(sizeOf(output)).fill(-1);
  eachTap(layer, (i, j, row, column) => {
    for (let c = 0; c < output.channels; c++) {
      const [to, from] = [placeOf(output, i, j, c), placeOf(input, row, column, c)];
      const held = best[to]! < 0 ? -Infinity : x[best[to]!]!;
      if (best[to]! < 0 || (!Number.isNaN(held) && !(x[from]! <= held))) best[to] = from;
    }
  });
  return best;
}

export const maxPool: Rule<'max-pool'> = {
  forward: (layer, x) => Float64Array.from(largest(layer, x), (from) => x[from]!),
  backward(layer, x, delta) {
    const back = new Float64Array(x.length);
    for (const [to, from] of largest(layer, x).entries()) back[from]! += delta[to]!;
    return back;
  },
};

export const avgPool: Rule<'avg-pool'> = {
  forward(layer, x) {
    const { input, output, kernel } = layer;
    const sum = new Float64Array(sizeOf(output));
    eachTap(layer, (i, j, row, column) => {
      for (let c = 0; c < output.channels; c++) sum[placeOf(output, i, j, c)]! += x[placeOf(input, row, column, c)]!;
    });
    return sum.map((value) => value / (kernel[0] * kernel[1]));
  },
  backward(layer, x, delta) {
    const { input, output, kernel } = layer;
    const back = new Float64Array(x.length);
    eachTap(layer, (i, j, row, column) => {
      for (let c = 0; c < output.channels; c++) {
        back[placeOf(input, row, column, c)]! += delta[placeOf(output, i, j, c)]! / (kernel[0] * kernel[1]);
      }
    });
    return back;
  },
};
