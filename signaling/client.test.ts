import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { toBase64Url } from '#protocol/codec';
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { RECONNECT_BASE_MS, RECONNECT_CAP_MS } from '#protocol/limits';
import { SignalingClient, socketUrl, type ClientState } from './client.ts';
import type { Environment } from '#protocol/driver/ports';
import { fullJitterMs, systemEnvironment } from './environment.ts';
import { loopbackRelay, newIdentity, roomNamed } from './loopback-relay.fixture.ts';

const ROOM = roomNamed('client');
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

interface Watched {
  readonly client: SignalingClient;
  readonly id: PeerId;
  readonly states: ClientState[];
  readonly errors: (MeshError | undefined)[];
  readonly welcomes: { peers: readonly PeerId[]; resumed: boolean }[];
  readonly news: string[];
}

async function clientOf(
  url: string,
  environment: Environment = systemEnvironment,
  identity = newIdentity(),
  pingMs = 10_000,
): Promise<Watched> {
  const who = await identity;
  const states: ClientState[] = [];
  const errors: (MeshError | undefined)[] = [];
  const welcomes: Watched['welcomes'] = [];
  const news: string[] = [];
  const client = new SignalingClient({
    url,
    room: ROOM,
    identity: who,
    environment,
    pingMs,
    events: {
      state(state, error) {
        states.push(state);
        if (error !== undefined) errors.push(error);
      },
      welcome: (peers, resumed) => void welcomes.push({ peers, resumed }),
      joined: (peer) => void news.push(`+${peer}`),
      left: (peer) => void news.push(`-${peer}`),
      signal: () => {},
      mailbox: () => {},
    },
  });
  ends.push(() => client.close());
  return { client, id: who.id, states, errors, welcomes, news };
}

