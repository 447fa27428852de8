/** Floods against a real server: senders pay, readers stay, and what waits is bounded. */
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fromBase64Url } from '#protocol/codec';
import { ByteBudget } from '../byte-budget.ts';
import type { Environment } from '#protocol/driver/ports';
import { systemEnvironment } from '../environment.ts';
import { newIdentity, roomNamed } from '../loopback-relay.fixture.ts';
import { closeAll, entered, eventually, expectClosed, mailboxFrame, raw, relay, ROOM, type Raw } from './raw-socket.fixture.ts';

afterEach(closeAll);

const MEGA = 1024 * 1024;
/** Waits for the other end's help are short. */
const hasty: Environment = { ...systemEnvironment, timer: (ms, call) => systemEnvironment.timer(ms === 2000 ? 50 : ms, call) };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Asks until it is answered: while much is on its way to a socket, a ping is not. */
const expectAnswer = (state: Raw) =>
  eventually(() => {
    state.socket.send('{"t":"ping"}');
    expect(state.heard).toContainEqual({ t: 'pong' });
  });
const timeouts = (lines: readonly string[]) => lines.filter((line) => line.includes('hello-timeout')).length;
const seatIn = async (signaling: Awaited<ReturnType<typeof relay>>['signaling']) =>
  signaling.attach(ROOM, (await newIdentity()).id, { message: () => {}, peers: () => {} });

describe('a peer that does not read for a while', () => {
  it('is not closed by what others send it, and hears one beside the flood of another', async () => {
    const { url, signaling } = await relay({ limits: { bufferBytes: MEGA } });
    const [victim, flooder, honest] = [await entered(url), await entered(url), await entered(url)];
    victim.socket.pause();
    const frame = Buffer.concat([fromBase64Url(victim.identity.id), Buffer.alloc(60_000)]);
    for (let i = 0; i < 400; i++) flooder.socket.send(frame); // more than the network takes
    const signal = JSON.stringify({ t: 'signal', to: victim.identity.id, data: 'x'.repeat(3000) });
    for (let i = 0; i < 900; i++) flooder.socket.send(signal);
    flooder.socket.send('{"t":"ping"}');
    await eventually(() => expect(flooder.heard.at(-1)).toEqual({ t: 'pong' }));
    expect(signaling.counts().bytes).toBeLessThan(MEGA);
    honest.socket.send(mailboxFrame(victim.identity.id, 1, 2, 3));
    honest.socket.send('{"t":"ping"}');
    await eventually(() => expect(honest.heard.at(-1)).toEqual({ t: 'pong' }));
    victim.socket.resume();
    await eventually(() => expect(victim.frames).toContainEqual(mailboxFrame(honest.identity.id, 1, 2, 3)));
    await expectAnswer(victim);
    expect([victim.closed, victim.frames.length < 400]).toEqual([null, true]);
    await eventually(() => expect(signaling.counts().bytes).toBe(0));
  });

  it('costs a flooder of large signals its own socket', async () => {
    const { url } = await relay();
    const [victim, flooder] = [await entered(url), await entered(url)];
    victim.socket.pause();
    const signal = JSON.stringify({ t: 'signal', to: victim.identity.id, data: 'x'.repeat(60_000) });
    for (let i = 0; i < 900; i++) flooder.socket.send(signal);
    await expectClosed(flooder, 4429, 'rate-limited');
    victim.socket.resume();
    await expectAnswer(victim);
  });
});

