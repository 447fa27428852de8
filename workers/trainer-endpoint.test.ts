/** Models of any size from strangers: refused with numbers before anything is allocated, and given back when they are left. */
import { beforeAll, expect, test } from 'vitest';
import type { Layer } from '#protocol/layers';
import { networkOf, type ManifestBody } from '#protocol/manifest';
import { initialState } from '#protocol/model';
import { buildWasm } from '#wasm/build';
import { loadNumerics } from '#wasm/load-node';
import { manifestFixture } from './manifest.fixture.ts';
import { openTrainerEndpoint } from './trainer-endpoint.ts';

beforeAll(buildWasm);

const SIDE = 64;

/** Windows of `kernel` x `kernel` over 64 channels, written out at each of 4096 places: 41 MiB for 5, 208 MiB for 10. */
function manifestOf(kernel: number): ManifestBody {
  const windows = { kernel: [1, 1] as [number, number], stride: [1, 1] as [number, number], padding: [0, 0] as [number, number] };
  const layers: Layer[] = [
    { kind: 'conv2d', inChannels: 1, outChannels: 64, ...windows },
    { kind: 'conv2d', inChannels: 64, outChannels: 1, ...windows, kernel: [kernel, kernel], padding: [kernel >> 1, kernel >> 1] },
    { kind: 'avg-pool', kernel: [32, 32], stride: [32, 32] },
    { kind: 'flatten' },
    { kind: 'dense', inputs: 4, outputs: 2 },
  ];
  const body = manifestFixture();
  const label = { name: 'side', classes: ['left', 'right'] };
  const task: ManifestBody['task'] = { kind: 'image', width: SIDE, height: SIDE, colour: 'grey', background: 'dark', label };
  return { ...body, task, model: { kind: 'layers', layers, seed: 'test' } };
}

const open = () => openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples')));

test('a model that takes too much memory is refused with the bytes, and the next one opens', async () => {
  const endpoint = open();
  expect(await endpoint.open(manifestOf(13))).toEqual({
    ok: false,
    error: {
      code: 'model-too-large',
      detail: { field: 'model', expected: 'at most 268435456 bytes of memory', got: expect.stringMatching(/^\d{9} bytes$/) },
    },
  });
  expect(await endpoint.open(manifestFixture())).toEqual({ ok: true, value: null });
});

test('a model that was left gives its memory back: closed, or replaced by the next federation', async () => {
  const endpoint = open();
  const large = manifestOf(10);
  for (let again = 0; again < 8; again++) {
    // Six of them would not fit the instance.
    expect(await endpoint.open(large)).toEqual({ ok: true, value: null });
    if (again % 2 === 0) await endpoint.close();
  }
});

test('a large model that fits makes an update', async () => {
  const endpoint = open();
  const manifest = manifestOf(5);
  expect((await endpoint.open(manifest)).ok).toBe(true);
  const x = Float32Array.from({ length: 2 * SIDE * SIDE }, (_, i) => (i % 7) / 7);
  expect(await endpoint.hold({ x, y: Int32Array.of(0, 1) })).toEqual({ ok: true, value: null });
  const network = networkOf(manifest);
  const { parameters } = initialState(network, 'test');
  const made = await endpoint.makeUpdate(parameters);
  expect(made.ok && made.value.vector.length).toBe(4 * network.parameterCount);
  await endpoint.close();
});
