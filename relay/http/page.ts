/**
 * The built page: files from one directory, index.html for every address of the page's own router. Files under assets/ have their hash in
 * their name and never change; everything else is revalidated. Compressed files are sent as the build made them. Only index.html depends on
 * the relay's address: it refers to other files relative to its own directory and may be served from a deeper path, so those addresses are
 * made absolute here.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MeshError } from '#protocol/errors';
import { compressed, sendCompressed, type Compressed } from './compressed.ts';
import { sendError } from './error-replies.ts';

/** Compression runs only once. */
const BROTLI_BEST = 11;

export async function servePage(app: FastifyInstance, directory: string, base: string): Promise<void> {
  const index = indexPage(join(directory, 'index.html'), base);
  const sendIndex = async (reply: FastifyReply) => {
    const page = await index();
    if (page === null) {
      return sendError(reply, new MeshError('not-found', { field: 'page', expected: 'a page built by `npm run build:page`', got: 'none' }));
    }
    return sendCompressed(reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache'), page);
  };
  for (const path of ['/', '/index.html']) app.get(path, { schema: { hide: true } }, async (_request, reply) => sendIndex(reply));
  await app.register(fastifyStatic, {
    root: directory,
    index: false,
    preCompressed: true,
    suppressWarning: true, // a relay without a page serves its API; it reports the missing page at start-up
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      const hashed = path.startsWith(join(directory, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
    isPageAddress(request) ? sendIndex(reply) : sendError(reply, new MeshError('not-found', { field: 'path', got: pathOf(request) })),
  );
}

/** Reads the page once it exists. */
function indexPage(path: string, base: string): () => Promise<Compressed | null> {
  const read = async () => {
    const html = await readFile(path, 'utf8');
    return compressed(html.replaceAll(/(\s(?:href|src)=")\.\//g, `$1${base}`), BROTLI_BEST);
  };
  let page: Promise<Compressed> | null = null;
  return async () => (page === null && !existsSync(path) ? null : (page ??= read()));
}

/** Whether a person may have typed or reloaded this address; a missing script must not be answered with a page. */
function isPageAddress(request: FastifyRequest): boolean {
  const path = pathOf(request);
  const forMachines = /^\/(api|assets|samples|mesh)(\/|$)/.test(path) || /\.[a-z\d]+$/i.test(path);
  return (request.method === 'GET' || request.method === 'HEAD') && !forMachines;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