describe('sockets that never read', () => {
  it('keep no more than the budget, though they answer pings, and are closed', async () => {
    const budget = new ByteBudget(8 * MEGA, 4 * MEGA);
    const { url, signaling, lines } = await relay({ budget, environment: hasty, limits: { pingMs: 100, stallMs: 400 } });
    const seat = await seatIn(signaling);
    const deaf = await Promise.all(Array.from({ length: 12 }, () => entered(url)));
    for (const { socket } of deaf) socket.pause();
    const alive = setInterval(() => deaf.forEach(({ socket }) => socket.pong()), 20);
    let most = 0;
    for (let i = 0; i < 40; i++) {
      for (const { identity } of deaf) seat.send(identity.id, new Uint8Array(MEGA / 2));
      most = Math.max(most, budget.used);
      await pause(5);
    }
    expect(most).toBeGreaterThan(MEGA);
    expect(most).toBeLessThanOrEqual(4 * MEGA); // all from one address
    await eventually(() => expect(signaling.counts()).toMatchObject({ bytes: 0, slow: expect.toSatisfy((count: number) => count > 0) }));
    clearInterval(alive);
    expect(lines.some((line) => line.includes('slow-consumer'))).toBe(true);
  });

  it('leave a reader of another address its messages', async () => {
    const { url, signaling } = await relay({ budget: new ByteBudget(8 * MEGA, 3 * MEGA) });
    const seat = await seatIn(signaling);
    const deaf = await Promise.all(Array.from({ length: 8 }, () => entered(url, undefined, { from: '127.0.0.2' })));
    const reader = await entered(url);
    for (const { socket } of deaf) socket.pause();
    for (let i = 0; i < 40; i++) for (const { identity } of deaf) seat.send(identity.id, new Uint8Array(MEGA / 2));
    await eventually(() => expect(signaling.counts().bytes).toBeGreaterThan(2 * MEGA));
    seat.send(reader.identity.id, new Uint8Array(MEGA));
    await eventually(() => expect(reader.frames).toHaveLength(64));
  });

  it('are not answered for ever: pings without reading cost their sender', async () => {
    const { url } = await relay();
    const state = await entered(url);
    state.socket.pause();
    for (let i = 0; i < 3000; i++) state.socket.ping(Buffer.alloc(125));
    await pause(50);
    state.socket.resume();
    await expectClosed(state, 4429, 'rate-limited');
  });

  it('end without their help: refused, closing, or a refused upgrade', async () => {
    const { url, port, signaling } = await relay({ environment: hasty, limits: { pingMs: 50 } });
    const refused = await entered(url);
    refused.socket.pause();
    refused.socket.send('{');
    await eventually(() => expect(signaling.counts().sockets).toBe(0));

    const closing = await entered(url);
    closing.socket.pause();
    closing.socket.close(1000);
    await eventually(() => expect(signaling.counts().sockets).toBe(0));

    const open = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let ended = false;
    open.on('error', () => (ended = true));
    open.write('GET /other HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    const writes = setInterval(() => open.write('x'), 20); // fails once nobody is there
    await eventually(() => expect(ended).toBe(true));
    clearInterval(writes);
  });
});

describe('strangers', () => {
  it('keep nobody of another address out, however many they are', async () => {
    const { url, signaling } = await relay({ limits: { unproven: 16, unprovenPerAddress: 8 } });
    for (let i = 0; i < 24; i++) await raw(url, {}, `127.0.0.${2 + (i % 4)}`);
    const honest = await entered(url, undefined, { from: '127.0.0.9' });
    expect(honest.heard[1]?.t).toBe('welcome');
    await eventually(() => expect(signaling.counts()).toMatchObject({ sockets: 16, gaveWay: 9 }));
  });

  it('of one address keep no class out that sits behind it', { timeout: 60_000 }, async () => {
    const { url, signaling } = await relay();
    const flooding = new AbortController();
    const flood = (async () => {
      while (!flooding.signal.aborted) {
        await Promise.all(Array.from({ length: 4 }, () => raw(url)));
        await pause(5);
      }
    })();
    const classmates = await Promise.all(Array.from({ length: 60 }, () => entered(url)));
    flooding.abort();
    await flood;
    expect(classmates.filter(({ heard, closed }) => heard[1]?.t === 'welcome' && closed === null)).toHaveLength(60);
    expect(signaling.counts().peers).toBe(60);
  });

  it('do not fill the log', async () => {
    const { url, lines } = await relay({ limits: { helloMs: 20 } });
    await Promise.all(Array.from({ length: 60 }, () => raw(url)));
    await eventually(() => expect(timeouts(lines)).toBe(20));
    await pause(100);
    expect(timeouts(lines)).toBe(20);
  });
});

describe('one identity', () => {
  it('has one socket in a room, and few of them in all', { timeout: 60_000 }, async () => {
    const { url, signaling } = await relay({ environment: hasty });
    const identity = await newIdentity();
    for (let i = 0; i < 10; i++) await entered(url, identity);
    await eventually(() => expect(signaling.counts()).toMatchObject({ sockets: 1, peers: 1 }));
    for (let i = 0; i < 20; i++) await entered(url, identity, { room: roomNamed(String(i)) });
    await eventually(() => expect(signaling.counts()).toMatchObject({ sockets: 16, peers: 16 }));
  });
});

describe('a peer that is blamed', () => {
  it('is closed after some bad messages, and its address pays', async () => {
    const { url, signaling } = await relay();
    const seat = await seatIn(signaling);
    const [bad, good] = [await entered(url), await entered(url)];
    for (let i = 0; i < 10; i++) seat.blame!(bad.identity.id);
    bad.socket.send('{"t":"ping"}');
    await eventually(() => expect(bad.heard).toContainEqual({ t: 'pong' }));
    seat.blame!(bad.identity.id);
    await expectClosed(bad, 4403, 'signature-invalid');
    expect(signaling.counts().blamed).toBe(1);
    expect(good.closed).toBeNull();
  });

  it('is blamed for frames that are none', async () => {
    const { url, signaling } = await relay();
    const seat = await seatIn(signaling);
    const bad = await entered(url);
    for (let i = 0; i < 20; i++) bad.socket.send(mailboxFrame(seat.self, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    await expectClosed(bad, 4403, 'signature-invalid');
  });
});
