/**
 * Assembles one relay: key → store → built-in federations → HTTP → signaling → seats; and takes it down in reverse order. main.ts is the
 * process, with arguments, signals and exit codes.
 */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Hash } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import type { Identity, PeerId } from '#protocol/identity';
import { HTTP_CONNECTIONS_PER_ADDRESS_MAX, IN_FLIGHT_BYTES_PER_ADDRESS_MAX } from '#protocol/limits';
import { ByteBudget } from '#signaling/byte-budget';
import { clientAddresses } from '#signaling/server/client-address';
import { loadIdentityFile } from '#signaling/identity-file';
import { attachSignaling, type Signaling } from '#signaling/server/server';
import type { Transport, TransportEvents } from '#signaling/transport';
import { openAdminSocket, type AdminSocket } from './admin/socket.ts';
import { ensureBuiltins } from './builtin.ts';
import type { Config } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import { openFederations, type Federations } from './federations.ts';
import { answerRoom } from './http/answer-room.ts';
import { CONNECTION_TIMES } from './http/connections.ts';
import { buildApp } from './http/app.ts';
import type { RelayStatus } from './http/app-deps.ts';
import { REQUEST_LIMITS } from './http/request-limits.ts';
import type { Log } from './log.ts';
import { publicAddress } from './public-address.ts';
import { SeatMemory } from './seat-memory.ts';
import type { StartSeat } from './seats.ts';
import { startStatesThread, type StatesThread } from './states.ts';
import type { Store } from './store/store.ts';
import { defaultQuotas } from './store/quotas.ts';
import { openSqliteStore } from './store/sqlite.ts';

/** The share of `memory` for seats; the rest is for queues to peers and responses in progress. */
const SEATS_SHARE = 0.5;
/** The share of `sockets` for WebSockets, which no request displaces; the rest stays for requests. */
const SOCKETS_SHARE = 0.75;
const SWEEP_MS = 60_000;
/** Time for requests in progress at shutdown. */
const LAST_REQUESTS_MS = 3000;

// The sources are beside dist/; the built relay is in dist/relay.
const PAGE = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../dist/page' : '../page', import.meta.url));

export interface RelayDeps {
  readonly log: Log;
  /** Runs the relay as a seat of a federation; null: it only hosts. */
  readonly startSeat: StartSeat | null;
  /** Absolute path of the built page. */
  readonly page?: string;
}

export interface Relay {
  readonly id: PeerId;
  /** The address for a person to open. */
  readonly url: string;
  readonly federations: Federations;
  readonly signaling: Signaling;
  /** Accepts no new work, tells everybody connected, and resolves once everything accepted is on disk. */
  close(): Promise<void>;
}

/** @throws MeshError of the data directory, the key file and the store; a system error if the port is taken */
export async function startRelay(config: Config, deps: RelayDeps): Promise<Relay> {
  const directory = await openDataDirectory(config.data);
  const self = await loadIdentityFile(directory.key);
  const store = await openSqliteStore(directory.database, defaultQuotas(self.id, config.disk), { mayBeNew: directory.isNew });
  const states = startStatesThread();
  const memory = new SeatMemory(Math.floor(config.memory * SEATS_SHARE));
  const end = async () => {
    await states.close();
    await store.close();
  };
  try {
    const made = await ensureBuiltins(store, self, config.region);
    if (made > 0) deps.log.info({ made }, 'built-in federations made');
    const federations = await openFederations(store, self, deps.log, { policy: config.publish, seatBytesMax: memory.total });
    return await serve(config, deps, { self, store, states, memory, federations, adminPath: directory.adminSocket, end });
  } catch (error) {
    await end();
    throw error;
  }
}

interface Parts {
  readonly self: Identity;
  readonly store: Store;
  readonly states: StatesThread;
  readonly memory: SeatMemory;
  readonly federations: Federations;
  readonly adminPath: string;
  end(): Promise<void>;
}

