/**
 * The connections of the HTTP side, bounded in number and in time without any help from their other ends: so many in all and from
 * one address, one request at a time on each, and none that does not move. Where there are too many, the one of the busiest address
 * that has been idle for longest goes first. Connections that became WebSockets count toward all, and are bounded by signaling.
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HTTP_ANSWER_MS, HTTP_HEADERS_MS, HTTP_IDLE_MS, HTTP_REQUEST_MS, HTTP_STALL_MS } from '#protocol/limits';
import type { ClientAddresses } from '#signaling/client-address';

export interface ConnectionLimits {
  /** Of all kinds. */
  readonly connections: number;
  /** A trusted proxy's address is not bound by it: it speaks for many. */
  readonly connectionsPerAddress: number;
  readonly headersMs: number;
  readonly stallMs: number;
  readonly answerMs: number;
}

export const CONNECTION_TIMES = { headersMs: HTTP_HEADERS_MS, stallMs: HTTP_STALL_MS, answerMs: HTTP_ANSWER_MS } as const;

/** How often Node looks for requests that are late, in milliseconds. */
const LOOK_MS = 1000;

export function boundedServer(listener: RequestListener, clients: ClientAddresses, limits: ConnectionLimits): Server {
  const server = createServer(
    {
      headersTimeout: Math.min(limits.headersMs, HTTP_REQUEST_MS),
      requestTimeout: HTTP_REQUEST_MS,
      keepAliveTimeout: HTTP_IDLE_MS,
      connectionsCheckingInterval: Math.min(LOOK_MS, limits.headersMs),
    },
    (request, response) => {
      if (beginAnswer(request.socket, response)) listener(request, response);
    },
  );
  // Without a listener of the event it destroys a connection on which nothing has moved in either direction for so long.
  server.setTimeout(limits.stallMs);

  /** With their addresses, in the order in which they became idle; those that never asked anything included. */
  const idle = new Map<Socket, string>();
  const busy = new Map<Socket, string>();
  const upgraded = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const count = (address: string, by: number) => {
    const now = (perAddress.get(address) ?? 0) + by;
    if (now > 0) perAddress.set(address, now);
    else perAddress.delete(address);
  };
  const leave = (socket: Socket) => {
    const address = idle.get(socket) ?? busy.get(socket);
    if (address === undefined) return;
    idle.delete(socket);
    busy.delete(socket);
    count(address, -1);
  };
  const evictIdle = (from: string | null): boolean => {
    for (const [socket, address] of idle) {
      if (from !== null && address !== from) continue;
      leave(socket);
      socket.destroy();
      return true;
    }
    return false;
  };
  /** The oldest request of the busiest address, where that has more than whoever comes would have then. */
  const evictBusy = (mine: number): boolean => {
    const most = busiest(perAddress);
    if (most === null || perAddress.get(most)! <= mine + 1) return false;
    for (const [socket, address] of busy) {
      if (address !== most) continue;
      leave(socket);
      socket.destroy();
      return true;
    }
    return false;
  };
  const makeRoom = (address: string, isProxy: boolean): boolean => {
    const mine = perAddress.get(address) ?? 0;
    if (!isProxy && mine >= limits.connectionsPerAddress && !evictIdle(address)) return false;
    if (idle.size + busy.size + upgraded.size < limits.connections) return true;
    return evictIdle(busiest(perAddress)) || evictIdle(null) || evictBusy(mine);
  };

  server.on('connection', (socket: Socket) => {
    const address = clients.ofConnection(socket.remoteAddress);
    if (!makeRoom(address, clients.isProxy(socket.remoteAddress))) return socket.destroy();
    idle.set(socket, address);
    count(address, 1);
    socket.once('close', () => leave(socket));
  });
  server.on('upgrade', ({ socket }) => {
    leave(socket);
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });

  /** @returns false for a request that came before the one before it was answered: its connection ends. */
  const beginAnswer = (socket: Socket, response: ServerResponse): boolean => {
    const address = idle.get(socket);
    if (address === undefined) {
      socket.destroy();
      return false;
    }
    idle.delete(socket);
    busy.set(socket, address);
    const late = setTimeout(() => socket.destroy(), limits.answerMs);
    response.once('close', () => {
      clearTimeout(late);
      if (!busy.delete(socket)) return;
      if (socket.destroyed) count(address, -1);
      else idle.set(socket, address);
    });
    return true;
  };
  return server;
}

function busiest(perAddress: ReadonlyMap<string, number>): string | null {
  let most = 0;
  let found: string | null = null;
  for (const [address, connections] of perAddress) {
    if (connections <= most) continue;
    most = connections;
    found = address;
  }
  return found;
}
