import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Identity, PeerId } from '#protocol/identity';
import { MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import { newIdentity, loopbackRelay, roomNamed, type LoopbackRelay } from './loopback-relay.fixture.ts';
import { openMesh } from './mesh.ts';
import type { Departure, PeerPath, Transport } from './transport.ts';

const ROOM = roomNamed('mesh');
const open: { close(): void }[] = [];
const relays: LoopbackRelay[] = [];

afterEach(async () => {
  for (const transport of open.splice(0)) transport.close();
  await Promise.all(relays.splice(0).map((one) => one.stop()));
});

async function relay(port = 0, options: Parameters<typeof loopbackRelay>[0] = {}): Promise<LoopbackRelay> {
  const started = await loopbackRelay(options, port);
  relays.push(started);
  return started;
}

interface Member {
  readonly transport: Transport;
  readonly received: { from: PeerId; bytes: Uint8Array }[];
  readonly lists: (readonly PeerPath[])[];
  readonly states: string[];
  readonly departures: Departure[];
  readonly faults: unknown[];
}

async function member(url: string, options: { onMessage?: () => void; identity?: Promise<Identity> } = {}): Promise<Member> {
  const received: Member['received'] = [];
  const lists: Member['lists'] = [];
  const states: string[] = [];
  const departures: Departure[] = [];
  const faults: unknown[] = [];
  const transport = openMesh({
    url,
    room: ROOM,
    identity: await (options.identity ?? newIdentity()),
    rtc: null,
    events: {
      message(from, bytes) {
        received.push({ from, bytes });
        options.onMessage?.();
      },
      peers: (list) => void lists.push(list),
      relay: (state) => void states.push(state),
    },
    onDeparture: (departure) => void departures.push(departure),
    onFault: (error) => void faults.push(error),
  });
  open.push(transport);
  return { transport, received, lists, states, departures, faults };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

describe('a mesh of peers without WebRTC', () => {
  it('lists everybody as relayed and carries messages of every size, each reported before it leaves', async () => {
    const { url } = await relay();
    const a = await member(url);
    const b = await member(url);
    await eventually(() => expect(a.transport.peers()).toEqual([{ peer: b.transport.self, path: 'relayed' }]));
    await eventually(() => expect(b.transport.peers()).toEqual([{ peer: a.transport.self, path: 'relayed' }]));
    const messages = [0, 1, 16_384, 1_000_003].map((size) => new Uint8Array(size).map((_, i) => (i * 31) & 255));
    for (const message of messages) a.transport.send(b.transport.self, message);
    await eventually(() => expect(b.received).toHaveLength(4));
    for (const [i, message] of messages.entries()) {
      expect(b.received[i]!.from).toBe(a.transport.self);
      expect(Buffer.from(b.received[i]!.bytes).equals(Buffer.from(message))).toBe(true);
    }
    expect(a.departures).toEqual(
      messages.map((message) => ({ kind: 'message', to: b.transport.self, bytes: message.length, path: 'relayed', message })),
    );
  });

  it('drops a peer from the list when it closes, and says so once', async () => {
    const { url } = await relay();
    const a = await member(url);
    const b = await member(url);
    await eventually(() => expect(a.transport.peers()).toHaveLength(1));
    b.transport.close();
    await eventually(() => expect(a.transport.peers()).toEqual([]));
    expect(a.lists.at(-1)).toEqual([]);
    a.transport.send(b.transport.self, new Uint8Array(1));
    expect(a.departures).toEqual([]);
  });

  it('comes back by itself when the relay restarts, and messages flow again', async () => {
    const first = await relay();
    const a = await member(first.url);
    const b = await member(first.url);
    await eventually(() => expect(a.transport.peers()).toHaveLength(1));
    relays.splice(0);
    await first.stop();
    await eventually(() => expect(a.states.at(-1)).not.toBe('open'));
    await relay(first.port);
    await eventually(() => expect(a.states.at(-1)).toBe('open'));
    await eventually(() => expect(b.states.at(-1)).toBe('open'));
    await eventually(() => {
      expect(a.transport.peers()).toHaveLength(1);
      expect(b.transport.peers()).toHaveLength(1);
    });
    a.transport.send(b.transport.self, Uint8Array.of(8));
    await eventually(() => expect(b.received.map(({ bytes }) => bytes[0])).toContain(8));
  });

  it('forgets who did not come back after the relay did', async () => {
    const first = await relay();
    const a = await member(first.url);
    const b = await member(first.url);
    await eventually(() => expect(a.transport.peers()).toHaveLength(1));
    relays.splice(0);
    await first.stop();
    b.transport.close();
    await relay(first.port);
    await eventually(() => expect(a.states.at(-1)).toBe('open'));
    await eventually(() => expect(a.lists.at(-1)).toEqual([]));
  });

  it('reaches nobody any more when another session took its place, and says so', async () => {
    const { url } = await relay();
    const identity = newIdentity();
    const other = await member(url);
    const first = await member(url, { identity });
    await eventually(() => expect(first.transport.peers()).toHaveLength(1));
    const second = await member(url, { identity });
    await eventually(() => expect(first.states.at(-1)).toBe('refused'));
    await eventually(() => expect(first.lists.at(-1)).toEqual([]));
    await eventually(() => expect(second.transport.peers()).toEqual([{ peer: other.transport.self, path: 'relayed' }]));
  });

  it('goes on with a peer after a message that no link takes', async () => {
    const { url } = await relay();
    const a = await member(url);
    const b = await member(url);
    await eventually(() => expect([a.transport.peers().length, b.transport.peers().length]).toEqual([1, 1]));
    a.transport.send(b.transport.self, new Uint8Array(MESH_MESSAGE_BYTES_MAX + 1));
    a.transport.send(b.transport.self, Uint8Array.of(4));
    b.transport.send(a.transport.self, Uint8Array.of(5));
    await eventually(() => expect(b.received.map(({ bytes }) => bytes[0])).toEqual([4]));
    await eventually(() => expect(a.received.map(({ bytes }) => bytes[0])).toEqual([5]));
  });

  it('talks with a seat of the relay itself, large messages both ways', async () => {
    const { url, signaling } = await relay();
    const seatId = (await newIdentity()).id;
    const seen: { from: PeerId; bytes: Uint8Array }[] = [];
    const seat = signaling.attach(ROOM, seatId, { message: (from, bytes) => void seen.push({ from, bytes }), peers: () => {} });
    open.push(seat);
    const a = await member(url);
    await eventually(() => expect(a.transport.peers()).toEqual([{ peer: seatId, path: 'relayed' }]));
    expect(seat.peers()).toEqual([{ peer: a.transport.self, path: 'relayed' }]);
    const large = new Uint8Array(5_000_000).map((_, i) => (i * 7) & 255);
    a.transport.send(seatId, large);
    seat.send(a.transport.self, large);
    await eventually(() => expect(seen).toHaveLength(1));
    await eventually(() => expect(a.received).toHaveLength(1));
    expect(Buffer.from(seen[0]!.bytes).equals(Buffer.from(large))).toBe(true);
    expect(Buffer.from(a.received[0]!.bytes).equals(Buffer.from(large))).toBe(true);
  });

  it('survives a seat and a handler that throw', async () => {
    const { url, signaling, lines } = await relay();
    const seatId = (await newIdentity()).id;
    const seat = signaling.attach(ROOM, seatId, {
      message: () => {
        throw new Error('the seat fell over');
      },
      peers: () => {},
    });
    open.push(seat);
    const a = await member(url, {
      onMessage: () => {
        throw new Error('the page fell over');
      },
    });
    await eventually(() => expect(a.transport.peers()).toHaveLength(1));
    a.transport.send(seatId, Uint8Array.of(1));
    await eventually(() => expect(lines.some((line) => line.includes('a seat of this relay failed'))).toBe(true));
    seat.send(a.transport.self, Uint8Array.of(2));
    seat.send(a.transport.self, Uint8Array.of(3));
    await eventually(() => expect(a.received).toHaveLength(2));
    expect(a.faults).toHaveLength(2);
    expect(a.states).not.toContain('waiting');
  });
});
