/**
 * The relay's side of the socket: takes upgrades on one path of an HTTP server, bounds how many strangers there may be, and gives each
 * socket a ServerSocket. Rooms decide what passes between peers. It is not an HTTP server and never reads peers' messages.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Hash } from '#protocol/codec';
import { MeshError, type ErrorCode } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import {
  ADDRESS_UPGRADES_BURST,
  ADDRESS_UPGRADES_PER_S,
  SIGNAL_FRAME_BYTES_MAX,
  IN_FLIGHT_BYTES_PER_ADDRESS_MAX,
  SOCKETS_MAX,
  SOCKETS_UNPROVEN_MAX,
  SOCKETS_UNPROVEN_PER_ADDRESS_MAX,
  SOCKET_BUFFER_BYTES_MAX,
  SOCKET_HELLO_MS,
  SOCKET_PING_MS,
  SOCKET_STALL_MS,
} from '#protocol/limits';
import { Admission, type AdmissionLimits } from './admission.ts';
import { ByteBudget } from '../byte-budget.ts';
import type { Environment } from '#protocol/driver/ports';
import { systemEnvironment } from '../environment.ts';
import { endSoon } from './end-soon.ts';
import { attachLocal, type LocalEvents } from './local-seat.ts';
import { relayName } from './relay-name.ts';
import { Rooms, type RoomLimits } from './rooms.ts';
import { ServerSocket } from './server-socket.ts';
import { TokenBuckets } from '#protocol/token-bucket';
import type { Transport } from '../transport.ts';

/** Fragments in which one message of at most SIGNAL_FRAME_BYTES_MAX may arrive: each costs memory besides its bytes. */
const FRAGMENTS_MAX = 64;
const CHUNKS_MAX = 1024;
/** Refused sockets that the log names between two ticks; it only counts the others. */
const LOGGED_PER_TICK_MAX = 20;

/** Same shape as pino's methods. */
export interface SignalingLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface SignalingLimits extends RoomLimits, AdmissionLimits {
  readonly helloMs: number;
  readonly pingMs: number;
  readonly bufferBytes: number;
  readonly stallMs: number;
}

export interface SignalingOptions {
  readonly log: SignalingLog;
  /** Path of the socket. */
  readonly path?: string;
  /** Names under which clients reach this relay, see relay-name.ts. */
  readonly names?: readonly string[];
  /** Whether a room may be entered; all by default. What it throws is sent as the answer. */
  readonly acceptRoom?: (room: Hash) => boolean | Promise<boolean>;
  /** The client's address; a relay behind a trusted proxy reads it from a header. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /** Whether a peer has contributed to a model of the room's federation: it gets in when strangers have to wait. */
  readonly isKnown?: (room: Hash, peer: PeerId) => boolean;
  /** Counts what waits for peers; its own by default. */
  readonly budget?: ByteBudget;
  readonly limits?: Partial<SignalingLimits>;
  readonly environment?: Environment;
}

export interface SignalingCounts {
  readonly sockets: number;
  readonly peers: number;
  readonly rooms: number;
  /** Bytes that wait for peers now. */
  readonly bytes: number;
  /** Since start-up: sockets that gave way, proven sockets without a place, sockets closed for taking nothing, and for bad messages. */
  readonly gaveWay: number;
  readonly refused: number;
  readonly slow: number;
  readonly blamed: number;
}

export interface Signaling {
  readonly rooms: Rooms;
  /** Seats a peer of this process in a room. @throws MeshError room-full, conflict */
  attach(room: Hash, self: PeerId, events: LocalEvents): Transport;
  /** Everybody connected by a socket leaves it and is told why: by default, that there is no such room. */
  closeRoom(room: Hash, why?: ErrorCode): void;
  counts(): SignalingCounts;
  /** Closes every socket with 1012 and accepts no new ones; resolves once all are closed, at the latest after `withinMs`. */
  drain(withinMs?: number): Promise<void>;
}

const LIMITS = {
  sockets: SOCKETS_MAX,
  unproven: SOCKETS_UNPROVEN_MAX,
  unprovenPerAddress: SOCKETS_UNPROVEN_PER_ADDRESS_MAX,
  helloMs: SOCKET_HELLO_MS,
  pingMs: SOCKET_PING_MS,
  bufferBytes: SOCKET_BUFFER_BYTES_MAX,
  stallMs: SOCKET_STALL_MS,
};

const ACCEPTOR = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  autoPong: false, // answers that nobody takes would pile up
  maxPayload: SIGNAL_FRAME_BYTES_MAX,
  maxFragments: FRAGMENTS_MAX,
  maxBufferedChunks: CHUNKS_MAX,
};

