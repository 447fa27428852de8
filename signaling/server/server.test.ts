import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import { SIGNAL_FRAME_BYTES_MAX, SOCKET_FRAMES_BURST } from '#protocol/limits';
import type { ServerMessage } from '#protocol/wire';
import { systemEnvironment } from '../environment.ts';
import { newIdentity, roomNamed } from '../loopback-relay.fixture.ts';
import {
  closeAll,
  entered,
  eventually,
  expectClosed,
  helloFor,
  mailboxFrame,
  raw,
  relay,
  relays,
  ROOM,
  type HelloChange,
} from './raw-socket.fixture.ts';

afterEach(closeAll);

describe('entering', () => {
  it('takes a proved identity into its room, with the features both know', async () => {
    const { url, signaling } = await relay();
    const a = await entered(url);
    expect(a.heard[1]).toMatchObject({ t: 'welcome', version: 2, features: ['mailbox'], peers: [], resumed: false });
    const b = await entered(url);
    expect(b.heard[1]).toMatchObject({ t: 'welcome', peers: [a.identity.id] });
    await eventually(() => expect(a.heard).toContainEqual({ t: 'peer-joined', peer: b.identity.id }));
    expect(signaling.counts()).toMatchObject({ sockets: 2, peers: 2, rooms: 1, refused: 0, blamed: 0 });
  });

  it.each<[string, (other: Identity) => HelloChange]>([
    ['another key', (other) => ({ signer: other })],
    ['an older challenge', () => ({ nonce: toBase64Url(new Uint8Array(32)) })],
    ['a challenge meant for another relay', () => ({ origin: 'another.example' })],
  ])('refuses a proof with %s', async (_name, change) => {
    const { url } = await relay();
    const state = await entered(url, undefined, change(await newIdentity()));
    expect(state.heard[1]).toMatchObject({ t: 'refused', code: 'challenge-failed' });
    await expectClosed(state, 4403, 'challenge-failed');
  });

  it('refuses a relay in the middle that passes on a challenge and the Host its victim signed', async () => {
    const { url } = await relay({ names: ['mesh.example'] });
    const victim = await newIdentity();
    const state = await raw(url, { host: 'evil.example' });
    state.socket.send(await helloFor(state, url, victim, { origin: 'evil.example' }));
    await expectClosed(state, 4403);
    const honest = await raw(url, { host: 'mesh.example' });
    honest.socket.send(await helloFor(honest, url, victim, { origin: 'mesh.example' }));
    await eventually(() => expect(honest.heard[1]?.t).toBe('welcome'));
  });

  it('refuses another version and says which ones it speaks', async () => {
    const { url } = await relay();
    const state = await entered(url, undefined, { versions: [7, 9] });
    expect(state.heard[1]).toEqual({ t: 'refused', code: 'version-unsupported', field: 'versions', expected: '2 to 2' });
    await expectClosed(state, 4426);
  });

  it('refuses a room that the relay does not keep', async () => {
    const { url } = await relay({ acceptRoom: async (room) => room === roomNamed('kept') });
    await expectClosed(await entered(url), 4404, 'room-unknown');
    const inside = await entered(url, undefined, { room: roomNamed('kept') });
    expect(inside.heard[1]?.t).toBe('welcome');
  });

  it('refuses a room for the reason that its relay gives, and closes one for a reason', async () => {
    const { url, signaling } = await relay({
      acceptRoom(room) {
        if (room === roomNamed('ended')) throw new MeshError('withdrawn', { field: 'room' });
        return true;
      },
    });
    await expectClosed(await entered(url, undefined, { room: roomNamed('ended') }), 4411, 'withdrawn');
    const inside = await entered(url, undefined, { room: roomNamed('open') });
    signaling.closeRoom(roomNamed('open'), 'withdrawn');
    await expectClosed(inside, 4411, 'withdrawn');
  });

  it('refuses an id that is no point of the curve', async () => {
    const { url } = await relay();
    const state = await raw(url);
    const hello = JSON.parse(await helloFor(state, url, await newIdentity())) as object;
    state.socket.send(JSON.stringify({ ...hello, id: 'A'.repeat(44) }));
    await expectClosed(state, 4422);
  });

  it('waits only so long for a hello', async () => {
    const { url } = await relay({ limits: { helloMs: 50 } });
    await expectClosed(await raw(url), 4408, 'hello-timeout');
  });

  it('lets the second session of a peer replace the first', async () => {
    const { url } = await relay();
    const first = await entered(url);
    const second = await entered(url, first.identity);
    await expectClosed(first, 4409, 'replaced');
    expect(second.heard[1]).toMatchObject({ t: 'welcome', peers: [] });
  });

  it('shows nobody a lost socket that comes back with its token, and everybody one that said goodbye', async () => {
    const { url } = await relay();
    const watcher = await entered(url);
    const a = await entered(url);
    const welcome = a.heard[1] as Extract<ServerMessage, { t: 'welcome' }>;
    a.socket.terminate();
    await eventually(() => expect(relays[0]!.signaling.counts().sockets).toBe(1));
    const again = await entered(url, a.identity, { resume: welcome.resume });
    expect(again.heard[1]).toMatchObject({ t: 'welcome', resumed: true, peers: [watcher.identity.id] });
    again.socket.close(1000);
    await eventually(() => expect(watcher.heard.at(-1)).toEqual({ t: 'peer-left', peer: a.identity.id }));
    expect(watcher.heard.slice(2).map(({ t }) => t)).toEqual(['peer-joined', 'peer-left']);
  });
});

