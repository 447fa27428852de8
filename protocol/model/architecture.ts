/**
 * From a list of layers to a network: the shape of every value, the place of every parameter, and a clear refusal of lists that do not fit
 * together. It allocates nothing; the numerics lay out their memory from its result.
 */
import { MeshError } from '../errors.ts';
import type { Layer, SimpleLayer } from './layers.ts';
import { MULTIPLICATIONS_MAX, PARAMETERS_MAX, VALUES_PER_EXAMPLE_MAX } from '../limits.ts';

/** The shape of one example at some point of a network: row by row, channels together. Flat: 1 x 1 x n. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  /** Among the d parameters. */
  readonly offset: number;
  readonly length: number;
  /** Its initial values: uniform in [-limit, limit], or one number everywhere. */
  readonly start: { readonly limit: number } | { readonly value: number };
}

type Planned<L> = L & {
  readonly input: Shape;
  readonly output: Shape;
  /** Weight, then bias, if the layer has them: (in x out) of a dense layer, (height, width, in, out) of a convolution, row-major. */
  readonly tensors: readonly TensorPlace[];
};
export type NetworkLayer =
  | Planned<Exclude<SimpleLayer, { kind: 'batch-norm' }>>
  | (Planned<{ readonly kind: 'residual' }> & { readonly layers: readonly NetworkLayer[] });

export interface Network {
  readonly input: Shape;
  readonly output: Shape;
  readonly layers: readonly NetworkLayer[];
  /** All of them, in the order of every update. */
  readonly tensors: readonly TensorPlace[];
  /** Parameters of each layer that has any, in the same order. They add up to d. */
  readonly layerSizes: readonly number[];
  /** d */
  readonly parameterCount: number;
}

export const flat = (channels: number): Shape => ({ height: 1, width: 1, channels });
export const valuesOf = ({ height, width, channels }: Shape): number => height * width * channels;

/** "7x7x32", or "10" where it is flat. */
export const worded = ({ height, width, channels }: Shape): string =>
  height === 1 && width === 1 ? String(channels) : `${height}x${width}x${channels}`;

/**
 * @param input what one example is
 * @throws MeshError field-invalid, with the layer's number and kind as the field ("layer 3 conv2d"), what it expected and what it got
 */
export function planNetwork(input: Shape, list: readonly Layer[]): Network {
  const tensors: TensorPlace[] = [];
  const layerSizes: number[] = [];
  let [offset, multiplications] = [0, 0];
  const place = (pieces: Form['pieces']): TensorPlace[] => {
    const first = offset;
    const placed = pieces.map(([suffix, shape, start]) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const tensor = { name: `layer${layerSizes.length + 1}.${suffix}`, shape, offset, length, start };
      offset += length;
      return tensor;
    });
    tensors.push(...placed);
    if (placed.length > 0) layerSizes.push(offset - first);
    return placed;
  };

  const planAll = (layers: readonly Layer[], first: Shape, name: (i: number) => string): NetworkLayer[] => {
    let shape = first;
    return layers.map((layer, i) => {
      const at = `${name(i)} ${layer.kind}`;
      const refuse = (expected: string, got: string): never => {
        throw new MeshError('field-invalid', { field: at, expected, got });
      };
      const from = shape;
      let planned: NetworkLayer;
      if (layer.kind === 'residual') {
        const inner = planAll(layer.layers, from, (j) => `${name(i)}.${j + 1}`);
        const output = inner.at(-1)!.output;
        if (worded(output) !== worded(from)) refuse(`layers that give back ${worded(from)}`, worded(output));
        planned = { kind: 'residual', layers: inner, input: from, output, tensors: [] };
      } else {
        const { output, pieces } = layerOf(layer, from, refuse);
        if (valuesOf(output) > VALUES_PER_EXAMPLE_MAX) refuse(`at most ${VALUES_PER_EXAMPLE_MAX} values`, worded(output));
        multiplications += multiplicationsOf(layer, output);
        if (multiplications > MULTIPLICATIONS_MAX) {
          refuse(`at most ${MULTIPLICATIONS_MAX} multiplications an example in all`, String(multiplications));
        }
        // batch-norm never comes back from layerOf.
        planned = { ...(layer as Exclude<SimpleLayer, { kind: 'batch-norm' }>), input: from, output, tensors: place(pieces) };
      }
      if (offset > PARAMETERS_MAX) refuse(`at most ${PARAMETERS_MAX} parameters in all`, String(offset));
      shape = planned.output;
      return planned;
    });
  };

  const layers = planAll(list, input, (i) => `layer ${i + 1}`);
  if (offset === 0) throw new MeshError('field-invalid', { field: 'layers', expected: 'a layer with parameters', got: 'none' });
  return { input, output: layers.at(-1)!.output, layers, tensors, layerSizes, parameterCount: offset };
}

type Refuse = (expected: string, got: string) => never;
interface Form {
  readonly output: Shape;
  readonly pieces: readonly (readonly [suffix: string, shape: readonly number[], start: TensorPlace['start']])[];
}