export function attachSignaling(server: Server, options: SignalingOptions): Signaling {
  const limits = { ...LIMITS, ...options.limits };
  const { log, path = '/mesh', names = [], environment = systemEnvironment } = options;
  const addressOf = options.addressOf ?? ((request) => request.socket.remoteAddress ?? '');
  const { isKnown = () => false, budget = new ByteBudget(8 * IN_FLIGHT_BYTES_PER_ADDRESS_MAX, IN_FLIGHT_BYTES_PER_ADDRESS_MAX) } = options;
  const rooms = new Rooms(limits, isKnown);
  const acceptor = new WebSocketServer(ACCEPTOR);
  const admission = new Admission(limits, () => environment.now());
  const begun = new TokenBuckets(ADDRESS_UPGRADES_PER_S, ADDRESS_UPGRADES_BURST);
  const refusals = new Refusals(log);
  const sockets = new Set<ServerSocket>();
  let draining = false;

  const enter = (socket: WebSocket, request: IncomingMessage, address: string) => {
    const admitted = admission.enter(address, () => socket.terminate());
    const entry: ServerSocket = new ServerSocket(socket, {
      ...limits,
      rooms,
      environment,
      acceptRoom: options.acceptRoom ?? (() => true),
      isKnown,
      budget,
      address,
      admitted,
      origin: () => relayName(request.headers.host, request.socket.localAddress, names),
      closed(peer, error) {
        admitted.left();
        sockets.delete(entry);
        if (error !== null) refusals.note(peer, error);
      },
    });
    sockets.add(entry);
  };
  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if ((request.url ?? '').split('?')[0] !== path) {
      return answer(stream, '404 Not Found');
    }
    if (draining) return answer(stream, '503 Service Unavailable');
    stream.on('error', () => stream.destroy());
    const address = addressOf(request);
    // Refusing a flood later would cost the relay more than it costs the flood.
    if (!begun.take(address, environment.now())) return void stream.destroy();
    acceptor.handleUpgrade(request, stream, head, (socket) => enter(socket, request, address));
  };
  server.on('upgrade', upgrade);

  let cancelTick = () => {};
  const tick = () => {
    rooms.sweep(environment.now());
    refusals.tick();
    for (const socket of sockets) socket.checkAlive();
    cancelTick = environment.timer(limits.pingMs, tick);
  };
  cancelTick = environment.timer(limits.pingMs, tick);

  return {
    rooms,
    attach: (room, self, events) =>
      attachLocal(rooms, room, self, events, (error) => log.warn({ err: error, room }, 'a seat of this relay failed'), budget, environment),
    closeRoom(room, why = 'room-unknown') {
      for (const socket of sockets) if (socket.room === room) socket.refuse(new MeshError(why, { field: 'room' }));
    },
    counts: () => ({
      sockets: sockets.size,
      peers: rooms.connected,
      rooms: rooms.size,
      bytes: budget.used,
      slow: refusals.slow,
      ...admission.counts(),
    }),
    async drain(withinMs = 3000) {
      draining = true;
      cancelTick();
      for (const socket of sockets) socket.refuse(new MeshError('draining'));
      const deadline = environment.now() + withinMs;
      while (sockets.size > 0 && environment.now() < deadline) {
        await new Promise<void>((resolve) => void environment.timer(20, resolve));
      }
      for (const socket of sockets) socket.terminate();
      server.off('upgrade', upgrade);
      log.info({ sockets: sockets.size }, 'signaling is drained');
    },
  };
}

/** What the log says about refused sockets: strangers must not fill the host's disk. */
class Refusals {
  readonly #log: SignalingLog;
  #logged = 0;
  slow = 0;

  constructor(log: SignalingLog) {
    this.#log = log;
  }

  note(peer: PeerId | null, error: MeshError): void {
    if (error.code === 'slow-consumer') this.slow++;
    if (error.code === 'draining' || ++this.#logged > LOGGED_PER_TICK_MAX) return;
    this.#log.info({ peer: peer?.slice(0, 8) ?? null, code: error.code, ...error.detail }, 'a socket was refused');
  }

  tick(): void {
    if (this.#logged > LOGGED_PER_TICK_MAX) this.#log.info({ more: this.#logged - LOGGED_PER_TICK_MAX }, 'more sockets were refused');
    this.#logged = 0;
  }
}

/** Refuses an upgrade. */
function answer(stream: Duplex, status: string): void {
  endSoon(stream, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
