/** Small networks of every layer kind with sizes that are no multiple of a vector width, and seeded numbers for them. */
import type { Layer, SimpleLayer } from '#protocol/model/layers';
import { flat, planNetwork, valuesOf, type Network, type NetworkLayer, type Shape } from '#protocol/model/architecture';
import type { Loss, ModelSpec, Rows } from '../numerics.ts';

export interface Sample {
  readonly name: string;
  readonly network: Network;
}

const image = (height: number, width: number, channels: number): Shape => ({ height, width, channels });
/** Flattens outputs that are not flat. */
function sample(name: string, input: Shape, layers: readonly Layer[]): Sample {
  const network = planNetwork(input, layers);
  const { height, width } = network.output;
  return { name, network: height * width === 1 ? network : planNetwork(input, [...layers, { kind: 'flatten' }]) };
}
const dense = (inputs: number, outputs: number): SimpleLayer => ({ kind: 'dense', inputs, outputs });
type Two = [number, number];
const conv = (inChannels: number, outChannels: number, kernel: Two, stride: Two = [1, 1], padding: Two = [0, 0]): SimpleLayer => ({
  kind: 'conv2d',
  inChannels,
  outChannels,
  kernel,
  stride,
  padding,
});
const depthwise = (channels: number, kernel: Two, stride: Two = [1, 1], padding: Two = [0, 0]): SimpleLayer => ({
  kind: 'depthwise-conv2d',
  channels,
  kernel,
  stride,
  padding,
});

/** Networks with one kind of layer; kinds without parameters follow a small layer that has some. */
export const LAYERS: readonly Sample[] = [
  sample('dense 1 -> 1', flat(1), [dense(1, 1)]),
  sample('dense 5 -> 3', flat(5), [dense(5, 3)]),
  sample('dense 12 -> 8', flat(12), [dense(12, 8)]),
  sample('dense 19 -> 9', flat(19), [dense(19, 9)]),
  sample('conv 1 -> 1 of one pixel', image(1, 1, 1), [conv(1, 1, [1, 1])]),
  sample('conv 1 -> 3, 3x3', image(5, 4, 1), [conv(1, 3, [3, 3])]),
  sample('conv 3 -> 5, 3x2, padded', image(5, 7, 3), [conv(3, 5, [3, 2], [1, 1], [2, 1])]),
  sample('conv 5 -> 8, stride 2x3', image(7, 8, 5), [conv(5, 8, [3, 3], [2, 3], [1, 0])]),
  sample('conv 8 -> 12, 1x1', image(3, 3, 8), [conv(8, 12, [1, 1])]),
  sample('conv 12 -> 1, kernel as large as the input', image(3, 4, 12), [conv(12, 1, [3, 4])]),
  sample('conv whose stride leaves pixels out', image(7, 6, 3), [conv(3, 3, [2, 1], [3, 4])]),
  sample('conv along a sequence', image(1, 11, 3), [conv(3, 5, [1, 4], [1, 2], [0, 3])]),
  sample('depthwise 1', image(4, 3, 1), [depthwise(1, [2, 2])]),
  sample('depthwise 5, stride 2, padded', image(5, 6, 5), [depthwise(5, [3, 3], [2, 2], [1, 2])]),
  sample('depthwise 12 along a sequence', image(1, 9, 12), [depthwise(12, [1, 3], [1, 1], [0, 1])]),
  sample('max-pool after a conv', image(5, 6, 1), [conv(1, 3, [2, 2]), { kind: 'max-pool', kernel: [2, 2], stride: [2, 2] }]),
  sample('max-pool whose windows overlap', image(6, 5, 3), [conv(3, 8, [1, 1]), { kind: 'max-pool', kernel: [3, 2], stride: [1, 2] }]),
  sample('avg-pool after a conv', image(5, 6, 1), [conv(1, 5, [2, 2]), { kind: 'avg-pool', kernel: [2, 3], stride: [2, 2] }]),
  sample('avg-pool of everything', image(3, 5, 3), [conv(3, 12, [1, 1]), { kind: 'avg-pool', kernel: [3, 5], stride: [1, 1] }]),
  sample('embedding of width 1', image(1, 6, 1), [{ kind: 'embedding', vocabulary: 4, width: 1 }]),
  sample('embedding of width 5', image(1, 7, 1), [{ kind: 'embedding', vocabulary: 9, width: 5 }]),
  sample('layer-norm of a flat value', flat(12), [dense(12, 5), { kind: 'layer-norm', channels: 5 }]),
  sample('layer-norm at each position', image(3, 2, 3), [conv(3, 8, [1, 1]), { kind: 'layer-norm', channels: 8 }]),
  sample('layer-norm of the input', flat(5), [{ kind: 'layer-norm', channels: 5 }]),
  sample('group-norm of one group', image(3, 3, 1), [conv(1, 3, [2, 2]), { kind: 'group-norm', groups: 1, channels: 3 }]),
  sample('group-norm of four groups', image(3, 4, 3), [conv(3, 12, [1, 2]), { kind: 'group-norm', groups: 4, channels: 12 }]),
  sample('group-norm of each channel', image(3, 2, 3), [{ kind: 'group-norm', groups: 3, channels: 3 }]),
  sample('tanh', flat(5), [dense(5, 9), { kind: 'tanh' }]),
  sample('tanh of tanh', flat(5), [dense(5, 3), { kind: 'tanh' }, { kind: 'relu' }, { kind: 'tanh' }, { kind: 'tanh' }]),
  sample('relu', image(3, 2, 1), [conv(1, 5, [1, 1]), { kind: 'relu' }]),
  sample('gelu', image(3, 2, 3), [conv(3, 3, [2, 2]), { kind: 'gelu' }]),
  sample('dropout', image(3, 3, 1), [conv(1, 5, [1, 1]), { kind: 'dropout', rate: 0.4 }]),
  sample('dropout of the input', flat(12), [{ kind: 'dropout', rate: 0.25 }, dense(12, 3)]),
  sample('flatten', image(3, 3, 3), [conv(3, 5, [2, 2]), { kind: 'flatten' }, dense(20, 3)]),
  sample('flatten of the input', image(2, 3, 3), [{ kind: 'flatten' }, dense(18, 5)]),
  sample('residual dense', flat(5), [{ kind: 'residual', layers: [dense(5, 8), { kind: 'tanh' }, dense(8, 5)] }]),
  sample('residual conv', image(4, 3, 3), [{ kind: 'residual', layers: [conv(3, 3, [3, 3], [1, 1], [1, 1])] }, { kind: 'tanh' }]),
];

