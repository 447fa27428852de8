/** A bare socket with a key: proves it like any peer and then sends arbitrary messages, from any loopback address. */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, signBody, type Identity, type PeerId } from '#protocol/identity';
import type { RoundMessage, SignedBody } from '#protocol/round/messages';
import { decodeMesh, encodeMesh, FEATURES, PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN, type HelloProof } from '#protocol/wire';
import { socketUrl } from '#signaling/client';
import { systemEnvironment } from '#signaling/environment';
import { MailboxInbox } from '#signaling/links/mailbox-queue';
import { FrameQueue } from '#signaling/links/framing';
import { originOf } from '#signaling/server/relay-name';

export interface StrangerOptions {
  readonly identity?: Identity;
  /** The loopback address of the sender. */
  readonly address?: string;
  readonly socket?: ClientOptions;
}

export interface Heard {
  readonly from: PeerId;
  readonly message: RoundMessage;
}

export const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

/** A socket that was challenged and has not answered. */
export interface Challenged {
  readonly socket: WebSocket;
  readonly nonce: string;
}

export async function challenged(relay: string, { address, socket: more }: StrangerOptions = {}): Promise<Challenged> {
  const socket = new WebSocket(socketUrl(relay), { ...(address === undefined ? {} : { localAddress: address }), ...more });
  socket.on('error', () => {});
  const first = once(socket, 'message') as Promise<[Buffer]>;
  const closed = once(socket, 'close').then(([code]) => Promise.reject(new Error(`closed with ${String(code)} before a challenge`)));
  const [data] = await Promise.race([first, closed]);
  closed.catch(() => {});
  const { nonce } = JSON.parse(data.toString()) as { nonce: string };
  return { socket, nonce };
}

/** The answer to a challenge, with an attacker's changes. */
export async function helloOf(relay: string, room: Hash, identity: Identity, nonce: string, changes: object = {}): Promise<string> {
  const proof: HelloProof = { t: 'hello', nonce, room, origin: originOf(socketUrl(relay)) };
  const sig = toBase64Url(await identity.sign(taggedBytes(proof.t, proof)));
  const versions = [PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX];
  return JSON.stringify({ t: 'hello', versions, features: [...FEATURES], room, id: identity.id, sig, resume: null, ...changes });
}

export class Stranger {
  readonly identity: Identity;
  readonly socket: WebSocket;
  readonly peers = new Set<PeerId>();
  /** The last round messages that it received. */
  readonly heard: Heard[] = [];
  /** Control frames after the welcome. */
  readonly control: { readonly t: string; readonly [field: string]: unknown }[] = [];
  closed: number | null = null;
  readonly #inbox = new MailboxInbox(null, systemEnvironment);
  readonly #listeners = new Set<(heard: Heard) => void>();
  readonly #queues = new Map<PeerId, FrameQueue>();

  private constructor(identity: Identity, socket: WebSocket, peers: readonly PeerId[]) {
    this.identity = identity;
    this.socket = socket;
    for (const peer of peers) this.peers.add(peer);
    socket.on('message', (data: Buffer, binary: boolean) => (binary ? this.#mailbox(data) : this.#controlled(data)));
    socket.on('close', (code) => (this.closed = code));
  }

  /** Enters the room. @throws Error with the close code or the refusal */
  static async enter(relay: string, room: Hash, options: StrangerOptions = {}): Promise<Stranger> {
    const identity = options.identity ?? (await newIdentity());
    const { socket, nonce } = await challenged(relay, options);
    const answer = once(socket, 'message') as Promise<[Buffer]>;
    const closed = once(socket, 'close').then(([code]) => Promise.reject(new Error(`closed with ${String(code)}`)));
    closed.catch(() => {});
    socket.send(await helloOf(relay, room, identity, nonce));
    const [data] = await Promise.race([answer, closed]);
    const message = JSON.parse(data.toString()) as { t: string; code?: string; peers?: PeerId[] };
    if (message.t !== 'welcome') {
      socket.terminate();
      throw new Error(`refused: ${message.code ?? message.t}`);
    }
    return new Stranger(identity, socket, message.peers!);
  }

  get id(): PeerId {
    return this.identity.id;
  }

  on(listener: (heard: Heard) => void): void {
    this.#listeners.add(listener);
  }

  /** Sends a round message, or raw bytes, through the mailbox. */
  send(to: PeerId, message: RoundMessage | Uint8Array<ArrayBuffer>): void {
    let queue = this.#queues.get(to);
    if (queue === undefined) this.#queues.set(to, (queue = new FrameQueue()));
    queue.push(message instanceof Uint8Array ? message : encodeMesh(message));
    for (let frame = queue.next(); frame !== null; frame = queue.next()) this.frame(to, frame);
  }

  /** Sends one raw mailbox frame. */
  frame(to: PeerId, frame: Uint8Array): void {
    const out = new Uint8Array(33 + frame.length);
    out.set(fromBase64Url(to));
    out.set(frame, 33);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(out);
  }

  signal(to: PeerId, data: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ t: 'signal', to, data }));
  }

  sign<B extends SignedBody>(body: B) {
    return signBody(this.identity, body);
  }

  /** Stops reading: messages wait at the relay once the kernel's buffers are full. */
  deaf(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.terminate();
  }

  #controlled(data: Buffer): void {
    const message = JSON.parse(data.toString()) as { t: string; peer?: PeerId };
    if (message.t === 'peer-joined') this.peers.add(message.peer!);
    else if (message.t === 'peer-left') this.peers.delete(message.peer!);
    this.control.push(message);
  }

  #mailbox(data: Buffer): void {
    if (data.length <= 34) return;
    const from = toBase64Url(new Uint8Array(data.subarray(0, 33))) as PeerId;
    const bytes = this.#inbox.accept(from, data.subarray(33));
    if (!(bytes instanceof Uint8Array)) return;
    const heard = { from, message: decodeMesh(bytes) };
    if (this.heard.push(heard) > 2000) this.heard.shift();
    for (const listener of this.#listeners) listener(heard);
  }
}
