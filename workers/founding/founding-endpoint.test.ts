import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '#relay/http/app.fixture';
import { decode } from '#protocol/codec';
import { identityOf } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { readSafetensors } from '#protocol/model/safetensors';
import { classesOf, type TableTask } from '#protocol/manifest/task';
import { sequenceTask } from '../loader/sequence-task.fixture.ts';
import type { FoundingDraft, FoundingWorker } from './api.ts';
import { draftFixture, valueOf } from './draft.fixture.ts';
import { openFounding } from './founding-endpoint.ts';

const SAMPLE = `sex,saved,age,name\n${Array.from({ length: 40 }, (_, i) => `${'fm'[i % 2]},${i % 2 ? 'no' : 'yes'},${i === 3 ? '' : i},N. ${i}`).join('\n')}\n`;

let relay: TestApp;
let keys: Map<string, CryptoKeyPair>;
let founding: FoundingWorker;
beforeEach(async () => {
  relay = await startTestApp();
  keys = new Map();
  founding = openFounding({ keepKey: async (name, pair) => void keys.set(name, pair) });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await relay.close();
});

const draft = (changes: Partial<FoundingDraft> = {}) => draftFixture({ seats: { kind: 'home', relays: [relay.self.id] }, ...changes });
const read = async (id: string): Promise<Manifest> => {
  const reply = await fetch(`${relay.url}/api/federations/${id}`);
  return openManifest(decode(new Uint8Array(await reply.arrayBuffer())));
};
const sample = async () => valueOf(await founding.infer(new File([SAMPLE], 'ships.csv')));

describe('publishing', () => {
  it('a relay serves a manifest that its steward signed; the key stays here and cannot be read', async () => {
    const { id } = valueOf(await founding.publish(draft(), relay.url, ''));
    const manifest = await read(id);
    expect(manifest.id).toBe(id);
    expect(manifest.body).toMatchObject({ name: 'Ships', task: draft().task, testSet: null, consent: 'I agree.' });
    const pair = keys.get(`steward/${id}`)!;
    expect((await identityOf(pair)).id).toBe(manifest.body.steward);
    expect(pair.privateKey.extractable).toBe(false);
  });

  it('a share of the sample becomes the public test set, without unread columns', async () => {
    const guess = await sample();
    const task = draft().task as TableTask;
    expect(guess.columns.map(({ proposed }) => proposed.name)).toEqual(['sex', 'saved', 'age', 'name']);
    const { id } = valueOf(await founding.publish(draft({ testShare: 0.5 }), relay.url, ''));
    const { testSet } = (await read(id)).body;
    expect(testSet).toMatchObject({ rows: 20, synthetic: false });
    const bytes = new Uint8Array(await (await fetch(`${relay.url}/api/blobs/${testSet!.hash}`)).arrayBuffer());
    const tensors = readSafetensors(bytes);
    expect(tensors.get('x')!.shape).toEqual([20, 4]);
    const [x, y] = [tensors.get('x')!.values, tensors.get('y')!.values];
    for (let row = 0; row < 20; row++) expect(x[row * 4]).toBe(y[row] === classesOf(task).indexOf('yes') ? 1 : 0);
    expect(Buffer.from(bytes).includes('N. ')).toBe(false);
  });

  it('recordings of a sample become a public test set whole, each with its windows', async () => {
    const lines = Array.from({ length: 10 }, (_, id) =>
      Array.from({ length: 8 }, (_line, i) => `${id},${i / 10},${50 + id},${['left', 'right'][id % 2]}`),
    ).flat();
    const guess = valueOf(await founding.inferRecordings([new File([['walk,x,y,way', ...lines].join('\n')], 'walks.csv')]));
    expect(guess).toMatchObject({ recording: 'walk', label: 'way', recordings: 10 });
    const wanted = draft({ task: sequenceTask(), policy: { ...draft().policy, layers: true }, testShare: 0.3 });
    const { id } = valueOf(await founding.publish(wanted, relay.url, ''));
    const { testSet } = (await read(id)).body;
    expect(testSet).toMatchObject({ rows: 6 });
    const tensors = readSafetensors(new Uint8Array(await (await fetch(`${relay.url}/api/blobs/${testSet!.hash}`)).arrayBuffer()));
    expect(tensors.get('x')!.shape).toEqual([6, 8]);
    expect(valueOf(await founding.check(draft({ testShare: 0.3 })))).toMatchObject([{ field: 'testShare', code: 'rows-too-few' }]);
  });

  it('a lost reply is requested again, without a second federation', async () => {
    await sample();
    const real = globalThis.fetch;
    let lost = 0;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const reply = await real(input, init);
      if (init?.method !== 'GET' && lost++ < 2) throw new TypeError('Failed to fetch');
      return reply;
    });
    const wanted = draft({ testShare: 1 });
    expect(await founding.publish(wanted, relay.url, '')).toMatchObject({
      ok: false,
      error: { code: 'unreachable', detail: { field: 'relay' } },
    });
    expect(await founding.publish(wanted, relay.url, '')).toMatchObject({ ok: false });
    const { id } = valueOf(await founding.publish(wanted, relay.url, ''));
    expect(relay.federations.list().map((manifest) => manifest.id)).toEqual([id]);
    expect([...keys.keys()]).toEqual([`steward/${id}`]);
    const other = valueOf(await founding.publish(draft({ name: 'Others' }), relay.url, ''));
    expect(other.id).not.toBe(id);
  });

  it('a closed relay accepts a test set and its manifest with one invitation', async () => {
    await relay.close();
    relay = await startTestApp({ publish: 'closed' });
    await sample();
    expect(await founding.publish(draft({ testShare: 0.5 }), relay.url, '')).toMatchObject({ error: { code: 'publishing-closed' } });
    const code = await relay.federations.invite();
    const { id } = valueOf(await founding.publish(draft({ testShare: 0.5 }), relay.url, code));
    expect((await fetch(`${relay.url}/api/blobs/${(await read(id)).body.testSet!.hash}`)).status).toBe(200);
  });

  it('nothing is sent for a draft with a fault, or if the key cannot be kept', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch');
    expect(await founding.publish(draft({ name: '' }), relay.url, '')).toMatchObject({ ok: false, error: { detail: { field: 'name' } } });
    expect(valueOf(await founding.check(draft({ testShare: 0.2 })))).toMatchObject([{ field: 'testShare', code: 'rows-too-few' }]);
    const forgetful = openFounding({ keepKey: () => Promise.reject(new Error('no room')) });
    expect(await forgetful.publish(draft(), relay.url, '')).toMatchObject({ ok: false });
    expect(fetching).not.toHaveBeenCalled();
  });

  it('a relay’s refusal keeps its code', async () => {
    relay.live.state = 'draining';
    expect(await founding.publish(draft(), relay.url, '')).toMatchObject({ ok: false, error: { code: 'draining' } });
  });
});

describe('a sample', () => {
  it('stays when another file is refused', async () => {
    await sample();
    expect(await founding.infer(new File(['\0\0'], 'x'))).toMatchObject({ ok: false, error: { code: 'file-binary' } });
    expect(valueOf(await founding.check(draft({ testShare: 0.2 })))).toEqual([]);
  });

  it('is read without a request', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch');
    await sample();
    valueOf(await founding.quote(draft().task, draft().policy));
    expect(fetching).not.toHaveBeenCalled();
  });
});
