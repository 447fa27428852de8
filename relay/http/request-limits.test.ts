import { afterEach, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { Identity } from '#protocol/identity';
import { proveBlob } from '#signaling/relay-signed';
import { newIdentity, signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';

const few = { max: 3, timeWindow: 60_000 };
let t: TestApp;
afterEach(() => t.close());

const ask = async (path: string, forwarded?: string) => {
  const response = await fetch(t.url + path, { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });
  await response.arrayBuffer();
  return response.status;
};
const times = async (count: number, once: (i: number) => Promise<number>) => {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push(await once(i));
  return statuses;
};
const putNew = async (identity: Identity, content: string) => {
  const bytes = new TextEncoder().encode(content);
  const hash = hashBytes(bytes);
  const headers = { 'content-type': 'application/octet-stream', authorization: await proveBlob(identity, hash) };
  return (await fetch(`${t.url}/api/blobs/${hash}`, { method: 'PUT', body: bytes, headers })).status;
};

describe('requests are counted', () => {
  it('per client behind a trusted proxy, whatever a client claims', async () => {
    t = await startTestApp({ limits: { requests: few }, proxies: ['loopback'] });
    const claims = (i: number) => ask('/api/relay', `192.0.2.${i}, 203.0.113.7`);
    expect(await times(4, claims)).toEqual([200, 200, 200, 429]);
    expect(await ask('/api/relay', '203.0.113.8')).toBe(200);
    expect(await times(4, (i) => ask('/api/relay', `2001:db8::${i}`))).toEqual([200, 200, 200, 429]);
  });

  it('per connection without a trusted proxy', async () => {
    t = await startTestApp({ limits: { requests: few } });
    expect(await times(4, (i) => ask('/api/relay', `203.0.113.${i}`))).toEqual([200, 200, 200, 429]);
  });

  it('apart from page files and immutable responses', async () => {
    t = await startTestApp({ limits: { requests: few } });
    const { manifest } = await t.federations.publish(await signedBytes(t.self, testManifest(t.self.id, t.self.id)));
    for (const path of ['/', '/f/x/join', '/assets/core-abc123.wasm', '/samples/digits-1.csv', `/api/federations/${manifest.id}`]) {
      expect(await times(4, () => ask(path)), path).toEqual([200, 200, 200, 200]);
    }
    expect(await times(4, () => ask('/api/federations'))).toEqual([200, 200, 200, 429]);
    expect(await ask('/')).toBe(200);
  });

  it('also for files and for addresses that do not exist', async () => {
    t = await startTestApp({ limits: { unchanging: few } });
    expect(await times(4, (i) => ask(`/nowhere/${i}.js`))).toEqual([404, 404, 404, 429]);
    expect(await ask('/')).toBe(429);
  });
});

describe('writes are counted', () => {
  it('per proven identity, so that others at its address may continue', async () => {
    t = await startTestApp({ limits: { writes: few } });
    const [one, other] = [await newIdentity(), await newIdentity()];
    expect(await times(4, (i) => putNew(one, `one ${i}`))).toEqual([204, 204, 204, 429]);
    expect(await times(3, (i) => putNew(other, `other ${i}`))).toEqual([204, 204, 204]);
  });

  it('for the steward who signed a manifest, with its other writes', async () => {
    t = await startTestApp({ limits: { writes: few } });
    const [one, other] = [await newIdentity(), await newIdentity()];
    const post = async (identity: Identity, nonce: string) => {
      const body = await signedBytes(identity, testManifest(identity.id, t.self.id, { nonce }));
      return (await fetch(`${t.url}/api/federations`, { method: 'POST', body, headers: { 'content-type': 'application/cbor' } })).status;
    };
    expect(await times(4, (i) => post(one, `n${i}`))).toEqual([201, 201, 201, 429]);
    expect(await post(other, 'n')).toBe(201);
  });

  it('per address while no identity is proven', async () => {
    t = await startTestApp({ limits: { addressWrites: few } });
    const init = { method: 'PUT', body: 'x', headers: { 'content-type': 'application/octet-stream' } };
    const unproven = async () => (await fetch(`${t.url}/api/blobs/${'A'.repeat(43)}`, init)).status;
    expect(await times(4, unproven)).toEqual([401, 401, 401, 429]);
  });
});
