/**
 * The relay's side of the socket: takes upgrades on one path of an HTTP server, bounds how many strangers there may be, and gives
 * each socket a ServerSocket. Rooms decide what passes between peers. Not an HTTP server, and reads nothing that peers say.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import {
  SIGNAL_FRAME_BYTES_MAX,
  SOCKETS_PER_ADDRESS_MAX,
  SOCKETS_UNPROVEN_MAX,
  SOCKET_BUFFER_BYTES_MAX,
  SOCKET_HELLO_MS,
  SOCKET_PING_MS,
} from '#protocol/limits';
import { Admission, type Admitted } from './admission.ts';
import { systemEnvironment, type Environment } from './environment.ts';
import { endSoon } from './end-soon.ts';
import { attachLocal, type LocalEvents } from './local-seat.ts';
import { relayName } from './relay-name.ts';
import { Rooms, type RoomLimits } from './rooms.ts';
import { ServerSocket } from './server-socket.ts';
import type { Transport } from './transport.ts';

/** Same shape as pino's methods. */
export interface SignalingLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface SignalingLimits extends RoomLimits {
  readonly unproven: number;
  readonly perAddress: number;
  readonly helloMs: number;
  readonly pingMs: number;
  readonly bufferBytes: number;
}

export interface SignalingOptions {
  readonly log: SignalingLog;
  /** Path of the socket. */
  readonly path?: string;
  /** Names under which clients reach this relay, see relay-name.ts. */
  readonly names?: readonly string[];
  /** Whether a room may be entered; all by default. */
  readonly acceptRoom?: (room: Hash) => boolean | Promise<boolean>;
  /** The client's address; a relay behind a proxy that it trusts reads it from a header. */
  readonly addressOf?: (request: IncomingMessage) => string;
  readonly limits?: Partial<SignalingLimits>;
  readonly environment?: Environment;
}

export interface Signaling {
  readonly rooms: Rooms;
  /** Seats a peer of this process in a room. @throws MeshError room-full, conflict */
  attach(room: Hash, self: PeerId, events: LocalEvents): Transport;
  /** Everybody who came over a socket leaves it, and is told that there is no such room. */
  closeRoom(room: Hash): void;
  counts(): { readonly sockets: number; readonly peers: number; readonly rooms: number };
  /** Closes every socket with 1012 and takes no new ones; resolves when all are closed, at the latest after `withinMs`. */
  drain(withinMs?: number): Promise<void>;
}

export function attachSignaling(server: Server, options: SignalingOptions): Signaling {
  const limits = {
    unproven: SOCKETS_UNPROVEN_MAX,
    perAddress: SOCKETS_PER_ADDRESS_MAX,
    helloMs: SOCKET_HELLO_MS,
    pingMs: SOCKET_PING_MS,
    bufferBytes: SOCKET_BUFFER_BYTES_MAX,
    ...options.limits,
  };
  const { log, path = '/mesh', names = [], environment = systemEnvironment } = options;
  const addressOf = options.addressOf ?? ((request) => request.socket.remoteAddress ?? '');
  const rooms = new Rooms(limits);
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: SIGNAL_FRAME_BYTES_MAX,
  });
  const admission = new Admission(limits.unproven, limits.perAddress);
  const sockets = new Set<ServerSocket>();
  let draining = false;

  const enter = (socket: WebSocket, request: IncomingMessage, admitted: Admitted) => {
    const entry: ServerSocket = new ServerSocket(socket, {
      rooms,
      environment,
      acceptRoom: options.acceptRoom ?? (() => true),
      helloMs: limits.helloMs,
      bufferBytes: limits.bufferBytes,
      origin: () => relayName(request.headers.host, request.socket.localAddress, names),
      proved: () => admitted.proved(),
      closed(peer, error) {
        admitted.left();
        sockets.delete(entry);
        if (error === null || error.code === 'draining') return;
        log.info({ peer: peer?.slice(0, 8) ?? null, code: error.code, ...error.detail }, 'a socket was refused');
      },
    });
    sockets.add(entry);
  };
  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if ((request.url ?? '').split('?')[0] !== path) {
      return answer(stream, '404 Not Found');
    }
    const address = addressOf(request);
    const refusal = draining ? '503 Service Unavailable' : admission.refusal(address);
    if (refusal !== null) return answer(stream, refusal);
    stream.on('error', () => stream.destroy());
    acceptor.handleUpgrade(request, stream, head, (socket) => enter(socket, request, admission.enter(address)));
  };
  server.on('upgrade', upgrade);

  let cancelTick = () => {};
  const tick = () => {
    rooms.sweep(environment.now());
    for (const socket of sockets) socket.checkAlive();
    cancelTick = environment.timer(limits.pingMs, tick);
  };
  cancelTick = environment.timer(limits.pingMs, tick);

  return {
    rooms,
    attach: (room, self, events) =>
      attachLocal(rooms, room, self, events, (error) => log.warn({ err: error, room }, 'a seat of this relay failed'), environment),
    closeRoom(room) {
      for (const socket of sockets) if (socket.room === room) socket.refuse(new MeshError('room-unknown', { field: 'room' }));
    },
    counts: () => ({ sockets: sockets.size, peers: rooms.connected, rooms: rooms.size }),
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

function answer(stream: Duplex, status: string): void {
  endSoon(stream, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
