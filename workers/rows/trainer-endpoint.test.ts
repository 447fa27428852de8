/** Models of any size from strangers: refused with numbers before anything is allocated, and given back when they are left. */
import { beforeAll, expect, test } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { Layer } from '#protocol/model/layers';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { initialState } from '#protocol/model/state';
import { buildWasm } from '#wasm/build';
import { loadNumerics } from '#wasm/load-node';
import { manifestFixture } from '../manifest.fixture.ts';
import type { KeptRows } from './loaded-rows.ts';
import { memoryKeyValueStore } from '../platform/memory-stores.ts';
import { openTrainerEndpoint, type TrainerPlace } from './trainer-endpoint.ts';

beforeAll(buildWasm);

const LENGTH = 1024;

/**
 * Units of 64 windows, all of which one block holds, each with its pieces of `kernel` moments x 16 channels written out: 40 MiB for a
 * kernel of 3, beyond 256 for one of 32.
 */
function manifestOf(kernel: number): ManifestBody {
  const windows = { stride: [1, 1] as [number, number], padding: [0, 0] as [number, number] };
  const layers: Layer[] = [
    { kind: 'conv2d', inChannels: 1, outChannels: 16, kernel: [1, 1], ...windows },
    { kind: 'conv2d', inChannels: 16, outChannels: 8, kernel: [1, kernel], ...windows },
    { kind: 'avg-pool', kernel: [1, 32], stride: [1, 32] },
    { kind: 'flatten' },
    { kind: 'dense', inputs: Math.floor((LENGTH - kernel + 1) / 32) * 8, outputs: 2 },
  ];
  const body = manifestFixture();
  const task: ManifestBody['task'] = {
    kind: 'sequence',
    channels: [{ name: 'x', min: -1, max: 1 }],
    length: LENGTH,
    hop: LENGTH,
    windowsMax: 64,
    recording: 'walk',
    label: { name: 'side', classes: ['left', 'right'] },
  };
  return { ...body, task, model: { kind: 'layers', layers, seed: 'test' }, privacy: { ...body.privacy, unit: 'group' } };
}

const open = (place: TrainerPlace = {}) => openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples')), null, place);

test('a model that takes too much memory is refused with the bytes, and the next one opens', async () => {
  const endpoint = open();
  expect(await endpoint.open(manifestOf(32))).toEqual({
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
  const large = manifestOf(20);
  for (let again = 0; again < 8; again++) {
    // Six of them would not fit the instance.
    expect(await endpoint.open(large)).toEqual({ ok: true, value: null });
    if (again % 2 === 0) await endpoint.close();
  }
});

test('a large model that fits makes an update', async () => {
  const keep = memoryKeyValueStore<KeptRows>();
  const endpoint = open({ rows: async () => keep });
  const manifest = manifestOf(3);
  expect((await endpoint.open(manifest)).ok).toBe(true);
  const x = Float32Array.from({ length: 3 * LENGTH }, (_, i) => (i % 7) / 7);
  const rows = { x, y: Int32Array.of(0, 1, 1), units: Int32Array.of(0, 1, 1) };
  await keep.write('kept', { rows, heldOut: rows, report: {}, digest: 'd' } as unknown as KeptRows);
  expect(await endpoint.restore('kept' as Hash)).toEqual({ ok: true, value: { report: {}, digest: 'd' } });
  const network = networkOf(manifest);
  const { parameters } = initialState(network, 'test');
  const made = await endpoint.makeUpdate(parameters);
  expect(made.ok && made.value.length).toBe(4 * network.parameterCount);
  // It is kept and sent while the next is made: the trainer's memory is its own.
  const [first, again] = [made.ok && made.value.slice(), await endpoint.makeUpdate(parameters)];
  expect(made.ok && made.value).toEqual(first);
  expect(again.ok && again.value).not.toEqual(first);
  await endpoint.close();
});

test('a large table says how far it is read, and who does not go on loads none of it', async () => {
  const endpoint = open();
  const body = manifestFixture();
  await endpoint.open({ ...body, privacy: { ...body.privacy, rowsMax: 30_000 } });
  const rows = Array.from({ length: 25_000 }, (_, i) => `0.1,${(i / 25_000).toFixed(4)},${i % 2 === 0 ? 'left' : 'top'}`);
  const source = { file: new Blob([`x,y,corner\n${rows.join('\n')}\n`]) };
  const told: number[] = [];
  expect(await endpoint.load(source, 0, 1, (share) => told.push(share) > 0)).toMatchObject({
    ok: true,
    value: { report: { rows: 25_000 } },
  });
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toBe(1);
  expect(await endpoint.load(source, 0, 1, async () => false)).toMatchObject({ ok: false, error: { code: 'stale' } });
});
