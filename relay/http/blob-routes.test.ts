import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { BLOB_PART_BYTES, IN_FLIGHT_WAITING_PER_ADDRESS_MAX } from '#protocol/limits';
import { ByteBudget } from '#signaling/byte-budget';
import { startTestApp, type TestApp } from './app.fixture.ts';

const content = new Uint8Array(2 * 1024 * 1024 + 3).map((_, i) => i % 251);
const hash = hashBytes(content);
/** More than the network buffers for a peer that does not read. */
const large = new Uint8Array(24 * 1024 * 1024);
const ROOM_OF_ONE = 3 * BLOB_PART_BYTES;

let t: TestApp;
let sockets: Socket[];
beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await t.close();
});

const start = async (options: Parameters<typeof startTestApp>[0] = {}) => {
  t = await startTestApp(options);
  await t.store.putBlob(hash, t.self.id, content, 0);
};
const get = (headers: Record<string, string> = {}, name: Hash = hash) => fetch(`${t.url}/api/blobs/${name}`, { headers });
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const unread = async () => {
  await t.store.putBlob(hashBytes(large), t.self.id, large, 0);
  const socket = connect(Number(new URL(t.url).port), '127.0.0.1').on('error', () => {});
  sockets.push(socket.pause());
  socket.write(`GET /api/blobs/${hashBytes(large)} HTTP/1.1\r\nHost: x\r\n\r\n`);
};

describe('bytes by their hash', () => {
  it('come whole, under a name that may be cached', async () => {
    await start();
    const response = await get();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      etag: `"${hash}"`,
    });
    expect(hashBytes(await bytesOf(response))).toBe(hash);
    expect((await get({ 'if-none-match': `"${hash}"` })).status).toBe(304);
    const head = await fetch(`${t.url}/api/blobs/${hash}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(content.length)]);
  });

  it('may be empty', async () => {
    await start();
    const nothing = new Uint8Array(0);
    await t.store.putBlob(hashBytes(nothing), t.self.id, nothing, 0);
    const response = await get({}, hashBytes(nothing));
    expect([response.status, await bytesOf(response)]).toEqual([200, nothing]);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=300000-700000', 300_000, 700_001],
    ['bytes=2097150-', 2_097_150, content.length],
    ['bytes=-5', content.length - 5, content.length],
    ['bytes=-99999999', 0, content.length],
    ['bytes=5-99999999', 5, content.length],
  ])('come as the range %s', async (range, from, to) => {
    await start();
    const response = await get({ range });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/${content.length}`]);
    expect(await bytesOf(response)).toEqual(content.slice(from, to));
  });

  it('come whole for a malformed range, one of something else, or several', async () => {
    await start();
    for (const range of ['bytes=', 'bytes=-', 'bytes=9-3', 'lines=1-2', 'bytes=0-1,4-5', `bytes=${'9'.repeat(40)}-`]) {
      const response = await get({ range });
      expect([range, response.status, (await bytesOf(response)).length]).toEqual([range, 200, content.length]);
    }
    const changed = await get({ range: 'bytes=0-1', 'if-range': '"another"' });
    expect([changed.status, (await bytesOf(changed)).length]).toEqual([200, content.length]);
  });

  it('have no range past their end', async () => {
    await start();
    const response = await get({ range: `bytes=${content.length}-` });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${content.length}`]);
    expect(await response.json()).toMatchObject({ code: 'out-of-bound', field: 'range' });
  });

  it('that are damaged are an error that is not cached', async () => {
    await start();
    t.store.blobPart = () => Promise.reject(new MeshError('internal', { field: 'blob', expected: hash, got: 'damaged content' }));
    const response = await get();
    expect([response.status, response.headers.get('cache-control')]).toEqual([500, 'no-store']);
    expect([await response.json(), response.headers.get('etag')]).toEqual([{ code: 'internal' }, null]);
  });
});

describe('bytes under way', () => {
  it('stay within the budget, however many clients ask and do not read', async () => {
    const budget = new ByteBudget(100 * ROOM_OF_ONE, 2 * ROOM_OF_ONE);
    await start({ budget, waitMs: 100 });
    for (let i = 0; i < 10; i++) await unread();
    await expect.poll(() => budget.used).toBe(2 * ROOM_OF_ONE);
    const refused = await get();
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'overloaded', field: 'memory' }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => budget.used).toBe(0);
  });

  it('wait for room, and give it back', async () => {
    const budget = new ByteBudget(2 * ROOM_OF_ONE, ROOM_OF_ONE);
    await start({ budget, waitMs: 60_000 });
    const all = await Promise.all(Array.from({ length: 8 }, async () => hashBytes(await bytesOf(await get()))));
    expect(all).toEqual(all.map(() => hash));
    await expect.poll(() => budget.used).toBe(0);
  });

  it('have a bounded number of waiting requests, per address too', async () => {
    const budget = new ByteBudget(3 * ROOM_OF_ONE, ROOM_OF_ONE);
    await start({ budget, waitMs: 60_000, proxies: ['loopback'] });
    await unread();
    await expect.poll(() => budget.used).toBe(ROOM_OF_ONE);
    const statuses: number[] = [];
    const most = IN_FLIGHT_WAITING_PER_ADDRESS_MAX;
    const all = Array.from({ length: most + 8 }, async () => {
      const response = await get();
      statuses.push(response.status);
      await response.arrayBuffer();
    });
    await expect.poll(() => statuses, { timeout: 10_000 }).toEqual(Array.from({ length: 8 }, () => 503));
    expect((await get({ 'x-forwarded-for': '203.0.113.7' })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await Promise.all(all);
    expect(statuses.filter((status) => status === 200)).toHaveLength(most);
  });

  it('of one address leave room for another', async () => {
    const budget = new ByteBudget(3 * ROOM_OF_ONE, ROOM_OF_ONE);
    await start({ budget, waitMs: 100, proxies: ['loopback'] });
    await unread();
    await expect.poll(() => budget.used).toBe(ROOM_OF_ONE);
    expect((await get()).status).toBe(503);
    expect(hashBytes(await bytesOf(await get({ 'x-forwarded-for': '203.0.113.7' })))).toBe(hash);
  });

  it('include request bodies, before they are read', async () => {
    const budget = new ByteBudget(1000, 1000);
    await start({ budget, waitMs: 50 });
    const headers = { 'content-type': 'application/cbor' };
    const response = await fetch(`${t.url}/api/federations`, { method: 'POST', headers, body: new Uint8Array(1001) });
    expect([response.status, await response.json()]).toMatchObject([503, { field: 'memory' }]);
  });
});
