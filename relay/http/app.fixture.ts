/** The relay's HTTP side for tests: a store in memory, a small built page, no seats; listening on a free port. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { Identity } from '#protocol/identity';
import type { PublishPolicy } from '#protocol/rest';
import { ByteBudget } from '#signaling/byte-budget';
import { clientAddresses } from '#signaling/server/client-address';
import { openFederations, type Federations } from '../federations.ts';
import { newIdentity } from '../manifest.fixture.ts';
import { openMemoryStore } from '../store/memory-store.fixture.ts';
import { defaultQuotas, type Quotas } from '../store/quotas.ts';
import type { Store } from '../store/store.ts';
import { answerRoom } from './answer-room.ts';
import { CONNECTION_TIMES, type ConnectionLimits } from './connections.ts';
import { buildApp } from './app.ts';
import type { RelayStatus } from './app-deps.ts';
import { REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';

export interface TestApp {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly store: Store;
  readonly self: Identity;
  readonly federations: Federations;
  /** What the app believes is true; a test changes it. */
  readonly live: { state: RelayStatus['status']; peers: number };
  close(): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function startTestApp(
  options: {
    quotas?: Partial<Quotas>;
    limits?: Partial<RequestLimits>;
    page?: 'built' | 'absent';
    publish?: PublishPolicy;
    base?: string;
    address?: string;
    proxies?: readonly string[];
    connections?: Partial<ConnectionLimits>;
    budget?: ByteBudget;
    waitMs?: number;
  } = {},
): Promise<TestApp> {
  const directory = await mkdtemp(join(tmpdir(), 'mesh-page-'));
  const page = join(directory, 'page');
  if (options.page !== 'absent') await writePage(page);
  const self = await newIdentity();
  const store = openMemoryStore({ ...defaultQuotas(self.id), ...options.quotas });
  const federations = await openFederations(store, self, silent, { policy: options.publish ?? 'open', seatBytesMax: Infinity });
  const live: TestApp['live'] = { state: 'ready', peers: 3 };
  const clients = clientAddresses(options.proxies ?? []);
  const app = await buildApp({
    relay: { id: self.id, region: 'test', address: options.address ?? null },
    store,
    federations,
    log: silent,
    page,
    base: options.base ?? '/',
    clients,
    connections: { ...CONNECTION_TIMES, connections: 1000, connectionsPerAddress: 1000, ...options.connections },
    room: answerRoom(options.budget ?? new ByteBudget(2 ** 30, 2 ** 30), clients, options.waitMs),
    // The app shares this thread with its callers, which may be busy for long.
    limits: { ...REQUEST_LIMITS, stallMs: 600_000, ...options.limits },
    live: {
      get status() {
        return live.state;
      },
      nodes: () => live.peers,
      members: () => live.peers,
      sockets: () => ({ bytes: 7, gaveWay: 1, refused: 2, slow: 4, blamed: 5 }),
    },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    store,
    self,
    federations,
    live,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = app.close();
      app.server.closeAllConnections(); // a test's client may keep one for half a minute
      await closed;
      await rm(directory, { recursive: true });
    },
  };
}

async function writePage(page: string): Promise<void> {
  await mkdir(join(page, 'assets'), { recursive: true });
  await mkdir(join(page, 'samples'));
  await writeFile(
    join(page, 'index.html'),
    '<!doctype html><title>Mesh</title><script type="module" src="./assets/peer.worker-abc123.js"></script>',
  );
  await writeFile(join(page, 'assets', 'peer.worker-abc123.js'), 'export {};');
  await writeFile(join(page, 'assets', 'core-abc123.wasm'), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  await writeFile(join(page, 'assets', 'peer.worker-abc123.js.br'), brotliCompressSync('export {};'));
  await writeFile(join(page, 'samples', 'digits-1.csv'), 'p0,digit\n');
}
