import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layersSchema, type Layer } from './layers.ts';
import { MULTIPLICATIONS_MAX, PARAMETERS_MAX } from '../limits.ts';
import { flat, perceptron, planNetwork, valuesOf, type Shape } from './architecture.ts';
import { refusal } from '../testing/refusal.ts';

const conv = (inChannels: number, outChannels: number, more: object = {}): Layer => ({
  kind: 'conv2d',
  inChannels,
  outChannels,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  ...more,
});
const picture: Shape = { height: 28, width: 28, channels: 1 };

describe('a planned network', () => {
  it('has the shapes and parameters of the small network of the papers', () => {
    const network = planNetwork(picture, [
      conv(1, 16, { kernel: [8, 8], stride: [2, 2], padding: [3, 3] }),
      { kind: 'tanh' },
      { kind: 'max-pool', kernel: [2, 2], stride: [1, 1] },
      conv(16, 32, { kernel: [4, 4], stride: [2, 2], padding: [0, 0] }),
      { kind: 'max-pool', kernel: [2, 2], stride: [1, 1] },
      { kind: 'flatten' },
      { kind: 'dense', inputs: 512, outputs: 32 },
      { kind: 'dense', inputs: 32, outputs: 10 },
    ]);
    expect(network.parameterCount).toBe(26_010);
    expect(network.layers.map(({ output }) => [output.height, output.width, output.channels].join('x'))).toEqual(
      ['14x14x16', '14x14x16', '13x13x16', '5x5x32', '4x4x32', '1x1x512', '1x1x32', '1x1x10'], // prettier-ignore
    );
    expect(network.tensors.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['layer1.weight', [8, 8, 1, 16], 0],
      ['layer1.bias', [16], 1024],
      ['layer2.weight', [4, 4, 16, 32], 1040],
      ['layer2.bias', [32], 9232],
      ['layer3.weight', [512, 32], 9264],
      ['layer3.bias', [32], 25_648],
      ['layer4.weight', [32, 10], 25_680],
      ['layer4.bias', [10], 26_000],
    ]);
    expect(network.layerSizes).toEqual([1040, 8224, 16_416, 330]);
  });

  it('counts the parameters of layers inside of residual ones too, and none of layers without', () => {
    const { tensors, layerSizes } = planNetwork({ ...picture, channels: 4 }, [
      { kind: 'residual', layers: [{ kind: 'group-norm', groups: 2, channels: 4 }, { kind: 'tanh' }, { kind: 'layer-norm', channels: 4 }] },
      { kind: 'flatten' },
      { kind: 'dense', inputs: 3136, outputs: 2 },
    ]);
    expect(layerSizes).toEqual([8, 8, 6274]);
    expect(tensors.map(({ name }) => name.split('.')[0])).toEqual(['layer1', 'layer1', 'layer2', 'layer2', 'layer3', 'layer3']);
  });

  it('names perceptrons as their states always did', () => {
    const { tensors } = planNetwork(flat(3), perceptron([3, 4, 2], 'tanh'));
    expect(tensors.map(({ name, length }) => [name, length])).toEqual([
      ['layer1.weight', 12],
      ['layer1.bias', 4],
      ['layer2.weight', 8],
      ['layer2.bias', 2],
    ]);
  });
});