async function serve(config: Config, { log, startSeat, page = PAGE }: RelayDeps, parts: Parts): Promise<Relay> {
  const { self, store, states, memory, federations } = parts;
  let signaling: Signaling | null = null;
  const ownSeats = new Set<Transport>();
  const live: RelayStatus & { status: RelayStatus['status'] } = {
    status: 'starting',
    nodes: () => Math.max(0, (signaling?.rooms.connected ?? 0) - ownSeats.size),
    sockets: () => signaling?.counts() ?? { bytes: 0, gaveWay: 0, refused: 0, slow: 0, blamed: 0 },
    members: (federation) => signaling?.rooms.peers(federation).filter((peer) => peer !== self.id).length ?? 0,
  };
  const relay = { id: self.id, region: config.region, address: publicAddress(config) };
  const clients = clientAddresses(config.trustedProxies);
  const budget = new ByteBudget(Math.floor(config.memory * (1 - SEATS_SHARE)), IN_FLIGHT_BYTES_PER_ADDRESS_MAX);
  const connections = { ...CONNECTION_TIMES, connections: config.sockets, connectionsPerAddress: HTTP_CONNECTIONS_PER_ADDRESS_MAX };
  const app = await buildApp({
    base: config.base,
    relay,
    store,
    federations,
    live,
    log,
    page,
    clients,
    limits: REQUEST_LIMITS,
    connections,
    room: answerRoom(budget, clients),
  });
  const attached = attachSignaling(app.server, {
    log: { info: (fields, text) => log.info(fields, text), warn: (fields, text) => log.warn(fields, text) },
    names: config.names,
    addressOf: (request) => clients.of(request),
    budget,
    limits: { sockets: Math.floor(config.sockets * SOCKETS_SHARE) },
    acceptRoom: (room) => live.status !== 'draining' && federations.accepts(room),
    isKnown: (room, peer) => federations.isContributor(room, peer),
  });
  signaling = attached;
  /** Also null if this system cannot have one. */
  let admin: AdminSocket | null = null;
  const sweeps = setInterval(() => {
    federations.sweep().catch((error: unknown) => log.error({ problem: asMeshError(error).message }, 'sweep failed'));
  }, SWEEP_MS);

  const close = async () => {
    live.status = 'draining';
    clearInterval(sweeps);
    await admin?.close();
    await federations.close();
    await attached.drain();
    const cut = setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS_MS);
    await app.close();
    clearTimeout(cut);
    await parts.end();
  };
  try {
    await app.listen({ port: config.port, host: config.host });
    if (startSeat !== null) {
      const openTransport = (federation: Hash) => (events: TransportEvents) => seatIn(attached, federation, self, events, ownSeats);
      await federations.seat({
        start: startSeat,
        depsFor: (federation) => ({
          identity: self,
          store,
          log,
          aggregate: states.aggregate,
          memory,
          openTransport: openTransport(federation),
        }),
        members: live.members,
        closeRoom: (federation, why) => attached.closeRoom(federation, why),
      });
    }
    admin = await openAdminSocket(parts.adminPath, { relay, federations, store, live, memory }, log);
  } catch (error) {
    await close();
    throw error;
  }
  live.status = 'ready';
  const { port } = app.server.address() as AddressInfo;
  return { id: self.id, url: addressOf(config.host, port), federations, signaling: attached, close };
}

/** The seat's place in the room, as the peer with the relay's key. */
function seatIn(signaling: Signaling, federation: Hash, self: Identity, events: TransportEvents, ownSeats: Set<Transport>): Transport {
  const transport = signaling.attach(federation, self.id, events);
  const counted: Transport = {
    ...transport,
    close() {
      ownSeats.delete(counted);
      transport.close();
    },
  };
  ownSeats.add(counted);
  events.relay('open');
  return counted;
}

/** "Any address" cannot be opened, so it becomes localhost. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