describe('what passes', () => {
  it('carries signals and mailbox frames under the name that was proved', async () => {
    const { url } = await relay();
    const [a, b] = [await entered(url), await entered(url)];
    a.socket.send(JSON.stringify({ t: 'signal', to: b.identity.id, data: { sdp: 'x' } }));
    a.socket.send(mailboxFrame(b.identity.id, 1, 2, 3));
    await eventually(() => expect(b.heard.at(-1)).toEqual({ t: 'signal', from: a.identity.id, data: { sdp: 'x' } }));
    await eventually(() => expect(b.frames).toHaveLength(1));
    expect(b.frames[0]).toEqual(mailboxFrame(a.identity.id, 1, 2, 3));
    a.socket.send(mailboxFrame((await newIdentity()).id, 9)); // to nobody: dropped
    a.socket.send(JSON.stringify({ t: 'ping' }));
    await eventually(() => expect(a.heard.at(-1)).toEqual({ t: 'pong' }));
  });

  it('answers a peer that calls a seat of the relay, so that it stays on the mailbox', async () => {
    const { url, signaling } = await relay();
    const seat = signaling.attach(ROOM, (await newIdentity()).id, { message: () => {}, peers: () => {} });
    const a = await entered(url);
    a.socket.send(JSON.stringify({ t: 'signal', to: seat.self, data: { t: 'call', id: 'call-0001', rtc: { type: 'offer', sdp: 'v=0' } } }));
    await eventually(() =>
      expect(a.heard.at(-1)).toEqual({ t: 'signal', from: seat.self, data: { t: 'decline', id: 'call-0001', why: 'never' } }),
    );
    seat.close();
    await eventually(() => expect(a.heard.at(-1)).toEqual({ t: 'peer-left', peer: seat.self }));
  });
});

