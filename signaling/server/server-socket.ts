/**
 * One socket at the relay, from the challenge to its close: an unproven stranger, then a session in one room. Everything that arrives is
 * bounded, counted and checked; any fault closes this socket, with a code from the error table, and no other. Its outgoing queue is
 * measured at marks: a socket that took next to nothing is closed, and for one below the minimum pace, what waited the whole time is
 * dropped. So others can fill its queue but never close it, and it cannot pin anybody's memory.
 */
import type { RawData, WebSocket } from 'ws';
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import { asMeshError, ERRORS, MeshError } from '#protocol/errors';
import { parsePeerId, verifyBytes, type PeerId } from '#protocol/identity';
import {
  PEER_STRIKES_BURST,
  PEER_STRIKES_PER_MINUTE,
  SIGNAL_FRAME_BYTES_MAX,
  SOCKET_BYTES_BURST,
  SOCKET_BYTES_PER_S,
  SOCKET_FRAMES_BURST,
  SOCKET_FRAMES_PER_S,
  SOCKET_LEAST_BYTES_PER_S,
  SOCKET_STALL_BYTES,
} from '#protocol/limits';
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
import type { Admitted } from './admission.ts';
import type { ByteBudget } from '../byte-budget.ts';
import type { Environment } from '#protocol/driver/ports';
import { Outgoing } from './outgoing.ts';
import type { RoomPort, Rooms, Session } from './rooms.ts';
import { TokenBucket } from '#protocol/token-bucket';

/** The fixed cost of a frame to the relay, in bytes. */
const MAILBOX_FRAME_COST = 1024;
/** A control frame costs one token, and one more per this many bytes. */
const CONTROL_TOKEN_BYTES = 4096;
/** Time for the other end to answer a close. */
const CLOSE_MS = 2000;

export interface SocketContext {
  readonly rooms: Rooms;
  readonly environment: Environment;
  /** The host for which a hello must be signed; throws if the client used a name that is not this relay's. */
  readonly origin: () => string;
  readonly acceptRoom: (room: Hash) => boolean | Promise<boolean>;
  readonly isKnown: (room: Hash, peer: PeerId) => boolean;
  readonly helloMs: number;
  readonly bufferBytes: number;
  readonly stallMs: number;
  readonly budget: ByteBudget;
  /** The network address that this socket counts by. */
  readonly address: string;
  readonly admitted: Admitted;
  readonly closed: (peer: PeerId | null, error: MeshError | null) => void;
}

type Hello = Extract<ClientMessage, { t: 'hello' }>;

export class ServerSocket implements RoomPort {
  readonly local = false;
  readonly address: string;
  readonly #outgoing: Outgoing;
  readonly #socket: WebSocket;
  readonly #context: SocketContext;
  readonly #nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  readonly #frames: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #strikes: TokenBucket;
  #stage: 'challenged' | 'verifying' | 'welcome' | 'closed' = 'challenged';
  #session: Session | null = null;
  #cancelTimer: () => void;
  #error: MeshError | null = null;
  #heard = true;
  /** Bytes sent by the last tick; bytes sent, bytes waiting, and the time when the stall was last measured. */
  #goneAtTick = 0;
  #mark: { readonly at: number; readonly gone: number; readonly waiting: number };
  #closing = false;

