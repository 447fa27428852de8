/**
 * One socket at the relay, from the challenge to its close: an unproven stranger, then a session in one room. Everything that
 * arrives is bounded, counted and checked; whatever is wrong closes this socket with the code of the error table and no other.
 */
import type { RawData, WebSocket } from 'ws';
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import { asMeshError, ERRORS, MeshError } from '#protocol/errors';
import { parsePeerId, verifyBytes, type PeerId } from '#protocol/identity';
import { SOCKET_BYTES_BURST, SOCKET_BYTES_PER_S, SOCKET_FRAMES_BURST, SOCKET_FRAMES_PER_S } from '#protocol/limits';
import {
  FEATURES,
  MAILBOX_HEADER_BYTES,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  parseClientMessage,
  type ClientMessage,
  type HelloProof,
  type ServerMessage,
} from '#protocol/wire';
import type { Environment } from './environment.ts';
import type { RoomPort, Rooms, Session } from './rooms.ts';
import { TokenBucket } from './token-bucket.ts';

/** A small frame costs the relay as much as this many bytes. */
const MAILBOX_FRAME_COST = 1024;
/** Time for the other end to answer a close. */
const CLOSE_MS = 2000;

export interface SocketContext {
  readonly rooms: Rooms;
  readonly environment: Environment;
  /** The host that a hello must be signed for; throws when the client came to a name that is not this relay's. */
  readonly origin: () => string;
  readonly acceptRoom: (room: Hash) => boolean | Promise<boolean>;
  readonly helloMs: number;
  readonly bufferBytes: number;
  /** Identity proved: the socket no longer counts as a stranger's. */
  readonly proved: () => void;
  readonly closed: (peer: PeerId | null, error: MeshError | null) => void;
}

type Hello = Extract<ClientMessage, { t: 'hello' }>;

export class ServerSocket implements RoomPort {
  readonly local = false;
  readonly #socket: WebSocket;
  readonly #context: SocketContext;
  readonly #nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  #stage: 'challenged' | 'verifying' | 'welcome' | 'closed' = 'challenged';
  #session: Session | null = null;
  #cancelTimer: () => void;
  #error: MeshError | null = null;
  #heard = true;
  /** Bytes ever handed to the socket, and those that had gone out of it at the last tick. */
  #handed = 0;
  #gone = 0;

