/**
 * Serves the page without its relay: the built files, and responses that never change at their address (a signed manifest by its id, a blob
 * by its hash). Everything else goes to the network untouched: no round, vote or record passes through here. A new version waits until a
 * person asks for it. A blob is cached only if it matches its hash; callers still check cached data as if a relay had sent it, and `cache:
 * 'reload'` asks the relay again. vite.config.ts builds this file into service-worker.js beside index.html and fills in the list of files
 * (Service Workers, W3C; self-contained, no chunks).
 */
import { OFFLINE_BYTES_MAX, OFFLINE_ENTRIES_MAX, TEST_SET_BYTES_MAX } from '#protocol/limits';
import { CBOR, UNCHANGING } from '#protocol/rest';

declare const __FILES__: readonly string[];
declare const __BUILD__: string;

/** The used part of ServiceWorkerGlobalScope, whose types are in a different TypeScript library than the page's. */
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

/** The page's address: this file is beside its index.html. Other relays may share the host name. */
const BASE = new URL('.', scope.location.href).pathname;
const PAGE_PREFIX = `page-${BASE}-`;
const PAGE = PAGE_PREFIX + __BUILD__;
const IMMUTABLE = 'immutable-1';
const FILES: ReadonlySet<string> = new Set(__FILES__);
/** Addresses of the page's router; other paths, like probes and files, belong to the relay. */
const PAGE_ADDRESS = /^(|new|demo|models|help|f\/.+)$/;
/** This many responses of the maximum size fit: up to here nothing is dropped, and their order does not matter. */
const ROOMY_ENTRIES = Math.floor(OFFLINE_BYTES_MAX / TEST_SET_BYTES_MAX);

scope.addEventListener('install', (event) => {
  const fill = async () => {
    const cache = await caches.open(PAGE);
    // Bypasses the browser's cache: only files under assets/ have a hash of their content in their name.
    await cache.addAll(__FILES__.map((file) => new Request(BASE + file, { cache: file.startsWith('assets/') ? 'default' : 'reload' })));
  };
  event.waitUntil(fill());
});

scope.addEventListener('activate', (event) => {
  const settle = async () => {
    // Keeps the previous build for one more version: another tab may still load parts of it.
    const older = (await caches.keys()).filter((name) => name.startsWith(PAGE_PREFIX) && name !== PAGE);
    for (const name of older.slice(0, -1)) await caches.delete(name);
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
  if (request.method !== 'GET' || origin !== scope.location.origin || !pathname.startsWith(BASE)) return;
  const path = pathname.slice(BASE.length);
  if (request.mode === 'navigate' && PAGE_ADDRESS.test(path)) event.respondWith(fromPage(BASE, request));
  else if (FILES.has(path)) event.respondWith(fromPage(pathname, request));
  else if (path.startsWith('assets/')) event.respondWith(fromBefore(pathname, request));
  else if (UNCHANGING.test(path)) event.respondWith(fromImmutable(pathname, request, event));
});

async function fromPage(path: string, request: Request): Promise<Response> {
  return (await (await caches.open(PAGE)).match(path)) ?? fetch(request);
}

async function fromBefore(path: string, request: Request): Promise<Response> {
  return (await caches.match(path)) ?? fetch(request);
}

async function fromImmutable(path: string, request: Request, event: Fetching): Promise<Response> {
  const cache = await caches.open(IMMUTABLE);
  const known = request.cache === 'reload' ? undefined : await cache.match(path);
  if (known !== undefined) {
    event.waitUntil(noteUse(cache, path, known.clone()));
    return known;
  }
  const reply = await fetch(request);
  if (reply.status === 200) event.waitUntil(keepNew(cache, path, reply.clone()));
  return reply;
}

/** Drops the least recently used; rewrites entries only if some must be dropped. */
async function noteUse(cache: Cache, path: string, reply: Response): Promise<void> {
  if ((await cache.keys()).length > ROOMY_ENTRIES) await keep(cache, path, reply);
}

/** Whether a response may be kept for ever: a blob must match its hash; the page checks manifests, but error pages must not be kept. */
async function isWhatItSays(path: string, reply: Response, body: Blob): Promise<boolean> {
  const [, kind, name] = UNCHANGING.exec(path.slice(BASE.length))!;
  if (kind === 'federations') return reply.headers.get('content-type')?.startsWith(CBOR) === true;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()));
  return (
    btoa(String.fromCharCode(...hash))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace('=', '') === name
  );
}

/** Stores the size, which a relay behind a proxy may not have sent. */
async function keepNew(cache: Cache, path: string, reply: Response): Promise<void> {
  if (sizeOf(reply) > TEST_SET_BYTES_MAX) return reply.body?.cancel();
  const body = await reply.blob();
  if (body.size > TEST_SET_BYTES_MAX || !(await isWhatItSays(path, reply, body))) return;
  const headers = new Headers(reply.headers);
  headers.delete('content-encoding');
  headers.set('content-length', String(body.size));
  await keep(cache, path, new Response(body, { headers }));
}

/** One at a time: two concurrent calls would both count the cache before either has written. */
let turn: Promise<unknown> = Promise.resolve();

function keep(cache: Cache, path: string, reply: Response): Promise<unknown> {
  turn = turn.then(() => put(cache, path, reply)).catch(() => {}); // a full disk loses the copy, not the response
  return turn;
}

async function put(cache: Cache, path: string, reply: Response): Promise<void> {
  const others = (await cache.keys()).filter(({ url }) => new URL(url).pathname !== path);
  const entries = await Promise.all(others.map(async (key) => ({ key, bytes: sizeOf((await cache.match(key)) ?? new Response()) })));
  let total = entries.reduce((sum, { bytes }) => sum + bytes, sizeOf(reply));
  for (let left = entries.length; entries.length > 0 && (left >= OFFLINE_ENTRIES_MAX || total > OFFLINE_BYTES_MAX); left--) {
    const { key, bytes } = entries.shift()!; // oldest first
    await cache.delete(key);
    total -= bytes;
  }
  await cache.put(path, reply); // overwrites in place, so that the entry is never missing
}

function sizeOf(reply: Response): number {
  return Number(reply.headers.get('content-length') ?? 0);
}
