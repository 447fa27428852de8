/**
 * What waits toward one socket, over minutes of a clock that the test moves: a socket that takes too little loses what others sent, or its
 * place.
 */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { SOCKET_BUFFER_BYTES_MAX, SOCKET_HELLO_MS, SOCKET_PING_MS, SOCKET_STALL_MS } from '#protocol/limits';
import { MAILBOX_HEADER_BYTES } from '#protocol/wire';
import { ByteBudget } from '../byte-budget.ts';
import { newIdentity } from '../loopback-relay.fixture.ts';
import { Rooms } from './rooms.ts';
import { ServerSocket } from './server-socket.ts';

const MEGA = 1024 * 1024;
const FRAME_BYTES = 10_000;
const TICK_S = SOCKET_PING_MS / 1000;

/** The far end takes what it is told to take, and answers every ping. */
class SlowSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly isPaused = false;
  readonly took: Uint8Array[] = [];
  readonly #handed: { data: string | Uint8Array; done: () => void }[] = [];
  #allowance = 0;

  send(data: string | Uint8Array, done: () => void): void {
    this.#handed.push({ data, done });
  }
  take(bytes: number): void {
    this.#allowance += bytes;
    while (this.#handed.length > 0 && this.#handed[0]!.data.length <= this.#allowance) {
      const { data, done } = this.#handed.shift()!;
      this.#allowance -= data.length;
      if (typeof data !== 'string') this.took.push(data.subarray(MAILBOX_HEADER_BYTES));
      done();
    }
  }
  ping(): void {
    this.emit('pong');
  }
  close(): void {
    this.readyState = 3;
    this.emit('close', 1013);
  }
  resume(): void {}
  terminate(): void {}
}

function house() {
  let now = 0;
  let error: MeshError | null = null;
  const budget = new ByteBudget(128 * MEGA, 64 * MEGA);
  const far = new SlowSocket();
  const socket = new ServerSocket(far as unknown as WebSocket, {
    rooms: new Rooms(),
    environment: { now: () => now, random: () => 0, timer: () => () => {} },
    origin: () => 'relay',
    acceptRoom: () => true,
    isKnown: () => false,
    helloMs: SOCKET_HELLO_MS,
    bufferBytes: SOCKET_BUFFER_BYTES_MAX,
    stallMs: SOCKET_STALL_MS,
    budget,
    address: 'own',
    admitted: { hello: () => true, proved: () => true, blame: () => {}, left: () => {} },
    closed: (_peer, why) => (error = why),
  });
  return {
    far,
    socket,
    budget,
    error: () => error,
    /** Frames that begin with their sender's number and their own. */
    send(from: PeerId, sender: number, count: number) {
      for (let i = 0; i < count; i++) {
        const frame = new Uint8Array(FRAME_BYTES);
        new DataView(frame.buffer).setUint32(0, sender);
        new DataView(frame.buffer).setUint32(4, i);
        socket.mailbox(from, frame, `address ${sender}`);
      }
    },
    took: (sender: number) => far.took.filter((frame) => new DataView(frame.buffer, frame.byteOffset).getUint32(0) === sender),
    pass(seconds: number, bytesPerSecond: number) {
      for (let s = 0; s < seconds; s += TICK_S) {
        now += SOCKET_PING_MS;
        far.take(bytesPerSecond * TICK_S);
        socket.checkAlive();
      }
    },
  };
}

const peer = async () => (await newIdentity()).id;

describe('a socket that takes its bytes in drops', () => {
  it('pins neither what others sent it nor what seats did, and stays open', async () => {
    const { socket, budget, send, pass, error } = house();
    send(await peer(), 1, 1000);
    for (let i = 0; i < 2; i++) socket.message(await peer(), new Uint8Array(8 * MEGA));
    expect(budget.used).toBeGreaterThan(24 * MEGA);
    pass(120, 3000);
    expect(budget.used).toBeLessThan(MEGA / 4);
    expect(error()).toBeNull();
  });
});

describe('a slow link', () => {
  it('of half a megabit loses nothing and stays, whatever others send over it', async () => {
    const { took, send, pass, error } = house();
    const [flooder, honest] = [await peer(), await peer()];
    send(flooder, 1, 1000);
    send(honest, 2, 100);
    pass(30 * TICK_S, 62_500);
    expect([took(1).length, took(2).length, error()]).toEqual([1000, 100, null]);
  });

  it('that is slower than that for a while stays, though others fill its queue again and again', async () => {
    const { send, pass, error } = house();
    const flooders = await Promise.all([peer(), peer(), peer()]);
    for (let i = 0; i < 60; i++) {
      for (const [at, flooder] of flooders.entries()) send(flooder, at, 1000);
      pass(TICK_S, 4000);
    }
    expect(error()).toBeNull();
  });
});

describe('a socket that takes nothing', () => {
  it('is closed, and what waited is given back', async () => {
    const { budget, send, pass, error } = house();
    send(await peer(), 1, 100);
    pass(90, 0);
    expect([error()?.code, budget.used]).toEqual(['slow-consumer', 0]);
  });
});