it.each<[string, Shape, Layer[], string]>([
  ['channels that do not meet', picture, [conv(1, 8), { kind: 'tanh' }, conv(3, 8)], 'layer 3 conv2d: expected 3 input channels, got 8'],
  [
    'a dense layer on a picture',
    picture,
    [{ kind: 'dense', inputs: 784, outputs: 2 }],
    'layer 1 dense: expected a flat input of 784 (put a flatten before it), got 28x28x1',
  ],
  ['inputs that do not meet', flat(5), [{ kind: 'dense', inputs: 4, outputs: 2 }], 'layer 1 dense: expected 4 inputs, got 5'],
  [
    'a window that is too large',
    flat(5),
    [conv(5, 2, { padding: [0, 0] })],
    'layer 1 conv2d: expected an input of at least 3x3 with its padding, got 5',
  ],
  [
    'windows that see only padding',
    picture,
    [conv(1, 2, { padding: [3, 3] })],
    "layer 1 conv2d: expected padding below the kernel's 3x3, got 3x3",
  ],
  [
    'groups that do not divide',
    picture,
    [conv(1, 8), { kind: 'group-norm', groups: 3, channels: 8 }],
    'layer 2 group-norm: expected groups that divide 8 channels, got 3',
  ],
  [
    'a residual that changes the shape',
    picture,
    [conv(1, 8), { kind: 'residual', layers: [conv(8, 4) as never] }],
    'layer 2 residual: expected layers that give back 28x28x8, got 28x28x4',
  ],
  [
    'a fault inside of a residual',
    picture,
    [conv(1, 8), { kind: 'residual', layers: [{ kind: 'tanh' }, conv(4, 8) as never] }],
    'layer 2.2 conv2d: expected 4 input channels, got 8',
  ],
  [
    'batch norm, which clipping cannot bound',
    picture,
    [conv(1, 8), { kind: 'batch-norm', channels: 8 }],
    'layer 2 batch-norm: expected a norm of one example alone',
  ],
  ['nothing to learn', flat(3), [{ kind: 'tanh' }], 'layers: expected a layer with parameters, got none'],
  [
    'too many parameters',
    flat(1000),
    [{ kind: 'dense', inputs: 1000, outputs: 1000 }],
    `layer 1 dense: expected at most ${PARAMETERS_MAX} parameters in all, got 1001000`,
  ],
  [
    'too much work',
    { height: 64, width: 64, channels: 64 },
    [conv(64, 64)],
    `layer 1 conv2d: expected at most ${MULTIPLICATIONS_MAX} multiplications an example in all, got 150994944`,
  ],
  [
    'too much work of single channels, which cost as much as eight',
    { height: 64, width: 64, channels: 1 },
    Array.from({ length: 3 }, (): Layer => ({
      kind: 'depthwise-conv2d',
      channels: 1,
      kernel: [25, 25],
      stride: [1, 1],
      padding: [12, 12],
    })),
    `layer 3 depthwise-conv2d: expected at most ${MULTIPLICATIONS_MAX} multiplications an example in all, got 61440000`,
  ],
  [
    'words of several channels',
    picture,
    [
      { kind: 'conv2d', inChannels: 1, outChannels: 2, kernel: [1, 1], stride: [1, 1], padding: [0, 0] },
      { kind: 'embedding', vocabulary: 9, width: 4 },
    ],
    'layer 2 embedding: expected 1 channel of whole numbers, got 2',
  ],
])('refuses %s', (_, input, layers, message) => {
  expect(() => planNetwork(input, layers)).toThrow(
    expect.objectContaining({ code: 'field-invalid', message: expect.stringContaining(message) }),
  );
});

it('plans or refuses whatever a stranger lists, and what it plans fits together', () => {
  const small = fc.constantFrom(1, 1, 1, 2, 3);
  const sides = fc.tuple(small, small);
  const simple = fc.oneof(
    fc.record({ kind: fc.constant('dense' as const), inputs: small, outputs: small }),
    fc.record({
      kind: fc.constant('conv2d' as const),
      inChannels: small,
      outChannels: small,
      kernel: sides,
      stride: sides,
      padding: sides,
    }),
    fc.record({ kind: fc.constantFrom('max-pool' as const, 'avg-pool' as const), kernel: sides, stride: sides }),
    fc.record({ kind: fc.constantFrom('tanh' as const, 'relu' as const, 'gelu' as const, 'flatten' as const) }),
    fc.record({ kind: fc.constantFrom('layer-norm' as const, 'layer-norm' as const, 'batch-norm' as const), channels: small }),
  );
  const list = fc.array(
    fc.oneof(simple, fc.record({ kind: fc.constant('residual' as const), layers: fc.array(simple, { minLength: 1, maxLength: 3 }) })),
    { minLength: 1, maxLength: 4 },
  );
  let planned = 0;
  fc.assert(
    fc.property(fc.record({ height: small, width: small, channels: fc.constantFrom(1, 2) }), list, (input, layers) => {
      expect(layersSchema.safeParse(layers).success).toBe(true);
      try {
        const network = planNetwork(input, layers);
        planned++;
        const ends = network.tensors.map(({ offset, length }) => offset + length);
        expect([0, ...ends.slice(0, -1)]).toEqual(network.tensors.map(({ offset }) => offset));
        expect(ends.at(-1)).toBe(network.parameterCount);
        for (const layer of network.layers) expect(valuesOf(layer.output)).toBeGreaterThan(0);
      } catch (error) {
        if (refusal(error).code !== 'field-invalid') throw error;
      }
    }),
    { numRuns: 2000 },
  );
  expect(planned).toBeGreaterThan(20);
});
