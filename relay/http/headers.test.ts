import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './app.fixture.ts';

const ISOLATION: Record<string, string> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
const UNKNOWN = 'A'.repeat(43);

describe('isolation headers', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ limits: { addressWrites: { max: 2, timeWindow: 60_000 } } });
  });
  afterAll(() => t.close());

  const answers: [name: string, path: string, init: RequestInit, status: number][] = [
    ['the page', '/', {}, 200],
    ['an address of the page', '/f/abc/join', {}, 200],
    ['a worker script', '/assets/peer.worker-abc123.js', {}, 200],
    ['WebAssembly', '/assets/core-abc123.wasm', {}, 200],
    ['a missing script', '/assets/gone-abc123.js', {}, 404],
    ['HEAD', '/', { method: 'HEAD' }, 200],
    ['JSON', '/api/federations', {}, 200],
    ['a probe', '/livez', {}, 200],
    ['an unknown route', '/api/nothing', {}, 404],
    ['an unknown federation', `/api/federations/${UNKNOWN}`, {}, 404],
    ['a bad parameter', '/api/federations/short', {}, 422],
    ['a bad address', '/api/%E0%A4%A', {}, 400],
    ['a method that does not exist', '/api/federations', { method: 'DELETE' }, 404],
    [
      'an unproven write',
      `/api/blobs/${UNKNOWN}`,
      { method: 'PUT', body: 'x', headers: { 'content-type': 'application/octet-stream' } },
      401,
    ],
    ['a wrong type', '/api/federations', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 400],
    ['the OpenAPI description', '/openapi.json', {}, 200],
  ];

  it.each(answers)('are on %s', async (_name, path, init, status) => {
    const response = await fetch(t.url + path, init);
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(ISOLATION);
    const policy = response.headers.get('content-security-policy') ?? '';
    if (policy === "default-src 'none'") return; // stricter still, where no page can come from
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("connect-src 'self' ws: wss:");
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).not.toMatch(/'unsafe-eval'/);
  });

  it('let the page read motion and keep the screen on, and use no other device feature', async () => {
    const response = await fetch(t.url);
    await response.arrayBuffer();
    const policy = response.headers.get('permissions-policy') ?? '';
    const allowed = policy.split(', ').filter((part) => part.endsWith('=(self)'));
    expect(allowed).toEqual(['accelerometer=(self)', 'gyroscope=(self)', 'screen-wake-lock=(self)']);
    for (const name of ['camera', 'microphone', 'geolocation']) expect(policy).toContain(`${name}=()`);
  });

  it('are on a refusal for too many requests, which says when to retry', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${t.url}/api/federations`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/cbor' },
      });
      statuses.push(response.status);
      expect(Object.fromEntries(response.headers)).toMatchObject(ISOLATION);
      const reply = await response.json();
      if (response.status !== 429) continue;
      expect(reply).toMatchObject({ code: 'rate-limited', field: 'requests' });
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toContain(429);
    expect((await fetch(`${t.url}/livez`)).status).toBe(200);
  });

  it.each([
    ['no HTTP at all', 'what is this\r\n\r\n', 400, 'frame-malformed'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n`, 413, 'frame-too-large'],
  ])('are on the response to %s', async (_name, request, status, code) => {
    const text = await rawExchange(t.url, request);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head, body] = text.split('\r\n\r\n');
    for (const [name, value] of Object.entries(ISOLATION)) expect(head!.toLowerCase()).toContain(`${name}: ${value}`);
    expect(JSON.parse(body!)).toMatchObject({ code });
  });
});

function rawExchange(url: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
