import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decode, encode, hashBytes, type Hash } from '#protocol/codec';
import { signBody, type Identity, type PeerId } from '#protocol/identity';
import { openManifest } from '#protocol/manifest/open';
import { proveBlob } from '#signaling/relay-signed';
import { DEMO_NONCE } from '../builtin.ts';
import { newIdentity, signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';
import { appendTo } from '../store/store-suite.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const UNKNOWN = 'A'.repeat(43);

let t: TestApp;
let steward: Identity;
beforeAll(async () => {
  steward = await newIdentity();
});
afterEach(() => t.close());

const bodyFor = (nonce = 'test', by: PeerId = steward.id) => testManifest(by, t.self.id, { nonce });
const post = (bytes: Uint8Array<ArrayBuffer>) =>
  fetch(`${t.url}/api/federations`, { method: 'POST', body: bytes, headers: { 'content-type': 'application/cbor' } });
const publish = async (nonce = 'test'): Promise<Hash> => {
  const response = await post(await signedBytes(steward, bodyFor(nonce)));
  return ((await response.json()) as { id: Hash }).id;
};

describe('probes', () => {
  it('distinguish a starting, a ready and a draining relay', async () => {
    t = await startTestApp();
    const states = [
      ['starting', 'starting', 503],
      ['ready', 'ok', 200],
      ['draining', 'draining', 503],
    ] as const;
    for (const [state, said, ready] of states) {
      t.live.state = state;
      expect(await (await fetch(`${t.url}/health`)).json()).toEqual({ status: said, nodes: 3 });
      expect((await fetch(`${t.url}/readyz`)).status).toBe(ready);
      expect((await fetch(`${t.url}/livez`)).status).toBe(200);
    }
    const refused = await fetch(`${t.url}/api/federations`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'draining' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('say not ready if the store does not answer', async () => {
    t = await startTestApp();
    t.store.ping = () => Promise.reject(new Error('gone'));
    const response = await fetch(`${t.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'overloaded', field: 'store' });
  });
});

describe('the relay', () => {
  it('names its own key, which a manifest uses to make it a seat', async () => {
    t = await startTestApp();
    const response = await fetch(`${t.url}/api/relay`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ id: t.self.id, region: 'test', address: null, publish: 'open' });
  });

  it('names the address that others open, if it knows one', async () => {
    t = await startTestApp({ address: 'https://relay.example/mesh-relay/' });
    expect(await (await fetch(`${t.url}/api/relay`)).json()).toMatchObject({ address: 'https://relay.example/mesh-relay/' });
  });
});

describe('the page', () => {
  it('answers its own addresses with index.html, and missing files with JSON', async () => {
    t = await startTestApp();
    for (const path of ['/', '/f/some-id', '/f/some-id/join', '/nowhere?x=1']) {
      const response = await fetch(t.url + path);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<title>Mesh</title>');
    }
    for (const path of ['/assets/gone.js', '/api', '/api/nothing', '/samples/gone.csv', '/favicon.ico', '/mesh']) {
      const response = await fetch(t.url + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ code: 'not-found' });
    }
    expect((await fetch(`${t.url}/f/some-id`, { method: 'POST' })).status).toBe(404);
  });

  it('lets only files with a hash in their name be cached forever', async () => {
    t = await startTestApp();
    const script = await fetch(`${t.url}/assets/peer.worker-abc123.js`);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${t.url}/assets/core-abc123.wasm`)).headers.get('content-type')).toBe('application/wasm');
    expect((await fetch(`${t.url}/samples/digits-1.csv`)).headers.get('cache-control')).toBe('no-cache');
  });

  it('never leaves its directory', async () => {
    t = await startTestApp();
    for (const path of [
      '/../../etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/assets/..%2f..%2f..%2fetc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/.env',
    ]) {
      expect(await (await fetch(t.url + path)).text()).not.toContain('root:');
    }
  });

  it('is reported as missing if it was not built, while the API answers', async () => {
    t = await startTestApp({ page: 'absent' });
    const response = await fetch(`${t.url}/`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not-found', field: 'page' });
    expect((await fetch(`${t.url}/api/federations`)).status).toBe(200);
  });
});

describe('federations over REST', () => {
  it('are published, listed, and read back as signed', async () => {
    t = await startTestApp();
    const bytes = await signedBytes(steward, bodyFor());
    const created = await post(bytes);
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { id: Hash };
    expect(created.headers.get('location')).toBe(`/api/federations/${id}`);
    expect((await post(bytes)).status).toBe(200);

    const list = await fetch(`${t.url}/api/federations`);
    expect(list.headers.get('cache-control')).toBe('no-cache');
    expect(await list.json()).toEqual([
      {
        id,
        name: 'Test',
        steward: steward.id,
        description: 'A federation of a test.',
        region: 'local',
        unit: 'example',
        epsilon: 1,
        delta: 1e-5,
        rounds: 10,
        minContributors: 2,
        members: 3,
        round: 0,
        models: 0,
        manifest: `/api/federations/${id}`,
        demo: false,
      },
    ]);
    const read = await fetch(`${t.url}/api/federations/${id}`);
    expect(read.headers.get('content-type')).toBe('application/cbor');
    const manifest = await openManifest(decode(new Uint8Array(await read.arrayBuffer())));
    expect(manifest.id).toBe(id);
  });

  it('list the demo first, recognised by the relay’s own key as steward', async () => {
    t = await startTestApp();
    await publish('earlier');
    const of = async (by: Identity) => await (await post(await signedBytes(by, bodyFor(DEMO_NONCE, by.id)))).json();
    const { id: copy } = (await of(steward)) as { id: Hash };
    const { id: own } = (await of(t.self)) as { id: Hash };
    const list = (await (await fetch(`${t.url}/api/federations`)).json()) as { id: Hash; demo: boolean }[];
    expect(list.map(({ demo }) => demo)).toEqual([true, false, false]);
    expect([list[0]!.id, list[2]!.id]).toEqual([own, copy]);
  });

  it('are refused with the status, the code and the field of the error table', async () => {
    t = await startTestApp();
    const signed = await signBody(steward, bodyFor());
    const cases: [bytes: Uint8Array<ArrayBuffer>, status: number, reply: object][] = [
      [bytesOf('not cbor'), 400, { code: 'frame-malformed' }],
      [new Uint8Array([0x18, 0x05]), 400, { code: 'frame-malformed' }],
      [
        encode({ ...signed, body: { ...signed.body, version: 1 } }),
        422,
        { code: 'manifest-version', field: 'version', expected: '2', got: '1' },
      ],
      [encode({ ...signed, body: { ...signed.body, name: '' } }), 422, { code: 'field-invalid', field: 'name' }],
      [
        await signedBytes(steward, { ...signed.body, privacy: { ...signed.body.privacy, sigma: 0.5 } }),
        422,
        { code: 'manifest-unsafe', field: 'privacy.sigma' },
      ],
      [encode({ ...signed, body: { ...signed.body, name: 'Another' } }), 401, { code: 'signature-invalid' }],
      [new Uint8Array(100_000), 413, { code: 'frame-too-large' }],
    ];
    for (const [bytes, status, reply] of cases) {
      const response = await post(bytes);
      expect(await response.json()).toMatchObject(reply);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('application/json');
    }
    expect((await fetch(`${t.url}/api/federations`, { method: 'POST' })).status).toBe(400);
    expect(t.federations.list()).toEqual([]);
  });

  it('have a quota per identity', async () => {
    t = await startTestApp({ quotas: { federationsPerIdentity: 1 } });
    await publish('one');
    const response = await post(await signedBytes(steward, bodyFor('two')));
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: 'quota', expected: 'at most 1' });
    const other = await newIdentity();
    expect((await post(await signedBytes(other, bodyFor('two', other.id)))).status).toBe(201);
  });

  it('serve their certified records as stored', async () => {
    t = await startTestApp();
    const id = await publish();
    for (const accept of ['*/*', 'application/json']) {
      expect((await fetch(`${t.url}/api/federations/${id}/head`, { headers: { accept } })).status).toBe(404);
    }
    const empty = await fetch(`${t.url}/api/federations/${id}/records`);
    expect(decode(new Uint8Array(await empty.arrayBuffer()))).toEqual([]);
    for (let round = 1; round <= 70; round++) {
      const name = hashBytes(bytesOf(`record ${round}`));
      await appendTo(t.store, { fed: id, epoch: 0, round, id: name, state: name, bytes: encode({ record: { round, models: round - 3 } }) });
    }
    const head = await fetch(`${t.url}/api/federations/${id}/head`);
    expect(decode(new Uint8Array(await head.arrayBuffer()))).toEqual({ record: { round: 70, models: 67 } });
    const place = await fetch(`${t.url}/api/federations/${id}/head`, { headers: { accept: 'application/json' } });
    expect(place.headers.get('vary')).toContain('accept');
    const last = hashBytes(bytesOf('record 70'));
    expect(await place.json()).toEqual({ epoch: 0, round: 70, id: last, state: last });
    const rounds = async (query: string) => {
      const response = await fetch(`${t.url}/api/federations/${id}/records${query}`);
      return (decode(new Uint8Array(await response.arrayBuffer())) as { record: { round: number } }[]).map(({ record }) => record.round);
    };
    expect(await rounds('?from=5&limit=2')).toEqual([5, 6]);
    expect(await rounds('?from=60')).toEqual(Array.from({ length: 11 }, (_, i) => 60 + i));
    expect(await rounds('')).toHaveLength(64);
    expect((await (await fetch(`${t.url}/api/federations`)).json())[0]).toMatchObject({ round: 70, models: 67 });
    for (const query of ['?limit=0', '?limit=65', '?from=-1', '?from=x', '?stray=1']) {
      const response = await fetch(`${t.url}/api/federations/${id}/records${query}`);
      expect([query, response.status]).toEqual([query, 422]);
      expect(((await response.json()) as { field: string }).field).toContain(query.slice(1).split('=')[0]!);
    }
    expect((await fetch(`${t.url}/api/federations/${UNKNOWN}/records`)).status).toBe(404);
  });

  it('are listed and counted without one whose last record is damaged', async () => {
    t = await startTestApp();
    const [good, damaged] = [await publish('good'), await publish('damaged')];
    const put = (fed: Hash, round: number, bytes: Uint8Array) =>
      appendTo(t.store, { fed, epoch: 0, round, id: hashBytes(bytes), state: fed, bytes });
    const record = (models: number) => encode({ record: { models, contributions: [] } });
    await put(good, 1, record(1));
    for (const [i, bytes] of [bytesOf('not cbor'), encode({ record: {} }), encode([])].entries()) {
      await put(damaged, i + 1, bytes);
      await publish(`other ${i}`); // the list is rebuilt as soon as another federation is on it
      const response = await fetch(`${t.url}/api/federations`);
      expect(response.status).toBe(200);
      expect(((await response.json()) as { id: Hash }[]).map(({ id }) => id)).toEqual(expect.not.arrayContaining([damaged]));
    }
    const status = await fetch(`${t.url}/privacy/status`);
    expect([status.status, await status.json()]).toMatchObject([200, [{ decided: 1 }, { decided: 3, spent: null }, {}, {}, {}]]);
    const metrics = await (await fetch(`${t.url}/metrics`)).text();
    expect(metrics).toContain(`sovereignmap_privacy_epsilon_spent{federation="${good}",region="local"} 0\n`);
    expect(metrics).not.toContain(`sovereignmap_privacy_epsilon_spent{federation="${damaged}"`);
    await put(damaged, 4, record(4));
    await publish('healed');
    const list = (await (await fetch(`${t.url}/api/federations`)).json()) as object[];
    expect(list).toEqual(expect.arrayContaining([expect.objectContaining({ id: damaged, round: 4, models: 4 })]));
  });

  it('survive any bytes', async () => {
    const many = { max: 1e6, timeWindow: 60_000 };
    t = await startTestApp({ limits: { requests: many, writes: many, addressWrites: many } });
    const good = await signedBytes(steward, bodyFor());
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => good.with(at, good[at]! ^ by));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), async (bytes) => {
        const response = await post(new Uint8Array(bytes));
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        expect(await response.json()).toHaveProperty('code');
      }),
      { numRuns: 150 },
    );
    expect(t.federations.list()).toEqual([]);
    expect((await post(good)).status).toBe(201);
  });
});

