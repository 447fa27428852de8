/**
 * Probes, and who the relay is. /livez says that the process answers, /readyz that it wants work (store reachable, all seats able to vote,
 * neither starting nor draining), /health is for people and pages. They are exempt from rate limits and still respond while the relay
 * drains.
 */
import type { FastifyInstance } from 'fastify';
import { MeshError } from '#protocol/errors';
import { PATHS } from '#protocol/rest';
import type { AppDeps } from './app-deps.ts';
import { errors, health, probe, relay } from './schemas.ts';

/** Milliseconds that a store may take to respond before the relay reports itself not ready. */
const STORE_ANSWER_MS = 5000;

export function healthRoutes(app: FastifyInstance, { live, store, federations }: AppDeps): void {
  // A seat that waits for memory, or has used up its own share of the disk, does not make the relay unhealthy.
  const failing = () => [...federations.down()].find(([, { code }]) => code !== 'overloaded' && code !== 'quota');
  app.get(
    `/${PATHS.health}`,
    { schema: { summary: 'State of the relay', tags: ['probes'], response: { 200: health } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { status } = live;
      return { status: status !== 'ready' ? status : failing() === undefined ? 'ok' : 'degraded', nodes: live.nodes() };
    },
  );

  app.get(
    `/${PATHS.livez}`,
    { schema: { summary: 'Whether the process is alive', tags: ['probes'], response: { 200: probe } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { status: 'alive' };
    },
  );

  app.get(
    `/${PATHS.readyz}`,
    { schema: { summary: 'Whether the relay takes work', tags: ['probes'], response: { 200: probe, ...errors } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { status } = live;
      if (status !== 'ready') throw new MeshError('draining', { field: 'status', expected: 'ready', got: status });
      if (!(await answersInTime(store))) throw new MeshError('overloaded', { field: 'store', expected: 'an answer in time' });
      const [down] = failing() ?? [];
      if (down !== undefined)
        throw new MeshError('overloaded', { field: `seat of federation ${down}`, expected: 'a disk that it can write to' });
      return { status: 'ready' };
    },
  );
}

/** GET /api/relay: the key that a manifest names to make this relay its seat, and the address that invitation links begin with. */
export function relayRoutes(app: FastifyInstance, deps: AppDeps): void {
  const schema = { summary: 'Key, region and public address of this relay', tags: ['federations'], response: { 200: relay, ...errors } };
  app.get(`/${PATHS.relay}`, { schema }, async () => ({ ...deps.relay, publish: deps.federations.policy }));
}

async function answersInTime(store: AppDeps['store']): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), STORE_ANSWER_MS);
  try {
    return await Promise.race([
      late.promise,
      store.ping().then(
        () => true,
        () => false,
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
