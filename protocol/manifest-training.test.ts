/** What a manifest may say about its model, its rule and its clipping. */
import { describe, expect, it } from 'vitest';
import { manifestFixture } from '#workers/manifest.fixture';
import { decode, encode } from './codec.ts';
import { MeshError, type ErrorDetail } from './errors.ts';
import type { Layer } from './model/layers.ts';
import { networkOf, updateLength, updateNormMax, type ManifestBody } from './manifest/manifest.ts';
import { parseManifestBody } from './manifest/open.ts';

function manifest(): ManifestBody {
  return {
    ...manifestFixture(),
    task: {
      kind: 'table',
      columns: [
        { kind: 'number', name: 'a', min: 0, max: 1 },
        { kind: 'category', name: 'b', values: ['x', 'y', 'z'] },
      ],
      label: { name: 'c', classes: ['no', 'yes'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [3], activation: 'relu', seed: 's' },
    privacy: { unit: 'example', epsilon: 1, delta: 1e-5, sigma: 5, clip: 0.5, rate: 0.25, rounds: 10, gridBits: 16, lot: 20, rowsMax: 100 },
    rule: { kind: 'mean', step: 0.5, momentum: 0.9 },
  };
}

const refused = (body: unknown): ErrorDetail | null => {
  try {
    parseManifestBody(body);
    return null;
  } catch (error) {
    if (error instanceof MeshError) return error.detail;
    throw error;
  }
};

describe('a manifest whose model is a list of layers', () => {
  const picture: ManifestBody['task'] = {
    kind: 'image',
    width: 8,
    height: 8,
    colour: 'grey',
    background: 'dark',
    label: { name: 'c', classes: ['no', 'yes'] },
  };
  const convolution: Layer = { kind: 'conv2d', inChannels: 1, outChannels: 4, kernel: [3, 3], stride: [2, 2], padding: [0, 0] };
  const dense: Layer = { kind: 'dense', inputs: 36, outputs: 2 };
  const body = (layers: readonly Layer[], task: ManifestBody['task'] = picture): ManifestBody => ({
    ...manifest(),
    task,
    model: { kind: 'layers', layers: [...layers], seed: 's' },
  });

  it('is taken where the layers lead from the inputs to the classes, and planned once', () => {
    const taken = parseManifestBody(body([convolution, { kind: 'tanh' }, { kind: 'flatten' }, dense]));
    expect(networkOf(taken).parameterCount).toBe(9 * 4 + 4 + 36 * 2 + 2);
    expect(networkOf(taken)).toBe(networkOf(taken));
    expect(updateNormMax(taken)).toBeCloseTo(65536 * (57 + 5 * (Math.sqrt(114) + 6)), 3);
  });

  it('is refused by the layer that does not fit, saying what it expected and what it got', () => {
    expect(refused(body([{ ...convolution, inChannels: 3 }, { kind: 'flatten' }, dense]))).toEqual({
      field: 'layer 1 conv2d',
      expected: '3 input channels',
      got: '1',
    });
    expect(refused(body([convolution, { kind: 'flatten' }, { ...dense, outputs: 3 }]))).toEqual({
      field: 'layer 3 dense',
      expected: '2 flat outputs, one for each class',
      got: '3',
    });
    expect(refused(body([{ ...convolution, outChannels: 2 }]))).toMatchObject({ field: 'layer 1 conv2d', got: '3x3x2' });
    expect(refused(body([convolution, { kind: 'batch-norm', channels: 4 }]))?.expected).toContain('no clipping bounds');
    expect(refused(body([]))?.field).toBe('model.layers');
    expect(refused(body([{ ...dense, inputs: 0 }]))?.field).toBe('model.layers.0.inputs');
  });

  it('reads a table as one flat list, and needs a finer grid for more parameters', () => {
    const columns = Array.from({ length: 300 }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: 0, max: 1 }));
    const task: ManifestBody['task'] = { kind: 'table', columns, label: picture.label, picture: null };
    const wide: Layer[] = [{ kind: 'dense', inputs: 300, outputs: 256 }, { kind: 'gelu' }, { kind: 'dense', inputs: 256, outputs: 2 }];
    expect(refused(body(wide, task))).toBeNull();
    const coarse = { ...body(wide, task), privacy: { ...manifest().privacy, gridBits: 8 } };
    expect(refused(coarse)?.field).toBe('privacy.gridBits');
  });
});

it('a manifest may name an optimiser, a schedule and ways to clip, as far as they go together', () => {
  const adam = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, dpBias: true } as const;
  const adaptive = { quantile: 0.5, rate: 0.2, share: 0.1 };
  const of = (rule: Partial<ManifestBody['rule']>, privacy: Partial<ManifestBody['privacy']> = {}, model = manifest().model) => ({
    ...manifest(),
    model,
    rule: { ...manifest().rule, ...rule },
    privacy: { ...manifest().privacy, ...privacy },
  });
  const field = (body: ManifestBody) => refused(body)?.field;
  const all = of({ momentum: 0, optimizer: adam, schedule: { kind: 'cosine', warmup: 9, floor: 0.1 } }, { perLayer: true, adaptive });
  expect(parseManifestBody(decode(encode(all)))).toEqual(all);
  expect(field(of({ optimizer: adam }))).toBe('rule.momentum');
  expect(field(of({ schedule: { kind: 'linear', warmup: 10 } }))).toBe('rule.schedule.warmup');
  expect(field(of({ schedule: { kind: 'constant', floor: 0.5 } }))).toBe('rule.schedule.floor');
  const large: ManifestBody['model'] = { kind: 'mlp', hidden: [900, 800], activation: 'tanh', seed: 's' };
  expect(field(of({}, {}, large))).toBeUndefined();
  expect(field(of({ momentum: 0, optimizer: adam }, {}, large))).toBe('rule.optimizer');
  expect(field(of({}, { adaptive: { ...adaptive, share: 0.001 } }))).toBeUndefined();
  expect(field(of({}, { gridBits: 12, adaptive: { ...adaptive, share: 0.001 } }))).toBe('privacy.adaptive.share');
  // Of three layers, each has the clip norm over the root of 3: the grid is to be finer than the root of 3 times the largest.
  const deep: ManifestBody['model'] = { kind: 'mlp', hidden: [180, 150], activation: 'tanh', seed: 's' };
  expect(field(of({}, { gridBits: 8 }, deep))).toBeUndefined();
  expect(field(of({}, { gridBits: 8, perLayer: true }, deep))).toBe('privacy.gridBits');
});

it('a manifest of more tensors than a header of a state names is refused', () => {
  const norm: Layer = { kind: 'residual', layers: Array.from({ length: 16 }, () => ({ kind: 'layer-norm', channels: 4 })) };
  const layers: Layer[] = [...Array.from({ length: 20 }, () => norm), { kind: 'dense', inputs: 4, outputs: 2 }];
  expect(refused({ ...manifest(), model: { kind: 'layers', layers, seed: 's' } })?.field).toBe('model.layers');
});

it('an update has a number for each parameter, and one for the count that an adaptive clip norm follows', () => {
  expect(updateLength(manifest())).toBe(23);
  // A count beside the gradient: one coordinate more, and units that reach farther together with it.
  const counted = { ...manifest(), privacy: { ...manifest().privacy, adaptive: { quantile: 0.5, rate: 0.2, share: 0.6 * 0.6 } } };
  expect(updateLength(counted)).toBe(24);
  const reach = 65536 / Math.sqrt(1 - 0.36 ** 2);
  expect(updateNormMax(counted) / (reach * (57 + 5 * (Math.sqrt(24) + 6)))).toBeCloseTo(1, 4);
});