describe('blobs over REST', () => {
  const put = async (bytes: Uint8Array<ArrayBuffer>, by: Identity, hash = hashBytes(bytes), proof = proveBlob(by, hash)) =>
    fetch(`${t.url}/api/blobs/${hash}`, {
      method: 'PUT',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream', authorization: await proof },
    });

  it('are written by a proven identity and read by anybody', async () => {
    t = await startTestApp();
    const bytes = bytesOf('a test set');
    expect((await put(bytes, steward)).status).toBe(204);
    expect((await put(bytes, steward)).status).toBe(204);
    const read = await fetch(`${t.url}/api/blobs/${hashBytes(bytes)}`);
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
    expect(read.headers.get('cache-control')).toContain('immutable');
    const missing = await fetch(`${t.url}/api/blobs/${UNKNOWN}`);
    expect(missing.status).toBe(404);
    expect(missing.headers.get('cache-control')).toBe('no-store');
  });

  it('are refused without a proof, with one for other bytes, or with another key’s', async () => {
    t = await startTestApp();
    const bytes = bytesOf('bytes');
    const hash = hashBytes(bytes);
    const [, signature] = (await proveBlob(steward, hash)).split('.');
    for (const proof of [
      '',
      'Bearer x',
      await proveBlob(steward, UNKNOWN as Hash),
      `Mesh ${t.self.id}.${signature}`,
      `Mesh ${'A'.repeat(44)}.${signature}`,
    ]) {
      const response = await put(bytes, steward, hash, Promise.resolve(proof));
      expect([400, 401, 422]).toContain(response.status);
      expect(((await response.json()) as { field: string }).field).toBe('authorization');
    }
    expect(await t.store.blob(hash)).toBeNull();
  });

  it('are refused if they do not match their hash, are too large, or exceed the quota', async () => {
    t = await startTestApp({ quotas: { blobBytesPerIdentity: 100 } });
    const wrong = await put(bytesOf('other'), steward, hashBytes(bytesOf('these')));
    expect([wrong.status, await wrong.json()]).toMatchObject([422, { code: 'blob-mismatch' }]);
    const large = await put(new Uint8Array(2 * 1024 * 1024 + 1), steward);
    expect([large.status, await large.json()]).toMatchObject([413, { code: 'frame-too-large' }]);
    expect((await put(new Uint8Array(100), steward)).status).toBe(204);
    const over = await put(bytesOf('x'), steward);
    expect([over.status, await over.json()]).toMatchObject([429, { code: 'quota' }]);
  });

  it('may be as large as a test set', async () => {
    t = await startTestApp();
    const bytes = new Uint8Array(2 * 1024 * 1024).fill(7);
    expect((await put(bytes, steward)).status).toBe(204);
    expect(hashBytes((await t.store.blob(hashBytes(bytes)))!)).toBe(hashBytes(bytes));
  });
});