function layerOf(layer: SimpleLayer, input: Shape, refuse: Refuse): Form {
  const channels = (expected: number, word = 'channels') => {
    if (input.channels !== expected) refuse(`${expected} ${word}`, String(input.channels));
  };
  switch (layer.kind) {
    case 'dense': {
      const { inputs, outputs } = layer;
      if (input.height * input.width !== 1) refuse(`a flat input of ${inputs} (put a flatten before it)`, worded(input));
      channels(inputs, 'inputs');
      return { output: flat(outputs), pieces: [weights([inputs, outputs], inputs, outputs), bias(outputs)] };
    }
    case 'conv2d': {
      const { inChannels, outChannels, kernel } = layer;
      channels(inChannels, 'input channels');
      const area = kernel[0] * kernel[1];
      const shape = [...kernel, inChannels, outChannels];
      return {
        output: windows(layer, layer.padding, input, outChannels, refuse),
        pieces: [weights(shape, area * inChannels, area * outChannels), bias(outChannels)],
      };
    }
    case 'depthwise-conv2d': {
      channels(layer.channels);
      const area = layer.kernel[0] * layer.kernel[1];
      return {
        output: windows(layer, layer.padding, input, layer.channels, refuse),
        pieces: [weights([...layer.kernel, layer.channels], area, area), bias(layer.channels)],
      };
    }
    case 'max-pool':
    case 'avg-pool':
      return { output: windows(layer, [0, 0], input, input.channels, refuse), pieces: [] };
    case 'embedding': {
      channels(1, 'channel of whole numbers');
      const { vocabulary, width } = layer;
      return { output: { ...input, channels: width }, pieces: [['weight', [vocabulary, width], { limit: Math.sqrt(3 / width) }]] };
    }
    case 'group-norm':
      channels(layer.channels);
      if (layer.channels % layer.groups !== 0) refuse(`groups that divide ${layer.channels} channels`, String(layer.groups));
      return { output: input, pieces: norm(layer.channels) };
    case 'layer-norm':
      channels(layer.channels);
      return { output: input, pieces: norm(layer.channels) };
    case 'batch-norm':
      return refuse(
        'a norm of one example alone, such as group-norm (a batch mixes examples, so that no clipping bounds what one of them adds)',
        'batch-norm',
      );
    case 'flatten':
      return { output: flat(valuesOf(input)), pieces: [] };
    case 'tanh':
    case 'relu':
    case 'gelu':
    case 'dropout':
      return { output: input, pieces: [] };
  }
}

/**
 * Of the forward pass; a training step takes about three times as many. Channels count as whole vectors of 8, as kernels compute them:
 * otherwise layers with one channel each could take eight times the permitted time.
 */
function multiplicationsOf(layer: SimpleLayer, { height, width, channels }: Shape): number {
  const values = height * width * Math.ceil(channels / 8) * 8;
  switch (layer.kind) {
    case 'dense':
      return layer.inputs * values;
    case 'conv2d':
      return values * layer.kernel[0] * layer.kernel[1] * layer.inChannels;
    case 'depthwise-conv2d':
    case 'max-pool':
    case 'avg-pool':
      return values * layer.kernel[0] * layer.kernel[1];
    default:
      return values;
  }
}

/** Window positions: padding only as far as every window still sees a value. */
function windows(
  { kernel, stride }: { readonly kernel: readonly [number, number]; readonly stride: readonly [number, number] },
  padding: readonly [number, number],
  input: Shape,
  channels: number,
  refuse: Refuse,
): Shape {
  for (const side of [0, 1] as const) {
    if (padding[side] >= kernel[side]) refuse(`padding below the kernel's ${kernel.join('x')}`, padding.join('x'));
  }
  const along = (length: number, side: 0 | 1): number => Math.floor((length + 2 * padding[side] - kernel[side]) / stride[side]) + 1;
  const [height, width] = [along(input.height, 0), along(input.width, 1)];
  if (height < 1 || width < 1) refuse(`an input of at least ${kernel.join('x')} with its padding`, worded(input));
  return { height, width, channels };
}

/** Glorot & Bengio 2010. */
const weights = (shape: readonly number[], fanIn: number, fanOut: number): Form['pieces'][number] => [
  'weight',
  shape,
  { limit: Math.sqrt(6 / (fanIn + fanOut)) },
];
const bias = (length: number): Form['pieces'][number] => ['bias', [length], { value: 0 }];
const norm = (channels: number): Form['pieces'] => [
  ['weight', [channels], { value: 1 }],
  ['bias', [channels], { value: 0 }],
];

/** Multiplications of one example's forward pass, as a network's bound counts them. */
export function multiplicationsAnExample({ layers }: Pick<Network, 'layers'>): number {
  return layers.reduce(
    (sum, layer) => sum + (layer.kind === 'residual' ? multiplicationsAnExample(layer) : multiplicationsOf(layer, layer.output)),
    0,
  );
}

/** A multi-layer perceptron: dense layers with an activation between them. @param sizes [inputs, ...hidden, outputs] */
export function perceptron(sizes: readonly number[], activation: 'tanh' | 'relu'): Layer[] {
  return sizes.slice(1).flatMap((outputs, i) => {
    const dense: Layer = { kind: 'dense', inputs: sizes[i]!, outputs };
    return i === sizes.length - 2 ? [dense] : [dense, { kind: activation }];
  });
}
