import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { generateKeyPair, identityOf, type Identity, type PeerId } from '#protocol/identity';
import { hashBytes, type Hash } from '#protocol/codec';
import type { RtcSignal } from '../call.ts';
import { SignalingClient, socketUrl } from '../client.ts';
import { systemEnvironment } from '../environment.ts';
import { linkSuite, patternOf, watch, type Pair } from './link-suite.ts';
import { mailboxPair } from './mailbox-pair.fixture.ts';
import { openMesh } from '../mesh.ts';
import { hostRtc, peerOptions } from './rtc-host.ts';
import { RtcDialer, type RtcLink } from './rtc-link.ts';
import type { Departure, PeerPath, Transport } from '../transport.ts';

const disposals: (() => void)[] = [];
const dispose = async () => {
  for (const end of disposals.splice(0)) end();
};
const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));
const newRoom = (): Hash => hashBytes(crypto.getRandomValues(new Uint8Array(16)));
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 10 });

/** A page's main thread for one worker; the test plays the worker. */
function page(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const host = hostRtc(port1);
  disposals.push(() => host.close());
  return port2;
}

async function rtcPair(): Promise<Pair> {
  const [a, b] = [watch(), watch()];
  const ends: { one?: RtcLink; two?: RtcLink } = {};
  const early: RtcSignal[] = [];
  const toTwo = (signal: RtcSignal) => (ends.two === undefined ? early.push(signal) : ends.two.signal(signal));
  const one = new RtcDialer(page()).dial('b' as PeerId, true, toTwo, a.events, systemEnvironment);
  const two = new RtcDialer(page()).dial('a' as PeerId, false, (signal) => one.signal(signal), b.events, systemEnvironment);
  ends.two = two;
  for (const signal of early) two.signal(signal);
  return [
    { link: one, seen: a },
    { link: two, seen: b },
  ];
}

linkSuite('a direct link over simple-peer in Chromium', rtcPair, dispose);

linkSuite(
  'a link through the mailbox, from Chromium',
  async () => {
    const { pair, close } = await mailboxPair(inject('relayUrl'), newRoom(), [await newIdentity(), await newIdentity()]);
    disposals.push(close);
    return pair;
  },
  dispose,
);

describe('the WebRTC host', () => {
  afterEach(dispose);

  it('never asks a STUN server that was not configured', async () => {
    expect(JSON.stringify(peerOptions(true, {}))).not.toMatch(/stun:|turn:/);
    const asked: (RTCConfiguration | undefined)[] = [];
    const Real = globalThis.RTCPeerConnection;
    class Watched extends Real {
      constructor(config?: RTCConfiguration) {
        super(config);
        asked.push(this.getConfiguration());
      }
    }
    globalThis.RTCPeerConnection = Watched;
    disposals.push(() => (globalThis.RTCPeerConnection = Real));
    const [a] = await rtcPair();
    await eventually(() => expect(a.link.state).toBe('open'));
    expect(asked).toHaveLength(2);
    expect(asked.every((config) => config?.iceServers?.length === 0)).toBe(true);
  });

  it('closes its links when the page goes, and the other end sees it long before a time-out', async () => {
    const [a, b] = await rtcPair();
    await eventually(() => expect([a.link.state, b.link.state]).toEqual(['open', 'open']));
    dispatchEvent(new PageTransitionEvent('pagehide'));
    await eventually(() => expect([a.link.state, b.link.state]).toEqual(['closed', 'closed']));
  });

  it('closes a link over which nobody answers', async () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => data.t === 'dial' && port1.postMessage({ t: 'open', link: data.link });
    const seen = watch();
    const beats: (() => void)[] = [];
    const environment = { ...systemEnvironment, timer: (_ms: number, call: () => void) => (beats.push(call), () => {}) };
    const link = new RtcDialer(port2).dial('a' as PeerId, true, () => {}, seen.events, environment);
    await eventually(() => expect(link.state).toBe('open'));
    for (let i = 0; i < 10; i++) beats.shift()?.();
    expect(link.state).toBe('closed');
    expect(seen.errors[0]?.detail.field).toBe('link');
  });

  it('refuses a remote end that asks for anything but a data channel', async () => {
    const [a, b] = await rtcPair();
    await eventually(() => expect([a.link.state, b.link.state]).toEqual(['open', 'open']));
    (a.link as RtcLink).signal({ type: 'renegotiate', renegotiate: true } as unknown as RtcSignal);
    a.link.send(Uint8Array.of(1));
    await eventually(() => expect(b.seen.messages).toHaveLength(1));
  });
});

