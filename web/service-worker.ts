/**
 * The page without its relay: the built files from this device, and what never changes under its address (a signed manifest by its
 * id, a blob by its hash). Everything else goes to the network untouched: no round, no vote and no record passes through here.
 * A new version waits until a person asks for it. What comes out of the cache is checked by whoever asked, as if a relay had sent it.
 * Built into /service-worker.js by vite.config.ts, which fills in the list of files (Service Workers, W3C; self-contained, no chunks).
 */
import { OFFLINE_BLOB_BYTES_MAX, OFFLINE_BYTES_MAX, OFFLINE_ENTRIES_MAX } from '#protocol/limits';

declare const __FILES__: readonly string[];
declare const __BUILD__: string;

/** The part of ServiceWorkerGlobalScope that is used; TypeScript has it in another library than the page's. */
interface WaitingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends WaitingEvent {
  readonly request: Request;
  respondWith(reply: Promise<Response>): void;
}
interface Scope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: WaitingEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
const scope = self as unknown as Scope;

const PAGE_PREFIX = 'page-';
const PAGE = PAGE_PREFIX + __BUILD__;
const IMMUTABLE = 'immutable-1';
const FILES: ReadonlySet<string> = new Set(__FILES__);
/** Addresses of the page's own router; a probe or a file that a person opens is the relay's. */
const PAGE_ADDRESS = /^\/(|new|f\/.+)$/;
const IMMUTABLE_ADDRESS = /^\/api\/(federations|blobs)\/[\w-]{43}$/;

scope.addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(PAGE);
    // Past the browser's cache: only files under assets/ have their content in their name.
    await cache.addAll(__FILES__.map((file) => new Request(file, { cache: file.startsWith('/assets/') ? 'default' : 'reload' })));
  };
  event.waitUntil(fill());
});

scope.addEventListener('activate', (event) => {
  const settle = async () => {
    for (const name of await caches.keys()) if (name.startsWith(PAGE_PREFIX) && name !== PAGE) await caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(settle());
});

scope.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void scope.skipWaiting();
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== scope.location.origin) return;
  if (request.mode === 'navigate' && PAGE_ADDRESS.test(pathname)) event.respondWith(fromPage('/', request));
  else if (FILES.has(pathname)) event.respondWith(fromPage(pathname, request));
  else if (IMMUTABLE_ADDRESS.test(pathname)) event.respondWith(fromImmutable(pathname, request, event));
});

async function fromPage(path: string, request: Request): Promise<Response> {
  return (await (await caches.open(PAGE)).match(path)) ?? fetch(request);
}

async function fromImmutable(path: string, request: Request, event: Fetching): Promise<Response> {
  const cache = await caches.open(IMMUTABLE);
  const known = await cache.match(path);
  if (known !== undefined) {
    event.waitUntil(keep(cache, path, known.clone())); // the ones that are used go last
    return known;
  }
  const reply = await fetch(request);
  if (reply.status === 200) event.waitUntil(keepNew(cache, path, reply.clone()));
  return reply;
}

/** With its size written down, which a relay behind a proxy may not have said. */
async function keepNew(cache: Cache, path: string, reply: Response): Promise<void> {
  if (sizeOf(reply) > OFFLINE_BLOB_BYTES_MAX) return reply.body?.cancel();
  const body = await reply.blob();
  if (body.size > OFFLINE_BLOB_BYTES_MAX) return;
  const headers = new Headers(reply.headers);
  headers.delete('content-encoding');
  headers.set('content-length', String(body.size));
  await keep(cache, path, new Response(body, { headers }));
}

/** One after another: two at once would both count what is there before either has written. */
let turn: Promise<unknown> = Promise.resolve();

function keep(cache: Cache, path: string, reply: Response): Promise<unknown> {
  turn = turn.then(() => put(cache, path, reply)).catch(() => {}); // a full disk costs the copy, not the answer
  return turn;
}

async function put(cache: Cache, path: string, reply: Response): Promise<void> {
  await cache.delete(path);
  const entries = await Promise.all(
    (await cache.keys()).map(async (key) => ({ key, bytes: sizeOf((await cache.match(key)) ?? new Response()) })),
  );
  let total = entries.reduce((sum, { bytes }) => sum + bytes, sizeOf(reply));
  for (let left = entries.length; entries.length > 0 && (left >= OFFLINE_ENTRIES_MAX || total > OFFLINE_BYTES_MAX); left--) {
    const { key, bytes } = entries.shift()!; // oldest first
    await cache.delete(key);
    total -= bytes;
  }
  await cache.put(path, reply);
}

function sizeOf(reply: Response): number {
  return Number(reply.headers.get('content-length') ?? 0);
}
