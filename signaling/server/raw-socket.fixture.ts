/** Sockets of a stranger, for tests of the relay's side: they say what they are told to and nothing by themselves. */
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import type { Identity } from '#protocol/identity';
import type { HelloProof, ServerMessage } from '#protocol/wire';
import { loopbackRelay, newIdentity, roomNamed, type LoopbackRelay } from '../loopback-relay.fixture.ts';

export const ROOM = roomNamed('server');
export const relays: LoopbackRelay[] = [];
const sockets: WebSocket[] = [];

/** After each test. */
export async function closeAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(relays.splice(0).map((one) => one.stop()));
}

export async function relay(options: Parameters<typeof loopbackRelay>[0] = {}): Promise<LoopbackRelay> {
  const started = await loopbackRelay(options);
  relays.push(started);
  return started;
}

export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

export interface Raw {
  readonly socket: WebSocket;
  readonly heard: ServerMessage[];
  readonly frames: Buffer[];
  closed: { code: number; reason: string } | null;
}

/** @param from the address it comes from: all of 127.0.0.0/8 is loopback */
export async function raw(url: string, headers: Record<string, string> = {}, from = '127.0.0.1'): Promise<Raw> {
  const socket = new WebSocket(url, { headers, localAddress: from });
  sockets.push(socket);
  const state: Raw = { socket, heard: [], frames: [], closed: null };
  socket.on('message', (data: Buffer, binary) => {
    if (binary) state.frames.push(data);
    else state.heard.push(JSON.parse(data.toString()) as ServerMessage);
  });
  socket.on('close', (code, reason) => (state.closed = { code, reason: reason.toString() }));
  socket.on('error', () => {});
  await eventually(() => expect(state.closed !== null || state.heard.length > 0).toBe(true));
  return state;
}

export interface HelloChange {
  readonly origin?: string;
  readonly room?: Hash;
  readonly signer?: Identity;
  readonly resume?: string | null;
  readonly versions?: [number, number];
  readonly nonce?: string;
  readonly from?: string;
}

export async function helloFor(state: Raw, url: string, identity: Identity, change: HelloChange = {}): Promise<string> {
  const challenge = state.heard[0];
  if (challenge?.t !== 'challenge') throw new Error('no challenge');
  const { room = ROOM, versions = [2, 2], resume = null } = change;
  const proof: HelloProof = { t: 'hello', nonce: change.nonce ?? challenge.nonce, room, origin: change.origin ?? new URL(url).host };
  const sig = toBase64Url(await (change.signer ?? identity).sign(taggedBytes('hello', proof)));
  return JSON.stringify({ t: 'hello', versions, features: ['mailbox', 'later'], room, id: identity.id, sig, resume });
}

export async function entered(url: string, identity?: Identity, change: HelloChange = {}): Promise<Raw & { identity: Identity }> {
  const who = identity ?? (await newIdentity());
  const state = await raw(url, {}, change.from);
  state.socket.send(await helloFor(state, url, who, change));
  await eventually(() => expect(state.heard.length).toBeGreaterThan(1));
  return Object.assign(state, { identity: who });
}

export async function expectClosed(state: Raw, code: number, reason?: string): Promise<void> {
  await eventually(() => expect(state.closed).not.toBeNull());
  expect(state.closed?.code).toBe(code);
  if (reason !== undefined) expect(state.closed?.reason).toBe(reason);
}

export const mailboxFrame = (to: string, ...bytes: number[]) => Buffer.concat([fromBase64Url(to), Uint8Array.from(bytes)]);
