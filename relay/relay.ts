/**
 * One relay, put together: key → store → built-in federations → HTTP → signaling → seats; and taken apart in the other order.
 * Not the process: arguments, signals and exit codes are main.ts.
 */
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Hash } from '#protocol/codec';
import type { Identity, PeerId } from '#protocol/identity';
import { clientAddresses } from '#signaling/client-address';
import { loadIdentityFile } from '#signaling/identity-file';
import { attachSignaling, type Signaling } from '#signaling/server';
import type { Transport, TransportEvents } from '#signaling/transport';
import { ensureBuiltins } from './builtin.ts';
import type { Config } from './config.ts';
import { openFederations, type Federations, type StartSeat } from './federations.ts';
import { buildApp, type Live } from './http/app.ts';
import { REQUEST_LIMITS } from './http/request-limits.ts';
import type { Log } from './log.ts';
import { defaultQuotas } from './store/quotas.ts';
import { openSqliteStore } from './store/sqlite.ts';

/** Time for requests that are being answered, at the end. */
const LAST_REQUESTS_MS = 3000;

// The sources stand beside dist/; the built relay stands in dist/relay.
const PAGE = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../dist/page' : '../page', import.meta.url));

export interface RelayDeps {
  readonly log: Log;
  /** What the relay does as a seat of a federation; null: it only hosts. */
  readonly startSeat: StartSeat | null;
  /** Absolute path of the built page. */
  readonly page?: string;
}

export interface Relay {
  readonly id: PeerId;
  /** Where a person opens it. */
  readonly url: string;
  readonly federations: Federations;
  readonly signaling: Signaling;
  /** Takes no new work, says so to everybody connected, and resolves when all that was accepted is on the disk. */
  close(): Promise<void>;
}

/** @throws MeshError of the key file and the store; a system error when the port is taken */
export async function startRelay(config: Config, { log, startSeat, page = PAGE }: RelayDeps): Promise<Relay> {
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  const self = await loadIdentityFile(join(config.data, 'relay.key.pem'));
  const store = await openSqliteStore(join(config.data, 'relay.db'), defaultQuotas(self.id));
  try {
    const made = await ensureBuiltins(store, self, config.region);
    if (made > 0) log.info({ made }, 'built-in federations made');
    const federations = await openFederations(store, self, log);

    let status: ReturnType<Live['status']> = 'starting';
    let signaling: Signaling | null = null;
    const ownSeats = new Set<Transport>();
    const live: Live = {
      status: () => status,
      nodes: () => Math.max(0, (signaling?.rooms.connected ?? 0) - ownSeats.size),
      members: (federation) => signaling?.rooms.peers(federation).filter((peer) => peer !== self.id).length ?? 0,
    };
    const clients = clientAddresses(config.trustedProxies);
    const app = await buildApp({
      relay: { id: self.id, region: config.region },
      store,
      federations,
      live,
      log,
      page,
      clients,
      limits: REQUEST_LIMITS,
    });
    const attached = attachSignaling(app.server, {
      log: { info: (fields, text) => log.info(fields, text), warn: (fields, text) => log.warn(fields, text) },
      names: config.names,
      addressOf: (request) => clients.of(request),
      acceptRoom: (room) => status !== 'draining' && federations.get(room) !== undefined,
    });
    signaling = attached;

    const close = async () => {
      status = 'draining';
      await federations.close();
      await attached.drain();
      const cut = setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS_MS);
      await app.close();
      clearTimeout(cut);
      await store.close();
    };
    try {
      await app.listen({ port: config.port, host: config.host });
      if (startSeat !== null) {
        await federations.seat({
          start: startSeat,
          depsFor: (federation) => ({
            identity: self,
            store,
            log,
            openTransport: (events) => seatIn(attached, federation, self, events, ownSeats),
          }),
        });
      }
    } catch (error) {
      await close();
      throw error;
    }
    status = 'ready';
    const { port } = app.server.address() as AddressInfo;
    return { id: self.id, url: addressOf(config.host, port), federations, signaling: attached, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The seat's place in the room: as the peer that the relay's key names. */
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

/** "Any address" is no address to open. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