  constructor(socket: WebSocket, context: SocketContext) {
    this.#socket = socket;
    this.#context = context;
    const now = context.environment.now();
    this.#frames = new TokenBucket(SOCKET_FRAMES_PER_S, SOCKET_FRAMES_BURST, now);
    this.#bytes = new TokenBucket(SOCKET_BYTES_PER_S, SOCKET_BYTES_BURST, now);
    this.#cancelTimer = context.environment.timer(context.helloMs, () => this.refuse(new MeshError('hello-timeout')));
    socket.on('message', (data, binary) => this.#receive(data, binary));
    socket.on('pong', () => (this.#heard = true));
    socket.on('error', () => {}); // ws closes the socket by itself: a broken frame, one above maxPayload, bad UTF-8
    socket.on('close', (code) => this.#ended(code));
    this.#send({ t: 'challenge', nonce: this.#nonce, versions: [PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX] });
  }

  /** Called at every tick of the server: a socket silent since the last one is dead. */
  checkAlive(): void {
    if (this.#stage === 'closed' || this.#socket.isPaused) return;
    const gone = this.#handed - this.#socket.bufferedAmount;
    const moves = gone > this.#gone; // a slow socket answers pings late: they wait behind what it is still taking
    if (!this.#heard && !moves) return this.#socket.terminate();
    this.#gone = gone;
    this.#heard = false;
    this.#socket.ping();
  }

  get room(): Hash | null {
    return this.#session?.room ?? null;
  }

  /** Says why, and closes. */
  refuse(error: MeshError): void {
    if (this.#stage === 'closed') return;
    const { field, expected } = error.detail;
    this.#send({
      t: 'refused',
      code: error.code,
      ...(field === undefined ? {} : { field }),
      ...(expected === undefined ? {} : { expected }),
    });
    this.#stage = 'closed';
    this.#error = error;
    this.#socket.resume();
    this.#socket.close(ERRORS[error.code].close, error.code);
    this.#cancelTimer();
    this.#cancelTimer = this.#context.environment.timer(CLOSE_MS, () => this.#socket.terminate());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  joined(peer: PeerId): void {
    this.#send({ t: 'peer-joined', peer });
  }

  left(peer: PeerId): void {
    this.#send({ t: 'peer-left', peer });
  }

  signal(from: PeerId, data: unknown): void {
    this.#send({ t: 'signal', from, data });
  }

  mailbox(from: PeerId, frame: Uint8Array): void {
    // Dropped before the socket counts as too slow, or any peer could have any other one thrown out by talking to it.
    if (this.#socket.bufferedAmount > this.#context.bufferBytes / 2) return;
    const out = new Uint8Array(MAILBOX_HEADER_BYTES + frame.length);
    out.set(fromBase64Url(from));
    out.set(frame, MAILBOX_HEADER_BYTES);
    this.#write(out);
  }

  replaced(): void {
    this.refuse(new MeshError('replaced'));
  }

  #receive(data: RawData, binary: boolean): void {
    if (this.#stage === 'closed') return;
    this.#heard = true;
    try {
      const bytes = data as Buffer<ArrayBuffer>; // ws gives one Buffer unless told otherwise
      if (binary) this.#mailboxFrame(bytes);
      else this.#control(bytes);
    } catch (error) {
      this.refuse(asMeshError(error));
    }
  }

  #control(bytes: Buffer): void {
    if (this.#frames.take(1, this.#context.environment.now()) > 0) throw new MeshError('rate-limited', { field: 'frames' });
    const message = parseClientMessage(bytes.toString('utf8'));
    if (message.t === 'hello') {
      if (this.#stage !== 'challenged') throw new MeshError('frame-unexpected', { got: 'a second hello' });
      this.#stage = 'verifying';
      this.#hello(message).catch((error: unknown) => this.refuse(asMeshError(error)));
      return;
    }
    if (this.#session === null) throw new MeshError('frame-unexpected', { expected: 'hello', got: message.t });
    if (message.t === 'ping') this.#send({ t: 'pong' });
    else this.#session.signal(message.to as PeerId, message.data);
  }

  #mailboxFrame(bytes: Buffer<ArrayBuffer>): void {
    if (this.#session === null) throw new MeshError('frame-unexpected', { expected: 'hello', got: 'a mailbox frame' });
    if (bytes.length <= MAILBOX_HEADER_BYTES) {
      throw new MeshError('frame-malformed', { field: 'mailbox', expected: `more than ${MAILBOX_HEADER_BYTES} bytes` });
    }
    const wait = this.#bytes.take(bytes.length + MAILBOX_FRAME_COST, this.#context.environment.now());
    if (wait > 0) this.#holdBack(wait);
    const to = toBase64Url(bytes.subarray(0, MAILBOX_HEADER_BYTES)) as PeerId;
    this.#session.mailbox(to, bytes.subarray(MAILBOX_HEADER_BYTES));
  }

  /** Too many bytes are no crime: the socket is not read for a while, and TCP tells the sender. */
  #holdBack(ms: number): void {
    if (this.#socket.isPaused) return;
    this.#socket.pause();
    this.#cancelTimer = this.#context.environment.timer(ms, () => {
      this.#heard = true; // it could not be heard
      this.#socket.resume();
    });
  }

  async #hello(hello: Hello): Promise<void> {
    const version = Math.min(PROTOCOL_VERSION_MAX, hello.versions[1]);
    if (version < Math.max(PROTOCOL_VERSION_MIN, hello.versions[0])) {
      throw new MeshError('version-unsupported', {
        field: 'versions',
        expected: `${PROTOCOL_VERSION_MIN} to ${PROTOCOL_VERSION_MAX}`,
        got: hello.versions.join(' to '),
      });
    }
    const peer = parsePeerId(hello.id, 'id');
    const room = hello.room as Hash;
    const proof: HelloProof = { t: 'hello', nonce: this.#nonce, room, origin: this.#context.origin() };
    if (!(await verifyBytes(peer, taggedBytes(proof.t, proof), fromBase64Url(hello.sig)))) {
      throw new MeshError('challenge-failed', { field: 'sig', expected: `a signature for ${proof.origin}` });
    }
    if (!(await this.#context.acceptRoom(room))) throw new MeshError('room-unknown', { field: 'room' });
    if (this.#stage !== 'verifying' || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#session = this.#context.rooms.enter(room, peer, this, hello.resume);
    this.#stage = 'welcome';
    this.#cancelTimer();
    this.#context.proved();
    this.#send({
      t: 'welcome',
      version,
      features: FEATURES.filter((feature) => hello.features.includes(feature)),
      peers: this.#session.peers(),
      resume: this.#session.token,
      resumed: this.#session.resumed,
    });
  }

  #send(message: ServerMessage): void {
    this.#write(JSON.stringify(message));
  }

  #write(frame: string | Uint8Array): void {
    if (this.#stage === 'closed' || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount + frame.length > this.#context.bufferBytes) {
      // It does not read, so it would not read a reason either.
      this.#stage = 'closed';
      this.#error = new MeshError('slow-consumer', { expected: `at most ${this.#context.bufferBytes} bytes waiting` });
      this.#socket.close(ERRORS['slow-consumer'].close, 'slow-consumer');
      this.#cancelTimer();
      this.#cancelTimer = this.#context.environment.timer(CLOSE_MS, () => this.#socket.terminate());
      return;
    }
    this.#handed += frame.length;
    this.#socket.send(frame, () => {}); // an error here is followed by 'close'
  }

  #ended(code: number): void {
    this.#stage = 'closed';
    this.#cancelTimer();
    const peer = this.#session?.peer ?? null;
    // 1000 and 1001 are a peer that said it goes (Chromium says 1001 for a closed, reloaded and even crashed tab); with anything
    // else, a cut network or a killed process, it may come back with its token.
    if (code === 1000 || code === 1001) this.#session?.leave();
    else this.#session?.lose(this.#context.environment.now());
    this.#session = null;
    this.#context.closed(peer, this.#error);
  }
}
