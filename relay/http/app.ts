/**
 * The relay's HTTP side: the page, the REST interface with its OpenAPI description, and probes. The signaling socket is separate: it takes
 * the server's upgrade events (signaling/server/server.ts).
 */
import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import underPressure from '@fastify/under-pressure';
import fastify, { type FastifyInstance } from 'fastify';
import { MeshError } from '#protocol/errors';
import { BYTES, CBOR } from '#protocol/rest';
import { contributionsOf } from '../contributions.ts';
import { openPrices } from '../prices.ts';
import type { AppDeps } from './app-deps.ts';
import { withoutBase } from './base.ts';
import { blobRoutes } from './blob-routes.ts';
import { boundedServer } from './connections.ts';
import { installErrorReplies, refuseAddress, refuseConnection } from './error-replies.ts';
import { federationRoutes } from './federation-routes.ts';
import { HELMET, PERMISSIONS_POLICY } from './headers.ts';
import { healthRoutes, relayRoutes } from './health.ts';
import { metricsRoutes } from './metrics.ts';
import { servePage } from './page.ts';
import { privacyRoutes } from './privacy-status.ts';
import { countedByAddress } from './request-limits.ts';
import { recordRoutes } from './record-routes.ts';

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = fastify({
    logger: false, // requests are not logged: an address is personal
    ...(deps.base === '/' ? {} : { rewriteUrl: ({ url = '/' }: IncomingMessage) => withoutBase(deps.base, url) }),
    clientErrorHandler: refuseConnection,
    frameworkErrors: refuseAddress,
    serverFactory: (listener) => boundedServer(listener, deps.clients, deps.connections),
    bodyLimit: 1024,
    return503OnClosing: false, // its response would lack our headers; the hook below refuses while draining
    routerOptions: { maxParamLength: 128 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true } },
  });
  // Signaling knows its socket by one path, like the routes.
  app.server.prependListener('upgrade', (request) => {
    request.url = withoutBase(deps.base, request.url ?? '/');
  });
  installErrorReplies(app, deps.log);
  await app.register(helmet, HELMET);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(PERMISSIONS_POLICY);
  });
  warnOfUntrustedProxy(app, deps);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([CBOR, BYTES], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sovereign Mesh relay', description: 'Federations, certified records and public bytes of one relay.', version: '1' },
      servers: [{ url: deps.base }],
      components: { securitySchemes: { mesh: { type: 'apiKey', in: 'header', name: 'authorization' } } },
    },
  });
  healthRoutes(app, deps);
  await app.register(async (limited) => {
    limited.addHook('onRequest', async () => {
      if (deps.live.status === 'draining') throw new MeshError('draining', { field: 'status', expected: 'ready', got: 'draining' });
    });
    await limited.register(underPressure, {
      maxEventLoopDelay: deps.limits.stallMs,
      // A stall of this length can leave a window without a sample, which counts as an endless stall; shorter stalls must not.
      sampleInterval: deps.limits.stallMs,
      pressureHandler: () => {
        throw new MeshError('overloaded', { field: 'relay', expected: 'less work at once' });
      },
    });
    await limited.register(async (api) => {
      await api.register(rateLimit, countedByAddress(deps.clients, deps.limits.requests));
      api.decorateRequest('provenPeer', null);
      api.addHook('onRequest', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      relayRoutes(api, deps);
      federationRoutes(api, deps);
      recordRoutes(api, deps);
      blobRoutes(api, deps);
    });
    await limited.register(async (figures) => {
      await figures.register(rateLimit, countedByAddress(deps.clients, deps.limits.requests));
      const contributions = contributionsOf(deps.store, deps.log);
      const price = openPrices();
      privacyRoutes(figures, deps, contributions, price);
      metricsRoutes(figures, deps, contributions, price);
      figures.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    });
    await limited.register(async (page) => {
      await page.register(rateLimit, countedByAddress(deps.clients, deps.limits.unchanging));
      await servePage(page, deps.page, deps.base);
    });
  });
  await app.ready();
  return app;
}

/** Logged once, without the address, which may be a person's. */
function warnOfUntrustedProxy(app: FastifyInstance, { clients, log }: AppDeps): void {
  let warned = false;
  app.addHook('onRequest', async ({ raw }) => {
    if (warned || raw.headers['x-forwarded-for'] === undefined || clients.isProxy(raw.socket.remoteAddress)) return;
    warned = true;
    log.warn(
      { field: 'MESH_TRUSTED_PROXIES' },
      'X-Forwarded-For came from an address that is not trusted. If that is your proxy, name it; until then everybody behind it is one address',
    );
  });
}
