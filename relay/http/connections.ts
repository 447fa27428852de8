/**
 * HTTP connections, bounded in number and time without cooperation from clients: a maximum in total and per address, one request at a time
 * on each, and none that stalls. Above the maximum, the busiest address first loses the connection idle the longest. Behind a proxy all
 * connections are the proxy's, so requests in progress count by client address. WebSockets count toward the total and are bounded by
 * signaling.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { MeshError } from '#protocol/errors';
import {
  ADDRESS_CONNECTIONS_BURST,
  ADDRESS_CONNECTIONS_PER_S,
  HTTP_ANSWER_MS,
  HTTP_HEADERS_MS,
  HTTP_IDLE_MS,
  HTTP_REQUEST_MS,
  HTTP_STALL_MS,
  HTTP_UNDER_WAY_PER_ADDRESS_MIN,
} from '#protocol/limits';
import type { ClientAddresses } from '#signaling/server/client-address';
import { TokenBuckets } from '#protocol/token-bucket';
import { refuseAndEnd } from './error-replies.ts';

export interface ConnectionLimits {
  /** Of all kinds. */
  readonly connections: number;
  /** A trusted proxy's address is exempt: it stands for many. */
  readonly connectionsPerAddress: number;
  readonly headersMs: number;
  readonly stallMs: number;
  readonly answerMs: number;
}

export const CONNECTION_TIMES = { headersMs: HTTP_HEADERS_MS, stallMs: HTTP_STALL_MS, answerMs: HTTP_ANSWER_MS } as const;

/** How often Node looks for late requests, in milliseconds. */
const LOOK_MS = 1000;

export function boundedServer(listener: RequestListener, clients: ClientAddresses, limits: ConnectionLimits): Server {
  const open = new Connections(limits);
  const server = createServer(
    {
      headersTimeout: Math.min(limits.headersMs, HTTP_REQUEST_MS),
      requestTimeout: HTTP_REQUEST_MS,
      keepAliveTimeout: HTTP_IDLE_MS,
      connectionsCheckingInterval: Math.min(LOOK_MS, limits.headersMs),
    },
    (request, response) => {
      if (open.begin(request, response, clients.of(request))) listener(request, response);
    },
  );
  // Node destroys a connection after this long without traffic in either direction, unless something listens for the event.
  server.setTimeout(limits.stallMs);
  server.on('connection', (socket: Socket) => {
    open.enter(socket, clients.ofConnection(socket.remoteAddress), clients.isProxy(socket.remoteAddress));
  });
  server.on('upgrade', ({ socket }) => open.upgrade(socket));
  return server;
}

class Connections {
  readonly #limits: ConnectionLimits;
  readonly #begun = new TokenBuckets(ADDRESS_CONNECTIONS_PER_S, ADDRESS_CONNECTIONS_BURST);
  /** Connections and their addresses, in the order in which they became idle, including those that never sent a request. */
  readonly #idle = new Map<Socket, string>();
  /** Connections with a request, in the order of the requests. */
  readonly #busy = new Map<Socket, string>();
  readonly #upgraded = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  /** Requests by client address, whoever forwards them. */
  readonly #underWay = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  enter(socket: Socket, address: string, isProxy: boolean): void {
    if (!isProxy && !this.#begun.take(address, performance.now())) return void socket.destroy();
    if (!this.#makeRoom(address, isProxy)) return void socket.destroy();
    this.#idle.set(socket, address);
    count(this.#perAddress, address, 1);
    socket.once('close', () => this.#leave(socket));
  }

  upgrade(socket: Socket): void {
    this.#leave(socket);
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
  }

  /**
   * @param client the client's address
   * @returns false if the connection must end: the request came before the previous response, or its client has too many
   */
  begin({ socket }: IncomingMessage, response: ServerResponse, client: string): boolean {
    const address = this.#idle.get(socket);
    if (address === undefined) {
      socket.destroy();
      return false;
    }
    const free = this.#limits.connections - this.#busy.size - this.#upgraded.size;
    if ((this.#underWay.get(client) ?? 0) >= Math.max(HTTP_UNDER_WAY_PER_ADDRESS_MIN, free)) {
      refuseAndEnd(socket, new MeshError('overloaded', { field: 'requests', expected: 'fewer at once from this address' }));
      return false;
    }
    this.#idle.delete(socket);
    this.#busy.set(socket, address);
    count(this.#underWay, client, 1);
    const late = setTimeout(() => socket.destroy(), this.#limits.answerMs);
    response.once('close', () => {
      clearTimeout(late);
      count(this.#underWay, client, -1);
      if (!this.#busy.delete(socket)) return;
      if (socket.destroyed) count(this.#perAddress, address, -1);
      else this.#idle.set(socket, address);
    });
    return true;
  }

  #makeRoom(address: string, isProxy: boolean): boolean {
    const mine = this.#perAddress.get(address) ?? 0;
    if (!isProxy && mine >= this.#limits.connectionsPerAddress && !this.#evict(this.#idle, address)) return false;
    if (this.#idle.size + this.#busy.size + this.#upgraded.size < this.#limits.connections) return true;
    const [busiest, most] = this.#busiest();
    if (this.#evict(this.#idle, busiest) || this.#evict(this.#idle, null)) return true;
    // Only a client that would still have fewer may end another's request.
    return most > mine + 1 && this.#evict(this.#busy, busiest);
  }

  /** Ends the oldest connection. @param from an address, or null for any */
  #evict(connections: ReadonlyMap<Socket, string>, from: string | null): boolean {
    for (const [socket, address] of connections) {
      if (from !== null && address !== from) continue;
      this.#leave(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #busiest(): readonly [address: string | null, connections: number] {
    let found: readonly [string | null, number] = [null, 0];
    for (const entry of this.#perAddress) if (entry[1] > found[1]) found = entry;
    return found;
  }

  #leave(socket: Socket): void {
    const address = this.#idle.get(socket) ?? this.#busy.get(socket);
    if (address === undefined) return;
    this.#idle.delete(socket);
    this.#busy.delete(socket);
    count(this.#perAddress, address, -1);
  }
}

function count(counts: Map<string, number>, address: string, by: number): void {
  const now = (counts.get(address) ?? 0) + by;
  if (now > 0) counts.set(address, now);
  else counts.delete(address);
}
