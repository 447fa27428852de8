/**
 * The peer's side of the relay's socket, in a worker or in Node: it proves its identity, keeps the connection, and reconnects after a loss
 * with full-jitter back-off and its resume token. It passes signals and mailbox frames on unread.
 */
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import { asMeshError, ERRORS, MeshError, type ErrorCode } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { RECONNECT_BASE_MS, RECONNECT_CAP_MS, SIGNAL_FRAME_BYTES_MAX, SOCKET_HELLO_MS, SOCKET_PING_MS } from '#protocol/limits';
import {
  FEATURES,
  MAILBOX_HEADER_BYTES,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  parseServerMessage,
  type ClientMessage,
  type HelloProof,
  type ServerMessage,
} from '#protocol/wire';
import type { Environment } from '#protocol/driver/ports';
import { fullJitterMs, systemEnvironment } from './environment.ts';
import { originOf } from './server/relay-name.ts';

export type ClientState = 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

export interface ClientEvents {
  /** `error` says why the client waits, or why it gave up (`refused`): then nothing but a new client helps. */
  state(state: ClientState, error?: MeshError): void;
  /** A session began, or went on (`resumed`: what the others know of this peer still holds). `peers` are the others in the room. */
  welcome(peers: readonly PeerId[], resumed: boolean): void;
  joined(peer: PeerId): void;
  left(peer: PeerId): void;
  signal(from: PeerId, data: unknown): void;
  mailbox(from: PeerId, frame: Uint8Array<ArrayBuffer>): void;
}

export interface ClientOptions {
  /** ws:// or wss:// address of the relay's socket. */
  readonly url: string;
  readonly room: Hash;
  readonly identity: Identity;
  readonly events: ClientEvents;
  readonly environment?: Environment;
  readonly pingMs?: number;
}

type Welcome = Extract<ServerMessage, { t: 'welcome' }>;

/** `https://host/`, `https://host/path/` or `wss://host/mesh` into the address of the relay's socket. @throws MeshError field-invalid */
export function socketUrl(relay: string): string {
  let url: URL;
  try {
    url = new URL(relay);
  } catch (cause) {
    throw new MeshError('field-invalid', { field: 'relay', expected: 'an http(s) or ws(s) address' }, cause);
  }
  url.protocol = url.protocol.replace('http', 'ws');
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new MeshError('field-invalid', { field: 'relay', expected: 'an http(s) or ws(s) address', got: url.protocol });
  }
  if (url.pathname.endsWith('/')) url.pathname += 'mesh';
  url.hash = '';
  return url.href;
}

export class SignalingClient {
  readonly #options: ClientOptions;
  readonly #environment: Environment;
  readonly #pingMs: number;
  #state: ClientState = 'connecting';
  #socket: WebSocket | null = null;
  #token: string | null = null;
  #attempt = 0;
  #openedAt = 0;
  #heardAt = 0;
  #cancel: () => void = () => {};

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment;
    this.#pingMs = options.pingMs ?? SOCKET_PING_MS;
    this.#connect();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Bytes that the socket has not put on the network yet; 0 without one. */
  bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Lost when there is no session. */
  signal(to: PeerId, data: unknown): void {
    this.#control({ t: 'signal', to, data });
  }

