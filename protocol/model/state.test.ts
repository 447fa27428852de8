import { describe, expect, it } from 'vitest';
import { hashBytes } from '../codec.ts';
import { MeshError, type ErrorCode } from '../errors.ts';
import { decodeParameters, decodeState, encodeState, initialState } from './state.ts';
import { flat, perceptron, planNetwork, type Network } from './architecture.ts';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors, type Tensor } from './safetensors.ts';

const mlp = (...widths: number[]): Network => planNetwork(flat(widths[0]!), perceptron(widths, 'tanh'));

function codeOf(run: () => unknown): ErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof MeshError) return error.code;
    throw error;
  }
}

describe('a model state', () => {
  const network = mlp(2, 3, 2);

  it('has a golden hash: every engine starts from the same bytes', () => {
    expect(network.parameterCount).toBe(17);
    expect(hashBytes(encodeState(network, initialState(network, 'golden')))).toBe('02v3V6d0yPxe3BXLZ4uymQgz2vTo9nW6GTMXxgB4sOk');
  });

  it.each([
    [[64, 10], 'digits', 'VzLpg7E9qBmLE9rDE_zGLc0XBtM4JOKScZvDn_Ygwxk'],
    [[17, 8, 3], 'table', '73evQzj1yia8X8UvG5pECbeP9F1utHGCMWgoGDDXahM'],
    [[784, 128, 10], 'wide', 'H4Q0Z_V3w64qUk86jkrzra-MdGHiXYAMlHD2P22BGcU'],
    [[5, 7, 6, 4], 'deep', '-v_kiqW9JwAfoGbLZcQBQ5ceGFE_yETQF5a97IJ7X3E'],
  ])('of widths %j starts as it did before models were lists of layers', (widths, seed, hash) => {
    const planned = mlp(...widths);
    expect(hashBytes(encodeState(planned, initialState(planned, seed)))).toBe(hash);
  });

  it('of layers starts within the limits of each, norms at one', () => {
    const layers = planNetwork({ height: 8, width: 8, channels: 1 }, [
      { kind: 'conv2d', inChannels: 1, outChannels: 4, kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
      { kind: 'group-norm', groups: 2, channels: 4 },
      { kind: 'residual', layers: [{ kind: 'layer-norm', channels: 4 }] },
      { kind: 'flatten' },
      { kind: 'dense', inputs: 256, outputs: 3 },
    ]);
    const first = initialState(layers, 'first');
    const tensors = new Map(readSafetensors(encodeState(layers, first)));
    expect([...tensors.keys()].filter((name) => !name.startsWith('momentum.'))).toEqual(layers.tensors.map(({ name }) => name));
    expect([...tensors.get('layer2.weight')!.values]).toEqual([1, 1, 1, 1]);
    expect([...tensors.get('layer3.bias')!.values]).toEqual([0, 0, 0, 0]);
    const kernel = tensors.get('layer1.weight')!;
    expect(kernel.shape).toEqual([3, 3, 1, 4]);
    expect(Math.max(...kernel.values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(6 / (9 + 36))));
    expect(decodeState(layers, encodeState(layers, first))).toEqual(first);
  });

  it('keeps what its rule keeps beside the parameters, and only as one number or one list', () => {
    const state = { ...initialState(network, 's'), variance: new Float32Array(17).fill(0.25), applied: 7, clip: 0.5 };
    expect(decodeState(network, encodeState(network, state))).toEqual(state);
    const { clip: _, ...counted } = state;
    expect(decodeState(network, encodeState(network, counted))).toEqual(counted);
    const tensors = [...readSafetensors(encodeState(network, state)).values()];
    const without = (name: string) => writeSafetensors(tensors.filter((t) => t.name !== name));
    const turned = (name: string, tensor: Partial<Tensor>) =>
      writeSafetensors(tensors.map((t) => (t.name === name ? { ...t, ...tensor } : t)));
    expect(codeOf(() => decodeState(network, without('variance.layer1.weight')))).toBe('wrong-length');
    expect(codeOf(() => decodeState(network, without('variance.layer2.bias')))).toBe('wrong-length');
    expect(codeOf(() => decodeState(network, turned('applied', { values: Float32Array.of(1) })))).toBe('wrong-length');
    expect(codeOf(() => decodeState(network, turned('applied', { values: Int32Array.of(-1) })))).toBe('not-a-number');
    expect(codeOf(() => decodeState(network, turned('clip', { values: Float32Array.of(NaN) })))).toBe('not-a-number');
    expect(codeOf(() => decodeState(network, turned('clip', { values: Float32Array.of(1, 1), shape: [2] })))).toBe('wrong-length');
    expect(
      codeOf(() => decodeState(network, writeSafetensors([...tensors, { name: 'more', shape: [0], values: new Int32Array(0) }]))),
    ).toBe('wrong-length');
  });

  it('starts with Glorot-uniform weights, zero biases and zero momentum', () => {
    const wide = mlp(64, 100, 10);
    const { parameters, momentum } = initialState(wide, 'seed');
    const isBias = ({ name }: (typeof wide.tensors)[number]) => name.endsWith('bias');
    const valuesOf = ({ offset, length }: (typeof wide.tensors)[number]) => parameters.subarray(offset, offset + length);
    expect(wide.tensors.filter(isBias).every((bias) => valuesOf(bias).every((v) => v === 0))).toBe(true);
    for (const weights of wide.tensors.filter((tensor) => !isBias(tensor))) {
      const [values, { shape, length }] = [valuesOf(weights), weights];
      const limit = Math.sqrt(6 / (shape[0]! + shape[1]!));
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit));
      expect(Math.abs(values.reduce((a, b) => a + b, 0) / length)).toBeLessThan((4 * limit) / Math.sqrt(3 * length));
      const variance = values.reduce((a, b) => a + b * b, 0) / length;
      expect(variance / (limit * limit)).toBeGreaterThan(0.28);
      expect(variance / (limit * limit)).toBeLessThan(0.39);
    }
    expect(momentum.every((v) => v === 0)).toBe(true);
    expect(initialState(wide, 'seed2').parameters).not.toEqual(parameters);
  });

  it('comes back from its bytes', () => {
    const state = initialState(network, 's');
    state.momentum.fill(0.5);
    expect(decodeState(network, encodeState(network, state))).toEqual(state);
  });

  it.each([NaN, Infinity, -Infinity])('that holds %s is refused, in parameters and in momentum', (bad) => {
    for (const part of ['parameters', 'momentum'] as const) {
      const state = initialState(network, 's');
      state[part][3] = bad;
      expect(codeOf(() => decodeState(network, encodeState(network, state)))).toBe('not-a-number');
    }
  });

  it('of another model is refused', () => {
    const bytes = encodeState(network, initialState(network, 's'));
    expect(codeOf(() => decodeState(mlp(2, 2), bytes))).toBe('wrong-length');
    expect(codeOf(() => decodeState(mlp(3, 3, 2), bytes))).toBe('wrong-length');
    const renamed = [...readSafetensors(bytes).values()].map((t) => ({ ...t, name: t.name.replace('bias', 'bjas') }));
    expect(codeOf(() => decodeState(network, writeSafetensors(renamed)))).toBe('wrong-length');
    const integers = [...readSafetensors(bytes).values()].map((t) => ({ ...t, values: new Int32Array(t.values.length) }));
    expect(codeOf(() => decodeState(network, writeSafetensors(integers)))).toBe('wrong-length');
    const flattened = [...readSafetensors(bytes).values()].map((t) => ({ ...t, shape: [t.values.length] }));
    expect(codeOf(() => decodeState(network, writeSafetensors(flattened)))).toBe('wrong-length');
  });

  it('is loaded from halves that another program wrote', () => {
    // 2 inputs, 1 output: weights 1.5 and -2 as BF16, the bias 0.25 as F16.
    const small = mlp(2, 1);
    const header =
      '{"layer1.weight":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},"layer1.bias":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}}';
    const head = new TextEncoder().encode(header);
    const bytes = Uint8Array.from([head.length, 0, 0, 0, 0, 0, 0, 0, ...head, 0xc0, 0x3f, 0x00, 0xc0, 0x00, 0x34]);
    expect([...decodeParameters(small, bytes)]).toEqual([1.5, -2, 0.25]);
  });

  it('gives its parameters alone to a file that anybody can load, with what was said beside them', () => {
    const state = initialState(network, 's');
    const layers = [...readSafetensors(encodeState(network, state)).values()].filter(({ name }) => !name.startsWith('momentum.'));
    const written = writeSafetensors(layers, { round: '7' });
    expect(decodeParameters(network, written)).toEqual(state.parameters);
    expect([...readSafetensorsMetadata(written)]).toEqual([['round', '7']]);
    expect(readSafetensorsMetadata(encodeState(network, state)).size).toBe(0);
    const codeAndField = (wanted: Network, bytes: Uint8Array) => {
      try {
        decodeParameters(wanted, bytes);
        return null;
      } catch (error) {
        return error instanceof MeshError ? [error.code, error.detail.field] : error;
      }
    };
    expect(codeAndField(mlp(2, 3, 9), written)).toEqual(['wrong-length', 'model.layer2.weight']);
    expect(codeAndField(network, encodeState(network, state))).toEqual(['wrong-length', 'model.momentum.layer1.weight']);
    expect(codeAndField(network, writeSafetensors(layers.slice(1)))).toEqual(['wrong-length', 'model.layer1.weight']);
    layers[0]!.values[0] = NaN;
    expect(codeAndField(network, writeSafetensors(layers))).toEqual(['not-a-number', 'model.layer1.weight']);
  });
});
