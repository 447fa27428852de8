import { get, type IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';

let t: TestApp;
afterEach(() => t.close());

/** As sent: fetch would decompress it. */
const raw = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
    get(t.url + path, { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', reject);
  });

describe('the page under a path', () => {
  it.each(['/mesh-relay/', '/mesh-relay', '/mesh-relay/f/x/join', '/', '/f/x/join'])('refers to its files there, at %s', async (path) => {
    t = await startTestApp({ base: '/mesh-relay/' });
    const { status, body } = await raw(path);
    expect([status, body.toString()]).toEqual([200, expect.stringContaining('src="/mesh-relay/assets/peer.worker-abc123.js"')]);
  });

  it('has its files, interface and probes there, whether a proxy strips the path or not', async () => {
    t = await startTestApp({ base: '/mesh-relay/' });
    for (const path of ['/assets/core-abc123.wasm', '/samples/digits-1.csv', '/api/relay', '/livez', '/openapi.json']) {
      for (const base of ['/mesh-relay', '']) expect((await raw(base + path)).status, base + path).toBe(200);
    }
    for (const path of ['/mesh-relay/api/nothing', '/mesh-relays/api/relay', '/mesh-relay/assets/gone.js']) {
      expect((await raw(path)).headers['content-type'], path).not.toContain('javascript');
    }
    expect((await raw('/mesh-relay/api/nothing')).status).toBe(404);
  });

  it('includes the path in its own addresses', async () => {
    t = await startTestApp({ base: '/mesh-relay/' });
    const body = await signedBytes(t.self, testManifest(t.self.id, t.self.id));
    const init = { method: 'POST', body, headers: { 'content-type': 'application/cbor' } };
    const made = await fetch(`${t.url}/mesh-relay/api/federations`, init);
    const { id } = (await made.json()) as { id: string };
    expect(made.headers.get('location')).toBe(`/mesh-relay/api/federations/${id}`);
    const list = (await (await fetch(`${t.url}/mesh-relay/api/federations`)).json()) as { manifest: string }[];
    expect(list.at(-1)!.manifest).toBe(`/mesh-relay/api/federations/${id}`);
  });
});

describe('compression', () => {
  it('is the build’s, if the browser accepts it', async () => {
    t = await startTestApp();
    const path = '/assets/peer.worker-abc123.js';
    const [br, plain] = [await raw(path, { 'accept-encoding': 'gzip, br' }), await raw(path)];
    expect([br.headers['content-encoding'], brotliDecompressSync(br.body).toString()]).toEqual(['br', 'export {};']);
    expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, 'export {};']);
    for (const { headers } of [br, plain]) {
      expect(headers).toMatchObject({ 'cache-control': expect.stringContaining('immutable'), vary: 'accept-encoding' });
      expect(headers['content-type']).toContain('javascript');
    }
    expect(br.headers.etag).not.toBe(plain.headers.etag);
  });

  it.each(['/', '/f/x', '/api/federations'])('is done by the relay for %s, which is not sent twice', async (path) => {
    t = await startTestApp();
    const plain = await raw(path);
    const br = await raw(path, { 'accept-encoding': 'gzip, deflate, br' });
    const gz = await raw(path, { 'accept-encoding': 'gzip' });
    expect(brotliDecompressSync(br.body)).toEqual(plain.body);
    expect(gunzipSync(gz.body)).toEqual(plain.body);
    expect(new Set([plain, br, gz].map(({ headers }) => headers.etag)).size).toBe(3);
    for (const { headers } of [plain, br, gz]) expect(headers).toMatchObject({ vary: 'accept-encoding', 'cache-control': 'no-cache' });
    const again = await raw(path, { 'accept-encoding': 'br', 'if-none-match': br.headers.etag! });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await raw(path, { 'accept-encoding': 'gzip', 'if-none-match': br.headers.etag! })).status).toBe(200);
  });

  it('is omitted for clients that accept none', async () => {
    t = await startTestApp();
    for (const encoding of ['identity', '*;q=0', 'zstd', ';;;']) {
      const { status, headers } = await raw('/', { 'accept-encoding': encoding });
      expect([status, headers['content-encoding']]).toEqual([200, undefined]);
    }
  });
});
