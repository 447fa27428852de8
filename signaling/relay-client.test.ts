import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { SIGNED_MANIFEST_BYTES_MAX } from '#protocol/limits';
import { PART_MS, fetchBlob, fetchFederations, fetchHead, fetchManifest, fetchRelay, fetchSample } from './relay-client.ts';
import { fetchRecords, postManifest } from './relay-signed.ts';

const ID = 'A'.repeat(43) as Hash;
let server: Server;
let relay: string;
let answer: RequestListener;
let asked: string[] = [];

const says =
  (body: string | Uint8Array, status = 200, type = 'application/json'): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body);

beforeEach(async () => {
  asked = [];
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('an answer of a relay', () => {
  it('is asked for below the relay’s own path', async () => {
    answer = says(JSON.stringify({ epoch: 0, round: 7, id: ID, state: ID }));
    expect(await fetchHead(relay, ID)).toEqual({ epoch: 0, round: 7, id: ID, state: ID });
    expect(asked).toEqual([`GET /below/api/federations/${ID}/head`]);
  });

  it.each([
    ['a list of something else', () => fetchFederations(relay), '[{"id": 7}]'],
    ['no list', () => fetchFederations(relay), '{"federations": []}'],
    ['another key', () => fetchRelay(relay), '{"id": "short", "region": "here", "address": null, "publish": "open"}'],
    ['no JSON', () => fetchHead(relay, ID), '<html>'],
    ['records that are none', () => fetchRecords(relay, ID, 1), encode({ records: [] })],
  ])('is refused where it is %s', async (_name, ask, body) => {
    answer = says(body);
    await expect(ask()).rejects.toMatchObject({ code: 'frame-malformed' });
  });

  it('is not read past its bound, wherever it says how long it is or does not', async () => {
    answer = says(new Uint8Array(SIGNED_MANIFEST_BYTES_MAX + 1));
    await expect(fetchManifest(relay, ID)).rejects.toMatchObject({ code: 'frame-too-large' });
    let sent = 0;
    answer = (_request, response) => {
      const more = () => void (response.writable && response.write(new Uint8Array(1024), () => (sent++, setImmediate(more))));
      more();
    };
    await expect(fetchBlob(relay, ID, 10_000)).rejects.toMatchObject({ code: 'frame-too-large' });
    expect(sent).toBeLessThan(100_000);
  });

  it('may have as many bytes as its bound, and no more are waited for', async () => {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i);
    answer = says(bytes);
    expect(await fetchBlob(relay, hashBytes(bytes), 10_000)).toEqual(bytes);
  });
});

describe('a refusal', () => {
  it('comes with the code and the field that the relay named', async () => {
    answer = says(JSON.stringify({ code: 'rate-limited', field: 'requests', expected: 'at most 3', got: 7 }), 429);
    await expect(fetchRelay(relay)).rejects.toMatchObject({ code: 'rate-limited', detail: { field: 'requests', expected: 'at most 3' } });
  });

  it.each([
    [404, 'not-found'],
    [413, 'internal'],
    [502, 'unreachable'],
    [504, 'unreachable'],
  ])('without a code, of a proxy (%i), is %s', async (status, code) => {
    answer = says('<html>', status, 'text/html');
    await expect(fetchRelay(relay)).rejects.toMatchObject({ code });
    answer = says('{"code": "made-up"}', status);
    await expect(fetchRelay(relay)).rejects.toMatchObject({ code });
  });
});

describe('a relay that does not answer', () => {
  it.each(['nobody listens', 'it says nothing', 'it breaks off'])('is unreachable: %s', async (how) => {
    if (how === 'nobody listens') await new Promise((resolve) => server.close(resolve));
    answer = (_request, response) => {
      if (how === 'it breaks off') response.write('[', () => response.destroy());
    };
    await expect(fetchFederations(relay, { answerMs: 50 })).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is given up between two parts as well, and by whoever asked', async () => {
    answer = (_request, response) => void response.write('[');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const blob = fetchBlob(relay, ID, 1000).catch((error: unknown) => error);
      await vi.waitUntil(() => asked.length === 1);
      await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(60_000 + PART_MS);
      expect(await blob).toMatchObject({ code: 'unreachable' });
    } finally {
      vi.useRealTimers();
    }
    const stop = new AbortController();
    const given = fetchBlob(relay, ID, 1000, { signal: stop.signal }).catch((error: unknown) => error);
    stop.abort();
    expect(await given).toMatchObject({ code: 'unreachable' });
  });
});

describe('what is sent', () => {
  it('is known to wait, and not taken for kept under another id', async () => {
    answer = says(JSON.stringify({ id: ID, waits: 'a while' }), 202);
    expect(await postManifest(relay, { body: 1 }, ID, '')).toBe(true);
    answer = says(JSON.stringify({ id: ID }), 201);
    expect(await postManifest(relay, { body: 1 }, ID, 'code')).toBe(false);
    await expect(postManifest(relay, { body: 1 }, 'B'.repeat(43) as Hash, '')).rejects.toMatchObject({ code: 'wrong-federation' });
  });
});

describe('a sample', () => {
  it('comes whole, or says why it does not; a name that is no file of the page’s is never asked for', async () => {
    answer = says('x,y\n', 200, 'text/csv');
    expect(await (await fetchSample(relay, 'digits-1.csv')).text()).toBe('x,y\n');
    answer = says('', 404);
    await expect(fetchSample(relay, 'digits-9.csv')).rejects.toMatchObject({ code: 'not-found' });
    await expect(fetchSample(relay, '../secret.csv')).rejects.toMatchObject({ code: 'not-found', detail: { field: 'sample' } });
    expect(asked).toEqual(['GET /below/samples/digits-1.csv', 'GET /below/samples/digits-9.csv']);
  });
});
