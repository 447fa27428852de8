/**
 * Convolution with one kernel per channel. With a stride of 1 the backward pass is also a convolution, of the deltas with the flipped
 * kernels (Dumoulin & Visin 2016, arXiv:1603.07285); with longer strides each delta is scattered to its window.
 */
import type { NetworkLayer } from '#protocol/model/architecture';
import { floatsAt, panelsOf, type Op, type Place, type Value } from './op.ts';
import { padded } from './padded.ts';
import { vectorWeights } from './vector-weights.ts';

/** Above this many bytes, examples' gradients are computed twice instead of kept. */
const KEPT_BYTES_MAX = 1 << 22;

export function depthwiseConv2dOp(
  place: Place,
  layer: Extract<NetworkLayer, { kind: 'depthwise-conv2d' }>,
  input: Value,
  output: Value,
): Op {
  const { kernels, blockRows } = place;
  const { value, fill } = padded(place, input);
  const panels = panelsOf(layer.channels);
  const [[height, width], [down, right], [above, left]] = [layer.kernel, layer.stride, layer.padding];
  const [from, to] = [input.shape, output.shape];
  const form = [from.height, from.width, to.height, to.width, panels, height, width, down, right, above, left] as const;
  const step = panels * 8;
  const taps = height * width;
  const floats = (taps + 1) * step;

  const kept = blockRows * floats * 4 <= KEPT_BYTES_MAX ? place.bytes(blockRows * floats * 4) : 0;
  let rows = 0;
  let isKept = false;

  /** The gradients of the examples first … first + n, added. */
  const gradientOf = (first: number, n: number, into: number): void => {
    const [x, delta] = [value.at + first * value.stride, output.delta + first * output.stride];
    kernels.depthwiseGradient(n, ...form, x, value.stride, delta, output.stride, into);
  };
  const [weight, bias] = layer.tensors;
  const parts = [
    { tensor: weight!, from: 0, rows: { width: layer.channels, step } },
    { tensor: bias!, from: taps * step },
  ];
  const { at, weights } = vectorWeights(place, floats, parts, (first, n, into) => {
    if (kept === 0 || n === rows) return gradientOf(first, n, into);
    if (!isKept) for (let m = 0; m < rows; m++) gradientOf(m, 1, kept + m * floats * 4);
    isKept = true;
    kernels.sumRows(n, floats, kept + first * floats * 4, into);
  });

  // The flipped kernels, with a bias that stays zero.
  const turned = down === 1 && right === 1 && input.delta !== 0 ? place.bytes(floats * 4) : 0;
  const turnedForm = [
    to.height,
    to.width,
    from.height,
    from.width,
    panels,
    height,
    width,
    1,
    1,
    height - 1 - above,
    width - 1 - left,
  ] as const;
  const turn = (): void => {
    const [upright, reverse] = [floatsAt(kernels, at, floats), floatsAt(kernels, turned, floats)];
    for (let tap = 0; tap < taps; tap++) reverse.set(upright.subarray(tap * step, (tap + 1) * step), (taps - 1 - tap) * step);
  };

  return {
    forward({ n }) {
      fill(n);
      [rows, isKept] = [n, false];
      kernels.depthwise(n, ...form, value.at, value.stride, at, output.at, output.stride);
    },
    backward({ n }) {
      if (input.delta === 0) return;
      if (turned === 0) {
        new Uint8Array(kernels.memory.buffer, input.delta, n * input.stride).fill(0);
        kernels.depthwiseDelta(n, ...form, output.delta, output.stride, at, input.delta, input.stride);
      } else {
        turn();
        kernels.depthwise(n, ...turnedForm, output.delta, output.stride, turned, input.delta, input.stride);
      }
    },
    weights,
  };
}