interface Member {
  readonly transport: Transport;
  readonly received: { from: PeerId; bytes: Uint8Array }[];
  readonly departures: Departure[];
}

/** Everybody present may be linked to, except those named in `strangers`. */
async function member(room: Hash, rtc: MessagePort | null, timings = {}, strangers: readonly PeerId[] = []): Promise<Member> {
  const received: Member['received'] = [];
  const departures: Departure[] = [];
  const allow = (list: readonly PeerPath[]) =>
    transport.direct?.(new Set(list.map(({ peer }) => peer).filter((peer) => !strangers.includes(peer))));
  const transport = openMesh({
    url: inject('relayUrl'),
    room,
    identity: await newIdentity(),
    rtc,
    timings,
    events: { message: (from, bytes) => void received.push({ from, bytes }), peers: (list) => allow(list), relay: () => {} },
    onDeparture: (departure) => void (departure.kind === 'message' && departures.push(departure)),
  });
  disposals.push(() => transport.close());
  return { transport, received, departures };
}

const pathTo = (from: Member, to: Member) => from.transport.peers().find(({ peer }) => peer === to.transport.self)?.path;
const paths = (list: readonly PeerPath[]) => list.map(({ path }) => path);

describe('a mesh of pages', () => {
  afterEach(dispose);

  it('talks by mailbox at once, then directly, and reports the path of every message', async () => {
    const room = newRoom();
    const a = await member(room, page());
    const b = await member(room, page());
    await eventually(() => expect(b.transport.peers()).toHaveLength(1));
    const first = b.transport.peers()[0]!.path;
    b.transport.send(a.transport.self, patternOf(100_000, 1));
    await eventually(() => expect([pathTo(a, b), pathTo(b, a)]).toEqual(['direct', 'direct']));
    b.transport.send(a.transport.self, patternOf(100_000, 2));
    await eventually(() => expect(a.received).toHaveLength(2));
    expect(b.departures.map(({ path }) => path)).toEqual([first, 'direct']);
    expect(a.received.every(({ bytes }) => bytes.length === 100_000)).toBe(true);
  });

  it('tells no network address to a key that is no member, whoever calls, nor any before it is allowed', async () => {
    const room = newRoom();
    const heard: { from: PeerId; data: unknown }[] = [];
    const there: PeerId[] = [];
    const curious = await newIdentity();
    const stranger = new SignalingClient({
      url: socketUrl(inject('relayUrl')),
      room,
      identity: curious,
      events: {
        state: () => {},
        welcome: (peers) => void there.push(...peers),
        joined: (peer) => void there.push(peer),
        left: () => {},
        signal: (from, data) => void heard.push({ from, data }),
        mailbox: () => {},
      },
    });
    disposals.push(() => stranger.close());
    const timings = { connectMs: 500, retryBaseMs: 50, retryCapMs: 100 };
    const [a, b] = [await member(room, page(), timings, [curious.id]), await member(room, page(), timings, [curious.id])];
    const watcher = openMesh({
      url: inject('relayUrl'),
      room,
      identity: await newIdentity(),
      rtc: page(),
      timings,
      events: { message: () => {}, peers: () => {}, relay: () => {} },
    });
    disposals.push(() => watcher.close());
    await eventually(() => expect(there).toHaveLength(3));
    // A real browser's offer, as sent by somebody who wants to learn addresses.
    const offer = await new Promise<RtcSignal>((resolve) => {
      disposals.push(() => link.close());
      const link = new RtcDialer(page()).dial(a.transport.self, true, resolve, watch().events, systemEnvironment);
    });
    for (const peer of there) stranger.signal(peer, { t: 'call', id: 'the-stranger-calls', rtc: offer });
    await eventually(() => expect(heard).toHaveLength(3));
    await eventually(() => expect([pathTo(a, b), pathTo(b, a)]).toEqual(['direct', 'direct'])); // members do find each other meanwhile
    expect(heard.map(({ data }) => data)).toEqual(there.map(() => ({ t: 'decline', id: 'the-stranger-calls', why: 'never' })));
    expect(paths(watcher.peers())).toEqual(['relayed', 'relayed', 'relayed']);
  });

  it('connects every pair of four tabs', async () => {
    const room = newRoom();
    const all = [await member(room, page()), await member(room, page()), await member(room, page()), await member(room, page())];
    await eventually(() => {
      for (const { transport } of all) expect(paths(transport.peers())).toEqual(['direct', 'direct', 'direct']);
    });
  });

  it('stays on the mailbox with a peer that has no WebRTC', async () => {
    const room = newRoom();
    const headless = await member(room, null);
    const tab = await member(room, page(), { connectMs: 500, retryBaseMs: 50, retryCapMs: 100 });
    await eventually(() => expect(pathTo(tab, headless)).toBe('relayed'));
    tab.transport.send(headless.transport.self, patternOf(50_000));
    headless.transport.send(tab.transport.self, patternOf(60_000));
    await eventually(() => expect([tab.received.length, headless.received.length]).toEqual([1, 1]));
    expect(pathTo(tab, headless)).toBe('relayed');
  });

  it('stays on the mailbox while no direct path opens, tries again later, and upgrades when one does', async () => {
    const room = newRoom();
    const { port1, port2 } = new MessageChannel(); // a host that never opens anything
    const dials: number[] = [];
    port1.onmessage = ({ data }) => void (data.t === 'dial' && dials.push(data.link));
    const timings = { connectMs: 100, retryBaseMs: 100, retryCapMs: 200 };
    const a = await member(room, page(), timings);
    const b = await member(room, port2, timings);
    await eventually(() => expect(dials.length).toBeGreaterThan(2));
    expect(pathTo(b, a)).toBe('relayed');
    b.transport.send(a.transport.self, patternOf(70_000));
    await eventually(() => expect(a.received).toHaveLength(1));
    hostRtc(port1);
    await eventually(() => expect([pathTo(a, b), pathTo(b, a)]).toEqual(['direct', 'direct']));
  });

  it('falls back to the mailbox when a direct link is lost, and loses no message that waits', async () => {
    const room = newRoom();
    const { port1, port2 } = new MessageChannel();
    const host = hostRtc(port1);
    const a = await member(room, page());
    const b = await member(room, port2);
    await eventually(() => expect([pathTo(a, b), pathTo(b, a)]).toEqual(['direct', 'direct']));
    host.close(); // the main thread's end is gone; the worker's is told by the other side's silence or by its close
    await eventually(() => expect(pathTo(a, b)).toBe('relayed'));
    a.transport.send(b.transport.self, Uint8Array.of(9));
    await eventually(() => expect(b.received.map(({ bytes }) => bytes[0])).toContain(9));
  });

  it('replaces the old link when a peer comes back as a new page', async () => {
    const room = newRoom();
    const identity = await newIdentity();
    const a = await member(room, page());
    const received: Uint8Array[] = [];
    const enter = () => {
      const transport = openMesh({
        url: inject('relayUrl'),
        room,
        identity,
        rtc: page(),
        events: { message: (_from, bytes) => void received.push(bytes), peers: () => {}, relay: () => {} },
      });
      transport.direct!(new Set([a.transport.self]));
      return transport;
    };
    const before = enter();
    disposals.push(() => before.close());
    await eventually(() => expect(paths(a.transport.peers())).toEqual(['direct']));
    const after = enter(); // the same identity: the relay replaces the first session
    disposals.push(() => after.close());
    await eventually(() => expect(paths(after.peers())).toEqual(['direct']));
    await eventually(() => {
      received.length = 0;
      a.transport.send(identity.id, Uint8Array.of(5));
      expect(paths(a.transport.peers())).toEqual(['direct']);
    });
    await eventually(() => expect(received.length).toBeGreaterThan(0));
  });

  it('drops a peer whose page is gone', async () => {
    const room = newRoom();
    const a = await member(room, page());
    const b = await member(room, page());
    await eventually(() => expect(pathTo(a, b)).toBe('direct'));
    b.transport.close();
    await eventually(() => expect(a.transport.peers()).toEqual([]));
  });
});
