import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, hashBytes } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import type { Identity } from '#protocol/identity';
import { TEST_SET_BYTES_MAX } from '#protocol/limits';
import { updateLength, type Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { classesOf, inputWidth, type TableTask } from '#protocol/manifest/task';
import { calibrateSigma } from '#protocol/privacy/calibration';
import { readSafetensors } from '#protocol/model/safetensors';
import { rowEncoder } from '#workers/loader/row-encoder.fixture';
import { loadTable } from '#workers/loader/table/table';
import { ensureBuiltins, isDemo } from './builtin.ts';
import { newIdentity } from './manifest.fixture.ts';
import { PART_DIGITS, sampleFiles } from './samples/files.ts';
import { PARCELS_TASK } from './samples/late-parcels.ts';
import { DIGITS_TASK, digitRows, encodeTestSet, parcelRows } from './samples/rows.ts';
import { openMemoryStore } from './store/memory-store.fixture.ts';
import { defaultQuotas } from './store/quotas.ts';
import type { Store } from './store/store.ts';

async function manifestsOf(store: Store): Promise<Manifest[]> {
  return Promise.all((await store.manifests()).map(({ bytes }) => openManifest(decode(bytes))));
}

describe('the built-in federations', () => {
  let relay: Identity;
  let store: Store;
  let made: number;
  beforeAll(async () => {
    relay = await newIdentity();
    store = openMemoryStore(defaultQuotas(relay.id));
    made = await ensureBuiltins(store, relay, 'local');
  });

  it('are signed, seated at the relay, and pass the checks of a device', async () => {
    expect(made).toBe(2);
    const manifests = await manifestsOf(store);
    expect(manifests.map(({ body }) => body.name)).toEqual(['Handwritten digits', 'Late parcels']);
    for (const { body } of manifests) {
      expect(body).toMatchObject({ steward: relay.id, region: 'local', seats: { kind: 'home', relays: [relay.id] } });
      await checkDevicePolicy(body);
      const { sigma, epsilon } = body.privacy;
      const exact = calibrateSigma({ ...body.privacy, coordinates: updateLength(body) });
      expect([sigma >= exact, sigma < exact * 1.001]).toEqual([true, true]);
      expect(body.consent).toContain(`ε = ${epsilon}`);
    }
  });

  it('have two short sentences each, and the demo comes first', async () => {
    const manifests = await manifestsOf(store);
    for (const { body } of manifests) {
      const sentences = body.description.split(/(?<=[.?]) /);
      expect(sentences).toHaveLength(2);
      for (const sentence of sentences) expect(sentence.split(' ').length).toBeLessThanOrEqual(14);
    }
    expect(manifests.map(({ body }) => isDemo(body, relay.id))).toEqual([true, false]);
  });

  it('have test sets with the hash and shape that the manifest names', async () => {
    for (const { body } of await manifestsOf(store)) {
      const bytes = await store.blob(body.testSet!.hash as never);
      expect(hashBytes(bytes!)).toBe(body.testSet!.hash);
      expect(bytes!.length).toBe(body.testSet!.bytes);
      const tensors = readSafetensors(bytes!, TEST_SET_BYTES_MAX);
      expect(tensors.get('x')!.shape).toEqual([body.testSet!.rows, inputWidth(body.task)]);
      expect(tensors.get('y')!.shape).toEqual([body.testSet!.rows]);
      expect(new Set(tensors.get('y')!.values).size).toBe(classesOf(body.task).length);
    }
  });

  it('are made once, and the next start finishes an interrupted one', async () => {
    const before = await store.manifests();
    expect(await ensureBuiltins(store, relay, 'elsewhere')).toBe(0);
    expect(await store.manifests()).toEqual(before);
    const half = openMemoryStore(defaultQuotas(relay.id));
    await half.putManifest({ ...before[0]!, invitation: null }, 0);
    expect(await ensureBuiltins(half, relay, 'local')).toBe(1);
    expect((await manifestsOf(half)).map(({ body }) => body.name)).toEqual(['Handwritten digits', 'Late parcels']);
  });

  it.each(['not cbor', 'a'])('do not keep a relay from starting if one of them is damaged (%s)', async (text) => {
    const before = await store.manifests();
    const damaged = openMemoryStore(defaultQuotas(relay.id));
    await damaged.putManifest({ ...before[0]!, bytes: new TextEncoder().encode(text), invitation: null }, 0);
    expect(await ensureBuiltins(damaged, relay, 'local')).toBe(1);
    expect(await ensureBuiltins(damaged, relay, 'local')).toBe(0);
    expect((await damaged.manifests()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    await damaged.removeManifest(before[0]!.id);
    expect(await ensureBuiltins(damaged, relay, 'local')).toBe(1);
  });
});

describe('sample data', () => {
  it.each([
    ['digits', DIGITS_TASK, digitRows(40, 'encoding')],
    ['parcels', PARCELS_TASK, parcelRows(200, 'encoding')],
  ] as const)('of %s is encoded in a test set as a member encodes a file', (_name, task: TableTask, rows) => {
    const tensors = readSafetensors(encodeTestSet(task, rows));
    const encoder = rowEncoder(task);
    const width = inputWidth(task);
    const x = new Float32Array(rows.length * width);
    const labels = rows.map((cells, r) => encoder.encode(cells.map(String), x, r * width));
    expect(tensors.get('x')!.values).toEqual(x);
    expect(Array.from(tensors.get('y')!.values, (label) => ({ label, clamped: 0 }))).toEqual(labels);
  });

  it('in public/samples is what the generator makes, says that it is synthetic, and repeats no row between parts', async () => {
    const files = sampleFiles();
    expect([...files.keys()].toSorted()).toEqual([1, 2, 3].flatMap((n) => [`digits-${n}.csv`, `table-${n}.csv`]).toSorted());
    for (const [name, text] of files) {
      expect(await readFile(new URL(`../public/samples/${name}`, import.meta.url), 'utf8')).toBe(text);
      expect(text).toMatch(/^# Synthetic: /);
    }
    expect(new Set(files.values()).size).toBe(files.size);
  });

  it('gives each part only some of the digits, and a member may bring it without the others', async () => {
    const files = sampleFiles();
    expect(PART_DIGITS.flat().toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [i, digits] of PART_DIGITS.entries()) {
      const { rows } = await loadTable(files.get(`digits-${i + 1}.csv`)!, DIGITS_TASK, 4000);
      expect([...new Set(rows.y)].toSorted()).toEqual(digits);
    }
  });
});
