/**
 * The built page: files from one directory, index.html for every address of the page's own router. Files under assets/ carry
 * their hash in their name and never change; everything else is asked for again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MeshError } from '#protocol/errors';
import { sendError } from './error-replies.ts';

export async function servePage(app: FastifyInstance, directory: string): Promise<void> {
  const built = () => existsSync(join(directory, 'index.html'));
  await app.register(fastifyStatic, {
    root: directory,
    suppressWarning: true, // a relay without a page serves its API; the start says that the page is missing
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      const hashed = path.startsWith(join(directory, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    if (!isPageAddress(request)) return sendError(reply, new MeshError('not-found', { field: 'path', got: pathOf(request) }));
    if (built()) return reply.sendFile('index.html');
    return sendError(reply, new MeshError('not-found', { field: 'page', expected: 'a page built by `npm run build:page`', got: 'none' }));
  });
}

/** What a person may have typed or reloaded; a missing script must not be answered with a page. */
function isPageAddress(request: FastifyRequest): boolean {
  const path = pathOf(request);
  const forMachines = /^\/(api|assets|samples|mesh)(\/|$)/.test(path) || /\.[a-z\d]+$/i.test(path);
  return (request.method === 'GET' || request.method === 'HEAD') && !forMachines;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
