/**
 * Random networks for fast-check: a list of choices is read layer by layer, and each choice is adjusted until the layer fits the shape
 * before it. Sides and channels of 1 to 9, kernels and strides of 1 to 4, any padding, residual blocks. A shorter list of choices gives a
 * shorter network, so failing cases shrink.
 */
import fc from 'fast-check';
import type { Layer, SimpleLayer } from '#protocol/model/layers';
import { planNetwork, valuesOf, type Network, type Shape } from '#protocol/model/architecture';

interface Choice {
  readonly kind: (typeof KINDS)[number];
  /** Numbers for the layer's sizes, taken modulo what fits. */
  readonly sizes: readonly number[];
  /** Of a residual block. */
  readonly inner: readonly Choice[];
}

const KINDS = [
  'tanh',
  'relu',
  'gelu',
  'flatten',
  'dropout',
  'layer-norm',
  'group-norm',
  'max-pool',
  'avg-pool',
  'dense',
  'conv2d',
  'depthwise-conv2d',
  'residual',
] as const;

const VALUES_MAX = 400;

const choices = (depth: number): fc.Arbitrary<readonly Choice[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      sizes: fc.array(fc.nat({ max: 719 }), { minLength: 7, maxLength: 7 }),
      inner: depth === 0 ? fc.constant([]) : choices(depth - 1),
    }),
    { maxLength: depth === 0 ? 4 : 7 },
  );

const side = fc.integer({ min: 1, max: 9 });

/** Networks with flat outputs and at least one layer with parameters. */
export const networks: fc.Arbitrary<Network> = fc
  .record({
    sides: fc.oneof(fc.tuple(side, side, side), fc.tuple(fc.constant(1), fc.constant(1), side)),
    /** 0: no embedding reads the input; else its vocabulary. */
    vocabulary: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) }),
    list: choices(1),
    outputs: side,
    /** Whether a flat network ends there: a last dense layer would hide what the layer before leaves in its padding. */
    endsFlat: fc.boolean(),
  })
  .map(({ sides: [height, width, channels], vocabulary, list, outputs, endsFlat }) => {
    const input: Shape = { height, width, channels: vocabulary > 0 ? 1 : channels };
    const layers: Layer[] = vocabulary > 0 ? [{ kind: 'embedding', vocabulary, width: channels }] : [];
    let shape: Shape = { height, width, channels };
    for (const choice of list) {
      const [layer, output] = layerFor(choice, shape);
      if (layer === null || valuesOf(output) > VALUES_MAX) continue;
      layers.push(layer);
      shape = output;
    }
    const isFlat = shape.height * shape.width === 1;
    if (isFlat && endsFlat && layers.some(learns)) return planNetwork(input, layers);
    if (!isFlat) layers.push({ kind: 'flatten' });
    return planNetwork(input, [...layers, { kind: 'dense', inputs: valuesOf(shape), outputs }]);
  });

const LEARNING = new Set<string>(['dense', 'conv2d', 'depthwise-conv2d', 'embedding', 'layer-norm', 'group-norm']);
const learns = (layer: Layer): boolean => (layer.kind === 'residual' ? layer.layers.some(learns) : LEARNING.has(layer.kind));

/** The layer and its output shape; null if the choice does not fit. */
function layerFor({ kind, sizes, inner }: Choice, from: Shape): [Layer | null, Shape] {
  if (kind !== 'residual') return simpleFor(kind, sizes, from);
  const layers: SimpleLayer[] = [];
  let shape = from;
  for (const choice of inner) {
    if (choice.kind === 'residual') continue;
    const [layer, output] = simpleFor(choice.kind, choice.sizes, shape);
    if (layer === null || valuesOf(output) > VALUES_MAX) continue;
    layers.push(layer);
    shape = output;
  }
  // Restores the input's shape if a product can.
  if (valuesOf(shape) !== valuesOf(from) && shape.height * shape.width * from.height * from.width === 1) {
    layers.push({ kind: 'dense', inputs: shape.channels, outputs: from.channels });
  } else if (shape.height === from.height && shape.width === from.width && shape.channels !== from.channels) {
    layers.push({ ...CONV, inChannels: shape.channels, outChannels: from.channels });
  } else if (shape.height !== from.height || shape.width !== from.width) {
    return [null, from];
  }
  return layers.length === 0 ? [null, from] : [{ kind: 'residual', layers }, from];
}

const CONV = {
  kind: 'conv2d' as const,
  kernel: [1, 1] as [number, number],
  stride: [1, 1] as [number, number],
  padding: [0, 0] as [number, number],
};

function simpleFor(kind: Exclude<Choice['kind'], 'residual'>, sizes: readonly number[], from: Shape): [SimpleLayer | null, Shape] {
  const { height, width, channels } = from;
  const size = (i: number, most: number): number => 1 + (sizes[i]! % Math.max(1, most));
  const pair = (first: number, second: number): [number, number] => [first, second];
  const stride = pair(size(2, 4), size(3, 4));
  const windows = (kernel: readonly number[], padding: readonly number[], outChannels: number): Shape => ({
    height: Math.floor((height + 2 * padding[0]! - kernel[0]!) / stride[0]) + 1,
    width: Math.floor((width + 2 * padding[1]! - kernel[1]!) / stride[1]) + 1,
    channels: outChannels,
  });
  switch (kind) {
    case 'dense': {
      if (height * width !== 1) return [null, from];
      const outputs = size(0, 9);
      return [
        { kind, inputs: channels, outputs },
        { height, width, channels: outputs },
      ];
    }
    case 'conv2d':
    case 'depthwise-conv2d': {
      const wanted = pair(size(0, 4), size(1, 4));
      const padding = pair(sizes[4]! % wanted[0], sizes[5]! % wanted[1]);
      const kernel = pair(Math.min(wanted[0], height + 2 * padding[0]), Math.min(wanted[1], width + 2 * padding[1]));
      // A kernel that had to shrink may have fallen to its padding.
      padding[0] = Math.min(padding[0], kernel[0] - 1);
      padding[1] = Math.min(padding[1], kernel[1] - 1);
      if (kernel[0] > height + 2 * padding[0] || kernel[1] > width + 2 * padding[1]) return [null, from];
      const outChannels = kind === 'conv2d' ? size(6, 9) : channels;
      const output = windows(kernel, padding, outChannels);
      if (kind === 'conv2d') return [{ kind, inChannels: channels, outChannels, kernel, stride, padding }, output];
      return [{ kind, channels, kernel, stride, padding }, output];
    }
    case 'max-pool':
    case 'avg-pool': {
      const kernel = pair(size(0, Math.min(4, height)), size(1, Math.min(4, width)));
      return [{ kind, kernel, stride }, windows(kernel, [0, 0], channels)];
    }
    case 'group-norm': {
      const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter((groups) => channels % groups === 0);
      return [{ kind, channels, groups: divisors[sizes[0]! % divisors.length]! }, from];
    }
    case 'layer-norm':
      return [{ kind, channels }, from];
    case 'dropout':
      return [{ kind, rate: (sizes[0]! % 20) / 20 }, from];
    case 'flatten':
      return [{ kind }, { height: 1, width: 1, channels: valuesOf(from) }];
    case 'tanh':
    case 'relu':
    case 'gelu':
      return [{ kind }, from];
  }
}