describe('bounds', () => {
  it.each<[string, string | Uint8Array, number]>([
    ['text that is no JSON', '{', 4400],
    ['an unknown message', '{"t":"nonsense"}', 4422],
    ['a field too many', '{"t":"ping","extra":1}', 4422],
    ['a frame above the limit', 'x'.repeat(SIGNAL_FRAME_BYTES_MAX + 1), 1009],
    ['a binary frame above the limit', new Uint8Array(SIGNAL_FRAME_BYTES_MAX + 1), 1009],
    ['a mailbox frame without payload', new Uint8Array(33), 4400],
    ['a second hello', '', 4401],
  ])('close the socket that sends %s, and no other', async (name, frame, code) => {
    const { url } = await relay();
    const [bad, good] = [await entered(url), await entered(url)];
    bad.socket.send(name === 'a second hello' ? await helloFor(bad, url, bad.identity) : frame);
    await expectClosed(bad, code);
    good.socket.send(JSON.stringify({ t: 'ping' }));
    await eventually(() => expect(good.heard.at(-1)).toEqual({ t: 'pong' }));
  });

  it.each<[string, string | Uint8Array]>([
    ['a signal', JSON.stringify({ t: 'signal', to: 'A'.repeat(44), data: null })],
    ['a ping', JSON.stringify({ t: 'ping' })],
    ['a mailbox frame', new Uint8Array(100)],
  ])('refuse %s before the hello', async (_name, frame) => {
    const { url } = await relay();
    const state = await raw(url);
    state.socket.send(frame);
    await expectClosed(state, 4401, 'frame-unexpected');
  });

  it('close a socket that floods control frames', async () => {
    const { url } = await relay();
    const a = await entered(url);
    for (let i = 0; i < SOCKET_FRAMES_BURST * 2; i++) a.socket.send('{"t":"ping"}');
    await expectClosed(a, 4429, 'rate-limited');
  });

  it('hold back, but never lose, a peer that sends faster than its share', async () => {
    const holds: number[] = [];
    const start = systemEnvironment.now();
    const { url } = await relay({
      environment: {
        ...systemEnvironment,
        now: () => (holds.length === 0 ? start : systemEnvironment.now()), // the bucket fills up again only after a hold
        timer(ms, call) {
          if (ms < 2000) holds.push(ms); // hello, ping and close wait longer
          return systemEnvironment.timer(ms, call);
        },
      },
    });
    const [a, b] = [await entered(url), await entered(url)];
    const frame = Buffer.concat([fromBase64Url(b.identity.id), Buffer.alloc(60_000)]);
    const count = 1150; // 70 MB, more than the bucket's 67
    for (let i = 0; i < count; i++) {
      a.socket.send(frame);
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => expect(b.frames.length).toBe(count));
    expect(a.closed).toBeNull();
    expect(holds.length).toBeGreaterThan(0);
  });

  it('end a socket that gives no sign of life', async () => {
    const { url, signaling } = await relay({ limits: { pingMs: 60 } });
    const deaf = await entered(url);
    const alive = await entered(url);
    deaf.socket.pause(); // answers no ping
    await eventually(() => expect(signaling.counts().sockets).toBe(1));
    expect(alive.closed).toBeNull();
  });

  it('answer other paths with 404, and survive an upgrade that is cut off', async () => {
    const { url, port } = await relay();
    await expectClosed(await raw(url.replace('/mesh', '/other')), 1006);
    for (let i = 0; i < 5; i++) {
      const stream = connect(port, '127.0.0.1');
      stream.on('error', () => {});
      stream.write('GET /mesh HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      stream.destroy();
    }
    expect((await entered(url)).heard[1]?.t).toBe('welcome');
  });
});

describe('draining', () => {
  it('closes every socket with 1012 and takes no new one', async () => {
    const { url, signaling } = await relay();
    const [a, b] = [await entered(url), await raw(url)];
    await signaling.drain();
    await expectClosed(a, 1012);
    await expectClosed(b, 1012);
    expect(a.heard.at(-1)).toEqual({ t: 'refused', code: 'draining' });
    expect(signaling.counts().sockets).toBe(0);
    await expectClosed(await raw(url), 1006);
  });
});

describe('a stranger who sends anything', () => {
  const truncated = fc
    .tuple(fc.constantFrom('{"t":"hello","versions":[2,2],"features":[]}', '{"t":"signal","to":"x","data":{}}', '{"t":"ping"}'), fc.nat())
    .map(([text, at]) => text.slice(0, at % text.length));
  const anything = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 200 }),
    truncated,
    fc.json(),
    fc.json().map((data) => `{"t":"signal","to":"${'A'.repeat(44)}","data":${data}}`),
    fc.integer({ min: 1, max: 3 }).map((n) => new Uint8Array(n * SIGNAL_FRAME_BYTES_MAX)),
    fc.constant('['.repeat(60_000)),
  );

  it('reaches neither the server nor anybody else', { timeout: 120_000 }, async () => {
    const { url, signaling, lines } = await relay();
    const good = await entered(url);
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 6 }), fc.boolean(), async (frames, proved) => {
        const stranger = proved ? await entered(url) : await raw(url);
        for (const frame of frames) stranger.socket.send(frame);
        good.heard.length = 0;
        good.socket.send('{"t":"ping"}');
        await eventually(() => expect(good.heard).toContainEqual({ t: 'pong' }));
        stranger.socket.close();
        await eventually(() => expect(stranger.closed).not.toBeNull());
        const { code } = stranger.closed!;
        expect([1000, 1005, 1006, 1007, 1009].includes(code) || (code >= 4400 && code < 4600)).toBe(true);
      }),
      { numRuns: 60 },
    );
    await eventually(() => expect(signaling.counts().sockets).toBe(1));
    expect(good.closed).toBeNull();
    expect(lines.filter((line) => line.includes('internal'))).toEqual([]);
  });
});