  /** Lost when there is no session. */
  mailbox(to: PeerId, frame: Uint8Array): void {
    if (this.#state !== 'open') return;
    const out = new Uint8Array(MAILBOX_HEADER_BYTES + frame.length);
    out.set(fromBase64Url(to));
    out.set(frame, MAILBOX_HEADER_BYTES);
    this.#socket?.send(out);
  }

  /** Leaves the room for good. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#drop(1000);
    this.#enter('closed');
  }

  #enter(state: ClientState, error?: MeshError): void {
    this.#state = state;
    this.#options.events.state(state, error);
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#enter('connecting');
    let queue = Promise.resolve(); // the answer to the challenge is asynchronous, and frames keep their order behind it
    let refusal: MeshError | null = null;
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#heardAt = this.#environment.now();
      if (this.#state === 'open') return this.#guarded(socket, () => this.#receive(event.data));
      queue = queue
        .then(() => this.#handshake(socket, event.data))
        .then(
          (refused) => void (refusal = refused ?? refusal),
          (error: unknown) => this.#lost(socket, asMeshError(error)),
        );
    };
    socket.onerror = () => {}; // 'close' follows
    socket.onclose = (event: CloseEvent) => void queue.then(() => this.#lost(socket, refusal ?? closeError(event.code)));
    this.#cancel = this.#environment.timer(SOCKET_HELLO_MS, () => this.#lost(socket, new MeshError('hello-timeout')));
  }

  /** Frames before the welcome. @returns why the relay refuses, if it does */
  async #handshake(socket: WebSocket, data: string | ArrayBuffer): Promise<MeshError | null> {
    if (socket !== this.#socket) return null;
    if (this.#state === 'open') {
      this.#receive(data); // came while the welcome was still in the queue
      return null;
    }
    if (typeof data !== 'string') throw new MeshError('frame-unexpected', { expected: 'a challenge', got: 'a mailbox frame' });
    const message = parseServerMessage(data);
    if (message.t === 'challenge') {
      const hello = await this.#answer(message.nonce, message.versions);
      if (socket === this.#socket && socket.readyState === WebSocket.OPEN) socket.send(hello);
    } else if (message.t === 'welcome') {
      this.#welcome(message);
    } else if (message.t === 'refused') {
      return refusedError(message);
    } else {
      throw new MeshError('frame-unexpected', { expected: 'a challenge or a welcome', got: message.t });
    }
    return null;
  }

  async #answer(nonce: string, versions: readonly [number, number]): Promise<string> {
    const { room, identity, url } = this.#options;
    if (versions[0] > PROTOCOL_VERSION_MAX || versions[1] < PROTOCOL_VERSION_MIN) {
      throw new MeshError('version-unsupported', {
        field: 'versions',
        expected: `${PROTOCOL_VERSION_MIN} to ${PROTOCOL_VERSION_MAX}`,
        got: versions.join(' to '),
      });
    }
    const proof: HelloProof = { t: 'hello', nonce, room, origin: originOf(url) };
    const sig = toBase64Url(await identity.sign(taggedBytes(proof.t, proof)));
    const hello: ClientMessage = {
      t: 'hello',
      versions: [PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX],
      features: [...FEATURES],
      room,
      id: identity.id,
      sig,
      resume: this.#token,
    };
    return JSON.stringify(hello);
  }

  #welcome(message: Welcome): void {
    this.#token = message.resume;
    this.#openedAt = this.#environment.now();
    this.#watch();
    this.#state = 'open';
    this.#options.events.welcome(message.peers, message.resumed);
    if (this.#state === 'open') this.#options.events.state('open');
  }

  #receive(data: string | ArrayBuffer): void {
    const { events } = this.#options;
    if (typeof data !== 'string') {
      if (data.byteLength <= MAILBOX_HEADER_BYTES) throw new MeshError('frame-malformed', { field: 'mailbox' });
      const from = toBase64Url(new Uint8Array(data, 0, MAILBOX_HEADER_BYTES)) as PeerId;
      return events.mailbox(from, new Uint8Array(data, MAILBOX_HEADER_BYTES));
    }
    const message = parseServerMessage(data);
    switch (message.t) {
      case 'peer-joined':
        return events.joined(message.peer);
      case 'peer-left':
        return events.left(message.peer);
      case 'signal':
        return events.signal(message.from, message.data);
      case 'refused':
        return this.#lost(this.#socket!, refusedError(message));
      case 'pong':
        return;
      default:
        throw new MeshError('frame-unexpected', { got: message.t });
    }
  }

  /** A relay that says nothing is asked; one that does not answer is lost. */
  #watch(): void {
    this.#cancel();
    this.#cancel = this.#environment.timer(this.#pingMs, () => {
      const silence = this.#environment.now() - this.#heardAt;
      if (silence >= 2 * this.#pingMs) {
        return this.#lost(this.#socket!, new MeshError('internal', { expected: 'a sign of life from the relay' }));
      }
      if (silence >= this.#pingMs / 2) this.#control({ t: 'ping' });
      this.#watch();
    });
  }

  #control(message: ClientMessage): void {
    if (this.#state !== 'open') return;
    const frame = JSON.stringify(message);
    if (frame.length <= SIGNAL_FRAME_BYTES_MAX) this.#socket?.send(frame);
  }

  #guarded(socket: WebSocket, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#lost(socket, asMeshError(error));
    }
  }

  #lost(socket: WebSocket, error: MeshError): void {
    if (socket !== this.#socket) return;
    const stayed = this.#state === 'open' && this.#environment.now() - this.#openedAt > RECONNECT_CAP_MS;
    this.#drop(4400);
    if (isFinal(error.code)) return this.#enter('refused', error);
    this.#attempt = stayed ? 0 : this.#attempt;
    const wait = fullJitterMs(this.#attempt++, RECONNECT_BASE_MS, RECONNECT_CAP_MS, this.#environment.random);
    this.#cancel = this.#environment.timer(wait, () => this.#connect());
    this.#enter('waiting', error);
  }

  #drop(code: number): void {
    this.#cancel();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    if (socket.readyState <= WebSocket.OPEN) socket.close(code);
  }
}

/** Refusals that the same hello would meet again. A broken frame is not one: the way back is a new connection. */
function isFinal(code: ErrorCode): boolean {
  return !ERRORS[code].retry && !['frame-malformed', 'frame-unexpected', 'frame-too-large', 'field-invalid'].includes(code);
}

function refusedError(message: Extract<ServerMessage, { t: 'refused' }>): MeshError {
  const { code, field, expected } = message;
  return new MeshError(code, { ...(field === undefined ? {} : { field }), ...(expected === undefined ? {} : { expected }) });
}

/** What a close code says when no reason came first; any other loss may heal. */
function closeError(code: number): MeshError {
  const known = (
    [
      'draining',
      'slow-consumer',
      'replaced',
      'version-unsupported',
      'challenge-failed',
      'room-unknown',
      'withdrawn',
      'room-full',
      'rate-limited',
    ] as const
  ).find((name) => ERRORS[name].close === code);
  return new MeshError(known ?? 'internal', { field: 'socket', got: `close ${code}` });
}