/** Typical stacks of a few layers. */
export const NETWORKS: readonly Sample[] = [
  sample('perceptron', flat(11), [dense(11, 13), { kind: 'relu' }, dense(13, 6), { kind: 'tanh' }, dense(6, 4)]),
  sample('cnn', image(9, 7, 1), [
    conv(1, 5, [3, 3], [1, 1], [1, 1]),
    { kind: 'group-norm', groups: 1, channels: 5 },
    { kind: 'tanh' },
    { kind: 'max-pool', kernel: [2, 2], stride: [2, 2] },
    conv(5, 12, [3, 2], [1, 1], [0, 1]),
    { kind: 'tanh' },
    { kind: 'avg-pool', kernel: [2, 2], stride: [1, 1] },
    { kind: 'flatten' },
    dense(36, 5),
  ]),
  sample('separable cnn with colours', image(7, 7, 3), [
    conv(3, 8, [3, 3], [2, 2], [1, 1]),
    { kind: 'relu' },
    depthwise(8, [3, 3], [1, 1], [1, 1]),
    { kind: 'layer-norm', channels: 8 },
    { kind: 'gelu' },
    conv(8, 5, [1, 1]),
    { kind: 'dropout', rate: 0.3 },
    { kind: 'flatten' },
    dense(80, 3),
  ]),
  sample('residual cnn', image(5, 5, 3), [
    { kind: 'residual', layers: [conv(3, 3, [3, 3], [1, 1], [1, 1]), { kind: 'group-norm', groups: 3, channels: 3 }, { kind: 'relu' }] },
    { kind: 'residual', layers: [{ kind: 'gelu' }, { kind: 'dropout', rate: 0.5 }, depthwise(3, [1, 3], [1, 1], [0, 1])] },
    { kind: 'avg-pool', kernel: [5, 5], stride: [1, 1] },
    dense(3, 4),
  ]),
  sample('sensor windows', image(1, 17, 3), [
    conv(3, 8, [1, 5], [1, 2], [0, 2]),
    { kind: 'tanh' },
    conv(8, 12, [1, 3], [1, 1], [0, 1]),
    { kind: 'group-norm', groups: 2, channels: 12 },
    { kind: 'relu' },
    { kind: 'max-pool', kernel: [1, 3], stride: [1, 3] },
    { kind: 'flatten' },
    dense(36, 3),
  ]),
  sample('tokens', image(1, 9, 1), [
    { kind: 'embedding', vocabulary: 13, width: 5 },
    { kind: 'dropout', rate: 0.2 },
    conv(5, 8, [1, 3]),
    { kind: 'gelu' },
    { kind: 'avg-pool', kernel: [1, 7], stride: [1, 1] },
    dense(8, 3),
  ]),
];

export const LOSSES: readonly Loss[] = ['cross-entropy', 'bce', 'mse', 'huber'];

/** All layers, including those inside residual blocks. */
export const allLayers = (layers: readonly NetworkLayer[]): NetworkLayer[] =>
  layers.flatMap((layer) => (layer.kind === 'residual' ? [layer, ...allLayers(layer.layers)] : [layer]));

/** Uniform in [-1, 1), or tokens (some invalid) if an embedding reads the input; targets that fit the loss. */
export function rowsFor({ network, loss }: ModelSpec, count: number, draw: () => number): Rows {
  const first = network.layers[0]!;
  const value = first.kind === 'embedding' ? () => Math.floor(draw() * (first.vocabulary + 1)) : () => 2 * draw() - 1;
  const outputs = valuesOf(network.output);
  const x = Float32Array.from({ length: count * valuesOf(network.input) }, value);
  if (loss === 'cross-entropy') return { x, y: Int32Array.from({ length: count }, () => Math.floor(draw() * outputs)) };
  const target = loss === 'bce' ? draw : () => 4 * draw() - 2;
  return { x, y: Float32Array.from({ length: count * outputs }, target) };
}

/** Uniform in [-limit, limit); scales of norms around 1. */
export function parametersFor(network: Network, limit: number, draw: () => number): Float32Array<ArrayBuffer> {
  const parameters = Float32Array.from({ length: network.parameterCount }, () => (2 * draw() - 1) * limit);
  for (const { offset, length, start } of network.tensors) {
    if ('value' in start && start.value === 1) for (let i = offset; i < offset + length; i++) parameters[i]! += 1;
  }
  return parameters;
}