  constructor(socket: WebSocket, context: SocketContext) {
    this.#socket = socket;
    this.#context = context;
    this.address = context.address;
    this.#outgoing = new Outgoing({
      budget: context.budget,
      address: context.address,
      limit: context.bufferBytes,
      write: (data, done) => socket.send(data, done), // an error here is followed by 'close'
      wrap: carried,
    });
    const now = context.environment.now();
    this.#frames = new TokenBucket(SOCKET_FRAMES_PER_S, SOCKET_FRAMES_BURST, now);
    this.#bytes = new TokenBucket(SOCKET_BYTES_PER_S, SOCKET_BYTES_BURST, now);
    this.#strikes = new TokenBucket(PEER_STRIKES_PER_MINUTE / 60, PEER_STRIKES_BURST, now);
    this.#mark = { at: now, gone: 0, waiting: 0 };
    this.#cancelTimer = context.environment.timer(context.helloMs, () => this.refuse(new MeshError('hello-timeout')));
    socket.on('message', (data, binary) => this.#receive(data, binary));
    socket.on('pong', () => (this.#heard = true));
    socket.on('ping', (data) => this.#pinged(data));
    socket.on('error', () => this.#abandon(null)); // ws has closed it: a broken frame, one above maxPayload, bad UTF-8
    socket.on('close', (code) => this.#ended(code));
    this.#outgoing.say({ t: 'challenge', nonce: this.#nonce, versions: [PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX] });
  }

  /** Called at every tick of the server: a socket that was silent since the last tick is dead, and so is one that takes nothing. */
  checkAlive(): void {
    if (this.#stage === 'closed') return; // a timer ends it
    if (this.#socket.readyState !== this.#socket.OPEN) {
      if (this.#closing) this.#socket.terminate(); // closed by the other end but not ended a tick later
      this.#closing = true;
      return;
    }
    if (this.#stalls())
      return this.#abandon(new MeshError('slow-consumer', { expected: `to take what waits in ${this.#context.stallMs} ms` }));
    const { gone } = this.#outgoing;
    const moves = gone > this.#goneAtTick; // a slow socket answers pings late: they wait behind its other data
    this.#goneAtTick = gone;
    if (this.#socket.isPaused) return;
    if (!this.#heard && !moves) return this.#socket.terminate();
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
    this.#outgoing.say({
      t: 'refused',
      code: error.code,
      ...(field === undefined ? {} : { field }),
      ...(expected === undefined ? {} : { expected }),
    });
    this.#abandon(error);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  joined(peer: PeerId): void {
    this.#outgoing.joined(peer);
  }

  left(peer: PeerId): void {
    this.#outgoing.left(peer);
  }

  away(): void {}

  signal(from: PeerId, data: unknown, payer: string): void {
    const text = signalText(from, data);
    this.#outgoing.frame(from, payer, text.length, () => text);
  }

  mailbox(from: PeerId, frame: Uint8Array, payer: string): void {
    this.#outgoing.frame(from, payer, MAILBOX_HEADER_BYTES + frame.length, () => carried(from, frame));
  }

  message(from: PeerId, bytes: Uint8Array<ArrayBuffer>): void {
    this.#outgoing.message(from, bytes);
  }

  ended(error: MeshError): void {
    this.refuse(error);
  }

  blamed(): void {
    if (this.#strikes.take(1, this.#context.environment.now()) === 0) return;
    this.#context.admitted.blame();
    this.refuse(new MeshError('signature-invalid', { field: 'messages', expected: 'messages that are whole and signed' }));
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
    this.#charge(bytes.length);
    const message = parseClientMessage(bytes.toString('utf8'));
    if (message.t === 'hello') {
      if (this.#stage !== 'challenged') throw new MeshError('frame-unexpected', { got: 'a second hello' });
      this.#stage = 'verifying';
      this.#hello(message).catch((error: unknown) => this.refuse(asMeshError(error)));
      return;
    }
    if (this.#session === null) throw new MeshError('frame-unexpected', { expected: 'hello', got: message.t });
    if (message.t === 'ping') return this.#answerPing();
    // Numbers may become longer when rewritten, and a peer that gets an oversized frame takes its relay for broken.
    const { length } = signalText(this.#session.peer, message.data);
    if (length > SIGNAL_FRAME_BYTES_MAX) {
      throw new MeshError('frame-too-large', {
        field: 'data',
        expected: `at most ${SIGNAL_FRAME_BYTES_MAX} characters`,
        got: String(length),
      });
    }
    this.#session.signal(message.to as PeerId, message.data);
  }

  #charge(bytes: number): void {
    const cost = 1 + Math.floor(bytes / CONTROL_TOKEN_BYTES);
    if (this.#frames.take(cost, this.#context.environment.now()) > 0) throw new MeshError('rate-limited', { field: 'frames' });
  }

  #answerPing(): void {
    const pong = JSON.stringify({ t: 'pong' } satisfies ServerMessage);
    this.#outgoing.reply(pong.length, (done) => this.#socket.send(pong, done));
  }

  /** A WebSocket ping: it costs as much as any other control frame, and a peer that reads no reply gets none. */
  #pinged(data: Buffer): void {
    if (this.#stage === 'closed') return;
    this.#heard = true;
    try {
      this.#charge(data.length);
    } catch (error) {
      return this.refuse(asMeshError(error));
    }
    this.#outgoing.reply(data.length, (done) => this.#socket.pong(data, false, done));
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

  /** Too many bytes are not an offence: the socket is not read for a while, and TCP slows the sender. */
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
    const room = hello.room as Hash;
    const { admitted, isKnown } = this.#context;
    const known = isKnown(room, hello.id as PeerId);
    // Before anything is computed, including whether the key is valid.
    if (!admitted.hello(known)) throw new MeshError('rate-limited', { field: 'hello', expected: 'fewer from this address' });
    const peer = parsePeerId(hello.id, 'id');
    const proof: HelloProof = { t: 'hello', nonce: this.#nonce, room, origin: this.#context.origin() };
    if (!(await verifyBytes(peer, taggedBytes(proof.t, proof), fromBase64Url(hello.sig)))) {
      throw new MeshError('challenge-failed', { field: 'sig', expected: `a signature for ${proof.origin}` });
    }
    if (!(await this.#context.acceptRoom(room))) throw new MeshError('room-unknown', { field: 'room' });
    if (this.#stage !== 'verifying' || this.#socket.readyState !== this.#socket.OPEN) return;
    if (!admitted.proved(known)) throw new MeshError('overloaded', { field: 'sockets', expected: 'fewer from this address' });
    this.#session = this.#context.rooms.enter(room, peer, this, hello.resume);
    this.#stage = 'welcome';
    this.#cancelTimer();
    this.#outgoing.say({
      t: 'welcome',
      version,
      features: FEATURES.filter((feature) => hello.features.includes(feature)),
      peers: this.#session.peers(),
      resume: this.#session.token,
      resumed: this.#session.resumed,
    });
  }

  /**
   * Whether next to nothing was sent since the last mark. Other sockets' traffic fills the queue, but only its owner can leave it there.
   */
  #stalls(): boolean {
    const now = this.#context.environment.now();
    const { at, gone, waiting } = this.#mark;
    const { stallMs } = this.#context;
    if (waiting > 0 && now - at < stallMs) return false;
    const went = this.#outgoing.gone - gone;
    const stalls = this.#outgoing.bytes > 0 && went < Math.min(waiting, SOCKET_STALL_BYTES);
    this.#outgoing.mark(went < Math.min(waiting, (SOCKET_LEAST_BYTES_PER_S * stallMs) / 1000));
    this.#mark = { at: now, gone: this.#outgoing.gone, waiting: this.#outgoing.bytes };
    return stalls;
  }

  /** Stops reading and writing. The other end may help to close, but only for a limited time. */
  #abandon(error: MeshError | null): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    this.#error = error;
    this.#outgoing.close();
    this.#socket.resume();
    if (error !== null) this.#socket.close(ERRORS[error.code].close, error.code);
    this.#cancelTimer();
    this.#cancelTimer = this.#context.environment.timer(CLOSE_MS, () => this.#socket.terminate());
  }

  #ended(code: number): void {
    this.#stage = 'closed';
    this.#outgoing.close();
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

const signalText = (from: PeerId, data: unknown): string => JSON.stringify({ t: 'signal', from, data } satisfies ServerMessage);

/** An outgoing mailbox frame: under its sender's name, in its own memory. */
function carried(from: PeerId, frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAILBOX_HEADER_BYTES + frame.length);
  out.set(fromBase64Url(from));
  out.set(frame, MAILBOX_HEADER_BYTES);
  return out;
}