/** A wire that can be cut without a goodbye, or held so that nothing passes. */
async function wireTo(port: number): Promise<{ url: string; cut(): void; hold(): void }> {
  const streams = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const stream of [near, far]) {
      streams.add(stream);
      stream.on('error', () => {});
      stream.on('close', () => streams.delete(stream));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => streams.forEach((stream) => stream.destroy());
  ends.push(async () => {
    cut();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mesh`,
    cut,
    hold: () => streams.forEach((stream) => stream.unpipe().pause()),
  };
}

/** A relay that says what the test wants. */
async function scripted(
  script: (say: (message: unknown) => void, close: (code: number) => void) => void,
): Promise<{ url: string; count(): number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    script(
      (message) => socket.send(JSON.stringify(message)),
      (code) => socket.close(code),
    );
  });
  ends.push(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mesh`, count: () => connections };
}

const challenge = (versions: [number, number] = [2, 2]) => ({ t: 'challenge', nonce: toBase64Url(new Uint8Array(32)), versions });
/** Real time with a hurried back-off; hello and ping keep their 10 s. */
const hurried: Environment = { ...systemEnvironment, timer: (ms, call) => systemEnvironment.timer(ms >= 10_000 ? ms : ms / 100, call) };

describe('the address of a relay', () => {
  it.each([
    ['https://mesh.example', 'wss://mesh.example/mesh'],
    ['http://localhost:8710/', 'ws://localhost:8710/mesh'],
    ['https://mesh.example/mesh-relay/', 'wss://mesh.example/mesh-relay/mesh'],
    ['wss://mesh.example/other', 'wss://mesh.example/other'],
  ])('%s is %s', (relay, url) => expect(socketUrl(relay)).toBe(url));

  it.each(['mesh.example', 'ftp://mesh.example', ''])('is not "%s"', (relay) => expect(() => socketUrl(relay)).toThrow(/field-invalid/));
});

describe('a client', () => {
  it('enters, and hears who comes and goes', async () => {
    const relay = await loopbackRelay();
    ends.push(() => relay.stop());
    const a = await clientOf(relay.url);
    await eventually(() => expect(a.states).toEqual(['connecting', 'open']));
    const b = await clientOf(relay.url);
    await eventually(() => expect(b.welcomes).toEqual([{ peers: [a.id], resumed: false }]));
    b.client.close();
    await eventually(() => expect(a.news).toEqual([`+${b.id}`, `-${b.id}`]));
    expect(b.states).toEqual(['connecting', 'open', 'closed']);
  });

  it('comes back after a cut wire without the others noticing', async () => {
    const relay = await loopbackRelay();
    ends.push(() => relay.stop());
    const wire = await wireTo(relay.port);
    const watcher = await clientOf(relay.url);
    const a = await clientOf(wire.url);
    await eventually(() => expect(a.states.at(-1)).toBe('open'));
    wire.cut();
    await eventually(() => expect(a.welcomes).toHaveLength(2));
    expect(a.welcomes[1]).toEqual({ peers: [watcher.id], resumed: true });
    expect(a.states).toContain('waiting');
    expect(watcher.news).toEqual([`+${a.id}`]);
  });

  it('notices a relay that has gone silent, and comes back over a new wire', async () => {
    const relay = await loopbackRelay();
    ends.push(() => relay.stop());
    const wire = await wireTo(relay.port);
    const a = await clientOf(wire.url, systemEnvironment, newIdentity(), 60);
    await eventually(() => expect(a.states.at(-1)).toBe('open'));
    wire.hold();
    await eventually(() => expect(a.welcomes).toHaveLength(2));
    expect(a.welcomes[1]?.resumed).toBe(true);
  });

  it('stops at once when another session of the same identity took its place', async () => {
    const relay = await loopbackRelay();
    ends.push(() => relay.stop());
    const identity = newIdentity();
    const first = await clientOf(relay.url, hurried, identity);
    await eventually(() => expect(first.states.at(-1)).toBe('open'));
    const second = await clientOf(relay.url, hurried, identity);
    await eventually(() => expect(first.states.at(-1)).toBe('refused'));
    expect(first.errors.map((error) => error?.code)).toEqual(['replaced']);
    await eventually(() => expect(second.states.at(-1)).toBe('open'));
  });

  it('says which version a relay wants and does not ask again', async () => {
    const relay = await scripted((say) => say(challenge([3, 4])));
    const a = await clientOf(relay.url, hurried);
    await eventually(() => expect(a.states.at(-1)).toBe('refused'));
    expect(a.errors[0]).toMatchObject({ code: 'version-unsupported', detail: { expected: '2 to 2', got: '3 to 4' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(relay.count()).toBe(1);
  });

  it.each([
    ['room-unknown', 4404, 'refused'],
    ['challenge-failed', 4403, 'refused'],
    ['version-unsupported', 4426, 'refused'],
    ['room-full', 4503, 'waiting'],
    ['draining', 1012, 'waiting'],
  ] as const)('on %s with close %i is %s, also when only the close code arrived', async (code, close, state) => {
    for (const reason of [true, false]) {
      const relay = await scripted((say, end) => {
        if (reason) say({ t: 'refused', code });
        end(close);
      });
      const a = await clientOf(relay.url, { ...systemEnvironment, random: () => 0.999 });
      await eventually(() => expect(a.states).toContain(state));
      expect(a.errors[0]?.code).toBe(code);
      a.client.close();
    }
  });

  it('waits ever longer, with full jitter, up to the cap', async () => {
    const waits: number[] = [];
    let chance = 0;
    const environment: Environment = {
      ...systemEnvironment,
      random: () => (chance = (chance + 0.37) % 1),
      timer(ms, call) {
        if (ms < RECONNECT_CAP_MS && ms !== 10_000) waits.push(ms); // hello and ping timers are 10 s
        return systemEnvironment.timer(ms === 10_000 ? ms : 1, call);
      },
    };
    const relay = await scripted((_say, close) => close(1012));
    await clientOf(relay.url, environment);
    await eventually(() => expect(waits.length).toBeGreaterThan(8));
    let expected = 0;
    for (const [attempt, wait] of waits.entries()) {
      expected = (expected + 0.37) % 1;
      expect(wait).toBeCloseTo(expected * Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** attempt), 6);
    }
    expect(fullJitterMs(1000, 300, 15_000, () => 0.5)).toBe(7500);
  });

  it.each<[string, unknown]>([
    ['no message of ours', { t: 'surprise' }],
    ['a welcome that is none', { t: 'welcome', peers: 'everybody' }],
    ['a message out of order', { t: 'pong' }],
  ])('leaves a relay that says %s, and tries again', async (_name, message) => {
    const relay = await scripted((say) => say(message));
    const a = await clientOf(relay.url, hurried);
    await eventually(() => expect(relay.count()).toBeGreaterThan(2));
    expect(a.states).toContain('waiting');
  });
});
